/* A line may be a level, which is up until its device has been served, or a pulse. Both are pending
 * when a core that polls finds them. Of one that interrupted a goroutine only a level is pending
 * again when the kernel asks, so the stub tells which one it was (arch_taken).
 *
 * A level that falls leaves its line pending, and a pulse that comes while the one before is served
 * makes it pending: the first is to be forgotten, the second not. So a claim clears what is
 * pending; a line that is pending all the same is a level, and only that is cleared once more when
 * it has been served. What comes while a line is masked is forgotten when it is unmasked.
 *
 * No core reaches another one's controller. It writes down in `wanted` and `asked` what it wants,
 * and wakes that core.
 *
 * Orders
 *   N1 release  wanted in want   -> N2   what the handler needs is visible to the core
 *   N2 acquire  wanted in apply and claim <- N1
 *   N3 release  asked in want    -> N4   so is what is wanted
 *   N4 acquire  asked in apply_if_asked <- N3 */
#include "nvic.h"
#include "arch.h"
#include "base/atomic.h"
#include "board.h"
#include "mmio.h"

enum { UNMASK = 0xe000e100, MASK = 0xe000e180, PENDING = 0xe000e200, CLEAR = 0xe000e280 };
enum { AIRCR = 0xe000ed0c, AIRCR_RESET = 0x05fa0004 }; /* the key, and the request */
enum { LINES = 240, FIRST = 16 };                      /* the exception number of line 0 */

/* Of each core. */
static uint32_t wanted[CONFIG_CORES][(LINES + 31) / 32]; /* atomic: N1 N2 */
static uint32_t asked[CONFIG_CORES]; /* atomic: N3 N4: another core has changed wanted */
static bool level[CONFIG_CORES];     /* the device's line that it has claimed */

/* Context: any, masked. */
void nvic_unmask(unsigned core, unsigned line)
{
	fetch_or_full(&wanted[core][line / 32], 1u << line % 32); /* N1 */
	write32(UNMASK + line / 32 * 4, 1u << line % 32);
}

/* Context: any, masked. */
void nvic_want(unsigned core, unsigned line, bool on)
{
	if (on)
		fetch_or_full(&wanted[core][line / 32], 1u << line % 32); /* N1 */
	else
		fetch_and_full(&wanted[core][line / 32], ~(1u << line % 32)); /* N1 */
	store_release(&asked[core], 1);                                       /* N3 */
}

/* Context: masked. */
void nvic_apply(unsigned core)
{
	for (unsigned i = 0; i <= board.lines.last / 32; i++) {
		uint32_t now = load_acquire(&wanted[core][i]); /* N2 */

		write32(CLEAR + i * 4, now & ~read32(UNMASK + i * 4));
		write32(MASK + i * 4, ~now);
		write32(UNMASK + i * 4, now);
	}
	__asm__ volatile("dsb\n\tisb" : : : "memory");
}

/* Context: core stack. */
void nvic_apply_if_asked(unsigned core)
{
	if (swap_acquire(&asked[core], 0)) /* N4 */
		nvic_apply(core);
}

static void clear(unsigned line)
{
	write32(CLEAR + line / 32 * 4, 1u << line % 32);
	__asm__ volatile("dsb" : : : "memory");
}

/* Context: core stack. */
int nvic_claim(unsigned core)
{
	int line = (int)arch_taken() - FIRST;

	if (line < 0)
		line = (int)((read32(ICSR) & ICSR_VECTPENDING) >> 12) - FIRST;
	if (line < 0 || (unsigned)line == board.lines.wake)
		return line;
	if (!(load_acquire(&wanted[core][line / 32]) & 1u << line % 32)) { /* N2 */
		nvic_apply(core); /* another core has masked it */
		return -1;
	}
	clear(line);
	level[core] = read32(PENDING + line / 32 * 4) & 1u << line % 32;
	return line;
}

/* Context: core stack. */
void nvic_end(unsigned core, unsigned line)
{
	__asm__ volatile("dsb" : : : "memory"); /* the device has taken its line back */
	if (level[core] || line == board.lines.wake)
		clear(line);
}

/* Context: any, masked. */
void nvic_at_exit(void)
{
	__asm__ volatile("dsb" : : : "memory");
	if (CONFIG_AT_EXIT == AT_EXIT_REBOOT)
		write32(AIRCR, AIRCR_RESET);
}
