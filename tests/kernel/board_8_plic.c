/* Each line of the board is enabled in the PLIC's words, the last one too, for the context that takes
 * the console's, and only a line that is attached has a priority. */
// test: boards=virt-riscv64,virt-riscv32,sifive-u cores=1 check=0
#include "board.h"
#include "device.h"
#include "mmio.h"
#include "test.h"

enum { PLIC = 0x0c000000, ENABLE = 0x2000, STRIDE = 0x80, CONTEXTS = 16 }; /* the machines' */

static bool enabled(unsigned context, unsigned line)
{
	return read32(PLIC + ENABLE + context * STRIDE + line / 32 * 4) >> line % 32 & 1;
}

static void nothing(void *arg)
{
	(void)arg;
	device_drop();
}

int main(void)
{
	unsigned context = 0;

	irq_attach(DEVICE_LINE, nothing, 0, 0);
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
	return test_done();
}
