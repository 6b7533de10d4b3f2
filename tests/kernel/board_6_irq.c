/* board_irq: a device's line reaches its handler while it is unmasked, on a core stack, and
 * irq_detach ends that. It is so whichever core attaches the line, and while the others sleep. */
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

/* The other cores are asleep when it attaches the line. */
static void from_a_core(struct waitgroup *wg)
{
	go_time start = go_now();

	while (go_now() - start < ms(5))
		arch_relax();
	store_relaxed(&fired, 0);
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
	wg_done(wg);
}

/* From every core, as the controller that a line goes to may be out of its reach. */
int main(void)
{
	struct waitgroup wg = {0};

	for (unsigned i = 0; i < 20; i++)
		kprintf(".");
	kprintf("\n");
	for (unsigned core = 0; core < go_cores(); core++) {
		wg_add(&wg, 1);
		go_with(go_attr(.core = (int)core), from_a_core, &wg);
		wg_wait(&wg);
	}
	return test_done();
}
