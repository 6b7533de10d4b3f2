/* The crash log. The report of a panic or a fault stays in RAM, and is printed when the board starts
 * again: nobody need have watched the console. A reset leaves RAM as it is, the loader and the boot
 * code leave the section .crash as it is, and the log says by itself whether it is whole.
 *
 * Each line is kept before it is printed, with a new checksum, so a report that is cut short by a
 * watchdog is a log too. Only the first CONFIG_CRASH_LOG bytes are kept: what is wrong, and where,
 * comes first. What a cache holds is lost in a reset, so each line is written back to memory. That
 * has no instruction on RISC-V without the extension Zicbom; there the log lives through a reset
 * that leaves the caches alone.
 *
 * Context: the boot core, and then the core that ends the program, masked. */
#include "report/crash.h"
#include "arch.h"
#include "report/report.h"
#include "skein.h"

struct crash_log crash_log __attribute__((section(".crash")));
static const char *found; /* the text of the run before; null: there is none */
static bool keeps;

/* CRC-32, as in IEEE 802.3. */
static uint32_t crc(uint32_t sum, const void *p, size_t n)
{
	const uint8_t *byte = p;

	while (n--) {
		sum ^= *byte++;
		for (unsigned i = 0; i < 8; i++)
			sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return sum;
}

static uint32_t sum_of(const struct crash_log *log)
{
	return crc(crc(~0u, &log->n, sizeof(log->n)), log->text, log->n);
}

static bool is_whole(const struct crash_log *log)
{
	return log->magic == CRASH_MAGIC && log->n < sizeof(log->text) && sum_of(log) == log->sum;
}

/* It is printed once, and then no log of a run before any more. */
void crash_init(void)
{
	if (!is_whole(&crash_log))
		return;
	crash_log.magic = 0;
	arch_clean(&crash_log, sizeof(crash_log));
	crash_log.text[crash_log.n] = 0;
	found = crash_log.text;
	kprintf("skein: before the last reset:\n%sskein: end of what was before the last reset\n",
	        found);
}

void crash_begin(void)
{
	found = 0;
	keeps = true;
	crash_log.n = 0;
}

void crash_keep(const char *text, size_t n)
{
	struct crash_log *log = &crash_log;

	if (!keeps || log->n == sizeof(log->text) - 1)
		return;
	while (n-- && log->n < sizeof(log->text) - 1)
		log->text[log->n++] = *text++;
	log->sum = sum_of(log);
	log->magic = CRASH_MAGIC;
	arch_clean(log, sizeof(*log));
}

/* Context: any. */
const char *go_crash_log(void)
{
	return found;
}
