/* From power-on to the main goroutine, and the end of the program.
 *
 * Cores are numbered from 0 without a gap, and every loop over them relies on that. So the boot
 * core starts the others, waits until all have come, and only then lets them go on: before that no
 * core needs to know how many there are. The run does without the first core that is refused or
 * does not come in time, and without those after it. Such a core halts if it comes after all.
 *
 * Each core prepares its part of the interrupt controller before it says that it is up, the boot core
 * before it lets the others go on. For a core that schedules may at once wake another core, or
 * attach a line that another core takes.
 *
 * Orders
 *   B1 release  started in start_cores -> B2   core_count and limit; what B4 has seen
 *   B2 acquire  started in await_start <- B1
 *   B3 release  up in be_up            -> B4   what board_core_init wrote
 *   B4 acquire  up in cores_that_come  <- B3 */
#include "boot/start.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/panic.h"
#include "boot/options.h"
#include "memory/mem.h"
#include "report/console.h"
#include "report/crash.h"
#include "report/report.h"
#include "sched/core.h"
#include "sched/limit.h"
#include "sched/marks.h"
#include "sched/preempt.h"
#include "sched/sched.h"
#include "sched/slice.h"
#include "skein.h"

extern char image_end[];

/* Context: boot core. */
void refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	panic_stop_others(false);
	kprintf("skein: ");
	vprint(format, &args);
	kprintf("\n");
	console_exit(STATUS_PANIC);
}

static void check_board(void)
{
	if (board.refusal)
		refuse("%s", board.refusal);
	if (!board.clock_hz)
		refuse("the clock has no rate: let the firmware set it (CNTFRQ_EL0, or "
		       "timebase-frequency in the device tree)");
	if ((uintptr_t)image_end >= board.ram_end)
		refuse("the image does not fit in RAM: give the board more (MEM=), or make the "
		       "program smaller");
}

static int word_length(const char *word)
{
	int n = 0;

	while (word[n] && word[n] != ' ')
		n++;
	return n;
}

static void read_options(void)
{
	const char *wrong;

	if (board.args_long)
		refuse("the command line is longer than CONFIG_ARGS: shorten ARGS, or build with "
		       "OPT=-DCONFIG_ARGS= and a larger number than kernel/base/config.h has");
	wrong = options_read(board.args);
	if (wrong)
		refuse("%.*s is not possible: give the option a number that fits",
		       word_length(wrong), wrong);
	core_count = board.cores < CONFIG_CORES ? board.cores : CONFIG_CORES;
	if (options.cores > core_count)
		refuse("skein.cores= asks for more cores than there are: leave it out, or give it "
		       "fewer");
	if (options.cores)
		core_count = options.cores;
	if (options.marks && !marks_begin())
		refuse("skein.marks= needs memory: give the board more (MEM=)");
}

static void core_fill(struct core *core)
{
	core->picks = CONFIG_GLOBAL_EVERY;
	core->rand = options.seed * 2654435761u + core->index * 0x9e3779b9u;
	core->rand += !core->rand; /* never 0 */
	timer_init(&core->timers);
	preempt_init(core);
}

static uint32_t started; /* atomic: B1 B2: core_count is final */

static void await_start(const struct core *core)
{
	while (!load_acquire(&started)) { /* B2 */
		panic_stop_if_asked();
		arch_relax();
	}
	if (core->index >= core_count)
		arch_halt();
}

/* How many of n cores come, this one among them. */
static unsigned cores_that_come(unsigned n)
{
	uint64_t end = board_clock() + clock_ticks(CONFIG_START_NS);
	unsigned asked = 1, up = 1;

	while (asked < n && board_start_core(asked, arch_secondary_entry))
		asked++;
	for (; up < asked; up++)
		while (!load_acquire(&cores[up].up)) { /* B4 */
			if (board_clock() > end)
				return up;
			arch_relax();
		}
	return up;
}

static void start_cores(void)
{
	unsigned n = core_count, came = cores_that_come(n);

	if (came < n)
		kprintf("skein: core %u of %u does not start: it is refused, or stuck, or not "
		        "there; the run goes on with %u (skein.cores=%u asks for no more)\n",
		        came, n, came, came);
	core_count = limit.cores = came;
	if (options.maxprocs && options.maxprocs < came)
		limit.cores = options.maxprocs;
	store_release(&started, 1); /* B1 */
}

/* Context: each core, when it comes up. */
static void be_up(struct core *core)
{
	board_core_init(core->index);
	store_release(&core->up, 1); /* B3 */
}

/* Context: each core. */
static _Noreturn void enter(struct core *core)
{
	await_start(core);
	alarm_at(core, board_clock() + core->slice);
	limit_see(core); /* an interrupt that said so may have come before */
	schedule();
	__builtin_unreachable();
}

/* CHECK=1: another core takes main, which runs for a while before this one schedules. */
static void come_late(void)
{
	for (uint64_t end = board_clock() + clock_ticks(ms(20)); board_clock() < end;)
		arch_relax();
}

/* Context: a secondary core. */
void kernel_start_core(unsigned index)
{
	arch_fault_init(&cores[index]);
	arch_core_init(&cores[index]);
	be_up(&cores[index]);
	enter(&cores[index]);
}

/* Context: the boot core. */
void kernel_start(uintptr_t firmware_arg)
{
	for (unsigned i = 0; i < CONFIG_CORES; i++)
		core_prepare(i);
	arch_fault_init(&cores[0]);
	board_init(firmware_arg);
	console_init();
	check_board();
	map_memory();
	arch_core_init(&cores[0]);
	crash_init();
	mem_init((uintptr_t)image_end, board.ram_end);
	read_options();
	clock_init(board.clock_hz, board_clock());
	slice_init();
	for (unsigned i = 0; i < core_count; i++)
		core_fill(&cores[i]);
	be_up(&cores[0]);
	start_cores();
	g_start_main(libc_start);
	if (CONFIG_CHECK)
		come_late();
	enter(&cores[0]);
}

/* Ends the program. If the board cannot end the run, still nothing of the program runs on.
 * Context: any, masked. */
void kernel_exit(int status)
{
	if (CONFIG_TRACE)
		kprintf("trace %016llx\n", (unsigned long long)trace_hash());
	panic_stop_others(false);
	if (options.marks)
		dump_marks();
	console_exit(status);
}
