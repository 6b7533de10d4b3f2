/* Timers and interrupts.
 *
 * irq_to_g: a goroutine sleeps while another one spins; counted from the alarm's interrupt to the
 * first instruction after go_sleep. The counter is coarse: a tick is TICK instructions. So the
 * figure is a mean over trials with 0 .. TICK-1 instructions more before the counter is read: the
 * sum of floor((n + k) / TICK) over all k is n, exactly. On RISC-V QEMU's alarm rings as long after
 * a tick's edge as the store that set it came after one: the trials run through all of those
 * phases likewise, and LATE is their mean. The alarm's tick is read from the core, the only place
 * that knows it.
 *
 * sleep_late and slice are in nanoseconds. */
#include "base/atomic.h"
#include "bench.h"
#include "sched/core.h"

#ifdef __aarch64__
enum { TICK = 16, LATE_TENTHS = 0, READING = 4 };

/* Runs n instructions, then reads: READING more, the read included. */
static inline unsigned long counter_after(unsigned long n)
{
	unsigned long t;

	__asm__ volatile("adr %0, 1f\n\tsub %0, %0, %1, lsl #2\n\tbr %0\n\t"
	                 ".rept 15\n\tnop\n\t.endr\n1:\tmrs %0, cntvct_el0"
	                 : "=&r"(t)
	                 : "r"(n));
	return t;
}
#elif defined __arm__
/* SysTick begins to count when it is set, so that what passes between the reading of the clock and
 * that comes on top of the phase. */
enum { READING = 5, SETTING = 33 };
#define TICK ((unsigned)(1000000000 / board.clock_hz))
#define LATE_TENTHS ((go_time)TICK * 5 - 5 + 10 * SETTING)

static inline unsigned long counter_after(unsigned long n)
{
	const volatile uint32_t *counter = arch_clock.count;
	unsigned long t;

	__asm__ volatile(
	    "adr.w %0, 1f\n\tsub %0, %0, %1, lsl #2\n\torr %0, #1\n\tbx %0\n\t.balign 4\n\t"
	    ".rept 99\n\tnop.w\n\t.endr\n1:\tldr %0, [%2]"
	    : "=&r"(t)
	    : "r"(n), "r"(counter));
	return ~t;
}
#else
enum { TICK = 100, LATE_TENTHS = 495, READING = 6 };

static inline unsigned long counter_after(unsigned long n)
{
	unsigned long t, bytes;

	__asm__ volatile(".option push\n\t.option norvc\n\t"
	                 "slli %1, %2, 2\n\tlla %0, 1f\n\tsub %0, %0, %1\n\tjr %0\n\t"
	                 ".rept 99\n\tnop\n\t.endr\n1:\trdtime %0\n\t.option pop"
	                 : "=&r"(t), "=&r"(bytes)
	                 : "r"(n));
	return t;
}
#endif

enum { N = 1000 };

static volatile bool stop;
static volatile unsigned long alarm_tick;

static void sleeps(void)
{
	go_time start = begin();

	for (int i = 0; i < N; i++)
		go_sleep(1);
	report("sleep", start, N);
}

static void spin(void)
{
	while (!stop)
		alarm_tick = peek(&cores[0].alarm);
}

/* Ticks from the alarm's to the read. */
static unsigned long trial(unsigned phase, unsigned more)
{
	unsigned long edge = counter_after(0);

	while (counter_after(0) == edge)
		;
	counter_after(phase);
	go_sleep(us(20));
	return counter_after(more) - alarm_tick;
}

static void irq_to_g(void)
{
	uint64_t ticks = 0;

	if (board.clock_hz * TICK != 1000000000)
		/* an instruction is a nanosecond: this board's tick is another number of them */
		return;
	for (unsigned i = 0; i < TICK * TICK; i++)
		ticks += trial(i / TICK, i % TICK);
	report_tenths("irq_to_g", (go_time)ticks * 10 / TICK - LATE_TENTHS - 10 * READING);
}

/* The latest of a hundred sleeps behind a goroutine that never waits. */
static void sleep_late(void)
{
	go_time late, worst = 0;

	for (int i = 0; i < 100; i++) {
		go_time start = go_now();

		go_sleep(ms(1));
		late = go_now() - start - ms(1);
		worst = late > worst ? late : worst;
	}
	report_tenths("sleep_late", worst * 10);
}

/* How long the other one runs that never yields, nor does this one: its second turn, as its first
 * slice was begun. */
static void slice(void)
{
	go_time last = go_now(), now = last;

	for (int turn = 0; turn < 2; turn++)
		for (last = now; (now = go_now()) - last < ms(1);)
			last = now;
	report_tenths("slice", (now - last) * 10);
}

int main(void)
{
	go_maxprocs(1);
	sleeps();
	go(spin);
	irq_to_g();
	sleep_late();
	slice();
	stop = true;
	go_yield();
}
