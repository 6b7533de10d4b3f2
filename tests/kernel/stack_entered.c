/* STACKS=1: the function that leaves its stack is named, with the bytes that it lacks, before it or anybody else does
 * more: by recursion, by a large frame, by alloca, in what the C library calls back, in a handler, and while
 * interrupts and preemptions hit all the time. The stacks on both sides are as they were. Where the hardware guards
 * stacks, it guards the neighbours too. */
// test: stacks=1 check=0 boards=virt-aarch64,virt-riscv64,virt-riscv32 cores=1 args=recursion expect=70 match='(?s)^panic: stack overflow: dive needs \d+ bytes more than the 2048 of goroutine \d+: start it with go_with\(go_attr\(\.stack = 2304\), \.\.\.\)\ngoroutine \d+ "culprit" [^\n]*\n    (at|by) 0x[0-9a-f]+ dive\+.*made at 0x[0-9a-f]+ main\+.*neighbours unchanged'
// test: stacks=1 check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=frame expect=70 match='(?s)^panic: stack overflow: large needs \d{4} bytes more than the 2048 of .*"culprit".*made at 0x[0-9a-f]+ main\+.*neighbours unchanged'
// test: stacks=1 check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=alloca expect=70 match='(?s)^panic: stack overflow: takes needs \d{4} bytes more than the 2048 of .*"culprit".*made at 0x[0-9a-f]+ main\+.*neighbours unchanged'
// test: stacks=1 check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=printf expect=70 match='(?s)^panic: stack overflow: dive needs \d+ bytes more than the 8192 that a call of the C library has: .*"culprit".*(at|by) 0x[0-9a-f]+ dive\+.*neighbours unchanged'
// test: stacks=1 check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=handler expect=70 match='(?s)^panic: stack overflow: dive, in an interrupt handler, needs \d+ bytes more than the 8192 of a core.s stack'
// test: stacks=1 check=0,1 boards=virt-aarch64,virt-riscv32 cores=2 args=preempted opt=-DCONFIG_SLICE_NS=100000 expect=70 match='(?s)^panic: stack overflow: dive needs \d+ bytes more than the 2048 of .*"culprit".*(at|by) 0x[0-9a-f]+ dive\+.*neighbours unchanged'
// test: stacks=1 check=0 boards=mps2-an521 cores=1 args=recursion expect=70 match='(?s)^panic: stack overflow: dive needs \d+ bytes more than the 2048 of .*"culprit".*neighbours unchanged'
// test: check=0 boards=mps2-an521,musca-b1 cores=1 args=frame expect=71 match='(?s)^fault: stack overflow.*"culprit"[^\n]*\n    at 0x[0-9a-f]+ large\+.*neighbours unchanged'
// test: stacks=1 check=0,1 boards=virt-aarch64,virt-riscv64,virt-riscv32,mps2-an521 cores=2 args=none
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include "base/atomic.h"
#include "chan_waiting.h"
#include "device.h"
#include "sched/core.h"
#include "test.h"

enum { NEIGHBOURS = 8 };

static chan(int) gate, begin;
static struct g *neighbour[NEIGHBOURS];
static unsigned before;
static struct waitgroup done;
static bool over; /* atomic */

/* Of all that lies on the neighbours' stacks, their headers too. */
static unsigned sum(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < NEIGHBOURS; i++)
		for (unsigned char *p = (void *)neighbour[i]->stack;
		     p < (unsigned char *)(neighbour[i]->top + 1); p++)
			sum = sum * 31 + *p;
	return sum;
}

static void on_panic(void)
{
	kprintf("neighbours %s\n", sum() == before ? "unchanged" : "CHANGED");
}

static void waits(unsigned i)
{
	neighbour[i] = arch_self();
	chan_recv(gate, NULL);
	wg_done(&done);
}

static __attribute__((__noinline__)) unsigned dive(volatile unsigned *above, unsigned depth)
{
	volatile unsigned here[4] = {above ? *above + 1 : 0};

	return depth ? dive(here, depth - 1) + here[0] : 0;
}

static __attribute__((__noinline__)) void large(void)
{
	volatile char use[3000];

	use[0] = use[2999] = 1;
}

static __attribute__((__noinline__)) void takes(size_t n)
{
	__asm__ volatile("" : : "r"(__builtin_alloca(n)) : "memory");
}

static ssize_t written(void *cookie, const char *text, size_t n)
{
	(void)cookie, (void)text;
	dive(NULL, 10000);
	return (ssize_t)n;
}

static void print(void)
{
	FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){.write = written});

	if (f && setvbuf(f, 0, _IONBF, 0) == 0)
		fprintf(f, "%d\n", 1);
}

static void fires(void *unused)
{
	(void)unused;
	device_drop();
	dive(NULL, 10000);
}

static void hog(void)
{
	while (!load_relaxed(&over))
		;
}

/* Recursion that mostly comes back, and then does not, while others want the core. */
static void preempted(void)
{
	for (unsigned i = 0; i < 3; i++)
		go(hog);
	for (go_time start = go_now(); go_now() - start < ms(3);)
		dive(NULL, 3);
	dive(NULL, 10000);
}

static void culprit(const char *how)
{
	int got;

	chan_recv(begin, &got);
	if (!strcmp(how, "recursion"))
		dive(NULL, 10000);
	else if (!strcmp(how, "frame"))
		large();
	else if (!strcmp(how, "alloca"))
		takes(3000);
	else if (!strcmp(how, "printf"))
		print();
	else if (!strcmp(how, "preempted"))
		preempted();
	else
		dive(NULL, 3);
	wg_done(&done);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "none";

	gate = chan_make(int, 0);
	begin = chan_make(int, 0);
	wg_add(&done, NEIGHBOURS + 1);
	for (unsigned i = 0; i < NEIGHBOURS; i++) {
		if (i == NEIGHBOURS / 2)
			go_with(go_attr(.name = "culprit", .stack = 2048), culprit, how);
		go_with(go_attr(.stack = 2048), waits, i);
	}
	await_receivers(gate, NEIGHBOURS);
	await_receivers(begin, 1);
	before = sum();
	go_on_panic(on_panic);
	irq_attach(DEVICE_LINE, fires, NULL, 0);
	if (!strcmp(how, "handler"))
		device_raise();
	chan_send(begin, 1);
	go_sleep(!strcmp(how, "none") ? ms(1) : sec(4));
	check(!strcmp(how, "none") && sum() == before);
	chan_close(gate);
	wg_wait(&done);
	return test_done();
}
