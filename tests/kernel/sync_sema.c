/* Weighted semaphore. In quotation marks: what the documentation of golang.org/x/sync/semaphore says.
 * test: cores=1,2,4
 * test: cores=2 check=0 args=release-most expect=70 match="panic: sema_release: semaphore .* has 2147483646 permits, and 2 more are above 2147483647"
 * test: cores=2 check=0 args=release-above expect=70 match="panic: sema_release: 1073741824 permits of semaphore"
 * test: cores=2 check=0 args=release-waited expect=70 match="panic: sema_release: semaphore .* has 2147483647 permits, and 1 more are above 2147483647"
 * test: cores=2 check=0 args=acquire-above expect=70 match="panic: sema_acquire: 4294967295 permits of semaphore"
 * test: cores=2 check=0 args=try-above expect=70 match="panic: sema_try_acquire: 1073741824 permits of semaphore"
 * test: cores=1,4 check=0 args=never expect=70 match="(?s)deadlock.*semaphore"
 * test: cores=2 check=0 args=off expect=70 match="panic: semaphore after go_preempt_off"
 * test: cores=2 check=0 args=spin expect=70 match="panic: semaphore after .*spin_lock" */
#include <string.h>
#include "device.h"
#include "sync_line.h"
#include "test.h"

static struct sema s;

#define idle(n) (s.waitq.word == (n) && !s.waitq.lock && !s.waitq.first && !s.waitq.last)

/* "TryAcquire acquires the semaphore with a weight of n without blocking. On success, returns true. On
 * failure, returns false and leaves the semaphore unchanged." */
static void tries(void)
{
	static struct sema initialized = SEMA(2);

	check(!sema_try_acquire(&s, 1));
	check(sema_try_acquire(&s, 0));
	sema_release(&s, 0);
	check(idle(0));
	sema_release(&s, 3);
	check(!sema_try_acquire(&s, 4) && idle(3));
	check(sema_try_acquire(&s, 2) && idle(1));
	check(!sema_try_acquire(&s, 2) && idle(1));
	check(!sema_acquire_for(&s, 2, 0) && !sema_acquire_for(&s, 2, INT64_MIN) && idle(1));
	check(sema_acquire_for(&s, 1, 0) && idle(0));
	sema_release(&s, SEMA_MOST);
	sema_acquire(&s, SEMA_MOST);
	check(idle(0));
	check(sema_try_acquire(&initialized, 2) && !sema_try_acquire(&initialized, 1));
}

/* "Acquire acquires the semaphore with a weight of n, blocking until resources are available or ctx
 * is done. On failure, leaves the semaphore unchanged." */
static void limits(void)
{
	for (go_time limit = us(1); limit < ms(5); limit *= 10) {
		go_time start = go_now();

		sema_release(&s, 1);
		check(!sema_acquire_for(&s, 2, limit));
		check(go_now() - start >= limit);
		check(idle(1));
		check(sema_try_acquire(&s, 1));
	}
}

/* The line: first come, first served. */

static unsigned order; /* atomic */

static void take_in_turn(unsigned n, unsigned place)
{
	sema_acquire(&s, n);
	check(__atomic_fetch_add(&order, 1, __ATOMIC_RELAXED) == place);
	sema_release(&s, n);
}

static void first_come(int core)
{
	struct waitgroup wg = {0};

	order = 0;
	for (unsigned i = 0; i < 6; i++) {
		line_start(&wg, core, take_in_turn, 6 - i % 3, i); /* no two fit */
		await_line(&s.waitq, i + 1);
	}
	check(!sema_try_acquire(&s, 1)); /* behind the line */
	for (unsigned i = 0; i < 5; i++) {
		sema_release(&s, 1);
		check(!sema_try_acquire(&s, 1) && !sema_try_acquire(&s, 0));
		check(s.waitq.first && order == 0);
	}
	sema_release(&s, 1);
	wg_wait(&wg);
	check(order == 6);
	check(sema_try_acquire(&s, 6) && idle(0));
}

/* One release serves as many as it suffices for, and no more. */
static unsigned served; /* atomic */

static void take(unsigned n, unsigned unused)
{
	(void)unused;
	sema_acquire(&s, n);
	__atomic_fetch_add(&served, 1, __ATOMIC_RELAXED);
}

static void many_at_once(int core)
{
	struct waitgroup wg = {0};

	served = 0;
	for (unsigned i = 0; i < 10; i++) {
		line_start(&wg, core, take, 2, 0);
		await_line(&s.waitq, i + 1);
	}
	sema_release(&s, 15);
	while (__atomic_load_n(&served, __ATOMIC_RELAXED) < 7)
		go_yield();
	go_sleep(us(100));
	check(__atomic_load_n(&served, __ATOMIC_RELAXED) == 7 && length_of(&s.waitq) == 3);
	check(!sema_try_acquire(&s, 1));
	sema_release(&s, 6);
	wg_wait(&wg);
	check(served == 10 && idle(1));
	sema_acquire(&s, 1);
}

/* A waiter that gives up and wanted too much lets those behind it go on. */
static void give_up(unsigned n, unsigned unused)
{
	(void)unused;
	check(!sema_acquire_for(&s, n, ms(50)));
}

static void gives_up(int core)
{
	struct waitgroup wg = {0};

	served = 0;
	sema_release(&s, 2);
	line_start(&wg, core, give_up, 3, 0);
	await_line(&s.waitq, 1);
	for (unsigned i = 0; i < 2; i++)
		line_start(&wg, core, take, 1, 0);
	while (length_of(&s.waitq) < 3 && !__atomic_load_n(&served, __ATOMIC_RELAXED))
		go_yield();
	check(__atomic_load_n(&served, __ATOMIC_RELAXED) || !sema_try_acquire(&s, 1));
	wg_wait(&wg);
	check(served == 2 && idle(0));
	/* One that gives up alone leaves what is there to the fast paths. */
	sema_release(&s, 2);
	check(!sema_acquire_for(&s, 3, us(10)) && idle(2));
	check(!sema_acquire_for(&s, 3, us(10)) && idle(2));
	sema_acquire(&s, 2);
}

/* Go's TestLargeAcquireDoesntStarve: one that wants all permits gets them beside others that take
 * one each again and again. */
static bool stop; /* atomic */

static void hog(void)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		sema_acquire(&s, 1);
		go_yield();
		sema_release(&s, 1);
	}
}

static void large_does_not_starve(void)
{
	struct waitgroup wg = {0};
	unsigned n = 2 * go_cores();

	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	sema_release(&s, n);
	for (unsigned i = 0; i < n; i++)
		wg_go(&wg, hog);
	for (unsigned i = 0; i < 20; i++) {
		go_time start = go_now();

		sema_acquire(&s, n);
		check(s.waitq.word == SEMA_WAITED || s.waitq.word == 0);
		check(go_now() - start < sec(2));
		sema_release(&s, n);
		go_yield();
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	wg_wait(&wg);
	sema_acquire(&s, n);
	check(idle(0));
}

/* Go's TestWeighted, the hammer: never are more permits out than there are. */
enum { PERMITS = 7, TURNS = 200 };
static unsigned out; /* atomic */

static void hammer(unsigned i, unsigned unused)
{
	(void)unused;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		unsigned n = (i + turn) % (PERMITS + 1);

		switch (turn % 4) {
		case 0:
			if (!sema_try_acquire(&s, n))
				continue;
			break;
		case 1:
			if (!sema_acquire_for(&s, n, us(turn % 50)))
				continue;
			break;
		default:
			sema_acquire(&s, n);
		}
		check(__atomic_add_fetch(&out, n, __ATOMIC_RELAXED) <= PERMITS);
		if (turn % 8 == 0)
			go_yield();
		__atomic_fetch_sub(&out, n, __ATOMIC_RELAXED);
		sema_release(&s, n);
	}
}

static void hammers(bool pinned)
{
	struct waitgroup wg = {0};

	sema_release(&s, PERMITS);
	for (unsigned i = 0; i < 8; i++)
		line_start(&wg, pinned ? (int)(i % go_cores()) : GO_ANY_CORE, hammer, i, 0);
	wg_wait(&wg);
	sema_acquire(&s, PERMITS);
	check(idle(0) && out == 0);
}

/* It may lie on the stack of a goroutine that waits for its last permit. */
static void release_it(struct sema *on_stack)
{
	sema_release(on_stack, 1);
}

static void on_a_stack(void)
{
	for (unsigned i = 0; i < 300; i++) {
		struct sema on_stack = {0};

		go(release_it, &on_stack);
		if (i % 3 == 0)
			go_yield();
		if (i % 2)
			while (!sema_acquire_for(&on_stack, 1, us(i % 30)))
				;
		else
			sema_acquire(&on_stack, 1);
		memset(&on_stack, 0xff, sizeof(on_stack));
		__asm__ volatile("" : : "r"(&on_stack) : "memory");
	}
}

/* A handler may release: with nobody in line, and with some. */
static void handler(void *arg)
{
	(void)arg;
	device_drop();
	sema_release(&s, 2);
}

static void in_a_handler(void)
{
	struct waitgroup wg = {0};

	irq_attach(DEVICE_LINE, handler, 0, IRQ_FEEDS);
	device_raise();
	while (!sema_try_acquire(&s, 2))
		;
	for (unsigned i = 0; i < 2; i++) {
		line_start(&wg, GO_ANY_CORE, take, 1, 0);
		await_line(&s.waitq, i + 1);
	}
	device_raise();
	wg_wait(&wg);
	irq_detach(DEVICE_LINE);
	check(idle(0));
}

static void misuse(const char *what)
{
#define is(name) (!strcmp(what, name))
	if (is("release-most")) {
		sema_release(&s, SEMA_MOST);
		sema_release(&s, SEMA_MOST);
		sema_release(&s, 2);
	} else if (is("release-above")) {
		sema_release(&s, SEMA_MOST + 1u);
	} else if (is("release-waited")) {
		struct waitgroup wg = {0};

		line_start(&wg, GO_ANY_CORE, take, 1, 0);
		await_line(&s.waitq, 1);
		s.permits = INT32_MAX;
		sema_release(&s, 1);
	} else if (is("acquire-above")) {
		sema_acquire(&s, UINT32_MAX);
	} else if (is("try-above")) {
		sema_try_acquire(&s, SEMA_MOST + 1u);
	} else if (is("never")) {
		sema_acquire(&s, 1);
	} else if (is("off")) {
		go_preempt_off();
		sema_acquire(&s, 1);
	} else if (is("spin")) {
		static struct spinlock lock;

		spin_lock(&lock);
		sema_acquire(&s, 1);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		misuse(argv[1]);
		return 1;
	}
	kprintf("the device has sent something\n");
	tries();
	limits();
	for (int core = GO_ANY_CORE; core < (int)go_cores(); core++) {
		first_come(core);
		many_at_once(core);
		gives_up(core);
	}
	large_does_not_starve();
	hammers(false);
	hammers(true);
	on_a_stack();
	in_a_handler();
	return test_done();
}
