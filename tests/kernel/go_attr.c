/* go_attr: stack sizes can be used to their end, and a pinned goroutine runs on its core only,
 * however busy that is and however idle the others are. */
// test: cores=1,4
#include <string.h>
#include "base/atomic.h"
#include "sched/core.h"
#include "memory/mem.h"
#include "test.h"

static struct waitgroup done;
static bool over; /* atomic */

static void use_stack(size_t size)
{
	struct g *g = arch_self();
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	size_t n = here - g->stack - 700; /* what kernel paths may touch, and this frame */
	volatile char *use = __builtin_alloca(n);
	uintptr_t used;

	check(g->top->stack_size >= size);
	check(here - g->stack > size - 256);
	for (size_t i = 0; i < n; i++)
		use[i] = i;
	go_yield();
	for (size_t i = 0; i < n; i++)
		if (use[i] != (char)i) {
			check(!"a stack keeps what is written to it");
			break;
		}
	/* what a report says of its use is not less, and at most a 32nd more */
	used = g->stack + g->top->stack_size - (uintptr_t)use;
	check(g_high_water(g) >= used && g_high_water(g) <= used + g->top->stack_size / 32 + 700);
	wg_done(&done);
}

static void stacks(void)
{
	static const size_t sizes[] = {1024, 2048, 4096, 5000, 8192, 65536, 1 << 20};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (mem_free_bytes() < 4 * sizes[i])
			break;
		wg_add(&done, 3);
		for (unsigned j = 0; j < 3; j++)
			go_with(go_attr(.stack = sizes[i]), use_stack, sizes[i]);
		wg_wait(&done);
	}
	if (!GROW_MOST)
		return;
	wg_add(&done, 1);
	go_with(go_attr(.stack_max = 2048), use_stack, 2048);
	wg_wait(&done);
}

static bool on_core(unsigned index)
{
	unsigned long was = arch_irq_off();
	bool yes = arch_core()->index == index;

	arch_irq_restore(was);
	return yes;
}

/* In all the ways in which a goroutine can leave its core and come back. */
static void pinned(unsigned index, chan(int) c)
{
	bool good = true;

	for (unsigned i = 0; i < 100; i++) {
		good &= on_core(index);
		go_yield();
		good &= on_core(index);
		if (i % 10 == 0)
			go_sleep(us(20));
		good &= on_core(index);
		if (i % 2)
			chan_send(c, 1);
		else
			chan_recv(c, NULL);
	}
	for (unsigned i = 0; i < 100000; i++) /* and by interrupt */
		good &= on_core(index);
	check(good);
	wg_done(&done);
}

/* The partner of a pinned one runs anywhere, and wakes it from there. */
static void partner(chan(int) c)
{
	for (unsigned i = 0; i < 100; i++)
		if (i % 2)
			chan_recv(c, NULL);
		else
			chan_send(c, 1);
	wg_done(&done);
}

static void load(void)
{
	while (!load_relaxed(&over))
		go_yield();
	wg_done(&done);
}

static void pins(void)
{
	unsigned n = 3 * go_cores();

	for (unsigned i = 0; i < n; i++) {
		chan(int) c = chan_make(int, 0);

		wg_add(&done, 2);
		go_with(go_attr(.core = (int)(i % go_cores()), .name = "pinned"), pinned,
		        i % go_cores(), c);
		go(partner, c);
	}
	wg_wait(&done);
}

/* Each time that the other one of its core wakes, this one is interrupted, and waits while the other
 * computes: a core that has nothing to do must not take it. */
static void interrupted(unsigned index)
{
	bool good = true;

	for (go_time start = go_now(); go_now() - start < ms(20);)
		good &= on_core(index);
	check(good);
	store_relaxed(&over, true);
	wg_done(&done);
}

static void interrupts(void)
{
	while (!load_relaxed(&over)) {
		go_sleep(us(200));
		for (go_time start = go_now(); go_now() - start < us(200);)
			;
	}
	wg_done(&done);
}

static void pins_of_interrupted(void)
{
	for (unsigned i = 0; i < go_cores(); i++) {
		store_relaxed(&over, false);
		wg_add(&done, 2);
		go_with(go_attr(.core = (int)i), interrupted, i);
		go_with(go_attr(.core = (int)i), interrupts);
		wg_wait(&done);
	}
	store_relaxed(&over, false);
}

/* A ticker's handler on one core readies a goroutine that is pinned to another. */
static void ticked(unsigned index, chan(go_time) c)
{
	bool good = true;

	for (unsigned i = 0; i < 20; i++) {
		chan_recv(c, NULL);
		good &= on_core(index);
	}
	check(good);
	wg_done(&done);
}

static void ticks(unsigned index)
{
	struct ticker t = {0};

	ticker_start(&t, us(200));
	wg_add(&done, 1);
	go_with(go_attr(.core = (int)index), ticked, index, t.c);
	wg_wait(&done);
	ticker_stop(&t);
}

static void tick_elsewhere(unsigned index, chan(void) ended)
{
	for (unsigned i = 0; i < go_cores(); i++)
		ticks(i);
	check(on_core(index));
	chan_send(ended);
}

static void pins_of_readied(void)
{
	chan(void) ended = chan_make(void, 0);

	for (unsigned i = 0; i < go_cores(); i++) {
		go_with(go_attr(.core = (int)i), tick_elsewhere, i, ended);
		chan_recv(ended, NULL);
	}
	chan_free(ended);
}

int main(void)
{
	stacks();
	pins_of_readied();
	pins_of_interrupted();
	pins(); /* the others have nothing to do and would steal */
	for (unsigned i = 0; i < go_cores(); i++)
		go(load);
	pins();
	wg_add(&done, go_cores());
	store_relaxed(&over, true);
	wg_wait(&done);
	return test_done();
}
