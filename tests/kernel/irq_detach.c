/* irq_detach returns when no handler of the line runs any more: on another core it waits for the handler's
 * end, and what the handler used is free to be changed then. In the handler itself it does not wait. Other calls of
 * it that might wait for themselves are refused. */
// test: cores=2 check=0 limit=20
// test: cores=4 check=0,1 boards=virt-aarch64,virt-riscv64 limit=20
// test: cores=1,2 check=0 args=inside boards=virt-aarch64,virt-riscv64,mps2-an521
// test: cores=1 check=0 args=other boards=virt-aarch64 expect=70 match='(?s)^panic: irq_detach: line \d+ in the handler of line \d+, which may not wait.*by 0x[0-9a-f]+ handler\+'
// test: cores=1 check=0 args=locked boards=virt-aarch64 expect=70 match='(?s)^panic: irq_detach: line \d+ under a spin_lock'
// test: cores=1 check=0 args=twice boards=virt-aarch64 expect=70 match='(?s)^panic: irq_detach: line \d+ is not attached'
#include <string.h>
#include "arch.h"
#include "base/atomic.h"
#include "board.h"
#include "device.h"
#include "test.h"

enum { ROUNDS = 50 };

static const char *what = "";
static uint32_t begun, ended; /* atomic */
static unsigned used;         /* the handler's, until irq_detach has returned */

static bool is(const char *name)
{
	return !strcmp(what, name);
}

static void pass(go_time t)
{
	for (go_time start = go_now(); go_now() - start < t;)
		arch_relax();
}

/* It takes long, the first time longer than an irq_detach that does not wait for it. */
static void slow(void *arg)
{
	(void)arg;
	device_drop();
	used++;
	fetch_add_relaxed(&begun, 1);
	pass(begun == 1 ? ms(20) : us(100));
	used++;
	store_relaxed(&ended, begun);
}

/* On the last core, as the handler runs on the first. */
static void detach_while_it_runs(struct waitgroup *done)
{
	for (unsigned i = 1; i <= ROUNDS; i++) {
		irq_attach(DEVICE_LINE, slow, 0, 0);
		device_raise();
		while (load_relaxed(&begun) != i)
			arch_relax();
		irq_detach(DEVICE_LINE);
		if (!check(load_relaxed(&ended) == i && used == 2 * i))
			break;
	}
	wg_done(done);
}

static __attribute__((__noinline__)) void handler(void *arg)
{
	device_drop();
	irq_detach(is("other") ? *(unsigned *)arg : DEVICE_LINE);
	if (is("twice"))
		irq_detach(DEVICE_LINE);
	store_relaxed(&ended, load_relaxed(&ended) + 1);
}

/* A one-shot: it comes once for each irq_attach, even if the line is up again. */
static void detach_inside(struct waitgroup *done)
{
	static unsigned other;

	other = DEVICE_LINE == board.lines.first ? board.lines.last : board.lines.first;
	if (is("other"))
		irq_attach(other, handler, 0, 0);
	for (unsigned i = 1; i <= ROUNDS; i++) {
		irq_attach(DEVICE_LINE, handler, &other, 0);
		device_raise();
		while (load_relaxed(&ended) != i)
			arch_relax();
		device_raise();
		pass(us(50));
		check(load_relaxed(&ended) == i);
		device_drop();
	}
	wg_done(done);
}

int main(int argc, char **argv)
{
	static struct spinlock lock;
	struct waitgroup done = {0};

	if (argc > 1)
		what = argv[1];
	kprintf("the device has sent something\n");
	if (is("locked")) {
		irq_attach(DEVICE_LINE, slow, 0, 0);
		spin_lock(&lock);
		irq_detach(DEVICE_LINE);
	}
	wg_add(&done, 1);
	go_with(go_attr(.core = (int)go_cores() - 1), is("") ? detach_while_it_runs : detach_inside,
	        &done);
	wg_wait(&done);
	return test_done();
}
