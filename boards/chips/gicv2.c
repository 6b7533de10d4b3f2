/* GICv2. Where there is no second security state all interrupts stay in group 0 (one in group 1
 * would be claimed as 1022 for ever); where there is one, firmware has moved them to group 1.
 * Either way the registers below mean ours. */
#include "gicv2.h"
#include "base/config.h"
#include "mmio.h"

enum {
	D_CTLR = 0x000,
	D_TYPER = 0x004,
	D_ISENABLER = 0x100,
	D_ICENABLER = 0x180,
	D_ICPENDR = 0x280,
	D_ICACTIVER = 0x380,
	D_IPRIORITYR = 0x400,
	D_ITARGETSR = 0x800,
	D_ICFGR = 0xc00,
	D_SGIR = 0xf00,
	D_CPENDSGIR = 0xf10,
	C_CTLR = 0x00,
	C_PMR = 0x04,
	C_IAR = 0x0c,
	C_EOIR = 0x10,
};

static uintptr_t dist, cpu;
static uint8_t target[CONFIG_CORES]; /* the bit by which the distributor knows a core */

/* Which bit this core is: the fixed targets of its own interrupts. A lone core may read zero. */
static uint8_t own_target(void)
{
	uint8_t own = read32(dist + D_ITARGETSR);

	return own ? own : 1;
}

/* 32 interrupts: off, and not in the midst of what the firmware, or a run before, left. */
static void quiet(unsigned first)
{
	write32(dist + D_ICENABLER + first / 8, ~0u);
	write32(dist + D_ICPENDR + first / 8, ~0u);
	write32(dist + D_ICACTIVER + first / 8, ~0u);
}

/* Context: boot core. */
void gicv2_init(uintptr_t distributor, uintptr_t cpu_interface)
{
	dist = distributor;
	cpu = cpu_interface;
	write32(dist + D_CTLR, 0);
	unsigned lines = 32 * ((read32(dist + D_TYPER) & 31) + 1);
	for (unsigned i = 32; i < lines; i += 32)
		quiet(i);
	for (unsigned i = 32; i < lines; i += 16)
		write32(dist + D_ICFGR + i / 4, 0); /* by level */
	for (unsigned i = 32; i < lines; i += 4) {
		write32(dist + D_IPRIORITYR + i, 0xa0a0a0a0);
		write32(dist + D_ITARGETSR + i, own_target() * 0x01010101u);
	}
	write32(dist + D_CTLR, 1);
}

/* Context: core stack. */
void gicv2_core_init(unsigned core, unsigned ppi)
{
	target[core] = own_target();
	quiet(0);
	for (unsigned i = 0; i < 16; i += 4)
		write32(dist + D_CPENDSGIR + i, ~0u);
	for (unsigned i = 0; i < 32; i += 4)
		write32(dist + D_IPRIORITYR + i, 0xa0a0a0a0);
	/* the timer behind all others, and not before them: many timers may be due */
	write32(dist + D_IPRIORITYR + ppi / 4 * 4, 0xa0a0a0a0 + (0x10u << ppi % 4 * 8));
	write32(dist + D_ISENABLER, 1u << ppi | 1);
	write32(cpu + C_PMR, 0xff);
	write32(cpu + C_CTLR, 1);
}

/* Context: any, masked. */
void gicv2_wake(unsigned core)
{
	__asm__ volatile("dsb ishst" : : : "memory"); /* it shall see what was written before */
	write32(dist + D_SGIR, (uint32_t)target[core] << 16);
}

/* Context: core stack. */
bool gicv2_claim(uint32_t *claimed)
{
	*claimed = read32(cpu + C_IAR);
	__asm__ volatile("dmb sy" : : : "memory"); /* before what it announces is looked at */
	return (*claimed & 0x3ff) < 1020;
}

/* Context: core stack. */
void gicv2_end(uint32_t claimed)
{
	write32(cpu + C_EOIR, claimed);
}

/* Context: any, masked. */
void gicv2_line(unsigned line, bool on)
{
	write32(dist + (on ? D_ISENABLER : D_ICENABLER) + line / 32 * 4, 1u << line % 32);
}

/* The target is a byte of its own.
 * Context: any, masked; one core at a time. */
void gicv2_route(unsigned line, unsigned core, bool edge)
{
	uintptr_t config = dist + D_ICFGR + line / 16 * 4;
	uint32_t bit = 2u << line % 16 * 2;

	write8(dist + D_ITARGETSR + line, target[core]);
	write32(config, edge ? read32(config) | bit : read32(config) & ~bit);
}
