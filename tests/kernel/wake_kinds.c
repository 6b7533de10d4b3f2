/* Every wake reaches a core that sleeps, at once: here a core dozes for an hour and a slice lasts an
 * hour, so a wake that is lost makes the run hang. Whoever wakes goes on computing until the woken
 * one has run elsewhere; each round begins when all other cores are asleep.
 *   on_duty: no limit; the woken one is pinned to each of the other cores, and to none
 *   beyond:  go_maxprocs(1); the woken one is pinned to a core beyond the limit, or wakes from there
 *   others:  a higher limit, timers, yields, handlers, under exact replay */
// test: check=0 cores=2,4 limit=30 args=on_duty opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
// test: check=0 cores=2,4 limit=30 args=beyond opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
// test: check=0 icount=3 cores=1,2,4 limit=30 args=others opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include <string.h>
#include "chan_waiting.h"
#include "sched/core.h"
#include "device.h"
#include "sched/limit.h"
#include "sched/sched.h"
#include "test.h"

enum { ROUNDS = 3 };

static uint32_t ran; /* atomic: the woken one has run */
static chan(int) unbuffered, buffered, full;
static struct mutex m;
static struct waitgroup wg, done;
static struct once once;

static unsigned here(void)
{
	unsigned long was = arch_irq_off();
	unsigned index = arch_core()->index;

	arch_irq_restore(was);
	return index;
}

static void others_asleep(void)
{
	uint32_t all = (1u << go_cores()) - 1;

	while ((load_relaxed(&idle.cores) | load_relaxed(&limit.asleep) | 1u << here()) != all)
		arch_relax();
}

static void await_run(void)
{
	while (!load_acquire(&ran))
		arch_relax();
}

/* The kinds: how one waits, and how it is woken. */

static void receives(void)
{
	check(chan_recv(unbuffered, NULL));
}

static void receives_buffered(void)
{
	check(chan_recv_for(buffered, NULL, GO_FOREVER - 1) == CHAN_OK);
}

static void sends(void)
{
	chan_send(full, 2);
}

static void selects(void)
{
	check(chan_select(on_recv(buffered, NULL), on_recv(unbuffered, NULL)) == 1);
}

static void sees_close(void)
{
	check(!chan_recv(unbuffered, NULL));
}

static void locks(void)
{
	mutex_lock(&m);
	mutex_unlock(&m);
}

static void nothing(void)
{
}

static void does_once(void)
{
	once_do(&once, nothing);
}

static void waits(void)
{
	wg_wait(&wg);
}

static bool listed(const struct go_waitq *q)
{
	return __atomic_load_n(&q->first, __ATOMIC_RELAXED);
}

static void send(void)
{
	chan_send(unbuffered, 1);
}

static void try_send(void)
{
	check(chan_try_send(unbuffered, 1) == CHAN_OK);
}

static void send_buffered(void)
{
	chan_send(buffered, 1);
}

static void receive(void)
{
	check(chan_recv(full, NULL));
}

static void shut(void)
{
	chan_close(unbuffered);
}

static void unlock_m(void)
{
	mutex_unlock(&m);
}

static void unlock_once(void)
{
	mutex_unlock(&once.mutex);
}

static void count_down(void)
{
	wg_done(&wg);
}

enum place { UNBUFFERED, BUFFERED, FULL, MUTEX, ONCE, WAITGROUP };

static const struct kind {
	const char *name;
	void (*wait)(void), (*wake)(void);
	enum place place;
} kinds[] = {
    {"send", receives, send, UNBUFFERED},
    {"try send", receives, try_send, UNBUFFERED},
    {"buffered send", receives_buffered, send_buffered, BUFFERED},
    {"receive", sends, receive, FULL},
    {"select", selects, send, UNBUFFERED},
    {"close", sees_close, shut, UNBUFFERED},
    {"mutex", locks, unlock_m, MUTEX},
    {"once", does_once, unlock_once, ONCE},
    {"waitgroup", waits, count_down, WAITGROUP},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static bool waits_at(enum place place)
{
	switch (place) {
	case UNBUFFERED:
		return waiting(chan_of(unbuffered), CHAN_RECEIVES);
	case BUFFERED:
		return waiting(chan_of(buffered), CHAN_RECEIVES);
	case FULL:
		return waiting(chan_of(full), CHAN_SENDS);
	case MUTEX:
		return listed(&m.waitq);
	case ONCE:
		return listed(&once.mutex.waitq);
	default:
		return listed(&wg.waitq);
	}
}

/* The woken one, which runs nowhere else than where it is to. */
static void runs_on(int to)
{
	check(to == GO_ANY_CORE || (int)here() == to);
	store_release(&ran, 1);
	wg_done(&done);
}

static void woken(const struct kind *kind, int to)
{
	kind->wait();
	runs_on(to);
}

static void prepare(void)
{
	unbuffered = chan_make(int, 0);
	buffered = chan_make(int, 1);
	full = chan_make(int, 1);
	chan_send(full, 1);
	mutex_lock(&m);
	once = (struct once){0};
	mutex_lock(&once.mutex);
	wg_add(&wg, 1);
	wg_add(&done, 1);
	store_relaxed(&ran, 0);
}

static void end(const struct kind *kind)
{
	wg_wait(&done);
	if (kind->place != MUTEX)
		mutex_unlock(&m);
	if (kind->place != WAITGROUP)
		wg_done(&wg);
	chan_free(unbuffered);
	chan_free(buffered);
	chan_free(full);
}

/* The woken one on core `to` or anywhere. */
static void wake(const struct kind *kind, int to)
{
	prepare();
	go_with(go_attr(.core = to, .name = kind->name), woken, kind, to);
	while (!waits_at(kind->place))
		go_sleep(us(100));
	others_asleep();
	kind->wake();
	await_run();
	end(kind);
}

/* One that is made needs no waiting before. */
static void made_with(int *copy)
{
	check(*copy == 7);
	runs_on(GO_ANY_CORE);
}

static void make(int to, bool copy)
{
	store_relaxed(&ran, 0);
	wg_add(&done, 1);
	others_asleep();
	if (copy)
		go_copy(made_with, (int){7});
	else if (to == GO_ANY_CORE)
		go(runs_on, to);
	else
		go_with(go_attr(.core = to), runs_on, to);
	await_run();
	wg_wait(&done);
}

static void all_kinds(int to)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < KINDS; i++)
			wake(&kinds[i], to);
		make(to, false);
	}
}

/* Runs on its core and wakes those of all others, and whoever is pinned nowhere. */
static void from(unsigned index, struct waitgroup *all)
{
	for (unsigned to = 0; to < go_cores(); to++)
		if (to != index)
			all_kinds((int)to);
	if (index > 0 || go_maxprocs(0) > 1) { /* another core may run it */
		all_kinds(GO_ANY_CORE);
		make(GO_ANY_CORE, true);
	}
	wg_done(all);
}

static void from_each(void)
{
	struct waitgroup all = {0};

	for (unsigned i = 0; i < go_cores(); i++) {
		wg_add(&all, 1);
		go_with(go_attr(.core = (int)i), from, i, &all);
		wg_wait(&all);
	}
}

/* Others. */

static void hog(uint32_t *running, uint32_t *stop)
{
	fetch_add_relaxed(running, 1);
	while (!load_relaxed(stop))
		arch_relax();
	wg_done(&done);
}

/* A higher limit brings back the cores that slept beyond the old one. */
static void limit_rises(void)
{
	static uint32_t running, stop; /* atomic */
	unsigned n = go_cores();

	for (unsigned round = 0; round < ROUNDS; round++) {
		store_relaxed(&running, 0);
		store_relaxed(&stop, 0);
		go_maxprocs(1);
		others_asleep();
		wg_add(&done, n - 1);
		for (unsigned i = 1; i < n; i++)
			go(hog, &running, &stop);
		check(go_maxprocs(n) == 1);
		while (load_relaxed(&running) != n - 1)
			arch_relax();
		store_relaxed(&stop, 1);
		wg_wait(&done);
		others_asleep();
		check(go_maxprocs(1) == n); /* a core that sleeps must say that it keeps it */
		go_maxprocs(n);
	}
}

/* A core beyond the limit hands over all that it has, a few at a time, also while it runs one that is
 * pinned to it: a lower limit waits for that. */
enum { CROWD = 40 };

static void yields(uint32_t *stop)
{
	while (!load_relaxed(stop)) {
		arch_relax();
		go_yield();
	}
	wg_done(&done);
}

static void has_many(uint32_t *ready, uint32_t *stop)
{
	for (unsigned i = 0; i < CROWD; i++)
		go(yields, stop);
	store_release(ready, 1);
	while (!load_relaxed(stop))
		arch_relax();
	wg_done(&done);
}

static void limit_falls(void)
{
	static uint32_t ready, stop; /* atomic */
	unsigned n = go_cores();

	for (unsigned round = 0; round < ROUNDS; round++) {
		store_relaxed(&ready, 0);
		store_relaxed(&stop, 0);
		wg_add(&done, CROWD + 1);
		go_with(go_attr(.core = (int)n - 1), has_many, &ready, &stop);
		while (!load_acquire(&ready))
			arch_relax();
		check(go_maxprocs(1) == n);
		check(runq_looks_empty(&cores[n - 1].runq));
		store_relaxed(&stop, 1);
		wg_wait(&done);
		check(go_maxprocs(n) == 1);
	}
}

/* One that yields is put where a core that sleeps is not told of it. When this core turns to another
 * queue then, and to somebody who never gives it back, the sleeper is told. */
static uint32_t yields_on; /* atomic */

static void never_back(void)
{
	uint32_t before = load_relaxed(&yields_on);

	while (load_relaxed(&yields_on) == before)
		arch_relax();
	wg_done(&done);
}

static void yielder(void)
{
	for (unsigned round = 0; round < 5 * ROUNDS; round++) {
		others_asleep();
		wg_add(&done, 1);
		go_with(go_attr(.core = (int)here()), never_back);
		for (unsigned i = 0; i < 200; i++) {
			fetch_add_relaxed(&yields_on, 1);
			go_yield();
		}
		while (load_relaxed(&done.waitq.word) & 0xffff) {
			fetch_add_relaxed(&yields_on, 1);
			arch_relax(); /* under exact replay others run now */
			go_yield();
		}
	}
	wg_done(&wg);
}

/* A timer that rings under one that may not be preempted: the sleeper runs on another core. */
static uint32_t computing; /* atomic */

static void not_preempted(void)
{
	go_preempt_off();
	store_release(&computing, 1);
	if (go_cores() > 1)
		await_run();
	else
		for (go_time start = go_now(); go_now() - start < ms(10);)
			;
	check(go_cores() > 1 || !load_relaxed(&ran));
	go_preempt_on();
	check(load_relaxed(&ran));
	wg_done(&done);
}

static void sleeper(void)
{
	store_relaxed(&computing, 0);
	store_relaxed(&ran, 0);
	wg_add(&done, 1);
	others_asleep();
	go_with(go_attr(.core = (int)here()), not_preempted);
	go_sleep(ms(5));
	check(load_acquire(&computing));
	store_release(&ran, 1);
	wg_wait(&done);
	wg_done(&wg);
}

/* A timer that is due before those which its core has already: in an hour is too late. */
static void rings(go_time t, uint32_t *sleeps, uint32_t *rang)
{
	store_relaxed(sleeps, 1);
	go_sleep(t);
	store_release(rang, 1);
	wg_done(&done);
}

static void let_sleep(go_time t, uint32_t *rang)
{
	static uint32_t sleeps; /* atomic */

	store_relaxed(&sleeps, 0);
	go_with(go_attr(.core = (int)here()), rings, t, &sleeps, rang);
	while (!load_relaxed(&sleeps))
		go_yield();
}

static void computes(void)
{
	static uint32_t late, early; /* atomic */

	store_relaxed(&early, 0);
	wg_add(&done, 1);
	let_sleep(sec(3600), &late);
	let_sleep(ms(5), &early);
	while (!load_acquire(&early))
		arch_relax();
	wg_done(&wg);
}

/* One whose sleep is over at once goes on without a switch, but not beyond the pick that asks whose turn
 * it is. */
static void hardly_sleeps(void)
{
	store_relaxed(&ran, 0);
	wg_add(&done, 1);
	go_with(go_attr(.core = (int)here()), runs_on, (int)here());
	while (!load_relaxed(&ran))
		go_sleep(1);
	wg_done(&wg);
}

/* A device's handler wakes one that is pinned to any core. */
static void handler(void *arg)
{
	(void)arg;
	device_drop();
	check(chan_try_send(unbuffered, 1) == CHAN_OK);
}

static void from_handler(int to)
{
	prepare();
	go_with(go_attr(.core = to), woken, &kinds[0], to);
	while (!waits_at(UNBUFFERED))
		go_sleep(us(100));
	others_asleep();
	irq_attach(DEVICE_LINE, handler, 0, 0);
	device_raise();
	await_run();
	irq_detach(DEVICE_LINE);
	end(&kinds[0]);
}

static void from_handlers(void)
{
	from_handler(GO_ANY_CORE);
	for (unsigned i = 0; i < go_cores(); i++)
		if (i != here())
			from_handler((int)i);
}

static void on_core(int index, void (*f)(void))
{
	wg_add(&wg, 1);
	go_with(go_attr(.core = index), f);
	wg_wait(&wg);
}

static void main_on_core_0(void)
{
	from_handlers();
	wg_done(&wg);
}

static void limit_falls_on_core_0(void)
{
	limit_falls();
	wg_done(&wg);
}

static void others(void)
{
	if (go_cores() > 1) {
		limit_rises();
		on_core(0, limit_falls_on_core_0);
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (go_cores() > 1)
			on_core(GO_ANY_CORE, yielder);
		on_core(GO_ANY_CORE, sleeper);
		on_core((int)(round % go_cores()), computes);
		on_core((int)(round % go_cores()), hardly_sleeps);
	}
	on_core(0, main_on_core_0);
	on_core((int)go_cores() - 1, main_on_core_0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	kprintf("%s: the device has sent something\n", what);
	if (!strcmp(what, "others")) {
		others();
	} else if (!strcmp(what, "on_duty")) {
		from_each();
	} else {
		go_maxprocs(1);
		from_each();
		on_core((int)go_cores() - 1, main_on_core_0);
		on_core(0, main_on_core_0);
	}
	return test_done();
}
