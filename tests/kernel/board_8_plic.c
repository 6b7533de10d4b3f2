/* Each line of the board is enabled in the PLIC's words, the last one too, for the context that takes
 * the console's, and only a line that is attached has a priority. A line that firmware
 * claimed and did not end interrupts after plic_init. */
// test: boards=virt-riscv64,virt-riscv32,sifive-u cores=1 check=0
#include "arch.h"
#include "board.h"
#include "chips/mmio.h"
#include "chips/plic.h"
#include "device.h"
#include "test.h"

enum { PLIC = 0x0c000000, ENABLE = 0x2000, STRIDE = 0x80, CONTEXTS = 16 }; /* the machines' */

static bool enabled(unsigned context, unsigned line)
{
	return read32(PLIC + ENABLE + context * STRIDE + line / 32 * 4) >> line % 32 & 1;
}

static volatile unsigned served;

static void serve(void *arg)
{
	(void)arg;
	device_drop();
	served++;
}

static void claim_as_firmware(unsigned context)
{
	unsigned long was = arch_irq_off();

	device_raise();
	while (plic_claim() != DEVICE_LINE)
		;
	device_drop();
	plic_init(PLIC, context, board.lines.last);
	plic_line(DEVICE_LINE, true);
	served = 0;
	device_raise();
	arch_irq_restore(was);
	for (unsigned i = 0; i < 100 && !served; i++)
		go_sleep(ms(1));
	check(served == 1);
}

int main(void)
{
	unsigned context = 0;

	irq_attach(DEVICE_LINE, serve, 0, 0);
	while (context < CONTEXTS && !enabled(context, DEVICE_LINE))
		context++;
	if (!check(context < CONTEXTS))
		return test_done();
	for (unsigned line = board.lines.first; line <= board.lines.last; line++)
		if (!check(enabled(context, line)) ||
		    !check(read32(PLIC + 4 * line) == (line == DEVICE_LINE)))
			kprintf("line %u\n", line);
	for (unsigned other = 0; other < CONTEXTS; other++)
		check(other == context || !enabled(other, DEVICE_LINE));
	claim_as_firmware(context);
	return test_done();
}
