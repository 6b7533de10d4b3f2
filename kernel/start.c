/* From power-on to the main goroutine, and the end of the program. */
#include "atomic.h"
#include "clock.h"
#include "console.h"
#include "core.h"
#include "limit.h"
#include "mem.h"
#include "options.h"
#include "panic.h"
#include "sched.h"
#include "skein.h"

extern char image_start[], text_end[], rodata_end[], image_end[];

static bool map_memory(void)
{
	static struct arch_region region[3 + sizeof(board.device) / sizeof(board.device[0])];
	unsigned n = 0;

	region[n++] = (struct arch_region){(uintptr_t)image_start, (uintptr_t)text_end, ARCH_TEXT};
	region[n++] = (struct arch_region){(uintptr_t)text_end, (uintptr_t)rodata_end, ARCH_RODATA};
	region[n++] = (struct arch_region){(uintptr_t)rodata_end, board.ram_end, ARCH_DATA};
	for (unsigned i = 0; i < sizeof(board.device) / sizeof(board.device[0]); i++)
		if (board.device[i].end)
			region[n++] = (struct arch_region){board.device[i].start,
			                                   board.device[i].end, ARCH_DEVICE};
	return arch_memory(region, n);
}

/* Ends before it began: prints a sentence, which names the word of the command line that is wrong. */
static _Noreturn void refuse_word(const char *word, const char *why)
{
	size_t n = 0;

	board_console_write("skein: ", 7);
	while (word[n] && word[n] != ' ')
		n++;
	board_console_write(word, n);
	for (n = 0; why[n];)
		n++;
	board_console_write(why, n);
	board_console_write("\n", 1);
	board_exit(STATUS_PANIC);
}

static _Noreturn void refuse(const char *why)
{
	refuse_word("", why);
}

static void read_options(void)
{
	const char *wrong;

	if (board.args_long)
		refuse("the command line is longer than CONFIG_ARGS: shorten ARGS, or build with "
		       "OPT=-DCONFIG_ARGS= and a larger number than kernel/config.h has");
	wrong = options_read(board.args);
	if (wrong)
		refuse_word(wrong, " is not possible: give the option a number that fits");
	core_count = board.cores < CONFIG_CORES ? board.cores : CONFIG_CORES;
	if (options.cores > core_count)
		refuse("skein.cores= asks for more cores than there are: leave it out, or give it "
		       "fewer");
	if (options.cores)
		core_count = options.cores;
}

static void core_fill(struct core *core)
{
	core->picks = CONFIG_GLOBAL_EVERY;
	core->rand = options.seed * 2654435761u + core->index * 0x9e3779b9u;
	core->rand += !core->rand; /* never 0 */
	timer_init(&core->timers);
	preempt_init(core);
}

/* Context: each core, when it comes up. */
static _Noreturn void enter(struct core *core)
{
	board_core_init(core->index);
	sched_alarm_at(core, board_clock() + core->slice);
	store_relaxed(&core->up, 1);
	limit_see(core); /* an interrupt that said so may have come before */
	schedule();
	__builtin_unreachable();
}

/* Context: a secondary core. */
void kernel_start_core(unsigned index)
{
	arch_core_init(&cores[index]);
	enter(&cores[index]);
}

/* Context: the boot core. */
void kernel_start(uintptr_t firmware_arg)
{
	for (unsigned i = 0; i < CONFIG_CORES; i++)
		core_prepare(i);
	board_init(firmware_arg);
	if ((uintptr_t)image_end >= board.ram_end)
		refuse("the image does not fit in RAM: give the board more (MEM=), or make the "
		       "program smaller");
	if (!map_memory())
		refuse("too few page tables for this memory: raise the number in arch/");
	arch_core_init(&cores[0]);
	mem_init((uintptr_t)image_end, board.ram_end);
	read_options();
	clock_init(board.clock_hz, board_clock());
	sched_init();
	for (unsigned i = 0; i < core_count; i++)
		core_fill(&cores[i]);
	for (unsigned i = 1; i < core_count; i++)
		board_start_core(i, arch_secondary_entry);
	g_start_main(libc_start);
	enter(&cores[0]);
}

/* Ends the program, of which nothing runs on when the board cannot end.
 * Context: any, masked. */
void kernel_exit(int status)
{
	if (CONFIG_TRACE)
		kprintf("trace %016llx\n", (unsigned long long)trace_hash());
	panic_stop_others();
	console_rest();
	board_exit(status);
}
