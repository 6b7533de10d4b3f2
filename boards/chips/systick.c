/* A time that is too far away is reached in several rounds. SysTick runs always, so that arch_clock is
 * kept up to date. */
#include "systick.h"
#include "arch.h"
#include "mmio.h"

enum { CONTROL = 0xe000e010, RELOAD = 0xe000e014, VALUE = 0xe000e018 };
enum { STOP = 0, RUN = 7, MOST = 0xffffff, LOOKS = 12 };
enum { ICSR_CLEAR_SYSTICK = 1 << 25, ICSR_SET_SYSTICK = 1 << 26 };

static uint64_t alarm[CONFIG_CORES];

/* It loads itself one clock after a write to its value, whatever is written. From then on 0 to load
 * means one round, which has no meaning but in QEMU 7.2: when all cores idle under exact replay, the
 * time of a second round goes by before one of them sees the end of the first. */
static void start(uint64_t when)
{
	uint64_t now = arch_clock_turn(), ticks = when > now ? when - now : 0;
	uint32_t reload = ticks < 2 ? 1 : ticks > MOST ? MOST : (uint32_t)ticks - 1;

	write32(CONTROL, STOP);
	write32(ICSR, ticks ? ICSR_CLEAR_SYSTICK : ICSR_SET_SYSTICK);
	write32(RELOAD, reload);
	write32(VALUE, 0);
	write32(CONTROL, RUN);
	for (unsigned i = 0; i < LOOKS; i++)
		if (read32(VALUE))
			return write32(RELOAD, 0);
}

/* Context: any, masked. */
void systick_alarm(unsigned core, uint64_t when)
{
	alarm[core] = when;
	start(when);
}

/* Else its round may be over, though not the time.
 * Context: core stack. */
bool systick_rang(unsigned core)
{
	if (arch_cycles() >= alarm[core])
		return true;
	if (!read32(VALUE) || read32(RELOAD))
		start(alarm[core]);
	return false;
}
