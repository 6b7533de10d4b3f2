/* Read-write mutex. In quotation marks: what the documentation of Go's package sync says.
 * test: cores=1,2,4,8
 * test: cores=2 check=0 args=unlock expect=70 match="panic: rwmutex_unlock: rwmutex .* is not locked by a writer"
 * test: cores=2 check=0 args=unlock-read expect=70 match="panic: rwmutex_unlock: rwmutex .* is not locked by a writer"
 * test: cores=2 check=0 args=runlock expect=70 match="panic: rwmutex_runlock: rwmutex .* is not locked by a reader"
 * test: cores=2 check=0 args=runlock-twice expect=70 match="panic: rwmutex_runlock: rwmutex .* is not locked by a reader"
 * test: cores=2 check=0 args=runlock-written expect=70 match="panic: rwmutex_runlock: rwmutex .* is not locked by a reader"
 * test: cores=1,4 check=0 args=lock-twice expect=70 match="(?s)deadlock.*mutex"
 * test: cores=1,4 check=0 args=lock-read expect=70 match="(?s)deadlock.*rwmutex, to write"
 * test: cores=1,4 check=0 args=read-written expect=70 match="(?s)deadlock.*rwmutex, to read"
 * test: cores=2 check=0 args=off expect=70 match="panic: rwmutex, to read after go_preempt_off" */
#include <string.h>
#include "sync_line.h"
#include "test.h"

static struct rwmutex rw;

static void await_writer(void)
{
	while (!__atomic_load_n(&rw.waitq.word, __ATOMIC_RELAXED))
		go_yield();
}

/* Nothing is held, and nobody is left. */
static bool is_free(void)
{
	bool got = rwmutex_try_lock(&rw);

	if (got)
		rwmutex_unlock(&rw);
	return got && !rw.waitq.word && !rw.waitq.first && !rw.writer && !rw.readers;
}

/* "The lock can be held by an arbitrary number of readers or a single writer." */
static void held_by(void)
{
	for (unsigned i = 0; i < 100; i++)
		check(i % 2 ? rwmutex_try_rlock(&rw) : (rwmutex_rlock(&rw), true));
	check(!rwmutex_try_lock(&rw) && !rwmutex_lock_for(&rw, us(10)) &&
	      !rwmutex_lock_for(&rw, -1));
	check(rwmutex_try_rlock(&rw));
	for (unsigned i = 0; i < 101; i++)
		rwmutex_runlock(&rw);
	check(is_free());
	rwmutex_lock(&rw);
	check(!rwmutex_try_rlock(&rw) && !rwmutex_try_lock(&rw));
	check(!rwmutex_rlock_for(&rw, us(10)) && !rwmutex_rlock_for(&rw, 0));
	check(!rwmutex_lock_for(&rw, us(10)));
	rwmutex_unlock(&rw);
	check(rwmutex_rlock_for(&rw, 0));
	rwmutex_runlock(&rw);
	check(rwmutex_lock_for(&rw, 0));
	rwmutex_unlock(&rw);
	check(is_free());
}

/* "If any goroutine calls Lock while the lock is already held by one or more readers, concurrent
 * calls to RLock will block until the writer has acquired (and released) the lock." */
static unsigned order; /* atomic */

static void write_at(unsigned place, unsigned timed)
{
	if (timed)
		check(rwmutex_lock_for(&rw, sec(1000)));
	else
		rwmutex_lock(&rw);
	check(__atomic_fetch_add(&order, 1, __ATOMIC_RELAXED) == place);
	go_sleep(us(100));
	rwmutex_unlock(&rw);
}

static void read_between(unsigned first, unsigned last)
{
	unsigned n;

	rwmutex_rlock(&rw);
	n = __atomic_fetch_add(&order, 1, __ATOMIC_RELAXED);
	check(n >= first && n <= last);
	rwmutex_runlock(&rw);
}

/* Readers that waited go before the next writer. */
static void turns(int core)
{
	struct waitgroup wg = {0};

	order = 0;
	rwmutex_rlock(&rw);
	line_start(&wg, core, write_at, 0, core & 1);
	await_writer();
	check(!rwmutex_try_rlock(&rw) && !rwmutex_rlock_for(&rw, us(10)));
	for (unsigned i = 0; i < 4; i++)
		line_start(&wg, core, read_between, 1, 4);
	await_line(&rw.waitq, 4);
	line_start(&wg, core, write_at, 5, 0);
	await_line(&rw.writers.waitq, 1);
	check(order == 0);
	rwmutex_runlock(&rw);
	wg_wait(&wg);
	check(order == 6 && is_free());
}

/* A writer that gives up lets in the readers that wait. */
static void give_up(unsigned unused, unsigned none)
{
	(void)unused, (void)none;
	check(!rwmutex_lock_for(&rw, ms(20)));
}

static void gives_up(int core)
{
	struct waitgroup wg = {0};

	order = 0;
	rwmutex_rlock(&rw);
	line_start(&wg, core, give_up, 0, 0);
	await_writer();
	for (unsigned i = 0; i < 3; i++)
		line_start(&wg, core, read_between, 0, 2);
	wg_wait(&wg);
	check(order == 3 && !rwmutex_try_lock(&rw));
	rwmutex_runlock(&rw);
	check(is_free());
}

/* "A locked RWMutex is not associated with a particular goroutine": one locks, and another one, on
 * another core, unlocks. A count below 0 in a slot is made good. */
static void unlock_read(unsigned n, unsigned none)
{
	(void)none;
	for (unsigned i = 0; i < n; i++)
		rwmutex_runlock(&rw);
}

static void lock_read(unsigned n, unsigned none)
{
	(void)none;
	for (unsigned i = 0; i < n; i++)
		rwmutex_rlock(&rw);
}

static void moves(void)
{
	int last = (int)go_cores() - 1;

	for (unsigned i = 0; i < 50; i++) {
		struct waitgroup wg = {0};

		line_start(&wg, 0, lock_read, 5, 0);
		wg_wait(&wg);
		check(!rwmutex_try_lock(&rw));
		line_start(&wg, last, unlock_read, 3, 0);
		wg_wait(&wg);
		check(!rwmutex_try_lock(&rw));
		line_start(&wg, last, unlock_read, 2, 0);
		wg_wait(&wg);
		check(is_free());
	}
}

/* Go's HammerRWMutex: a writer counts 10000, a reader 1. */
enum { TURNS = 150 };
static int activity; /* atomic */

static void read(unsigned i)
{
	switch (i % 4) {
	case 0:
		if (!rwmutex_try_rlock(&rw))
			return;
		break;
	case 1:
		if (!rwmutex_rlock_for(&rw, us(i % 40)))
			return;
		break;
	default:
		rwmutex_rlock(&rw);
	}
	check(__atomic_add_fetch(&activity, 1, __ATOMIC_RELAXED) < 10000);
	if (i % 8 == 0)
		go_yield();
	__atomic_fetch_sub(&activity, 1, __ATOMIC_RELAXED);
	rwmutex_runlock(&rw);
}

static void write(unsigned i)
{
	switch (i % 4) {
	case 0:
		if (!rwmutex_try_lock(&rw))
			return;
		break;
	case 1:
		if (!rwmutex_lock_for(&rw, us(i % 40)))
			return;
		break;
	default:
		rwmutex_lock(&rw);
	}
	check(__atomic_add_fetch(&activity, 10000, __ATOMIC_RELAXED) == 10000);
	if (i % 8 == 0)
		go_yield();
	__atomic_fetch_sub(&activity, 10000, __ATOMIC_RELAXED);
	rwmutex_unlock(&rw);
}

static void hammer(unsigned who, unsigned writes)
{
	for (unsigned i = 0; i < TURNS; i++) {
		if (writes)
			write(who + i);
		else
			read(who + i);
	}
}

static void hammers(bool pinned)
{
	struct waitgroup wg = {0};

	for (unsigned i = 0; i < 10; i++)
		line_start(&wg, pinned ? (int)(i % go_cores()) : GO_ANY_CORE, hammer, i,
		           i % 5 == 0);
	wg_wait(&wg);
	check(activity == 0 && is_free());
}

/* Neither readers nor writers starve beside hogs of the other kind. */
static bool stop; /* atomic */

static void hog(unsigned unused, unsigned writes)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (writes)
			write(2);
		else
			read(2);
	}
}

static void nobody_starves(unsigned hogs_write)
{
	struct waitgroup wg = {0};

	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	for (unsigned i = 0; i <= go_cores(); i++)
		line_start(&wg, GO_ANY_CORE, hog, 0, hogs_write);
	for (unsigned i = 0; i < 20; i++) {
		go_time start = go_now();

		if (hogs_write)
			read(2);
		else
			write(2);
		check(go_now() - start < sec(2));
		go_yield();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	wg_wait(&wg);
	check(is_free());
}

static void read_often(struct rwmutex *own, unsigned stay, struct waitgroup *wg)
{
	for (unsigned i = 0; i < 1000; i++) {
		rwmutex_rlock(own);
		rwmutex_runlock(own);
	}
	for (unsigned i = 0; i < stay; i++)
		rwmutex_rlock(own);
	wg_done(wg);
}

/* While nobody writes a reader changes the slot of its core and nothing else of the rwmutex, and no
 * two slots share a cache line. So readers on several cores take no line from each other. The count
 * that a slot ends with is another one on each core. */
static void own_lines(void)
{
	static struct rwmutex own, expected;
	struct waitgroup wg = {0};

	wg_add(&wg, (int)go_cores());
	for (unsigned core = 0; core < go_cores(); core++) {
		struct go_slot *slot = &expected.slot[GO_SLOTS == 1 ? 0 : core];

		check((uintptr_t)&own.slot[slot - expected.slot] % GO_LINE == 0);
		slot->word += core + 1;
		go_with(go_attr(.core = (int)core), read_often, &own, core + 1, &wg);
	}
	check(sizeof(struct go_slot) == GO_LINE);
	wg_wait(&wg);
	check(!memcmp(&own, &expected, sizeof(own)));
}

static void misuse(const char *what)
{
#define is(name) (!strcmp(what, name))
	if (is("unlock")) {
		rwmutex_unlock(&rw);
	} else if (is("unlock-read")) {
		rwmutex_rlock(&rw);
		rwmutex_unlock(&rw);
	} else if (is("runlock")) {
		rwmutex_runlock(&rw);
	} else if (is("runlock-twice")) {
		rwmutex_rlock(&rw);
		rwmutex_runlock(&rw);
		rwmutex_runlock(&rw);
	} else if (is("runlock-written")) {
		rwmutex_lock(&rw);
		rwmutex_runlock(&rw);
	} else if (is("lock-twice")) {
		rwmutex_lock(&rw);
		rwmutex_lock(&rw);
	} else if (is("lock-read")) {
		rwmutex_rlock(&rw);
		rwmutex_lock(&rw);
	} else if (is("read-written")) {
		rwmutex_lock(&rw);
		rwmutex_rlock(&rw);
	} else if (is("off")) {
		rwmutex_lock(&rw);
		go_preempt_off();
		rwmutex_rlock(&rw);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		misuse(argv[1]);
		return 1;
	}
	held_by();
	own_lines();
	for (int core = GO_ANY_CORE; core < (int)go_cores(); core++) {
		turns(core);
		gives_up(core);
	}
	moves();
	hammers(false);
	hammers(true);
	nobody_starves(false);
	nobody_starves(true);
	return test_done();
}
