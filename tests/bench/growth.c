// test: boards=raspi3,sifive-u,virt-aarch64,virt-riscv64,zcu102
/* Stacks that grow, each figure for one page: a page that is touched for the first time, and a page
 * that goes back when its goroutine has ended. */
#include "bench.h"
#include "memory/mem.h"

enum { PAGES = 200, ROUNDS = 20 };

static struct waitgroup done;
static go_time growing;

static void touch(unsigned pages)
{
	volatile char *here = __builtin_frame_address(0);
	go_time start = go_now();

	for (unsigned i = 1; i <= pages; i++)
		here[-(long)(i * PAGE_SIZE)] = 1;
	growing += go_now() - start;
	wg_done(&done);
}

static void one(unsigned pages)
{
	wg_add(&done, 1);
	go_with(go_attr(.stack_max = 1 << 20), touch, pages);
	wg_wait(&done);
	go_yield(); /* it ends */
}

/* Until all is given back. */
static go_time rounds(unsigned pages)
{
	go_time start = go_now();
	size_t before = mem_free_bytes();

	for (unsigned i = 0; i < ROUNDS; i++) {
		one(pages);
		while (mem_free_bytes() < before)
			go_yield();
	}
	return go_now() - start;
}

int main(void)
{
	go_time few, many;

	go_maxprocs(1);
	one(0); /* the slot is made */
	few = rounds(0);
	growing = 0;
	many = rounds(PAGES);
	report_tenths("stack_growth", growing * 10 / (ROUNDS * PAGES));
	report_tenths("stack_give_back", (many - few - growing) * 10 / (ROUNDS * PAGES));
}
