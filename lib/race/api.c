/* What a program calls of skein.h, as the detector sees it: the call, and its edges. The objects of
 * programs and libraries call raced_x in the place of x (lib/race/calls, RACE=1). Each lock releases
 * before it is let go and acquires when it has been taken, so the order of the edges is that of its
 * owners. What needs the kernel's own view, such as the slot of a buffered value, the kernel tells
 * (base/race.h). Those calls begin here too: the detector runs below them under the kernel's locks,
 * where the stack cannot grow. */
#include "detector.h"

#define WRITES(p, n) race_access((uintptr_t)(p), (n), CELL_WRITE)
#define READS(p, n) race_access((uintptr_t)(p), (n), 0)
/* A function that only makes room on the stack, then jumps: the call keeps its return address. */
#define PASSED(T, name, parameters, ...)  \
	leaf T raced_##name parameters;   \
	leaf T raced_##name parameters    \
	{                                 \
		race_touch();             \
		return name(__VA_ARGS__); \
	}
#define DEFINED(T, name, parameters) \
	T raced_##name parameters;   \
	T raced_##name parameters

/* Goroutines. */

PASSED(void, go_start, (void (*f)(void)), f)
PASSED(bool, go_try_start, (void (*f)(void)), f)
PASSED(void, go_with_start, (void (*f)(void), const struct go_attr *attr), f, attr)
PASSED(void, go_copy_start, (void (*f)(void), const void *value, size_t size, size_t align), f,
       value, size, align)

DEFINED(void, go_name, (const char *name))
{
	go_name(name);
	race_touch();
	slot_rename(race_self(), name);
}

void raced_off(void);
void raced_on(void);

void raced_off(void)
{
	race_self()->off++;
}

void raced_on(void)
{
	assert_that(race_self()->off, "go_race_on without a go_race_off before it");
	race_self()->off--;
}

/* Channels. A send reads the channel and a close writes it, as in Go: so the two race unless one
 * comes before the other. */

static void sends(struct channel *c, const void *value)
{
	if (!c)
		return;
	READS(&c->site, 1); /* which nobody writes any more */
	if (value)
		READS(value, c->size);
}

static void received(struct channel *c, void *value)
{
	if (c && value)
		WRITES(value, c->size);
}

DEFINED(struct channel *, chan_new, (size_t size, enum chan_kind kind, size_t n, bool must))
{
	struct channel *c;

	race_touch();
	c = chan_new(size, kind, n, must);
	if (c)
		c->site = (uintptr_t)__builtin_return_address(0);
	return c;
}

DEFINED(void, chan_send_from, (struct channel * c, const void *value))
{
	sends(c, value);
	race_touch();
	chan_send_from(c, value);
}

DEFINED(unsigned, chan_recv_to, (struct channel * c, void *value))
{
	unsigned ok;

	race_touch();
	ok = chan_recv_to(c, value);
	received(c, value);
	return ok;
}

DEFINED(enum chan_result, chan_try_send_from, (struct channel * c, const void *value))
{
	sends(c, value);
	race_touch();
	return chan_try_send_from(c, value);
}

DEFINED(enum chan_result, chan_try_recv_to, (struct channel * c, void *value))
{
	enum chan_result r;

	race_touch();
	r = chan_try_recv_to(c, value);
	if (r != CHAN_NOT_READY)
		received(c, value);
	return r;
}

DEFINED(enum chan_result, chan_send_from_for,
        (struct channel * c, const void *value, go_time limit))
{
	sends(c, value);
	race_touch();
	return chan_send_from_for(c, value, limit);
}

DEFINED(enum chan_result, chan_recv_to_for, (struct channel * c, void *value, go_time limit))
{
	enum chan_result r;

	race_touch();
	r = chan_recv_to_for(c, value, limit);
	if (r != CHAN_NOT_READY)
		received(c, value);
	return r;
}

DEFINED(void, chan_end, (struct channel * c))
{
	if (c)
		WRITES(&c->site, 1);
	race_touch();
	chan_end(c);
}

DEFINED(void, chan_delete, (struct channel * c))
{
	if (c)
		WRITES(&c->site, 1);
	race_touch();
	chan_delete(c);
}

/* Reads the values of all cases, as Go's select does, and before any is sent: after that the
 * receiver may free what the value was, and the channel. */
static void selects(const struct chan_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].direction == CHAN_SENDS && cases[i].channel && cases[i].value)
			READS(cases[i].value, cases[i].channel->size);
	race_touch();
}

static int selected(struct chan_case *cases, int i)
{
	if (i < 0)
		return i;
	if (cases[i].direction == CHAN_RECEIVES)
		received(cases[i].channel, cases[i].value);
	if (cases[i].ok)
		WRITES(cases[i].ok, sizeof(bool));
	return i;
}

DEFINED(int, chan_select_array, (struct chan_case * cases, size_t n, go_time limit))
{
	selects(cases, n);
	return selected(cases, chan_select_array(cases, n, limit));
}

DEFINED(int, chan_try_array, (struct chan_case * cases, size_t n))
{
	selects(cases, n);
	return selected(cases, chan_try_array(cases, n));
}

/* Package sync. */

static void took(const void *lock)
{
	race_touch();
	race_acquire(lock);
}

static bool took_if(const void *lock, bool done)
{
	if (done)
		took(lock);
	return done;
}

static void gives(const void *lock)
{
	race_touch();
	race_release(lock);
}

DEFINED(void, mutex_lock, (struct mutex * m))
{
	mutex_lock(m);
	took(m);
}

DEFINED(bool, mutex_try_lock, (struct mutex * m))
{
	return took_if(m, mutex_try_lock(m));
}

DEFINED(bool, mutex_lock_for, (struct mutex * m, go_time limit))
{
	return took_if(m, mutex_lock_for(m, limit));
}

DEFINED(void, mutex_unlock, (struct mutex * m))
{
	gives(m);
	mutex_unlock(m);
}

/* Readers come after the writers before them, and a writer after both. Readers among themselves are
 * in no order. */

static bool reads(struct rwmutex *rw, bool done)
{
	return took_if(rw, done);
}

static bool writes(struct rwmutex *rw, bool done)
{
	if (!done)
		return false;
	race_touch();
	race_acquire_at(race_self(), rw, SYNC_SELF);
	race_acquire_at(race_self(), rw, SYNC_READERS);
	return true;
}

DEFINED(void, rwmutex_rlock, (struct rwmutex * rw))
{
	rwmutex_rlock(rw);
	reads(rw, true);
}

DEFINED(bool, rwmutex_try_rlock, (struct rwmutex * rw))
{
	return reads(rw, rwmutex_try_rlock(rw));
}

DEFINED(bool, rwmutex_rlock_for, (struct rwmutex * rw, go_time limit))
{
	return reads(rw, rwmutex_rlock_for(rw, limit));
}

DEFINED(void, rwmutex_runlock, (struct rwmutex * rw))
{
	race_touch();
	race_release_at(race_self(), rw, SYNC_READERS);
	rwmutex_runlock(rw);
}

DEFINED(void, rwmutex_lock, (struct rwmutex * rw))
{
	rwmutex_lock(rw);
	writes(rw, true);
}

DEFINED(bool, rwmutex_try_lock, (struct rwmutex * rw))
{
	return writes(rw, rwmutex_try_lock(rw));
}

DEFINED(bool, rwmutex_lock_for, (struct rwmutex * rw, go_time limit))
{
	return writes(rw, rwmutex_lock_for(rw, limit));
}

DEFINED(void, rwmutex_unlock, (struct rwmutex * rw))
{
	gives(rw);
	rwmutex_unlock(rw);
}

DEFINED(void, cond_wait, (struct cond * c, struct mutex *m))
{
	gives(m);
	cond_wait(c, m);
	took(m);
	took(c);
}

DEFINED(bool, cond_wait_for, (struct cond * c, struct mutex *m, go_time limit))
{
	bool done;

	gives(m);
	done = cond_wait_for(c, m, limit);
	took(m);
	return took_if(c, done);
}

DEFINED(void, cond_signal, (struct cond * c))
{
	gives(c);
	cond_signal(c);
}

DEFINED(void, cond_broadcast, (struct cond * c))
{
	gives(c);
	cond_broadcast(c);
}

/* As in Go, the first wg_add reads the waitgroup, and the first wg_wait that waits writes it: so a
 * wg_add from 0 races with a wg_wait, unless one comes before the other. */

static uint32_t word_of(const uint32_t *word)
{
	return load_relaxed(word);
}

/* True: this changes whether somebody has waited since the count was 0. */
static bool wg_mark(struct waitgroup *wg, bool waited)
{
	struct shadow *s = shadow_get((uintptr_t)wg);
	unsigned long was;
	struct sync *sync;
	bool changed;

	race_touch();
	if (!s)
		return false;
	was = arch_irq_off();
	race_lock(&s->lock);
	sync = sync_get(s, (uintptr_t)wg, SYNC_SELF);
	changed = sync->slot != waited;
	sync->slot = waited;
	race_unlock(&s->lock);
	arch_irq_restore(was);
	return changed;
}

static void wg_begins(struct waitgroup *wg)
{
	if (word_of(&wg->waitq.word) == 0) {
		wg_mark(wg, false);
		READS(&wg->waitq.lock, 1);
	}
}

static void wg_waits(struct waitgroup *wg)
{
	if (word_of(&wg->waitq.word) && wg_mark(wg, true))
		WRITES(&wg->waitq.lock, 1);
}

DEFINED(void, wg_add, (struct waitgroup * wg, int n))
{
	if (n > 0)
		wg_begins(wg);
	else
		gives(wg);
	wg_add(wg, n);
}

DEFINED(void, wg_done, (struct waitgroup * wg))
{
	gives(wg);
	wg_done(wg);
}

DEFINED(void, go_wg_start, (void (*f)(void), struct waitgroup *wg))
{
	wg_begins(wg);
	race_touch();
	go_wg_start(f, wg);
}

DEFINED(void, wg_wait, (struct waitgroup * wg))
{
	wg_waits(wg);
	wg_wait(wg);
	took(wg);
}

DEFINED(bool, wg_wait_for, (struct waitgroup * wg, go_time limit))
{
	wg_waits(wg);
	return took_if(wg, wg_wait_for(wg, limit));
}

DEFINED(void, once_do, (struct once * o, void (*f)(void)))
{
	race_touch();
	once_do(o, f);
	took(o);
}

DEFINED(void, sema_acquire, (struct sema * s, uint32_t n))
{
	sema_acquire(s, n);
	took(s);
}

DEFINED(bool, sema_try_acquire, (struct sema * s, uint32_t n))
{
	return took_if(s, sema_try_acquire(s, n));
}

DEFINED(bool, sema_acquire_for, (struct sema * s, uint32_t n, go_time limit))
{
	return took_if(s, sema_acquire_for(s, n, limit));
}

DEFINED(void, sema_release, (struct sema * s, uint32_t n))
{
	gives(s);
	sema_release(s, n);
}

/* A block that was never put back may be memory that had another use. */
static bool was_put(const void *block)
{
	struct shadow *s = shadow_find((uintptr_t)block);
	unsigned long was = arch_irq_off();
	bool put = false;

	if (s) {
		race_lock(&s->lock);
		put = sync_find(s, (uintptr_t)block, SYNC_POOLED);
		race_unlock(&s->lock);
	}
	arch_irq_restore(was);
	return put;
}

DEFINED(void *, pool_get, (struct pool * p))
{
	void *block = pool_get(p);

	race_touch();
	if (!block)
		return 0;
	if (was_put(block))
		race_acquire_at(race_self(), block, SYNC_POOLED);
	else
		race_forget(block, p->size ? p->size : 64);
	return block;
}

DEFINED(void, pool_put, (struct pool * p, void *block))
{
	race_touch();
	if (block)
		race_release_at(race_self(), block, SYNC_POOLED);
	pool_put(p, block);
}

DEFINED(void, spin_lock, (struct spinlock * l))
{
	race_touch();
	spin_lock(l);
	took(l);
}

DEFINED(void, spin_unlock, (struct spinlock * l))
{
	gives(l);
	spin_unlock(l);
}

/* Timers, devices, bubbles. */

PASSED(bool, timer_reset, (struct timer * t, go_time d), t, d)
PASSED(void, timer_after, (struct timer * t, go_time d, void (*f)(void *), void *arg), t, d, f, arg)
PASSED(bool, timer_stop, (struct timer * t), t)
PASSED(chan(go_time), go_after, (go_time d), d)
PASSED(void, ticker_start, (struct ticker * t, go_time d), t, d)
PASSED(void, ticker_stop, (struct ticker * t), t)
PASSED(void, irq_attach, (unsigned line, void (*f)(void *), void *arg, unsigned flags), line, f,
       arg, flags)
PASSED(void, irq_detach, (unsigned line), line)
PASSED(chan(go_time), irq_chan, (unsigned line, size_t n), line, n)
PASSED(void, go_bubble, (void (*f)(void *), void *arg), f, arg)
PASSED(void, go_bubble_wait, (void))
