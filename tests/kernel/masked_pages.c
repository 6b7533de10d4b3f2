/* What takes and gives pages, while free runs of many lengths lie between used ones: so runs are
 * cut, and joined on both sides. masked_memory.sh counts how long interrupts are masked in it.
 * musca-b1 has not the memory. */
// test: cores=1,4 check=0 without=musca-b1
#include "memory/mem.h"
#include "pages.h"
#include "test.h"

enum { RUNS = 100, FRESH = 5 * 168, SIZES = 8, ROUNDS = 12 };

static struct waitgroup done;
static chan(void) gate;
static uint32_t chance = 5;

static unsigned below(unsigned n)
{
	chance = chance * 1664525 + 1013904223;
	return (chance >> 16) % n;
}

/* Two thirds of the runs are freed, in no order; the others stay used for ever. */
static void scatter(void)
{
	static void *run[RUNS];
	static unsigned order[RUNS];

	for (unsigned i = 0; i < RUNS; i++)
		run[i] = take(order[i] = 2 + below(2));
	for (unsigned i = 0; i < 2 * RUNS; i++) {
		unsigned k = below(RUNS);

		if (run[k] && k % 3)
			give(run[k], order[k]);
		if (k % 3)
			run[k] = 0;
	}
}

static void wait(void)
{
	chan_recv(gate, NULL);
	wg_done(&done);
}

static void nap(void)
{
	go_sleep(us(10));
	wg_done(&done);
}

/* Every 168th goroutine needs a new chunk for its g, and most of them a page for the stack. */
static void fresh(void)
{
	for (unsigned i = 0; i < FRESH; i++) {
		go(wait);
		go_yield();
	}
}

/* These stacks come back when their goroutines end. */
static void large_stacks(void)
{
	wg_add(&done, SIZES);
	for (unsigned i = 0; i < SIZES; i++)
		go_with(go_attr(.stack = PAGE_SIZE << below(4), .name = "fifteen letters"), nap);
	wg_wait(&done);
}

static void blocks(void)
{
	chan(char) c[SIZES];

	for (unsigned i = 0; i < SIZES; i++)
		c[i] = chan_make(char, PAGE_SIZE << below(4));
	for (unsigned i = 0; i < SIZES; i++)
		chan_free(c[i]);
}

/* The search for the last page looks into the slots of all cores. The next ones are refused. */
static void run_out(void)
{
	struct taken {
		struct taken *next;
		unsigned order;
	} *all = 0, *run;
	void *page = take(0);
	unsigned long was;

	mem_reclaim();
	for (int order = 10; order >= 0; order--)
		while ((run = take(order))) {
			*run = (struct taken){all, order};
			all = run;
		}
	check(page && !take(0) && !chan_try_make(char, 2 * PAGE_SIZE));
	was = arch_irq_off();
	mem_page_free(page);
	arch_irq_restore(was);
	check(take(0) == page && !take(0));
	give(page, 0);
	for (; all; all = run) {
		run = all->next;
		give(all, all->order);
	}
}

int main(void)
{
	gate = chan_make(void, 0);
	scatter();
	wg_add(&done, FRESH);
	fresh();
	chan_close(gate);
	wg_wait(&done);
	for (unsigned i = 0; i < ROUNDS; i++) {
		large_stacks();
		blocks();
	}
	run_out();
	return test_done();
}
