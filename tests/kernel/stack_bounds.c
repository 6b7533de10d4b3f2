/* A stack that nothing guards: the stack pointer that has left it is noticed at each way out of its goroutine,
 * and at each interrupt before a handler runs, although the canary still stands; and so is a canary that does not,
 * although the stack pointer is back. The report names the goroutine, its function and where it was made. The alarm
 * may interrupt it before it leaves: then it is noticed there. */
// test: check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=recv expect=70 match='(?s)^panic: stack overflow: goroutine \d+ used more than its 2048 bytes: start it with go_with\(go_attr\(\.stack = 4096\), \.\.\.\)\ngoroutine \d+ "leaper" [^\n]*\n.*(at|by) 0x[0-9a-f]+ leap\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 boards=virt-riscv64,virt-riscv32 cores=1 args=select expect=70 match='(?s)^panic: stack overflow: .*"leaper".*(at|by) 0x[0-9a-f]+ leap\+'
// test: check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=sleep expect=70 match='(?s)^panic: stack overflow: .*"leaper".*(at|by) 0x[0-9a-f]+ leap\+'
// test: check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=yield expect=70 match='(?s)^panic: stack overflow: .*"leaper".*(at|by) 0x[0-9a-f]+ leap\+'
// test: check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=lock expect=70 match='(?s)^panic: stack overflow: .*"leaper".*(at|by) 0x[0-9a-f]+ leap\+'
// test: check=0 boards=virt-riscv64 cores=1 args=exit expect=70 match='(?s)^panic: stack overflow: .*"leaper".*(at|by) 0x[0-9a-f]+ leap\+'
// test: check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=spin expect=70 match='(?s)\A(?!.*the handler).*^panic: stack overflow: .*"leaper" \[running[^\n]*\n(    [^\n]*\n)?(    [^\n]*\n)?    (at|by) 0x[0-9a-f]+ leap\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 boards=virt-aarch64,virt-riscv32 cores=1 args=torn expect=70 match='(?s)\A(?!.*the handler).*^panic: stack overflow: .*"leaper" \[running[^\n]*\n(    [^\n]*\n)?(    [^\n]*\n)?    (at|by) 0x[0-9a-f]+ leap\+'
// test: check=0 boards=virt-aarch64,virt-riscv64 cores=1 args=torn-recv expect=70 match='(?s)^panic: stack overflow: .*"leaper".*(at|by) 0x[0-9a-f]+ leap\+'
// test: check=1 boards=virt-riscv32 cores=1 args=torn-recv expect=70 match='(?s)^panic: stack overflow: .*"leaper".*(at|by) 0x[0-9a-f]+ leap\+'
// test: check=0,1 boards=virt-aarch64,virt-riscv32 cores=1 args=none
#include <string.h>
#include "device.h"
#include "sched/core.h"
#include "test.h"

static chan(int) never;
static struct mutex mutex;
static volatile bool handled;

/* Each way out of a goroutine. */
static void leave(const char *how)
{
	int got;

	if (!strcmp(how, "recv") || !strcmp(how, "torn-recv"))
		chan_recv(never, &got);
	else if (!strcmp(how, "select"))
		chan_select(on_recv(never, &got), on_send(never, 1));
	else if (!strcmp(how, "sleep"))
		go_sleep(ms(1));
	else if (!strcmp(how, "yield"))
		go_yield();
	else if (!strcmp(how, "lock"))
		mutex_lock_for(&mutex, ms(1));
	else if (!strcmp(how, "exit"))
		go_exit();
}

static void handler(void *unused)
{
	(void)unused;
	device_drop();
	kprintf("the handler has run\n");
	handled = true;
}

/* Passes over the canary without a touch, or tears it, and leaves or spins there. */
static __attribute__((__noinline__)) void leap(const char *how)
{
	uintptr_t low = arch_self()->stack;
	bool torn = !strncmp(how, "torn", 4);

	if (torn)
		*(volatile char *)low = 1;
	else
		__asm__ volatile(
		    ""
		    :
		    : "r"(__builtin_alloca((uintptr_t)__builtin_frame_address(0) - low + 64))
		    : "memory");
	if (strcmp(how, "spin") && strcmp(how, "torn"))
		leave(how);
	device_raise();
	while (!handled)
		;
}

static void within(void)
{
	struct waitgroup done = {0};

	wg_go(&done, go_yield);
	leave("sleep");
	leave("yield");
	leave("lock");
	wg_wait(&done);
	check(chan_recv_for(never, NULL, us(1)) == CHAN_NOT_READY);
	check(chan_select_for(us(1), on_recv(never, NULL), on_send(never, 1)) == -1);
	go_preempt_off();
	for (go_time start = go_now(); go_now() - start < ms(1);)
		;
	go_preempt_on();
	go_exit();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "none";

	never = chan_make(int, 0);
	mutex_lock(&mutex);
	irq_attach(DEVICE_LINE, handler, NULL, 0);
	if (!strcmp(how, "none"))
		go_with(go_attr(.name = "within", .stack = 2048), within);
	else
		go_with(go_attr(.name = "leaper", .stack = 2048), leap, how);
	for (unsigned i = 0; i < 1000 && go_count() != 1; i++)
		go_sleep(ms(1));
	check(!strcmp(how, "none") && go_count() == 1);
	return test_done();
}
