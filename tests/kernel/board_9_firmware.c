/* board_core_init and the controller's start end what firmware, or a run before, left in a GIC: an interrupt that is
 * active never comes again, one that is pending comes too early, one that is an edge is no level. And irq_attach says
 * which of the two a line is. */
// test: check=0 cores=1,4 boards=virt-aarch64 limit=20
#include "board.h"
#include "chips/gicv2.h"
#include "chips/gicv3.h"
#include "chips/mmio.h"
#include "device.h"
#include "sched/core.h"
#include "test.h"

enum { DISTRIBUTOR = 0x08000000, SET_PENDING = 0x200, SET_ACTIVE = 0x300, CONFIG = 0xc00 };
enum { TIMER = 27, WORD = DEVICE_LINE / 32 * 4 };

static uintptr_t redistributor; /* its interrupts; 0 for a GICv2 */

static void find(void)
{
	/* The peripheral identification of version 2 tells it; version 3 has its own elsewhere. */
	if ((read32(DISTRIBUTOR + 0xfe8) >> 4 & 15) != 2)
		redistributor = 0x080b0000;
}

static bool is_edge(void)
{
	return read32(DISTRIBUTOR + CONFIG + DEVICE_LINE / 16 * 4) >> DEVICE_LINE % 16 * 2 & 2;
}

static void dirty(void)
{
	uintptr_t own = redistributor ? redistributor : DISTRIBUTOR;

	write32(own + SET_ACTIVE, 1u << TIMER);
	write32(DISTRIBUTOR + SET_ACTIVE + WORD, 1u << DEVICE_LINE % 32);
	write32(DISTRIBUTOR + SET_PENDING + WORD, 1u << DEVICE_LINE % 32);
	write32(DISTRIBUTOR + CONFIG + DEVICE_LINE / 16 * 4, ~0u);
}

static void start_again(void)
{
	if (redistributor)
		gicv3_init(DISTRIBUTOR, redistributor - 0x10000);
	else
		gicv2_init(DISTRIBUTOR, DISTRIBUTOR + 0x10000);
	board_core_init(0);
	board_alarm(board_clock()); /* board_core_init has put it off */
}

static bool is_quiet(void)
{
	return !(read32(DISTRIBUTOR + SET_ACTIVE + WORD) >> DEVICE_LINE % 32 & 1) &&
	       !(read32(DISTRIBUTOR + SET_PENDING + WORD) >> DEVICE_LINE % 32 & 1) && !is_edge();
}

static void handler(void *arg)
{
	(void)arg;
}

static void run(struct waitgroup *done)
{
	unsigned long was = arch_irq_off();

	dirty();
	start_again();
	arch_irq_restore(was);
	check(is_quiet());
	go_sleep(ms(1)); /* for ever, if the timer is active still */

	irq_attach(DEVICE_LINE, handler, 0, IRQ_EDGE);
	check(is_edge());
	irq_detach(DEVICE_LINE);
	irq_attach(DEVICE_LINE, handler, 0, 0);
	check(!is_edge());
	irq_detach(DEVICE_LINE);
	wg_done(done);
}

int main(void)
{
	static struct waitgroup done;

	find();
	wg_add(&done, 1);
	go_with(go_attr(.core = 0), run, &done);
	wg_wait(&done);
	return test_done();
}
