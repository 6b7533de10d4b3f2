/* Pins and power of the BCM2835 family. */
#include "bcm2835_soc.h"
#include "base/config.h"
#include "mmio.h"

enum { GPFSEL = 0x00, GPPUD = 0x94, GPPUDCLK = 0x98 };
enum { MAIL_READ = 0x00, MAIL_STATUS = 0x18, MAIL_WRITE = 0x20 };
enum { MAIL_EMPTY = 1u << 30, MAIL_FULL = 1u << 31, MAIL_PROPERTIES = 8, MAIL_STRAY = 64 };
enum { RSTC = 0x1c, RSTS = 0x20, WDOG = 0x24 };
enum {
	PASSWORD = 0x5a000000,
	RSTC_FULL_RESET = 0x20,
	RSTS_PARTITION_63 = 0x555, /* to the firmware: do not start again */
	SOON = 10,                 /* of 16 us */
};

/* The pull's control signals want 150 cycles of the slow core clock before and after. */
static void settle(void)
{
	for (unsigned i = 0; i < 1000; i++)
		__asm__ volatile("yield");
}

/* Context: boot core. */
void bcm2835_pin(uintptr_t gpio, unsigned pin, unsigned function)
{
	uintptr_t select = gpio + GPFSEL + pin / 10 * 4;
	unsigned shift = pin % 10 * 3;

	write32(select, (read32(select) & ~(7u << shift)) | function << shift);
	write32(gpio + GPPUD, 0);
	settle();
	write32(gpio + GPPUDCLK + pin / 32 * 4, 1u << pin % 32);
	settle();
	write32(gpio + GPPUDCLK + pin / 32 * 4, 0);
}

/* The graphics processor reads and answers in memory, where it passes its own cache by at this bus
 * address.
 * Context: boot core, before the address space. */
uintptr_t bcm2835_ram_end(uintptr_t mailbox)
{
	enum { ARM_MEMORY = 0x00010005, ANSWERED = 0x80000000u, BUS = 0xc0000000u };
	static volatile uint32_t message[8] __attribute__((aligned(64)));
	uint32_t address = BUS | (uint32_t)(uintptr_t)message | MAIL_PROPERTIES;

	message[0] = sizeof(message);
	message[2] = ARM_MEMORY;
	message[3] = 8; /* bytes of the answer: where it starts, and how long it is */
	__asm__ volatile("dsb sy" : : : "memory");
	if (!wait32(mailbox + MAIL_STATUS, MAIL_FULL, 0))
		return 0;
	write32(mailbox + MAIL_WRITE, address);
	for (unsigned i = 0; i < MAIL_STRAY; i++) { /* answers that the firmware left unread */
		if (!wait32(mailbox + MAIL_STATUS, MAIL_EMPTY, 0))
			return 0;
		if (read32(mailbox + MAIL_READ) == address)
			return message[1] == ANSWERED ? message[5] + message[6] : 0;
	}
	return 0;
}

/* Context: any. */
void bcm2835_at_exit(uintptr_t power_manager)
{
	if (CONFIG_AT_EXIT == AT_EXIT_HALT)
		return;
	write32(power_manager + RSTS,
	        PASSWORD | (CONFIG_AT_EXIT == AT_EXIT_REBOOT ? 0 : RSTS_PARTITION_63));
	write32(power_manager + WDOG, PASSWORD | SOON);
	write32(power_manager + RSTC, PASSWORD | RSTC_FULL_RESET);
}
