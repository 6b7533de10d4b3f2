/* A stack of a fixed size that overflowed is found when its goroutine ends and when it is preempted, at the end of its
 * slice or for somebody who is woken, and named with the cure. Where the machine guards stacks, a
 * stack pointer that passes the end is a fault at once. */
// test: check=0 cores=1 args=end expect=70 match='(?s)^panic: stack overflow: goroutine \d+ used more than its 2048 bytes: start it with go_with\(go_attr\(\.stack = 4096\), \.\.\.\).*"deep".*made at 0x[0-9a-f]+ main\+'
// test: check=0,1 cores=4 args=spin expect=70 match='(?s)^panic: stack overflow: goroutine \d+ used more than its 2048 bytes: start it with go_with\(go_attr\(\.stack = 4096\), \.\.\.\).*"deep".*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1 args=spin expect=70 match='^panic: stack overflow: goroutine' opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
// test: check=0 cores=1 args=larger expect=70 match='(?s)^panic: stack overflow: goroutine \d+ used more than its 8192 bytes: start it with go_with\(go_attr\(\.stack = 16384\), \.\.\.\)'
// test: check=0,1 cores=4 args=none
// test: check=0,1 boards=mps2-an521,musca-b1 cores=1,4 args=dive expect=71 match='(?s)^fault: stack overflow: give it more with go_with \.stack, address 0x[0-9a-f]+\n.*"diver".*by 0x[0-9a-f]+ dive\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 boards=mps2-an521,musca-b1 cores=1 args=big expect=71 match='(?s)^fault: stack overflow.*"big"[^\n]*\n    at 0x[0-9a-f]+ big\+'
// test: check=0 boards=mps2-an521,musca-b1 cores=1 args=lost expect=71 match='(?s)^fault: stack pointer that leads nowhere, address 0xdeac[0-9a-f]+\n.*"lost".*made at 0x[0-9a-f]+ main\+'
#include <string.h>
#include "sched/core.h"
#include "test.h"

/* Takes the stack down to `left` bytes above its end, and writes there. */
static void deep(size_t left, bool spin)
{
	uintptr_t end = arch_self()->stack + left;
	size_t n = (uintptr_t)__builtin_frame_address(0) - end;
	volatile char *use = __builtin_alloca(n);

	*(volatile char *)end = 1;
	while (spin)
		;
	(void)use;
}

static __attribute__((__noinline__)) unsigned dive(volatile unsigned *above)
{
	volatile unsigned here[8] = {above ? *above + 1 : 0};

	return here[0] < 10000 ? dive(here) + here[0] : 0;
}

/* Its frame does not fit, that of the fault does. */
static __attribute__((__noinline__)) void big(void)
{
	volatile char use[3000];

	use[0] = use[2999] = 1;
}

/* Until the next interrupt. */
static void lost(void)
{
#ifdef __arm__
	__asm__ volatile("mov sp, %0\n1: b 1b" ::"r"(0xdead0000));
#endif
}

static volatile unsigned woken; /* main, from under the one that spins */

static void deep_later(void)
{
	while (woken < 5)
		; /* the usual way of a preemption is there from the second on */
	deep(0, true);
}

static void spin(void)
{
	go_with(go_attr(.name = "deep", .stack = 2048), deep_later);
	for (; woken < 5; woken++)
		go_sleep(ms(1));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	if (!strcmp(argv[1], "end"))
		go_with(go_attr(.name = "deep", .stack = 2048), deep, 0, false);
	else if (!strcmp(argv[1], "spin"))
		spin();
	else if (!strcmp(argv[1], "larger"))
		go_with(go_attr(.name = "deep", .stack = 8192), deep, 0, false);
	else if (!strcmp(argv[1], "dive"))
		go_with(go_attr(.name = "diver"), dive, NULL);
	else if (!strcmp(argv[1], "big"))
		go_with(go_attr(.name = "big"), big);
	else if (!strcmp(argv[1], "lost"))
		go_with(go_attr(.name = "lost"), lost);
	else
		for (unsigned i = 0; i < 100; i++)
			go_with(go_attr(.name = "deep", .stack = 2048), deep, 256, false);
	go_sleep(strcmp(argv[1], "none") ? sec(4) : ms(20));
	check(!strcmp(argv[1], "none"));
	return test_done();
}
