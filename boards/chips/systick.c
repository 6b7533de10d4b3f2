/* A time that is too far away is reached in several rounds. SysTick runs always, so that arch_clock is
 * kept up to date. */
#include "systick.h"
#include "arch.h"
#include "mmio.h"

enum { CONTROL = 0xe000e010, RELOAD = 0xe000e014, VALUE = 0xe000e018 };
enum { STOP = 0, RUN = 7, MOST = 0xffffff };
enum { ICSR_CLEAR_SYSTICK = 1 << 25, ICSR_SET_SYSTICK = 1 << 26 };

static uint64_t alarm[CONFIG_CORES], end[CONFIG_CORES]; /* end: of this round */

static void start(unsigned core, uint64_t when)
{
	uint64_t now = arch_clock_turn(), ticks = when > now ? when - now : 0;
	uint32_t reload = ticks < 2 ? 1 : ticks > MOST ? MOST : (uint32_t)ticks - 1;

	end[core] = now + reload;
	write32(CONTROL, STOP);
	write32(ICSR, ticks ? ICSR_CLEAR_SYSTICK : ICSR_SET_SYSTICK);
	write32(RELOAD, reload); /* one goes by before it counts from there; 0 would stop it */
	write32(VALUE, 0);       /* whatever is written: it begins anew */
	write32(CONTROL, RUN);
}

/* Context: any, masked. */
void systick_alarm(unsigned core, uint64_t when)
{
	alarm[core] = when;
	start(core, when);
}

/* What is pending though the round has not ended is an old one.
 * Context: core stack. */
bool systick_rang(unsigned core)
{
	uint64_t now = arch_cycles();

	if (now >= alarm[core])
		return true;
	if (now >= end[core])
		start(core, alarm[core]);
	else
		write32(ICSR, ICSR_CLEAR_SYSTICK);
	return false;
}
