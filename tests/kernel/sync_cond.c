/* Condition variable. In quotation marks: what the documentation of Go's package sync says.
 * test: cores=1,2,4,8
 * test: cores=2 check=0 args=unlocked expect=70 match="panic: cond_wait: mutex .* is not locked"
 * test: cores=1,4 check=0 args=never expect=70 match="(?s)deadlock.*cond"
 * test: cores=2 check=0 args=off expect=70 match="panic: cond after go_preempt_off"
 * test: cores=2 check=0 args=spin expect=70 match="panic: cond after .*spin_lock" */
#include <string.h>
#include "device.h"
#include "sync_line.h"
#include "test.h"

static struct mutex m;
static struct cond c;
static unsigned woken; /* under m */

static bool is_free(void)
{
	bool got = mutex_try_lock(&m);

	if (got)
		mutex_unlock(&m);
	return got && !m.waitq.word && !c.waitq.first && !c.waitq.last && !c.waitq.lock;
}

static void wait_in_turn(unsigned place, unsigned timed)
{
	mutex_lock(&m);
	if (timed)
		check(cond_wait_for(&c, &m, sec(1000)));
	else
		cond_wait(&c, &m);
	check(!mutex_try_lock(&m)); /* "Wait locks c.L before returning" */
	check(woken++ == place);
	mutex_unlock(&m);
}

static void wait(unsigned unused, unsigned none)
{
	(void)unused, (void)none;
	mutex_lock(&m);
	cond_wait(&c, &m);
	woken++;
	mutex_unlock(&m);
}

static unsigned woken_now(void)
{
	unsigned n;

	mutex_lock(&m);
	n = woken;
	mutex_unlock(&m);
	return n;
}

static void await_woken(unsigned n)
{
	while (woken_now() != n)
		go_yield();
	go_sleep(us(50));
	check(woken_now() == n); /* and no more */
}

/* "Signal wakes one goroutine waiting on c, if there is any." The one that has waited longest. */
static void signals(int core)
{
	struct waitgroup wg = {0};

	woken = 0;
	cond_signal(&c); /* nobody waits, and nothing is kept of it */
	for (unsigned i = 0; i < 6; i++) {
		line_start(&wg, core, wait_in_turn, i, i % 2);
		await_line(&c.waitq, i + 1);
	}
	check(woken == 0);
	for (unsigned i = 0; i < 6; i++) {
		if (i % 2)
			mutex_lock(
			    &m); /* "It is allowed but not required for the caller to hold c.L" */
		cond_signal(&c);
		if (i % 2)
			mutex_unlock(&m);
		await_woken(i + 1);
		check(length_of(&c.waitq) == 5 - i);
	}
	wg_wait(&wg);
	check(is_free());
}

/* "Broadcast wakes all goroutines waiting on c." Not those that come later. */
static void broadcasts(int core)
{
	struct waitgroup wg = {0};

	woken = 0;
	cond_broadcast(&c);
	for (unsigned i = 0; i < 20; i++)
		line_start(&wg, core, wait, 0, 0);
	await_line(&c.waitq, 20);
	mutex_lock(&m);
	cond_broadcast(&c);
	check(!c.waitq.first && woken == 0);
	mutex_unlock(&m);
	wg_wait(&wg);
	check(woken == 20);
	line_start(&wg, core, wait, 0, 0);
	await_line(&c.waitq, 1);
	go_sleep(us(100));
	check(length_of(&c.waitq) == 1 && woken_now() == 20);
	cond_broadcast(&c);
	wg_wait(&wg);
	check(is_free());
}

/* The count of broadcasts goes by its end. */
static void wraps(void)
{
	struct waitgroup wg = {0};

	c.waitq.word = UINT32_MAX - 3;
	for (unsigned i = 0; i < 8; i++) {
		for (unsigned j = 0; j < 3; j++)
			line_start(&wg, GO_ANY_CORE, wait, 0, 0);
		await_line(&c.waitq, 3);
		cond_broadcast(&c);
		check(!c.waitq.first);
		cond_signal(&c); /* those whom the broadcast forgot, if any */
		cond_signal(&c);
		cond_signal(&c);
		wg_wait(&wg);
	}
	check(is_free());
}

/* Limits. One that has given up takes no signal from one that waits. */
static void give_up(unsigned unused, unsigned none)
{
	(void)unused, (void)none;
	mutex_lock(&m);
	check(!cond_wait_for(&c, &m, us(200)));
	check(!mutex_try_lock(&m));
	mutex_unlock(&m);
}

static void limits(int core)
{
	struct waitgroup gone = {0}, wg = {0};

	mutex_lock(&m);
	check(!cond_wait_for(&c, &m, 0) && !cond_wait_for(&c, &m, INT64_MIN));
	check(!mutex_try_lock(&m));
	for (go_time limit = us(1); limit < ms(5); limit *= 10) {
		go_time start = go_now();

		check(!cond_wait_for(&c, &m, limit));
		check(go_now() - start >= limit && !mutex_try_lock(&m));
	}
	mutex_unlock(&m);
	check(is_free());
	woken = 0;
	for (unsigned i = 0; i < 6; i++)
		line_start(&gone, core, give_up, 0, 0);
	wg_wait(&gone);
	line_start(&wg, core, wait, 0, 0);
	await_line(&c.waitq, 1);
	cond_signal(&c);
	wg_wait(&wg);
	check(woken == 1 && is_free());
}

/* "Wait cannot return unless awoken by Broadcast or Signal"; "Wait atomically unlocks c.L and suspends
 * execution": no signal is lost whose sender held m. A ring of goroutines passes a turn on. */
enum { RING = 5, ROUNDS = 300 };
static unsigned turn; /* under m */

static void ring(unsigned i, unsigned all)
{
	for (unsigned n = 0; n < ROUNDS; n++) {
		mutex_lock(&m);
		while (turn % RING != i)
			cond_wait(&c, &m);
		turn++;
		if (n % 2)
			mutex_unlock(&m);
		cond_broadcast(&c);
		if (!(n % 2))
			mutex_unlock(&m);
	}
	(void)all;
}

static void rings(bool pinned)
{
	struct waitgroup wg = {0};

	turn = 0;
	for (unsigned i = 0; i < RING; i++)
		line_start(&wg, pinned ? (int)(i % go_cores()) : GO_ANY_CORE, ring, i, 0);
	wg_wait(&wg);
	check(turn == RING * ROUNDS && is_free());
}

/* A hammer: n signals wake n of those that wait, whatever gives up meanwhile. */
static unsigned tokens; /* under m */

static void consume(unsigned n, unsigned timed)
{
	for (unsigned i = 0; i < n;) {
		mutex_lock(&m);
		while (!tokens)
			if (!timed)
				cond_wait(&c, &m);
			else
				cond_wait_for(&c, &m, us(i % 30 + 1));
		tokens--;
		i++;
		mutex_unlock(&m);
	}
}

static void produce(unsigned n, unsigned held)
{
	for (unsigned i = 0; i < n; i++) {
		mutex_lock(&m);
		tokens++;
		if (held)
			cond_signal(&c);
		mutex_unlock(&m);
		if (!held)
			cond_signal(&c);
		if (i % 8 == 0)
			go_yield();
	}
}

static void hammers(bool pinned)
{
	struct waitgroup wg = {0};

	for (unsigned i = 0; i < 8; i++) {
		int core = pinned ? (int)(i % go_cores()) : GO_ANY_CORE;

		line_start(&wg, core, consume, 100, i == 7);
		line_start(&wg, core, produce, 100, i % 2);
	}
	wg_wait(&wg);
	check(tokens == 0 && is_free());
}

/* Handlers may signal and broadcast. */
static void handler(void *all)
{
	device_drop();
	if (all)
		cond_broadcast(&c);
	else
		cond_signal(&c);
}

static void in_a_handler(void *all)
{
	struct waitgroup wg = {0};

	woken = 0;
	irq_attach(DEVICE_LINE, handler, all, IRQ_FEEDS);
	for (unsigned i = 0; i < (all ? 3 : 1); i++)
		line_start(&wg, GO_ANY_CORE, wait, 0, 0);
	await_line(&c.waitq, all ? 3 : 1);
	device_raise();
	wg_wait(&wg);
	irq_detach(DEVICE_LINE);
	check(is_free());
}

static void misuse(const char *what)
{
	static struct spinlock lock;

#define is(name) (!strcmp(what, name))
	if (!is("unlocked"))
		mutex_lock(&m);
	if (is("off"))
		go_preempt_off();
	if (is("spin"))
		spin_lock(&lock);
	cond_wait(&c, &m);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		misuse(argv[1]);
		return 1;
	}
	kprintf("the device has sent something\n");
	for (int core = GO_ANY_CORE; core < (int)go_cores(); core++) {
		signals(core);
		broadcasts(core);
		limits(core);
	}
	wraps();
	rings(false);
	rings(true);
	hammers(false);
	hammers(true);
	in_a_handler(0);
	in_a_handler(&m);
	return test_done();
}
