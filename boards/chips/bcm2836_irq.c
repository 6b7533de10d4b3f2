/* Interrupts of the BCM2836 and BCM2837. Nothing is claimed: a source is pending until it is
 * quiet, or masked. */
#include "bcm2836_irq.h"
#include "mmio.h"

/* Local, a word for each core but for the first. */
enum {
	DEVICE_ROUTE = 0x0c,
	TIMER_CONTROL = 0x40,
	MAILBOX_CONTROL = 0x50,
	PENDING = 0x60,
	MAILBOX_SET = 0x80, /* four mailboxes for each core */
	MAILBOX_CLEAR = 0xc0,
};
enum { MAILBOX_STRIDE = 16, VIRTUAL_TIMER = 1 << 3, MAILBOX_0 = 1 };

/* Of the devices, two words of lines each. */
enum {
	DEVICE_PENDING = 0x04,
	FIQ_CONTROL = 0x0c,
	ENABLE = 0x10,
	DISABLE = 0x1c,
	DISABLE_BASIC = 0x24
};

static uintptr_t local, devices;

static unsigned own_core(void)
{
	unsigned long mpidr;

	__asm__("mrs %0, mpidr_el1" : "=r"(mpidr));
	return mpidr & 3;
}

/* Context: boot core. */
void bcm2836_init(uintptr_t local_base, uintptr_t device_base, unsigned cores)
{
	local = local_base;
	devices = device_base;
	write32(devices + FIQ_CONTROL, 0);
	write32(devices + DISABLE, ~0u);
	write32(devices + DISABLE + 4, ~0u);
	write32(devices + DISABLE_BASIC, ~0u);
	bcm2836_route(0);
	for (unsigned i = 0; i < cores; i++) {
		write32(local + MAILBOX_CLEAR + i * MAILBOX_STRIDE, ~0u);
		write32(local + MAILBOX_CONTROL + 4 * i, MAILBOX_0);
		write32(local + TIMER_CONTROL + 4 * i, VIRTUAL_TIMER);
	}
}

/* Context: any, masked. */
void bcm2836_wake(unsigned core)
{
	__asm__ volatile("dsb ishst" : : : "memory"); /* it shall see what was written before */
	write32(local + MAILBOX_SET + core * MAILBOX_STRIDE, 1);
}

/* Context: core stack. */
uint32_t bcm2836_pending(void)
{
	return read32(local + PENDING + 4 * own_core());
}

/* Context: core stack. */
void bcm2836_wake_end(void)
{
	write32(local + MAILBOX_CLEAR + own_core() * MAILBOX_STRIDE, ~0u);
	/* before the work that it announced is looked for */
	__asm__ volatile("dsb sy" : : : "memory");
}

/* Context: core stack. */
int bcm2836_line(void)
{
	for (unsigned i = 0; i < 2; i++) {
		uint32_t pending = read32(devices + DEVICE_PENDING + 4 * i);
		if (pending)
			return 32 * i + __builtin_ctz(pending);
	}
	return -1;
}

/* Context: any. */
void bcm2836_route(unsigned core)
{
	write32(local + DEVICE_ROUTE, core);
}

/* Context: any. */
void bcm2836_line_mask(unsigned line, bool on)
{
	write32(devices + (on ? ENABLE : DISABLE) + line / 32 * 4, 1u << line % 32);
}
