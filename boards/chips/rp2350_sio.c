/* Core 1 waits in the boot ROM for words in the queue between the cores, and answers each with the
 * same (RP2350 datasheet, 5.3 and 3.1.5). A wake is a doorbell, which rings until it is answered
 * (3.1.6). Exclusive accesses are watched by a monitor in front of the memory (2.1.6); a core tells
 * it of all of them if EXTEXCLALL is set, else of those to memory that the protection unit calls
 * shared (Cortex-M33 Technical Reference Manual, ACTLR).
 *
 * The barriers order the registers against memory: what a wake announces is visible before it, and
 * what it announced is looked for after it has ended. */
#include "rp2350_sio.h"
#include "mmio.h"

enum {
	CORE_NUMBER = 0xd0000000,
	QUEUE_STATE = 0xd0000050,
	QUEUE_WRITE = 0xd0000054,
	QUEUE_READ = 0xd0000058,
	BELL_THERE = 0xd0000180,
	BELL_HERE = 0xd0000188,
	BELL_END = 0xd000018c,
	ACTLR = 0xe000e008,
};
enum { CAN_READ = 1, CAN_WRITE = 2 };
enum { EXTEXCLALL = 1 << 29 };

/* Context: each core, masked. */
void rp2350_core_init(void)
{
	write32(ACTLR, read32(ACTLR) | EXTEXCLALL);
}

/* Context: masked. */
unsigned rp2350_core(void)
{
	return read32(CORE_NUMBER);
}

/* Does the other core answer with the same word, soon? A zero asks it to begin anew, with nothing
 * of before in the queue. */
static bool ask(uint32_t word)
{
	while (!word && read32(QUEUE_STATE) & CAN_READ)
		(void)read32(QUEUE_READ);
	__asm__ volatile("dsb\n\tsev" : : : "memory"); /* it may sleep, for want of room */
	if (!wait32(QUEUE_STATE, CAN_WRITE, CAN_WRITE))
		return false;
	write32(QUEUE_WRITE, word);
	__asm__ volatile("dsb\n\tsev" : : : "memory");
	return wait32(QUEUE_STATE, CAN_READ, CAN_READ) && read32(QUEUE_READ) == word;
}

/* Context: core stack of core 0. */
bool rp2350_start(uintptr_t vectors, uintptr_t sp, uintptr_t entry)
{
	const uint32_t words[] = {0, 0, 1, vectors, sp, entry};
	const unsigned n = sizeof(words) / sizeof(words[0]);
	unsigned i = 0;

	for (unsigned tries = 4 * n; tries && i < n; tries--)
		i = ask(words[i]) ? i + 1 : 0;
	return i == n;
}

/* Context: any, masked. */
void rp2350_wake(unsigned core)
{
	__asm__ volatile("dsb" : : : "memory");
	write32(core == rp2350_core() ? BELL_HERE : BELL_THERE, 1);
}

/* Context: core stack. */
void rp2350_wake_end(void)
{
	write32(BELL_END, 1);
	__asm__ volatile("dsb" : : : "memory");
}
