/* Calls of the SBI firmware: extension in a7, function in a6; it keeps all registers but a0 and
 * a1. */
#include "sbi.h"
#include "arch.h"

enum { HSM = 0x48534d, IPI = 0x735049, SRST = 0x53525354, TIME = 0x54494d45 };
enum { SHUTDOWN = 0, COLD_REBOOT = 1 };

static long call(unsigned long extension, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t a0 __asm__("a0") = a;
	register uint64_t a1 __asm__("a1") = b;
	register uint64_t a2 __asm__("a2") = c;
	register uint64_t a6 __asm__("a6") = 0; /* the first function of each */
	register uint64_t a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return a0;
}

/* Context: core stack. */
long sbi_hart_start(uint64_t hart, void (*entry)(void), uintptr_t arg)
{
	return call(HSM, hart, (uintptr_t)entry, arg);
}

/* Context: any, masked. */
void sbi_wake(uint64_t hart)
{
	call(IPI, 1, hart, 0); /* a mask, and the hart of its bit 0 */
}

/* Context: core stack. */
void sbi_wake_end(void)
{
	csr_clear(xip, IP_SOFTWARE);
	__asm__ volatile("fence" : : : "memory");
}

/* Context: any, masked. */
void sbi_alarm(uint64_t when)
{
	call(TIME, when, 0, 0);
}

/* Context: any, masked. */
void sbi_at_exit(void)
{
	if (CONFIG_AT_EXIT != AT_EXIT_HALT)
		call(SRST, CONFIG_AT_EXIT == AT_EXIT_REBOOT ? COLD_REBOOT : SHUTDOWN, 0, 0);
}
