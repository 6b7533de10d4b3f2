/* A goroutine is preempted between any two instructions: across an operation an alarm rings one
 * instruction later each time, until the operation ends before it, and each time the answer is
 * right.
 *
 * The alarm wakes a goroutine, the watcher, whose turn it is then; it notes where the other one was
 * interrupted. A tick of the counter is many instructions: so an alarm so many ticks ahead, and
 * before it that many nops less than a tick. With the argument `places` the program prints the
 * places it noted, with `once` it does each operation once, between everywhere_begin and
 * everywhere_end: tests/coverage compares the two. A preempted goroutine may be preempted again
 * at once here: main leaves no least time. */
// test: cores=1 icount=0 without=sifive-u
#include <stdio.h>
#include <string.h>
#include "base/atomic.h"
#include "sched/core.h"
#include "sched/sched.h"
#include "test.h"
#include "sched/timer.h"

/* for each place: what an operation finds may alternate from one time to the next */
enum { TRIES = 3 };

extern char image_start[];

#ifdef __aarch64__
enum { TICK = 16 }; /* instructions */
/* Returns the count just when it has changed: it is read every TICK + 1 instructions, until it
 * is two ahead. */
__asm__(".pushsection .text\n"
        "everywhere_edge: mov x1, xzr\n"
        "1: mrs x0, cntvct_el0\n sub x2, x0, x1\n mov x1, x0\n"
        ".rept 12\n nop\n .endr\n"
        "cmp x2, #2\n b.ne 1b\n ret\n"
        "everywhere_nops: .rept 16\n nop\n .endr\n ret\n"
        ".popsection");
#elif defined __arm__
/* SysTick rings two ticks after it was set, or later: so much is waited for. */
enum { SLED = 100, TICKS_BEFORE = 2 };
#define TICK ((unsigned)(1000000000 / board.clock_hz)) /* of an instruction each */
/* The counter is the board's. Seven instructions and TICK - 6 of the nops go round. */
__asm__(".pushsection .text\n .syntax unified\n .balign 4\n .thumb_func\n"
        "everywhere_spin: push {r4, lr}\n mov r4, r0\n movs r2, #0\n"
        "1: ldr r0, [r4]\n subs r3, r2, r0\n mov r2, r0\n blx r1\n cmp r3, #2\n bne 1b\n"
        "pop {r4, pc}\n"
        ".balign 4\n .thumb_func\n"
        "everywhere_nops: .rept 100\n nop.w\n .endr\n bx lr\n"
        ".popsection");
void everywhere_spin(const volatile uint32_t *counter, void *nops);
extern char everywhere_nops[];

static uint64_t everywhere_edge(void)
{
	everywhere_spin(arch_clock.count, everywhere_nops + 4 * (SLED - (TICK - 6)));
	return arch_cycles();
}
#else
enum { TICK = 100 };
#if __riscv_xlen == 32
#define HIGH_HALF "rdtimeh a1\n"
#else
#define HIGH_HALF
#endif
__asm__(".pushsection .text\n .option push\n .option norvc\n"
        "everywhere_edge: li a4, 0\n li a3, 2\n"
        "1: rdtime a0\n sub a2, a0, a4\n mv a4, a0\n"
        ".rept 97\n nop\n .endr\n"
        "bne a2, a3, 1b\n" HIGH_HALF "ret\n"
        "everywhere_nops: .rept 100\n nop\n .endr\n ret\n"
        ".option pop\n .popsection");
#endif
#ifndef __arm__
enum { SLED = TICK, TICKS_BEFORE = 0 };
uint64_t everywhere_edge(void);
extern char everywhere_nops[];
#endif

static struct g *watcher;
static struct timer_node alarm_node;
static unsigned rings;
static uint8_t noted[1 << 17]; /* a bit for every two bytes of text */

static void note(uintptr_t pc)
{
	size_t i = (pc - (uintptr_t)image_start) / 2;

	if (check(i / 8 < sizeof(noted)))
		noted[i / 8] |= 1 << i % 8;
}

static void commit_watch(void *arg)
{
	(void)arg;
	schedule();
}

static void observe(void)
{
	store_relaxed(&watcher, arch_self());
	for (;;) {
		unsigned long was = arch_irq_off();

		store_relaxed(&watcher->claim, CLAIM_OPEN);
		park(G_SLEEP, 0, commit_watch, 0);
		rings++;
		for (struct g *g = g_next(0); g; g = g_next(g))
			if (g->why != G_FREE && g->frame)
				note(g->frame->pc);
		arch_irq_restore(was);
	}
}

/* The operations. Each answers whether the answer was right. */

static chan(uint32_t) there, back, never;
static struct mutex mutex;
static struct waitgroup wg;
static uint32_t turn, counted;

static void echo(void)
{
	for (uint32_t v; chan_recv(there, &v);)
		chan_send(back, v + 1);
}

static bool hand_off(void)
{
	uint32_t v = 0;

	chan_send(there, turn);
	return chan_recv(back, &v) && v == turn + 1;
}

static void child(uint32_t a, uint32_t *b)
{
	*b += a;
	wg_done(&wg);
}

static bool spawn(void)
{
	uint32_t sum = 1;

	wg_add(&wg, 1);
	go(child, turn, &sum);
	wg_wait(&wg);
	return sum == turn + 1 && go_count() <= 4;
}

static bool selects(void)
{
	uint32_t v = 0, none = 0;
	int sent = chan_select(on_recv(never, &none), on_recv(back, &v), on_send(there, turn));
	int got = chan_select(on_recv(never, &none), on_recv(back, &v));

	return sent == 2 && got == 1 && v == turn + 1 && none == 0;
}

static void contender(void)
{
	mutex_lock(&mutex);
	counted++;
	mutex_unlock(&mutex);
	wg_done(&wg);
}

static bool contention(void)
{
	counted = 0;
	wg_add(&wg, 1);
	mutex_lock(&mutex);
	go(contender);
	go_yield();
	counted++;
	mutex_unlock(&mutex);
	mutex_lock(&mutex);
	counted++;
	mutex_unlock(&mutex);
	wg_wait(&wg);
	return counted == 3;
}

static bool print(void)
{
	return printf("%u %s\n", (unsigned)turn % 10, "x") == 4;
}

static const struct operation {
	const char *name;
	bool (*run)(void);
} operations[] = {{"hand-off", hand_off},
                  {"spawn", spawn},
                  {"select", selects},
                  {"mutex", contention},
                  {"printf", print}};

void everywhere_begin(void);
void everywhere_end(void);
__attribute__((__noinline__)) void everywhere_begin(void)
{
	__asm__ volatile("nop");
}
__attribute__((__noinline__)) void everywhere_end(void)
{
	__asm__ volatile("nop\n\tnop");
}

/* All others wait again: each attempt begins in the same state. */
static void settle(void)
{
	for (int i = 0; i < 4; i++)
		go_yield();
}

static bool __attribute__((__noinline__)) framed(const struct operation *op)
{
	bool right;

	everywhere_begin();
	right = op->run();
	everywhere_end();
	return right;
}

/* The alarm rings `ticks` ahead, less `nops` instructions. False: the operation ended first. */
static bool attempt(const struct operation *op, unsigned ticks, unsigned nops)
{
	unsigned before = rings;
	unsigned long was;

	settle();
	was = arch_irq_off();
	turn++;
	timer_start(&alarm_node, watcher, everywhere_edge() + ticks);
	for (int i = 0; i < TICKS_BEFORE; i++)
		((void (*)(void))(everywhere_nops + 4 * (SLED - TICK)))();
	((void (*)(void))(everywhere_nops + 4 * (SLED - nops)))();
	arch_irq_restore(was);
	if (!check(framed(op)))
		kprintf("%s, alarm %u ticks less %u instructions ahead\n", op->name, ticks, nops);
	was = arch_irq_off();
	timer_cancel(&alarm_node);
	arch_irq_restore(was);
	return rings > before;
}

static void sweep(const struct operation *op, bool places)
{
	unsigned ticks = 0, rang, all = 0;

	memset(noted, 0, sizeof(noted));
	do {
		rang = 0;
		for (unsigned i = 0; i < TRIES * TICK; i++)
			rang += attempt(op, ticks, TICK - 1 - i / TRIES);
		all += rang;
		ticks++;
	} while (rang);
	check(all > 200);
	kprintf("%s: preempted %u times\n", op->name, all);
	for (size_t i = 0; places && i < sizeof(noted) * 8; i++)
		if (noted[i / 8] & 1 << i % 8)
			kprintf("place %s %llx\n", op->name,
			        (unsigned long long)(uintptr_t)image_start + i * 2);
}

int main(int argc, char **argv)
{
	cores[0].least = 0;
	cores[0].enough = cores[0].slice;
	there = chan_make(uint32_t, 0);
	back = chan_make(uint32_t, 0);
	never = chan_make(uint32_t, 0);
	go(observe);
	go(echo);
	while (!load_relaxed(&watcher))
		go_yield();
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		check(operations[i].run());
		settle();
		if (argc > 1 && strcmp(argv[1], "once") == 0)
			check(framed(&operations[i]));
		else
			sweep(&operations[i], argc > 1);
	}
	return test_done();
}
