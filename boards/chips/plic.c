/* The PLIC. A line is on while it is enabled for one context, that of the core which takes it, and
 * has a priority. The lines' enable bits share words, so one core at a time calls plic_line.
 *
 * A line that has been claimed is shut: nothing of it becomes pending until it is ended. An end
 * counts only from a context for which the line is enabled. So a line that is turned off while a
 * core serves it stays shut when that core ends it. A level that the device takes back meanwhile
 * leaves nothing pending. To turn a line on ends it, unless it is pending, for then it is not
 * shut. The priority comes last: until then no core claims the line. (QEMU looks for what is
 * pending when a priority changes, and not when an enable bit does.) */
#include "plic.h"
#include "base/config.h"
#include "mmio.h"

enum { PRIORITY = 0, PENDING = 0x1000, ENABLE = 0x2000, THRESHOLD = 0x200000, CLAIM = 0x200004 };
enum { ENABLE_STRIDE = 0x80, CONTEXT_STRIDE = 0x1000 };

static uintptr_t plic;
static unsigned lines;
static uintptr_t enable[CONFIG_CORES], claim[CONFIG_CORES]; /* registers of each core's context */

/* Context: boot core, before the address space. */
void plic_init(uintptr_t base, unsigned last)
{
	plic = base;
	lines = last;
	for (unsigned line = 1; line <= lines; line++)
		write32(plic + PRIORITY + 4ul * line, 0);
}

/* Context: core stack. */
void plic_core_init(unsigned core, unsigned context)
{
	enable[core] = plic + ENABLE + (uintptr_t)context * ENABLE_STRIDE;
	claim[core] = plic + CLAIM + (uintptr_t)context * CONTEXT_STRIDE;
	for (unsigned i = 0; i <= lines / 32; i++)
		write32(enable[core] + 4 * i, 0);
	write32(plic + THRESHOLD + (uintptr_t)context * CONTEXT_STRIDE, 0);
}

/* Context: any; one core at a time. */
void plic_line(unsigned line, unsigned core, bool on)
{
	uintptr_t word = line / 32 * 4;
	uint32_t bit = 1u << line % 32, others = read32(enable[core] + word) & ~bit;

	if (!on)
		write32(plic + PRIORITY + 4ul * line, 0);
	write32(enable[core] + word, others | (on ? bit : 0));
	if (!on)
		return;
	if (!(read32(plic + PENDING + word) & bit))
		plic_end(core, line);
	write32(plic + PRIORITY + 4ul * line, 1);
}

/* Context: core stack. */
unsigned plic_claim(unsigned core)
{
	return read32(claim[core]);
}

/* Context: any. */
void plic_end(unsigned core, unsigned line)
{
	write32(claim[core], line);
}
