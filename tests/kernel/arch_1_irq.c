/* arch_irq_off, arch_irq_restore and what asks about them: nested, and no interrupt is taken
 * while masked. */
// test: check=0 cores=1,4 limit=20
#include "arch.h"
#include "board.h"
#include "sched/core.h"
#include "device.h"
#include "test.h"

static volatile unsigned fired;

static void handler(void *arg)
{
	(void)arg;
	device_drop();
	fired++;
}

/* The device's line may come to another core than this one. */
static void on_boot_core(struct waitgroup *done)
{
	unsigned long outer, inner;

	check(!arch_irq_masked());
	outer = arch_irq_off();
	check(arch_irq_masked() && !arch_irq_was_masked(outer));
	check(arch_core() == &cores[0]);
	inner = arch_irq_off();
	check(arch_irq_masked() && arch_irq_was_masked(inner));
	device_raise();
	for (unsigned i = 0; i < 100000; i++)
		arch_relax();
	check(!fired);
	arch_irq_restore(inner);
	check(arch_irq_masked());
	arch_irq_restore(outer);
	check(!arch_irq_masked());
	while (!fired)
		;
	wg_done(done);
}

int main(void)
{
	struct waitgroup done = {0};

	kprintf("the device has sent something\n");
	irq_attach(DEVICE_LINE, handler, 0, 0);
	wg_add(&done, 1);
	go_with(go_attr(.core = 0), on_boot_core, &done);
	wg_wait(&done);
	check(fired == 1);
	return test_done();
}
