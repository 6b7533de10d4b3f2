/* 10,000 goroutines alive at once, or as many as the machine's memory holds; 100,000 one after
 * another leave nothing behind; all memory comes back. */
// test: cores=1,4
#include "base/atomic.h"
#include "sched/g.h"
#include "memory/mem.h"
#include "test.h"

enum { MOST_ALIVE = 10000, SEQUENTIAL = 100000 };

static struct waitgroup done;
static unsigned many;
static unsigned long sum; /* atomic */

static void add(unsigned n)
{
	fetch_add_relaxed(&sum, n);
	wg_done(&done);
}

static void add_at_gate(unsigned n, chan(int) gate)
{
	chan_recv(gate, NULL);
	add(n);
}

/* Who has said that it is done may not have ended yet. */
static void alone(void)
{
	while (go_count() != 1)
		go_yield();
}

static void alive(void)
{
	chan(int) gate = chan_make(int, 0);

	alone();
	store_relaxed(&sum, 0);
	wg_add(&done, many);
	for (unsigned i = 0; i < many; i++)
		go(add_at_gate, i, gate);
	check(go_count() == many + 1);
	chan_close(gate);
	wg_wait(&done);
	check(load_relaxed(&sum) == (unsigned long)many * (many - 1) / 2);
	chan_free(gate);
}

/* In small batches: a core's free list, the one for all, and the ring are all passed. */
static void sequential(void)
{
	/* half: those of the batch before may not have ended */
	unsigned batch = many < 200 ? many / 2 : 100;

	store_relaxed(&sum, 0);
	for (unsigned i = 0; i < SEQUENTIAL / batch; i++) {
		wg_add(&done, batch);
		for (unsigned j = 0; j < batch; j++)
			go(add, 1);
		wg_wait(&done);
	}
	check(load_relaxed(&sum) == SEQUENTIAL / batch * batch);
}

int main(void)
{
	size_t before;

	/* a stack, a control block, a frame: what a few are preempted for */
	many = mem_free_bytes() / (CONFIG_STACK + sizeof(struct g) + 512);
	many = many < MOST_ALIVE ? many : MOST_ALIVE;
	kprintf("%u alive\n", many);
	check(many >= 50);
	alive();
	before = mem_free_bytes();
	alive(); /* in the memory of the first */
	sequential();
	alone();
	kprintf("%u bytes more\n", (unsigned)(before - mem_free_bytes()));
	/* A thousand preempted at once would be frames; of 110,000 goroutines it would be 200
	 * MB. */
	check(before - mem_free_bytes() < 1 << 20);
	return test_done();
}
