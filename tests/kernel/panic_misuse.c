/* Misuse ends in a sentence that names the thing and the cure, with status 70. */
// test: check=0 cores=1 args=yield-off expect=70 match='(?s)^panic: go_yield after go_preempt_off.*"main".*by 0x[0-9a-f]+ main\+'
// test: check=0 cores=1 args=recv-off expect=70 match='(?s)^panic: chan receive after go_preempt_off'
// test: check=0 cores=1 args=preempt-on expect=70 match='(?s)^panic: go_preempt_on without go_preempt_off'
// test: check=0 cores=1 args=sleep-locked expect=70 match='(?s)^panic: sleep .*spin_unlock|^panic: sleep .*spin_lock'
// test: check=0 cores=1,4 args=printf-handler expect=70 match='(?s)^panic: C library .*use kprintf.*core 0, on its own stack.*by 0x[0-9a-f]+ handler\+'
// test: check=0 cores=1 args=printf-locked expect=70 match='(?s)^panic: C library .*use kprintf.*by 0x[0-9a-f]+ main\+'
// test: check=0 cores=1,4 args=recv-handler expect=70 match='(?s)^panic: chan receive in an interrupt handler.*by 0x[0-9a-f]+ handler\+'
// test: check=0 cores=1 args=sleep-handler expect=70 match='(?s)^panic: sleep in an interrupt handler.*by 0x[0-9a-f]+ handler\+'
// test: check=0 cores=1 args=exit-handler expect=70 match='(?s)^panic: go_exit in an interrupt handler'
// test: check=0 cores=1 args=stack expect=70 match='(?s)^panic: go_with: \.stack 2097152 is above the limit of 1048576 bytes'
// test: check=0 cores=1 boards=mps2-an521,musca-b1,virt-riscv32 args=stack-max expect=70 match='(?s)^panic: go_with: \.stack_max 8192: stacks do not grow on this board'
// test: check=0 cores=1 args=stack-both expect=70 match='(?s)^panic: go_with: \.stack is a fixed size and \.stack_max a limit'
// test: check=0 cores=1 boards=virt-aarch64,virt-riscv64 args=stack-huge expect=70 match='(?s)^panic: go_with: \.stack_max 2147483648 is above the limit of 1073741824 bytes'
// test: check=0 cores=1 args=core expect=70 match='(?s)^panic: go_with: \.core 1: this run has core'
// test: check=0 cores=1 args=priority expect=70 match='(?s)^panic: go_with: \.priority'
// test: check=0 cores=1 args=attach-twice expect=70 match='(?s)^panic: irq_attach: line \d+ is attached already: irq_detach it first'
// test: check=0 cores=1 args=attach-line expect=70 match='(?s)^panic: irq_attach: line \d+ is no device'
// test: check=0 cores=1 without=raspi3 args=attach-own expect=70 match='(?s)^panic: irq_attach: line \d+ is no device'
// test: check=0 cores=1 args=detach expect=70 match='(?s)^panic: irq_detach: line \d+ is not attached'
#include <stdio.h>
#include <string.h>
#include "board.h"
#include "device.h"
#include "test.h"

static chan(int) empty;
static struct spinlock lock;
static const char *what = "";
static unsigned n;

static bool is(const char *name)
{
	return !strcmp(what, name);
}

static void nothing(void)
{
}

static __attribute__((__noinline__)) void handler(void *arg)
{
	device_drop();
	if (is("printf-handler"))
		printf("%d\n", *(int *)arg);
	if (is("recv-handler"))
		chan_recv(empty, NULL);
	if (is("sleep-handler"))
		go_sleep(ms(1));
	if (is("exit-handler"))
		go_exit();
	n++;
}

static void in_handler(void)
{
	kprintf("the device has sent something\n");
	irq_attach(DEVICE_LINE, handler, &n, 0);
	device_raise();
	go_sleep(sec(1));
}

static void attributes(void)
{
	if (is("stack"))
		go_with(go_attr(.stack = 2 << 20), nothing);
	if (is("stack-max"))
		go_with(go_attr(.stack_max = 8192), nothing);
	if (is("stack-both"))
		go_with(go_attr(.stack = 8192, .stack_max = 8192), nothing);
	if (is("stack-huge"))
		go_with(go_attr(.stack_max = (size_t)2 << 30), nothing);
	if (is("core"))
		go_with(go_attr(.core = (int)go_cores()), nothing);
	if (is("priority"))
		go_with(go_attr(.priority = 1), nothing);
}

static void masked(void)
{
	if (is("yield-off") || is("recv-off"))
		go_preempt_off();
	if (is("yield-off"))
		go_yield();
	if (is("recv-off"))
		chan_recv(empty, NULL);
	if (is("preempt-on"))
		go_preempt_on();
	if (is("sleep-locked") || is("printf-locked"))
		spin_lock(&lock);
	if (is("sleep-locked"))
		go_sleep(ms(1));
	if (is("printf-locked"))
		printf("%d\n", n);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		what = argv[1];
	empty = chan_make(int, 0);
	masked();
	attributes();
	if (is("attach-twice"))
		irq_attach(DEVICE_LINE, handler, 0, 0);
	if (is("attach-twice"))
		irq_attach(DEVICE_LINE, handler, 0, 0);
	if (is("attach-line"))
		irq_attach(board.lines.last + 1, handler, 0, 0);
	if (is("attach-own"))
		irq_attach(board.lines.first ? board.lines.first - 1 : board.lines.wake, handler, 0,
		           0);
	if (is("detach"))
		irq_detach(DEVICE_LINE);
	in_handler();
	return 1;
}
