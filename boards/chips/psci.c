/* Calls of the PSCI firmware, by the SMC calling convention. */
#include "psci.h"
#include "board.h"
#include "base/config.h"

enum { SYSTEM_OFF = 0x84000008, SYSTEM_RESET = 0x84000009, CPU_ON = 0xc4000003 };

static bool by_smc, absent;

/* Context: boot core. */
void psci_init(unsigned boot_el, bool smc)
{
	by_smc = smc;
	absent = boot_el == 3;
	if (absent)
		board.refusal =
		    "the board started at EL3: no firmware is there to answer PSCI; let one "
		    "start the image, at EL2 or EL1";
}

static long call(unsigned long function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

#define CALL(instruction)                                                                         \
	__asm__ volatile(instruction                                                              \
	                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                 \
	                 :                                                                        \
	                 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", \
	                   "x15", "x16", "x17", "memory")
	if (by_smc)
		CALL("smc #0");
	else
		CALL("hvc #0");
#undef CALL
	return x0;
}

/* Context: core stack. */
long psci_cpu_on(uint64_t mpidr, void (*entry)(void), uintptr_t arg)
{
	return call(CPU_ON, mpidr, (uintptr_t)entry, arg);
}

/* Context: any. */
void psci_at_exit(void)
{
	if (absent || CONFIG_AT_EXIT == AT_EXIT_HALT)
		return;
	call(CONFIG_AT_EXIT == AT_EXIT_REBOOT ? SYSTEM_RESET : SYSTEM_OFF, 0, 0, 0);
}
