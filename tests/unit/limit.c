// test: sanitize=thread,address seeds=1,2,4 limit=30 cflags="@tests/unit/host/kernel.flags -DCONFIG_BATCH=1" sources="kernel/*/*.c tests/unit/host/host.c"
/* The limit of go_maxprocs. First with cores that mostly search, no timers, and nobody who looks
 * after others: a core that sleeps without having said that it keeps the limit is waited for until
 * the end of the test's time. Then with goroutines pinned beyond the limit: while it holds nobody
 * else runs there. Rings are handed over one goroutine at a time, which takes long. */
#include "../stress/stress.h"
#include "board.h"
#include "sched/core.h"

enum { ROUNDS = 200, PINNED_ROUNDS = 40, WORKERS = 40 };

static struct waitgroup workers;
static uint32_t most; /* atomic: the limit while it is known to hold, else all */
static bool over;     /* atomic */

/* Masked: where it runs does not change in between, nor what this core has seen. */
static bool allowed(void)
{
	unsigned long was = arch_irq_off();
	bool good = arch_core()->index < load_relaxed(&most);

	arch_irq_restore(was);
	return good;
}

static void echo(chan(uint64_t) in, chan(uint64_t) out)
{
	for (uint64_t v; chan_recv(in, &v); chan_send(out, v))
		must(allowed());
	wg_done(&workers);
}

/* Cannot be made to leave at once, now and then. */
static void yielder(uint32_t i)
{
	struct chance c = chance_of(i);

	while (!load_relaxed(&over)) {
		bool stays = below(&c, 16) == 0;

		if (stays)
			go_preempt_off();
		for (uint32_t n = stays ? 200 : 1; n; n--)
			must(allowed());
		if (stays)
			go_preempt_on();
		go_yield();
	}
	wg_done(&workers);
}

/* Gives way most of the time, so that its core comes to what is in its ring. */
static void pinned(uint32_t core)
{
	struct chance c = chance_of(100 + core);

	while (!load_relaxed(&over)) {
		must(arch_core()->index == core);
		if (below(&c, 8))
			go_yield();
		else
			go_sleep(us(below(&c, 60)));
	}
	wg_done(&workers);
}

static void down_and_up(struct chance *c, uint32_t looks, void (*step)(void))
{
	uint32_t n = 1 + below(c, go_cores() - 1);

	go_maxprocs(n);
	store_relaxed(&most, n);
	for (uint32_t i = below(c, looks); i; i--) {
		must(allowed());
		step();
	}
	store_relaxed(&most, go_cores());
	go_maxprocs(go_cores());
	for (uint32_t i = below(c, looks); i; i--)
		step();
}

static chan(uint64_t) there, back;

static void hand_over(void)
{
	uint64_t v;

	chan_send(there, 1);
	chan_recv(back, &v);
}

static void searching(struct chance *c)
{
	there = chan_make(uint64_t, 1);
	back = chan_make(uint64_t, 1);
	wg_add(&workers, 1);
	go(echo, there, back);
	for (unsigned i = 0; i < ROUNDS; i++)
		down_and_up(c, 40, hand_over);
	chan_close(there);
	wg_wait(&workers);
}

static void with_pinned(struct chance *c)
{
	wg_add(&workers, WORKERS + go_cores() - 1);
	for (unsigned i = 0; i < WORKERS; i++)
		go(yielder, i);
	for (unsigned i = 1; i < go_cores(); i++)
		go_with(go_attr(.core = (int)i), pinned, i);
	for (unsigned i = 0; i < PINNED_ROUNDS; i++)
		down_and_up(c, 4, go_yield);
	store_relaxed(&over, true);
	wg_wait(&workers);
}

/* ThreadSanitizer is not told: a core may notice late. */
static __attribute__((no_sanitize("thread"), __noinline__)) void never_look(void)
{
	board.clock_hz = sec(3600);
}

int main(int argc, char **argv)
{
	struct chance c;

	stress_begin(argc, argv);
	c = chance_of(200);
	most = go_cores();
	never_look();
	searching(&c);
	with_pinned(&c);
	return 0;
}
