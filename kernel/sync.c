/* Mutex, waitgroup, once, spin_lock.
 *
 * A mutex is a word: 1 locked, 2 somebody waits. The fast paths are a compare-and-swap in skein.h
 * and know only 0 and 1; the slow ones hold m->lock (SYNC). An unlock wakes the first waiter and
 * lets it compete, which keeps a busy mutex moving; one that has waited for a millisecond is given
 * the mutex itself, so nobody starves: the word stays locked.
 *
 * A waitgroup's word is its count, and in the top bit whether somebody waits. The last wg_done that
 * finds the bit clear touches nothing more: a waiter may see 0, return and be gone. If it finds the
 * bit set, those waiters are parked until it wakes them, so the waitgroup is still there; it takes
 * the list under the lock, and then only their nodes.
 *
 * Orders
 *   M1 acquire  word in lock     <- M2   what was written under the mutex is visible
 *   M2 release  word in unlock   -> M1
 *   M3 acquire  done in once_do  <- M4   what f wrote is visible; the slow path has the mutex
 *   M4 release  done in once     -> M3
 *   M5 release  word in wg_add   -> M6   what was written before wg_done is visible to who waited
 *               in wg_claim_all          and who finds the count 0 sees that the guard was taken
 *   M6 acquire  word in wg_wait  <- M5
 *               in wg_claim_all          by the last wg_done, which readies those who wait */
#include "atomic.h"
#include "clock.h"
#include "panic.h"
#include "sched.h"
#include "skein.h"
#include "waiter.h"

enum { LOCKED = 1, WAITED = 2 };
#define WG_WAITED 0x80000000u
#define guard(object) ((struct lock *)&(object)->lock)
#define FAIR_NS 1000000 /* Go's figure */

/* What a mutex and a waitgroup are alike. */
struct waited {
	uint32_t word, lock;
	struct go_waiters waiters;
};
_Static_assert(offsetof(struct mutex, waiters) == offsetof(struct waited, waiters) &&
                   offsetof(struct waitgroup, waiters) == offsetof(struct waited, waiters),
               "struct waited");

/* A goroutine in a wait list, on its stack. On none it points to itself. */
struct go_waiter {
	struct go_waiter *next, *before;
	struct g *g;
	uint64_t since;
};

/* Between these two; null: at that end. */
static void put_in(struct go_waiters *list, struct go_waiter *before, struct go_waiter *w,
                   struct go_waiter *next)
{
	w->before = before;
	w->next = next;
	*(before ? &before->next : &list->first) = w;
	*(next ? &next->before : &list->last) = w;
}

static void take_out(struct go_waiters *list, struct go_waiter *w)
{
	*(w->before ? &w->before->next : &list->first) = w->next;
	*(w->next ? &w->next->before : &list->last) = w->before;
	w->next = w;
}

/* The first that can be claimed, off its list. Null: nobody, or, if the list is not empty, nobody
 * among the first few: who has timed out is dropped, and interrupts get their turn. */
static struct go_waiter *claim_first(struct go_waiters *list)
{
	struct go_waiter *w;

	for (unsigned i = 0; i < CONFIG_WAKE_BATCH && (w = list->first); i++) {
		take_out(list, w);
		if (cas_relaxed(&w->g->claim, CLAIM_OPEN, CLAIM_TAKEN))
			return w;
	}
	return 0;
}

/* Waits in the list of a mutex or a waitgroup, with its lock held; without it afterwards. One that
 * waited before keeps its w->since and its place. */
static noinline void wait_turn(enum why why, struct waited *object, struct go_waiter *w,
                               uint64_t end)
{
	struct go_waiters *list = &object->waiters;
	bool again = w->since;

	w->g = arch_self();
	w->g->result = 0;
	store_relaxed(&w->g->claim, CLAIM_OPEN);
	if (!again)
		w->since = arch_cycles();
	put_in(list, again ? 0 : list->last, w, again ? list->first : 0);
	park_until(why, object, commit_unlock, guard(object), end);
}

/* One whose limit has passed. */
static void drop(struct go_waiters *list, struct go_waiter *w)
{
	if (w->next != w)
		take_out(list, w);
}

/* Mutex. */

/* Context: any. */
bool mutex_try_lock_slow(struct mutex *m)
{
	uint32_t word;

	while (!((word = load_relaxed(&m->word)) & LOCKED))
		if (cas_acquire(&m->word, word, word | LOCKED)) /* M1 */
			return true;
	return false;
}

/* Takes it if it is free, else says that somebody waits. Under the guard. */
static bool take_or_flag(struct mutex *m)
{
	uint32_t word;

	do {
		if (mutex_try_lock_slow(m))
			return true;
		word = load_relaxed(&m->word);
	} while (!(word & LOCKED) || !cas_relaxed(&m->word, word, word | WAITED));
	return false;
}

enum { HANDED = 1 }; /* g->result: the mutex is yours already */

static noinline bool take_late(struct mutex *m, struct go_waiter *w)
{
	unsigned long was = arch_irq_off();

	lock(guard(m), RANK_SYNC);
	drop(&m->waiters, w);
	unlock(guard(m));
	arch_irq_restore(was);
	return mutex_try_lock_slow(m);
}

static noinline bool lock_until(struct mutex *m, uint64_t end)
{
	struct go_waiter w;
	unsigned long was;
	int32_t result;

	arch_touch_stack();
	w.since = 0;
	do {
		was = arch_irq_off();
		lock(guard(m), RANK_SYNC);
		if (take_or_flag(m)) {
			unlock(guard(m));
			arch_irq_restore(was);
			return true;
		}
		wait_turn(G_MUTEX, (struct waited *)m, &w, end);
		arch_irq_restore(was);
		result = arch_self()->result;
		if (result == HANDED)
			return true;
	} while (result != RESULT_TIMEOUT);
	return take_late(m, &w);
}

/* Context: goroutine; may park. */
bool mutex_lock_for(struct mutex *m, go_time limit)
{
	return mutex_try_lock(m) || (limit > 0 && lock_until(m, deadline(limit)));
}

/* Context: goroutine; may park. */
leaf void mutex_lock_slow(struct mutex *m)
{
	lock_until(m, NEVER);
}

/* Context: goroutine. */
void mutex_unlock_slow(struct mutex *m)
{
	struct go_waiter *w;
	struct g *g;
	uint32_t word;
	bool again = true, hand;
	unsigned long was;

	assert_that(load_relaxed(&m->word) & LOCKED, "mutex_unlock: mutex %p is not locked",
	            (void *)m);
	arch_touch_stack();
	while (again) {
		was = arch_irq_off();
		lock(guard(m), RANK_SYNC);
		w = claim_first(&m->waiters);
		again = !w && m->waiters.first;
		g = w ? w->g : 0;
		hand = w && clock_ns(arch_cycles() - w->since) > FAIR_NS;
		if (hand)
			g->result = HANDED;
		word = (hand ? LOCKED : 0) | (m->waiters.first ? WAITED : 0);
		if (w)
			store_release(&m->word, word); /* M2 */
		else if (!again)
			store_relaxed(&m->word, LOCKED); /* nobody waits */
		unlock(guard(m));
		/* the last touch, unless somebody waits now */
		if (!w && !again)
			again = !cas_release(&m->word, LOCKED, 0); /* M2 */
		if (g)
			ready(g, was);
		else
			arch_irq_restore(was);
	}
}

/* Waitgroup. */

/* Claims all who wait, chained by g->next. They stay parked, and so the waitgroup stays, until
 * the first is readied. */
static struct g *wg_claim_all(struct waitgroup *wg)
{
	struct g *all = 0, **end = &all;
	bool more;

	do {
		unsigned long was = arch_irq_off();
		struct go_waiter *w;

		lock(guard(wg), RANK_SYNC);
		w = claim_first(&wg->waiters);
		more = w || wg->waiters.first;
		if (w) {
			*end = w->g;
			end = &w->g->next;
		}
		if (!more)
			fetch_and_acq_rel(&wg->word, ~WG_WAITED); /* M5 M6 */
		unlock(guard(wg));
		arch_irq_restore(was);
	} while (more);
	*end = 0;
	return all;
}

static noinline void wg_wake(struct waitgroup *wg)
{
	struct g *g, *next;

	arch_touch_stack();
	for (g = wg_claim_all(wg); g; g = next) {
		next = g->next;
		ready(g, arch_irq_off());
	}
}

static __attribute__((cold)) noinline void wg_refused(struct waitgroup *wg, int n)
{
	if (n < 0)
		panic("waitgroup %p: the count falls below 0: more wg_done than wg_add",
		      (void *)wg);
	panic("waitgroup %p: wg_add of %d takes the count above %d: let some finish first",
	      (void *)wg, n, (int)INT32_MAX);
}

/* Context: any. */
leaf void wg_add(struct waitgroup *wg, int n)
{
	uint32_t before = fetch_add_release(&wg->word, (uint32_t)n); /* M5 */

	/* below 0 or above INT32_MAX, the sum has the bit where WAITED stands */
	if (unlikely(((before & ~WG_WAITED) + (uint32_t)n) & WG_WAITED))
		return wg_refused(wg, n);
	if (unlikely(before + (uint32_t)n == WG_WAITED))
		return wg_wake(wg);
}

/* Context: any. */
leaf void wg_done(struct waitgroup *wg)
{
	wg_add(wg, -1);
}

/* Says that somebody waits, unless the count is 0. With the count 0 and WAITED the last wg_done is
 * still to come for those who wait. */
static bool wg_flag(struct waitgroup *wg)
{
	uint32_t word;

	do {
		word = load_acquire(&wg->word); /* M6 */
		if (word == 0)
			return false;
	} while (!cas_relaxed(&wg->word, word, word | WG_WAITED));
	return true;
}

/* The count is 0, and the last wg_done is done with the waitgroup: it clears WAITED under the
 * guard, after all else, so the look at the guard needs no order of its own. */
static bool wg_over(struct waitgroup *wg)
{
	return load_acquire(&wg->word) == 0 && load_relaxed(&wg->lock) == 0; /* M6 */
}

/* One whose limit has passed takes back that somebody waits, or the last wg_done would still come
 * for it when it has gone on with the waitgroup. True: the count is 0, and that has come. */
static bool wg_give_up(struct waitgroup *wg, struct go_waiter *w)
{
	unsigned long was = arch_irq_off();
	uint32_t word;

	lock(guard(wg), RANK_SYNC);
	drop(&wg->waiters, w);
	do
		word = load_relaxed(&wg->word);
	while (!wg->waiters.first && word > WG_WAITED &&
	       !cas_relaxed(&wg->word, word, word & ~WG_WAITED));
	unlock(guard(wg));
	arch_irq_restore(was);
	if (word & ~WG_WAITED)
		return false;
	while (!wg_over(wg))
		go_yield();
	return true;
}

static noinline bool wg_wait_until(struct waitgroup *wg, uint64_t end)
{
	struct go_waiter w;
	unsigned long was;

	arch_touch_stack();
	w.since = 0;
	was = arch_irq_off();
	lock(guard(wg), RANK_SYNC);
	if (!wg_flag(wg)) {
		unlock(guard(wg));
		arch_irq_restore(was);
		return true;
	}
	wait_turn(G_WAITGROUP, (struct waited *)wg, &w, end);
	arch_irq_restore(was);
	return arch_self()->result != RESULT_TIMEOUT || wg_give_up(wg, &w);
}

/* Context: goroutine; may park. */
bool wg_wait_for(struct waitgroup *wg, go_time limit)
{
	return wg_over(wg) || (limit > 0 && wg_wait_until(wg, deadline(limit)));
}

/* Context: goroutine; may park. */
leaf void wg_wait(struct waitgroup *wg)
{
	if (!wg_over(wg))
		wg_wait_until(wg, NEVER);
}

/* Once. */

struct once_call {
	struct deferred over; /* first: leads to its call */
	struct once *once;
};

static void once_over(struct deferred *d)
{
	struct once *o = ((struct once_call *)d)->once;

	store_release(&o->done, 1); /* M4 */
	mutex_unlock_slow(&o->mutex);
}

/* An f that ends in go_exit has run: nobody calls f again, and those who wait go on.
 * Context: goroutine; may park. */
void once_slow(struct once *o, void (*f)(void))
{
	struct once_call call;

	assert_that(arch_self()->top, "once_do in an interrupt handler: f may wait, do it before");
	mutex_lock_slow(&o->mutex);
	if (load_relaxed(&o->done))
		return mutex_unlock_slow(&o->mutex);
	call.once = o;
	g_defer(&call.over, once_over);
	f();
	g_undefer();
	once_over(&call.over);
}

/* The public spinlock. */

/* Context: any. */
void spin_lock(struct spinlock *l)
{
	unsigned long was = arch_irq_off();

	while (swap_acquire(&l->word, 1)) { /* M1 */
		panic_stop_if_asked();
		arch_relax();
	}
	assert_that(++arch_self()->preempt_off,
	            "spin_lock: 256 of them and of go_preempt_off are not ended: end each");
	l->state = was;
}

/* Context: any. */
void spin_unlock(struct spinlock *l)
{
	unsigned long was = l->state;

	assert_that(load_relaxed(&l->word), "spin_unlock: %p is not locked", (void *)l);
	arch_self()->preempt_off--;
	store_release(&l->word, 0); /* M2 */
	arch_irq_restore(was);
}
