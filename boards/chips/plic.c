/* The PLIC. Every line is enabled for the context from the start and its priority, a word of its
 * own, turns it on and off: no two cores change the same word. */
#include "plic.h"
#include "mmio.h"

enum { PRIORITY = 0, ENABLE = 0x2000, THRESHOLD = 0x200000, CLAIM = 0x200004 };
enum { ENABLE_STRIDE = 0x80, CONTEXT_STRIDE = 0x1000 };

static uintptr_t plic, claim;

/* Context: boot core, before the address space. */
void plic_init(uintptr_t base, unsigned context, unsigned lines)
{
	plic = base;
	claim = base + CLAIM + (uintptr_t)context * CONTEXT_STRIDE;
	for (unsigned line = 1; line <= lines; line++)
		plic_line(line, false);
	for (unsigned i = 0; i <= lines / 32; i++)
		write32(base + ENABLE + context * ENABLE_STRIDE + 4 * i, UINT32_MAX);
	/* A line that firmware, or a run before, claimed and did not end would never come again. */
	for (unsigned line = 1; line <= lines; line++)
		plic_end(line);
	write32(base + THRESHOLD + (uintptr_t)context * CONTEXT_STRIDE, 0);
}

/* Context: any. */
void plic_line(unsigned line, bool on)
{
	write32(plic + PRIORITY + 4ul * line, on); /* 0: never interrupts */
}

/* Context: core stack. */
unsigned plic_claim(void)
{
	return read32(claim);
}

/* Context: core stack. */
void plic_end(unsigned line)
{
	write32(claim, line);
}
