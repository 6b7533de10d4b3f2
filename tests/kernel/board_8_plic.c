/* plic_line enables each line of the board, the last one too, for the context of the core that takes it, and no
 * other line and no other context. A line that firmware claimed and did not end interrupts once it is attached. So does
 * one that was turned off while a core served it, and none comes of it before. */
// test: boards=virt-riscv64,virt-riscv32,sifive-u cores=1,4 check=0
#include "arch.h"
#include "board.h"
#include "chips/mmio.h"
#include "chips/plic.h"
#include "device.h"
#include "test.h"

enum { PLIC = 0x0c000000, ENABLE = 0x2000, STRIDE = 0x80, CONTEXTS = 16 }; /* the machines' */

static volatile unsigned served;

static bool enabled(unsigned context, unsigned line)
{
	return read32(PLIC + ENABLE + context * STRIDE + line / 32 * 4) >> line % 32 & 1;
}

static unsigned enabled_lines(unsigned context)
{
	unsigned n = 0;

	for (unsigned line = 1; line <= board.lines.last; line++)
		n += enabled(context, line);
	return n;
}

/* The contexts of two cores differ. */
static unsigned context_of(unsigned core)
{
	unsigned found = 0, context = 0;

	plic_line(DEVICE_LINE, core, true);
	for (unsigned i = 0; i < CONTEXTS; i++)
		if (enabled(i, DEVICE_LINE) && ++found)
			context = i;
	plic_line(DEVICE_LINE, core, false);
	check(found == 1 && enabled_lines(context) == 0);
	return context;
}

static void each_line(unsigned core)
{
	unsigned context = context_of(core);

	for (unsigned line = board.lines.first; line <= board.lines.last; line++) {
		plic_line(line, core, true);
		if (!check(enabled(context, line) && enabled_lines(context) == 1) ||
		    !check(read32(PLIC + 4 * line) == 1))
			kprintf("line %u\n", line);
		plic_line(line, core, false);
		check(!enabled(context, line) && read32(PLIC + 4 * line) == 0);
	}
}

static void serve(void *arg)
{
	(void)arg;
	device_drop();
	served++;
}

static void comes(void)
{
	served = 0;
	irq_attach(DEVICE_LINE, serve, 0, 0);
	device_raise();
	for (unsigned i = 0; i < 100 && !served; i++)
		go_sleep(ms(1));
	check(served == 1);
	irq_detach(DEVICE_LINE);
}

/* Claimed by this core, the first, and not ended. */
static void claim(void)
{
	unsigned long was = arch_irq_off();

	plic_line(DEVICE_LINE, 0, true);
	device_raise();
	while (plic_claim(0) != DEVICE_LINE)
		;
	device_drop();
	plic_line(DEVICE_LINE, 0, false);
	arch_irq_restore(was);
}

static void run(struct waitgroup *done)
{
	comes();
	claim();
	comes();
	claim();
	plic_end(0, DEVICE_LINE);
	comes();
	wg_done(done);
}

int main(void)
{
	static struct waitgroup done;

	for (unsigned core = 0; core < go_cores(); core++)
		each_line(core);
	check(go_cores() == 1 || context_of(0) != context_of(1));
	wg_add(&done, 1);
	go_with(go_attr(.core = 0), run, &done);
	wg_wait(&done);
	return test_done();
}
