/* board_irq: a device's line reaches its handler while it is unmasked, on a core stack, and
 * irq_detach ends that. */
// test: check=0 cores=1,2,4,8,16 limit=20
#include "board.h"
#include "base/atomic.h"
#include "sched/core.h"
#include "device.h"
#include "test.h"

static int arg;
static unsigned fired, wrong; /* atomic */

static void handler(void *p)
{
	device_drop();
	if (p != &arg || !arch_irq_masked() || !arch_on_core_stack(arch_core()))
		fetch_add_relaxed(&wrong, 1);
	fetch_add_relaxed(&fired, 1);
}

static void fire(void)
{
	unsigned before = load_relaxed(&fired);

	device_raise();
	while (load_relaxed(&fired) == before)
		arch_relax();
}

int main(void)
{
	for (unsigned i = 0; i < 20; i++)
		kprintf(".");
	kprintf("\n");
	irq_attach(DEVICE_LINE, handler, &arg, 0);
	for (unsigned i = 0; i < 100; i++)
		fire();
	irq_detach(DEVICE_LINE);
	device_raise();
	go_sleep(ms(2));
	check(load_relaxed(&fired) == 100);
	irq_attach(DEVICE_LINE, handler, &arg, 0); /* it is a level: still up */
	while (load_relaxed(&fired) == 100)
		arch_relax();
	check(load_relaxed(&fired) == 101);
	fire();
	irq_detach(DEVICE_LINE);
	check(load_relaxed(&wrong) == 0);
	return test_done();
}
