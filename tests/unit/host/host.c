/* The host as an arch and a board: boots the whole kernel as one process whose cores run in
 * parallel, and then the program's main as its first goroutine. Tests are programs as on a board,
 * built with a sanitizer.
 *
 * A goroutine's own stack is its thread's; the kernel's stack for it is painted and checked, and
 * else unused. arch_park hands the core to the core's thread, which runs what comes after on a
 * stack of its own, as on a board. That ends in arch_load, which hands the core to another
 * goroutine's thread, and the core's thread begins anew.
 *
 * Interrupts are taken where a goroutine unmasks, and by an idle core. board_wake and the idling
 * core's look at it are relaxed and a bare futex, so a wake orders nothing: what a woken core may
 * rely on, the kernel has to order.
 *
 * Chaos: with an even seed an interrupt comes by chance wherever one is taken, and does by chance
 * what may happen there: it takes long, ends the slice of the goroutine under it, is followed by
 * another, or is one of a device, whose line is HOST_LINE (a test attaches its handler). So
 * every place where the kernel unmasks is left for others now and then. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/atomic.h"
#include "boot/start.h"
#include "sched/core.h"
#include "memory/mem.h"
#include "base/rand.h"
#include "skein.h"

enum { CORES = 4, RAM = 64 << 20, THREAD_STACK = 256 << 10 };

struct host_thread {
	sem_t turn; /* to run */
	jmp_buf begin;
	struct host_core *core; /* whom it runs on next; written by who gives it its turn */
	struct arch_context *context;
};

static struct machine {
	struct host_core host;
	uint32_t chance; /* chaos */
	sem_t turn;      /* of the core's thread, to do this: */
	void (*fn)(void *);
	void *arg;
	jmp_buf begin;
} machine[CORES];

_Thread_local struct host_core *host_core;
_Thread_local bool host_masked = true;
_Thread_local struct host_thread *host_thread;

static void wait_for(sem_t *turn)
{
	while (sem_wait(turn))
		;
}

static struct machine *here(void)
{
	return (struct machine *)host_core;
}

/* Time. */

/* Context: any. */
uint64_t host_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t board_clock(void)
{
	return host_clock();
}

void board_alarm(uint64_t when)
{
	host_core->alarm = when;
}

/* Chaos. */

static uint32_t rarity; /* an interrupt at one of so many places; 0: at none */
static uint32_t taker;  /* atomic: the core that takes HOST_LINE */
static uint32_t line;   /* atomic: of HOST_LINE, these */
enum { LINE_MASKED, LINE_ON, LINE_HANDLED };

static bool chance(uint32_t n)
{
	return rand_below(&here()->chance, n) == 0;
}

static void chaos_begin(uint32_t seed)
{
	if (seed % 2 == 0)
		rarity = seed % 4 == 0 ? 3 : 12;
	for (unsigned i = 0; i < CORES; i++)
		machine[i].chance = seed * 2654435761u ^ (i + 1) * 0x9e3779b9u;
}

static bool strikes(void)
{
	return rarity && chance(rarity);
}

/* What an interrupt brings besides. */
static void strike(void)
{
	struct core *core = arch_core();

	if (chance(8))
		usleep(rand_below(&here()->chance, 50));
	if (core->g && chance(2))
		core->slice_start = host_clock() - core->slice;
	if (chance(2) && load_relaxed(&taker) == core->index &&
	    cas_acquire(&line, LINE_ON, LINE_HANDLED)) {
		kernel_irq(HOST_LINE);
		cas_release(&line, LINE_HANDLED, LINE_ON);
	}
	if (chance(4))
		store_relaxed(&host_core->pending, 1);
}

/* Interrupts. */

bool host_due(void)
{
	return load_relaxed(&host_core->pending) || host_core->alarm <= host_clock();
}

void board_wake(unsigned core)
{
	store_relaxed(&machine[core].host.pending, 1);
	syscall(SYS_futex, &machine[core].host.pending, FUTEX_WAKE_PRIVATE, 1);
}

void board_interrupt(void)
{
	store_relaxed(&host_core->pending, 0);
	if (rarity)
		strike();
	if (host_core->alarm > host_clock())
		return;
	host_core->alarm = UINT64_MAX;
	kernel_tick();
}

/* A device interrupts an idle core soon. */
void host_idle(void)
{
	uint64_t now = host_clock(), device = load_relaxed(&line) ? now + 100000 : UINT64_MAX;

	for (; !host_due(); now = host_clock()) {
		uint64_t end = host_core->alarm < device ? host_core->alarm : device,
		         left = end > now ? end - now : 0;
		struct timespec limit = {left / 1000000000, left % 1000000000};

		syscall(SYS_futex, &host_core->pending, FUTEX_WAIT_PRIVATE, 0, &limit);
		if (host_clock() >= device)
			store_relaxed(&host_core->pending, 1);
	}
}

void host_relax(void)
{
	sched_yield();
}

/* Switching. */

static void leave(void (*fn)(void *), void *arg)
{
	struct machine *m = here();

	m->fn = fn;
	m->arg = arg;
	sem_post(&m->turn);
}

static void await_turn(void)
{
	wait_for(&host_thread->turn);
	host_core = host_thread->core;
}

void arch_park(struct arch_context *save, void (*fn)(void *), void *arg)
{
	save->thread = host_thread;
	leave(fn, arg);
	await_turn();
}

void arch_leave(void (*fn)(void *), void *arg)
{
	leave(fn, arg);
	longjmp(host_thread->begin, 1);
}

static void enter(struct host_thread *t)
{
	t->core = host_core;
	sem_post(&t->turn);
	longjmp(here()->begin, 1);
}

void arch_load(const struct arch_context *context)
{
	enter(context->thread);
}

void arch_resume(struct arch_frame *frame)
{
	arch_spare_set(arch_core(), frame);
	enter(frame->thread);
}

static void interrupted(void *frame)
{
	kernel_interrupt(frame);
	enter(((struct arch_frame *)frame)->thread);
}

void host_unmasked(void)
{
	struct arch_frame *frame;

	if (!host_due() && !strikes())
		return;
	host_masked = true;
	frame = ((struct arch_core *)arch_core())->spare;
	frame->thread = host_thread;
	leave(interrupted, frame);
	await_turn();
	host_masked = false;
}

static void *goroutine(void *arg)
{
	struct arch_context *context;

	host_thread = arg;
	setjmp(host_thread->begin);
	host_masked = true;
	await_turn();
	context = host_thread->context;
	host_masked = false;
	((void (*)(uintptr_t, uintptr_t, uintptr_t, uintptr_t))context->entry)(
	    context->args[0], context->args[1], context->args[2], context->args[3]);
	go_exit();
}

static void start(void *(*f)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t id;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&id, &attr, f, arg)) {
		fprintf(stderr,
		        "host: no more threads: let the test have fewer goroutines at a time\n");
		abort();
	}
}

void host_context_init(struct arch_context *context, void (*entry)(void), const uintptr_t *arg)
{
	memcpy(context->args, arg, 4 * sizeof(*arg));
	context->entry = entry;
	if (context->thread)
		return;
	context->thread = calloc(1, sizeof(*context->thread));
	sem_init(&context->thread->turn, 0, 0);
	context->thread->context = context;
	start(goroutine, context->thread);
}

/* go(f, a, b, c, d) calls it as f. */
void capture(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) __asm__("go_capture");
void capture(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
	uintptr_t *args = arch_self()->context.args;

	args[0] = a;
	args[1] = b;
	args[2] = c;
	args[3] = d;
	args[4] = (uintptr_t)__builtin_return_address(0);
}

/* Starting and ending. */

char image_start[1], text_end[1], rodata_end[1], symbol_names[1], trap_start[1], trap_end[1];
const struct go_device go_devices_start[1];
extern const struct go_device go_devices_end[1] __attribute__((alias("go_devices_start")));
char image_end[RAM] __attribute__((aligned(4096)));
const uint32_t symbol_count, symbol_table[1];

struct board board = {.name = "host", .cores = CORES, .clock_hz = 1000000000};
static int argument_count;
static char **arguments;

void board_init(uintptr_t arg)
{
	(void)arg;
	board.ram_start = (uintptr_t)image_start;
	board.ram_end = (uintptr_t)image_end + RAM;
}

long arch_semihost(long operation, const void *block)
{
	(void)operation, (void)block;
	return 0; /* the terminal is the host's */
}

void arch_fault_init(struct core *core)
{
	(void)core;
}

void arch_core_init(struct core *core)
{
	(void)core;
}

void board_core_init(unsigned core)
{
	(void)core;
}

static void *core_thread(void *arg)
{
	struct machine *m = arg;
	unsigned index = m - machine;

	host_core = &m->host;
	m->host.core = &cores[index];
	m->host.alarm = UINT64_MAX;
	if (setjmp(m->begin) == 0) {
		if (index == 0)
			kernel_start(0);
		kernel_start_core(index);
	}
	wait_for(&here()->turn);
	here()->fn(here()->arg);
	abort();
}

void arch_secondary_entry(void)
{
}

/* Objects of a process lie anywhere. */
bool board_start_core(unsigned core, void (*entry)(void))
{
	(void)entry;
	mem_objects = (struct mem_objects){1, UINTPTR_MAX - MEM_OBJECT};
	start(core_thread, &machine[core]);
	return true;
}

int __real_main(int argc, char **argv);

void libc_start(void)
{
	int status = __real_main(argument_count, arguments);

	arch_irq_off();
	kernel_exit(status);
}

void libc_release(void *reent)
{
	(void)reent;
}

void board_exit(int status)
{
	fflush(stdout);
	_exit(status);
}

/* The process begins here: linked with --wrap=main. */
int __wrap_main(int argc, char **argv)
{
	if (argc > 1 && strncmp(argv[1], "skein.seed=", 11) == 0) {
		board.args = argv[1];
		chaos_begin(strtoul(argv[1] + 11, 0, 0));
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	argument_count = argc;
	arguments = argv;
	for (unsigned i = 0; i < CORES; i++)
		sem_init(&machine[i].turn, 0, 0);
	core_thread(&machine[0]);
	return 1;
}

/* Counters are read while they are written (stats.c), and a report looks at what others may be
 * writing. */
const char *__tsan_default_suppressions(void)
{
	return "race:go_stats_fill\nrace:dump_others\nrace:dump_culprit\n";
}

/* Memory is from malloc, which the sanitizers watch. */

void *__wrap_mem_alloc(size_t size)
{
	return malloc(size);
}

void __wrap_mem_free(void *block, size_t size)
{
	(void)size;
	free(block);
}

/* What is not there. */

char program_data_start[1], program_data_end[1], program_bss_start[1], program_bss_end[1];

void libc_heap_lock(void)
{
}

void libc_heap_unlock(void)
{
}

const void *libc_heap_next(const void *memory, bool *used)
{
	(void)memory;
	*used = false;
	return 0;
}

bool arch_memory(const struct arch_region *region, unsigned n)
{
	(void)region;
	return n;
}

void arch_call_on(uintptr_t stack, void *stack_top, void (*fn)(void *), void *arg)
{
	(void)stack;
	(void)stack_top;
	fn(arg);
}

void arch_frame_keep(struct arch_frame *frame)
{
	(void)frame;
}

void arch_frame_unkeep(const struct arch_frame *frame)
{
	(void)frame;
}

void arch_clean(const void *p, size_t n)
{
	(void)p, (void)n;
}

void arch_halt(void)
{
	for (;;)
		pause();
}

unsigned arch_backtrace(uintptr_t fp, uintptr_t low, uintptr_t high, uintptr_t *pc, unsigned n)
{
	return 0 * (fp + low + high + (uintptr_t)pc + n);
}

uintptr_t arch_context_pc(const struct arch_context *context)
{
	return (uintptr_t)context->entry;
}

uintptr_t arch_context_fp(const struct arch_context *context)
{
	return 0 * (uintptr_t)context;
}

uintptr_t arch_context_sp(const struct arch_context *context)
{
	return 0 * (uintptr_t)context;
}

bool arch_frame_register(const struct arch_frame *frame, unsigned i, const char **name,
                         uintptr_t *value)
{
	(void)frame, (void)i, (void)name, (void)value;
	return false;
}

void board_irq(unsigned number, unsigned core, bool on)
{
	(void)number;
	store_relaxed(&taker, core);
	store_relaxed(&line, on ? LINE_ON : LINE_MASKED);
}

void board_console_write(const char *text, size_t n)
{
	if (write(STDOUT_FILENO, text, n) < 0)
		abort();
}
