/* Package sync, to its documentation and the Go memory model: what the other tests do not check. Of Go's own
 * tests of sync:
 *   HammerMutex, Mutex, TryLock                here, hammers; stress/mutex
 *   MutexFairness                              sync_mutex (fairness, handed_over), sync_order
 *   MutexMisuse, RWMutex misuse                sync_panic, sync_rwmutex
 *   ParallelReaders                            here, read_together
 *   RWMutex (HammerRWMutex)                    sync_rwmutex (hammers)
 *   RLocker, CondCopy, OncePanic, PoolGC       Skein has no second face of a lock, no copies to find, no
 *                                              panic that goes on, no collector
 *   CondSignal, SignalGenerations, Broadcast   sync_cond (signals, broadcasts)
 *   CondSignalStealing                         here, not_stolen
 *   Cond Race                                  sync_cond (rings, hammers)
 *   Once                                       sync_once
 *   WaitGroup, Race, Misuse                    sync_waitgroup, sync_panic; here, used_again
 *   PoolStress, PoolDequeue, PoolChain         sync_pool (churns, hoards), unit/explore_rwmutex
 *   semaphore: Weighted, LargeAcquire...       sync_sema
 * Go panics when it sees that a WaitGroup is used again before all its Waits have returned. Here that is
 * allowed, because a Wait that can run does not look at the waitgroup any more (sync_waitgroup, on_a_stack). */
// test: cores=4
// test: cores=1 check=0 boards=virt-aarch64
#include "sync_line.h"
#include "test.h"

/* [TryLock tries to lock m and reports whether it succeeded. A successful call of TryLock is equivalent to a
 * call of Lock; locks: the n-th Unlock comes before the return of the m-th Lock, n < m.] The counters are
 * plain. */
enum { HAMMERS = 8, BLOWS = 500 };
static struct mutex m;
static struct rwmutex rw;
static unsigned locked, tried, written;
static uint32_t successes; /* atomic */

static void hammer(unsigned i, unsigned unused)
{
	(void)unused;
	for (unsigned k = 0; k < BLOWS; k++) {
		if ((k + i) % 3) {
			mutex_lock(&m);
			locked++;
		} else if (mutex_try_lock(&m)) {
			tried++;
			fetch_add_relaxed(&successes, 1);
		} else {
			continue;
		}
		if (k % 50 == 0)
			go_yield();
		mutex_unlock(&m);
		if (k % 5 == i % 5 && rwmutex_try_lock(&rw)) {
			written += 2;
			rwmutex_unlock(&rw);
		} else if (rwmutex_try_rlock(&rw)) {
			check(written % 2 == 0);
			rwmutex_runlock(&rw);
		}
	}
}

static void hammers(void)
{
	struct waitgroup wg = {0};
	unsigned expected = 0;

	for (unsigned i = 0; i < HAMMERS; i++)
		line_start(&wg, GO_ANY_CORE, hammer, i, 0);
	wg_wait(&wg);
	for (unsigned i = 0; i < HAMMERS; i++)
		for (unsigned k = 0; k < BLOWS; k++)
			expected += (k + i) % 3 != 0;
	check(locked == expected && tried == successes && written > 0);
	check(mutex_try_lock(&m) && !mutex_try_lock(&m));
	mutex_unlock(&m);
}

/* [RWMutex: the lock can be held by an arbitrary number of readers.] All are inside at the same time: none
 * leaves before the last has come. */
static void inside(struct waitgroup *all, struct waitgroup *out)
{
	rwmutex_rlock(&rw);
	wg_done(all);
	wg_wait(all);
	check(!rwmutex_try_lock(&rw));
	wg_done(out);
	wg_wait(out); /* the last looks before the first leaves */
	rwmutex_runlock(&rw);
}

static void read_together(void)
{
	for (int n = 1; n <= 32; n *= 2) {
		struct waitgroup all = {0}, out = {0}, over = {0};

		wg_add(&all, n);
		wg_add(&out, n);
		for (int i = 0; i < n; i++)
			wg_go(&over, inside, &all, &out);
		wg_wait(&over);
		check(rwmutex_try_lock(&rw));
		rwmutex_unlock(&rw);
	}
}

/* [Cond.Signal wakes one goroutine waiting on c; goroutines that wait later do not take the wake of one that
 * waits.] */
static struct cond c;
static bool first_woke; /* under m */

static void waits_first(unsigned unused, unsigned none)
{
	(void)unused, (void)none;
	mutex_lock(&m);
	cond_wait(&c, &m);
	first_woke = true;
	mutex_unlock(&m);
}

static void waits_later(unsigned unused, unsigned none)
{
	(void)unused, (void)none;
	mutex_lock(&m);
	cond_wait(&c, &m);
	check(first_woke);
	mutex_unlock(&m);
}

static void not_stolen(void)
{
	for (int i = 0; i < 200; i++) {
		struct waitgroup first = {0}, later = {0};

		first_woke = false;
		line_start(&first, GO_ANY_CORE, waits_first, 0, 0);
		await_line(&c.waitq, 1);
		mutex_lock(&m);
		line_start(&later, GO_ANY_CORE, waits_later, 0, 0); /* comes while m is held */
		cond_signal(&c);
		mutex_unlock(&m);
		wg_wait(&first);
		await_line(&c.waitq, 1);
		cond_broadcast(&c);
		wg_wait(&later);
	}
}

/* [WaitGroup: a call to Done comes before the return of any Wait call that it unblocks.] Round after round
 * with the same waitgroups, which two goroutines wait for. */
static unsigned plain[4];

static void reads(struct waitgroup *go_on, struct waitgroup *seen, int round)
{
	wg_wait(go_on);
	for (unsigned i = 0; i < 4; i++)
		check(plain[i] == (unsigned)round);
	wg_done(seen);
}

static void writes(struct waitgroup *go_on, unsigned i, int round)
{
	plain[i] = (unsigned)round;
	wg_done(go_on);
}

static void used_again(void)
{
	struct waitgroup go_on = {0}, seen = {0};

	for (int round = 1; round <= 200; round++) {
		wg_add(&go_on, 4);
		wg_add(&seen, 2);
		go(reads, &go_on, &seen, round);
		go(reads, &go_on, &seen, round);
		for (unsigned i = 0; i < 4; i++)
			go(writes, &go_on, i, round);
		wg_wait(&seen);
	}
}

/* [Once: the completion of f comes before the return of any call of Do.] Whoever comes first. */
static unsigned made;

static void make_it(void)
{
	made++;
	go_yield();
	made++;
}

static void once_each(void)
{
	for (int i = 0; i < 100; i++) {
		struct waitgroup wg = {0};
		struct once once = {0};

		made = 0;
		for (int k = 0; k < 4; k++)
			wg_go(&wg, once_do, &once, make_it);
		once_do(&once, make_it);
		check(made == 2);
		wg_wait(&wg);
		check(made == 2);
	}
}

int main(void)
{
	hammers();
	read_together();
	not_stolen();
	used_again();
	once_each();
	return test_done();
}
