/* Boards with AArch64 cores, ARM's generic timer, and a GIC of version 2 or 3.
 * A board's facts.h defines
 *   board       but for clock_hz, which is the timer's
 *   GICD        where the registers of the GIC's distributor begin
 *   GICC, GICR  those of its CPU interface (version 2), of its redistributors (version 3); or 0
 *   facts_...   the functions that are declared here */
#include "board.h"
#include "arch.h"
#include "chips/arm_timer.h"
#include "chips/gicv2.h"
#include "chips/gicv3.h"
#include "base/hot.h"

static inline void facts_console_init(void);
static inline void facts_console_write(const char *, size_t);
static inline void facts_console_flush(void);
/* the console works: firmware, and from it or the device tree what the table cannot know */
static inline void facts_init(uintptr_t firmware_arg);
static inline bool facts_gic_is_v3(void);
static inline bool facts_start_core(unsigned core, void (*entry)(void)); /* as board_start_core */
static inline void facts_exit(int status); /* returns when nobody takes it */
#include "facts.h"

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	facts_console_init();
	facts_init(firmware_arg);
	board.clock_hz = arm_timer_hz();
	board.irq_route = facts_gic_is_v3() ? gicv3_route : gicv2_route;
	if (facts_gic_is_v3())
		gicv3_init(GICD, GICR);
	else
		gicv2_init(GICD, GICC);
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	arm_timer_init();
	if (facts_gic_is_v3())
		gicv3_core_init(core, ARM_TIMER_PPI);
	else
		gicv2_core_init(core, ARM_TIMER_PPI);
}

/* Context: core stack. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	return facts_start_core(core, entry);
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	if (facts_gic_is_v3())
		gicv3_wake(core);
	else
		gicv2_wake(core);
}

static void dispatch(unsigned line)
{
	if (line == ARM_TIMER_PPI)
		kernel_tick();
	else if (line >= 32)
		kernel_irq(line);
}

/* Context: core stack. */
void board_interrupt(void)
{
	uint32_t line, claimed;

	if (facts_gic_is_v3() && (line = gicv3_claim()) < 1020) {
		dispatch(line);
		gicv3_end(line);
	} else if (!facts_gic_is_v3() && gicv2_claim(&claimed)) {
		dispatch(claimed & 0x3ff);
		gicv2_end(claimed);
	}
}

/* Context: any. */
uint64_t board_clock(void)
{
	return arm_timer_now();
}

/* Context: any, masked. */
leaf void board_alarm(uint64_t when)
{
	arm_timer_alarm(when);
}

/* Context: any, masked. */
void board_irq(unsigned line, unsigned core, bool on)
{
	(void)core; /* board.irq_route has told the controller */
	if (facts_gic_is_v3())
		gicv3_line(line, on);
	else
		gicv2_line(line, on);
}

/* Context: any. */
void board_console_write(const char *text, size_t n)
{
	facts_console_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	facts_console_flush();
	facts_exit(status);
	arch_halt();
}
