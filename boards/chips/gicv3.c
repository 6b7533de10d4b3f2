/* GICv3 with affinity routing and the CPU interface in system registers. All interrupts are in
 * non-secure group 1. */
#include "gicv3.h"
#include "base/config.h"
#include "mmio.h"

enum {
	D_CTLR = 0x000,
	D_TYPER = 0x004,
	D_IROUTER = 0x6000,
	R_TYPER = 0x008,
	R_WAKER = 0x014,
	R_SGI = 0x10000, /* a redistributor's second frame, laid out like the distributor: */
	IGROUPR = 0x080,
	ISENABLER = 0x100,
	ICENABLER = 0x180,
	ICPENDR = 0x280,
	ICACTIVER = 0x380,
	IPRIORITYR = 0x400,
	ICFGR = 0xc00,
};
enum {
	CTLR_ARE_GROUP1 = 1 << 4 | 1 << 1,
	CTLR_BUSY = 1u << 31,
	WAKER_SLEEP = 1 << 1,
	WAKER_ASLEEP = 1 << 2,
	TYPER_VIRTUAL = 1 << 1, /* GICv4: two more frames */
	TYPER_LAST = 1 << 4,
	FRAME = 0x10000,
};

#define read_register(name)                                                            \
	({                                                                             \
		uint64_t register_value;                                               \
		__asm__ volatile("mrs %0, " name : "=r"(register_value) : : "memory"); \
		register_value;                                                        \
	})
#define write_register(name, value) \
	__asm__ volatile("msr " name ", %0" : : "r"((uint64_t)(value)) : "memory")

#define ICC_PMR_EL1 "S3_0_C4_C6_0"
#define ICC_SGI1R_EL1 "S3_0_C12_C11_5"
#define ICC_BPR1_EL1 "S3_0_C12_C12_3"
#define ICC_CTLR_EL1 "S3_0_C12_C12_4"
#define ICC_SRE_EL1 "S3_0_C12_C12_5"
#define ICC_IGRPEN1_EL1 "S3_0_C12_C12_7"

static uintptr_t dist, redist;
static uint64_t affinity[CONFIG_CORES];

/* Aff3 in bits 39-32, Aff2 to Aff0 in bits 23-0: MPIDR's layout, and IROUTER's. */
static uint64_t own_affinity(void)
{
	return read_register("mpidr_el1") & 0xff00ffffff;
}

/* 32 interrupts: off, and not in the midst of what the firmware, or a run before, left. */
static void quiet(uintptr_t registers)
{
	write32(registers + ICENABLER, ~0u);
	write32(registers + ICPENDR, ~0u);
	write32(registers + ICACTIVER, ~0u);
}

static void route(unsigned line, uint64_t to)
{
	write32(dist + D_IROUTER + 8 * line, to);
	write32(dist + D_IROUTER + 8 * line + 4, to >> 32);
}

/* Context: boot core. */
void gicv3_init(uintptr_t distributor, uintptr_t redistributors)
{
	uint64_t boot = own_affinity();

	dist = distributor;
	redist = redistributors;
	write32(dist + D_CTLR, 0);
	wait32(dist + D_CTLR, CTLR_BUSY, 0);
	write32(dist + D_CTLR, CTLR_ARE_GROUP1);
	unsigned lines = 32 * ((read32(dist + D_TYPER) & 31) + 1);
	for (unsigned i = 32; i < lines && i < 1020; i++) {
		if (i % 32 == 0) {
			quiet(dist + i / 8);
			write32(dist + IGROUPR + i / 8, ~0u);
		}
		if (i % 16 == 0)
			write32(dist + ICFGR + i / 4, 0); /* by level */
		if (i % 4 == 0)
			write32(dist + IPRIORITYR + i, 0xa0a0a0a0);
		route(i, boot);
	}
}

/* The redistributor that says it belongs to this core. */
static uintptr_t own_redistributor(void)
{
	uint64_t a = own_affinity();
	uint32_t id = a >> 32 << 24 | (a & 0xffffff);

	for (uintptr_t r = redist;;) {
		uint32_t type = read32(r + R_TYPER);
		if (read32(r + R_TYPER + 4) == id)
			return r;
		if (type & TYPER_LAST)
			return 0;
		r += type & TYPER_VIRTUAL ? 4 * FRAME : 2 * FRAME;
	}
}

/* Context: core stack. */
void gicv3_core_init(unsigned core, unsigned ppi)
{
	uintptr_t r = own_redistributor();

	affinity[core] = own_affinity();
	write32(r + R_WAKER, read32(r + R_WAKER) & ~WAKER_SLEEP);
	wait32(r + R_WAKER, WAKER_ASLEEP, 0);
	quiet(r + R_SGI);
	write32(r + R_SGI + IGROUPR, ~0u);
	for (unsigned i = 0; i < 32; i += 4)
		write32(r + R_SGI + IPRIORITYR + i, 0xa0a0a0a0);
	/* the timer behind all others, and not before them: many timers may be due */
	write32(r + R_SGI + IPRIORITYR + ppi / 4 * 4, 0xa0a0a0a0 + (0x10u << ppi % 4 * 8));
	write32(r + R_SGI + ISENABLER, 1u << ppi | 1);

	write_register(ICC_SRE_EL1, 7);
	__asm__ volatile("isb");
	write_register(ICC_PMR_EL1, 0xff);
	write_register(ICC_BPR1_EL1, 0);
	write_register(ICC_CTLR_EL1, 0); /* one write ends an interrupt */
	write_register(ICC_IGRPEN1_EL1, 1);
	__asm__ volatile("isb");
}

/* Context: any, masked. */
void gicv3_wake(unsigned core)
{
	uint64_t a = affinity[core];

	/* Aff3, Aff2 and Aff1, then which sixteen of Aff0, and which of those. */
	uint64_t sgi = (a >> 32 & 0xff) << 48 | (a >> 16 & 0xff) << 32 | (a >> 8 & 0xff) << 16 |
	               (a >> 4 & 0xf) << 44 | 1ul << (a & 0xf);
	__asm__ volatile("dsb ishst" : : : "memory"); /* it shall see what was written before */
	write_register(ICC_SGI1R_EL1, sgi);
	__asm__ volatile("isb");
}

/* Context: any, masked. */
void gicv3_line(unsigned line, bool on)
{
	write32(dist + (on ? ISENABLER : ICENABLER) + line / 32 * 4, 1u << line % 32);
}

/* Once the line is off for certain: the distributor may still be about to deliver it to the core of
 * before.
 * Context: any, masked; one core at a time. */
void gicv3_route(unsigned line, unsigned core, bool edge)
{
	uintptr_t config = dist + ICFGR + line / 16 * 4;
	uint32_t bit = 2u << line % 16 * 2;

	wait32(dist + D_CTLR, CTLR_BUSY, 0);
	route(line, affinity[core]);
	write32(config, edge ? read32(config) | bit : read32(config) & ~bit);
}
