/* arch_backtrace, arch_context_pc and _fp of a parked goroutine, arch_frame_register of a
 * preempted one, symbol_find. */
// test: check=0 cores=1,4
#include "arch.h"
#include <string.h>
#include "base/atomic.h"
#include "sched/core.h"
#include "report/symbols.h"
#include "test.h"

static uintptr_t pc[16];
static volatile bool preempted, over;
static struct g *parked, *spinning;
static volatile uintptr_t sp_there; /* the spinner's stack pointer; 0: only it knows */
static double with_fp = 1;

static const char *name_of(uintptr_t address)
{
	uintptr_t start;
	const char *name = symbol_find(address, &start);

	return name ? name : "?";
}

static __attribute__((__noinline__)) unsigned walk(void)
{
	struct g *g = arch_self();
	unsigned n = arch_backtrace((uintptr_t)__builtin_frame_address(0), g->stack,
	                            (uintptr_t)g->top, pc, 16);

	__asm__ volatile("" ::: "memory");
	return n;
}

static __attribute__((__noinline__)) unsigned middle(void)
{
	unsigned n = walk();

	__asm__ volatile("" : "+r"(n));
	return n;
}

/* ARMv8-M finds whatever looks like a return address: old ones may stand between. */
#ifdef __arm__
enum { OLD_ONES = 2 };
#else
enum { OLD_ONES = 0 };
#endif

static bool next_is(const char *name, unsigned *i, unsigned n)
{
	for (unsigned skipped = 0; skipped <= OLD_ONES && *i < n; skipped++)
		if (!strcmp(name_of(pc[(*i)++]), name))
			return true;
	return false;
}

static __attribute__((__noinline__)) void own_frames(void)
{
	unsigned n = middle(), i = 0;

	check(n >= 3);
	check(next_is("middle", &i, n));
	check(next_is("own_frames", &i, n));
	check(next_is("main", &i, n));
	check(arch_backtrace((uintptr_t)__builtin_frame_address(0), 0, 0, pc, 16) == 0);
	check(arch_backtrace(0x1234567, arch_self()->stack, (uintptr_t)arch_self()->top, pc, 16) ==
	      0);
	check(arch_backtrace((uintptr_t)__builtin_frame_address(0), arch_self()->stack,
	                     (uintptr_t)arch_self()->top, pc, 1) == 1);
}

static __attribute__((__noinline__)) void sleeper(void)
{
	volatile double x = with_fp; /* so that RISC-V parks it the other way too */

	parked = arch_self();
	go_sleep(sec(1000));
	with_fp = x;
}

static void frames_of_parked(void)
{
	unsigned n;

	while (!parked || load_relaxed(&parked->claim) != CLAIM_OPEN)
		go_sleep(us(100));
	go_sleep(ms(1)); /* it is off its stack */
	check(!strcmp(name_of(arch_context_pc(&parked->context)), "park") ||
	      !strcmp(name_of(arch_context_pc(&parked->context)), "go_sleep"));
	n = arch_backtrace(arch_context_fp(&parked->context), parked->stack, (uintptr_t)parked->top,
	                   pc, 16);
	check(n >= 1);
	bool found = false;
	for (unsigned i = 0; i < n; i++)
		found |= !strcmp(name_of(pc[i]), "sleeper");
	check(found);
}

/* The spinner has a frame of its own because it calls this. An odd word on the stack of ARMv8-M makes the
 * hardware leave a gap above what it pushes. */
static __attribute__((__noinline__)) void spin(void)
{
#ifdef __arm__
	uintptr_t scratch;

	__asm__ volatile("sub sp, #4\n\tmov %0, sp\n\tstr %0, [%1]\n1:\tldrb %0, [%2]\n\t"
	                 "cmp %0, #0\n\tbeq 1b\n\tadd sp, #4"
	                 : "=&l"(scratch)
	                 : "l"(&sp_there), "l"(&over)
	                 : "cc", "memory");
#endif
	for (unsigned i = 0; i < 1000; i++)
		__asm__ volatile("");
}

static void spinner(void)
{
	spinning = arch_self();
	while (!over)
		spin();
}

/* A goroutine with a frame does not run, as long as only its own core could run it and we are
 * there. */
static void frames_of_preempted(struct waitgroup *done)
{
	const char *name;
	uintptr_t value, sp = 0, at = 0;
	unsigned i = 0;

	go_with(go_attr(.core = 0), spinner);
	while (!spinning || !spinning->frame)
		go_sleep(ms(1));
	for (; arch_frame_register(spinning->frame, i, &name, &value); i++) {
		if (!strcmp(name, "pc"))
			at = value;
		if (!strcmp(name, "sp"))
			sp = value;
	}
	check(i >= 17); /* r0 to r15 and the status on the machine that has the fewest */
	check(at == spinning->frame->pc && strncmp(name_of(at), "spin", 4) == 0);
	check(sp > spinning->stack && sp <= (uintptr_t)spinning->top);
	check(!sp_there || sp == sp_there);
	check(spinning->frame->fp > spinning->stack &&
	      spinning->frame->fp <= (uintptr_t)spinning->top);
	over = true;
	wg_done(done);
}

int main(void)
{
	struct waitgroup done = {0};

	own_frames();
	go(sleeper);
	frames_of_parked();
	wg_add(&done, 1);
	go_with(go_attr(.core = 0), frames_of_preempted, &done);
	wg_wait(&done);
	check(!strcmp(name_of((uintptr_t)main), "main"));
	check(!strcmp(name_of(0), "?") && !strcmp(name_of(UINTPTR_MAX), "?"));
	return test_done();
}
