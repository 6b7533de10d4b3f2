/* The rounding mode is the goroutine's own: kept over yields, sleeps, channels, borrowed stacks and
 * preemption, to nearest at the start whatever its creator or the one before it on the core had,
 * and in an interrupt handler. The exception flags are the goroutine's own as long as it does
 * not wait. */
// test: cores=1,2,4
#if !defined __aarch64__ && !defined __riscv_flen && !defined __ARM_FP
#include "boot/start.h"
#include "sched/core.h"

int main(void)
{
	arch_irq_off();
	kernel_exit(77); /* skipped: no floating-point registers, one rounding mode */
}
#else
#include <stdio.h>
#include <string.h>
#include "arch.h"
#include "base/atomic.h"
#include "device.h"
#include "test.h"

enum { NEAREST, UP, DOWN, ZERO, MODES };

#ifdef __aarch64__
static void set_mode(unsigned long mode)
{
	__asm__ volatile("msr fpcr, %0" : : "r"(mode << 22) : "memory");
}

static unsigned long mode(void)
{
	unsigned long fpcr;

	__asm__ volatile("mrs %0, fpcr" : "=r"(fpcr) : : "memory");
	return fpcr >> 22 & 3;
}

static void clear_flags(void)
{
	__asm__ volatile("msr fpsr, xzr" : : : "memory");
}

static unsigned long flags(void)
{
	unsigned long fpsr;

	__asm__ volatile("mrs %0, fpsr" : "=r"(fpsr) : : "memory");
	return fpsr & 0x1f;
}
#elif defined __arm__
static unsigned long fpscr(void)
{
	unsigned long is;

	__asm__ volatile("vmrs %0, fpscr" : "=r"(is) : : "memory");
	return is;
}

static void set_fpscr(unsigned long is)
{
	__asm__ volatile("vmsr fpscr, %0" : : "r"(is) : "memory");
}

static void set_mode(unsigned long mode)
{
	set_fpscr((fpscr() & ~(3ul << 22)) | mode << 22);
}

static unsigned long mode(void)
{
	return fpscr() >> 22 & 3;
}

static void clear_flags(void)
{
	set_fpscr(fpscr() & ~0x1ful);
}

static unsigned long flags(void)
{
	return fpscr() & 0x1f;
}
#else
static const unsigned long frm[MODES] = {0, 3, 2, 1};

static void set_mode(unsigned long mode)
{
	__asm__ volatile("fsrm %0" : : "r"(frm[mode]) : "memory");
}

static unsigned long mode(void)
{
	unsigned long is, i = 0;

	__asm__ volatile("frrm %0" : "=r"(is) : : "memory");
	while (i < MODES && frm[i] != is)
		i++;
	return i;
}

static void clear_flags(void)
{
	__asm__ volatile("fsflags zero" : : : "memory");
}

static unsigned long flags(void)
{
	unsigned long is;

	__asm__ volatile("frflags %0" : "=r"(is) : : "memory");
	return is;
}
#endif

static struct waitgroup done;
/* What the hardware computes with. */
#if __ARM_FP == 4
typedef float number;
static const number below = 0x1.555554p-2f, nearest = 0x1.555556p-2f, above = 0x1.555556p-2f;
#else
typedef double number;
static const number below = 0x1.5555555555555p-2, nearest = 0x1.5555555555555p-2,
                    above = 0x1.5555555555556p-2;
#endif
static volatile number one = 1, three = 3;
static volatile unsigned handled;
static chan(unsigned) ring[MODES];

/* The mode as the arithmetic has it: a third, and minus a third, lie between two numbers each. */
static bool rounds(unsigned long want)
{
	number plus = one / three, minus = -one / three;
	number lower = want == NEAREST ? nearest : below, upper = want == NEAREST ? nearest : above;

	return mode() == want && plus == (want == UP ? upper : lower) &&
	       minus == -(want == DOWN ? upper : lower);
}

static void quick(void)
{
	check(rounds(NEAREST));
	set_mode(UP); /* nobody after this one sees it */
}

static void handler(void *arg)
{
	(void)arg;
	device_drop();
	check(rounds(NEAREST));
	set_mode(ZERO);
	handled++;
}

static void keeps(unsigned mine)
{
	struct waitgroup wg = {0};
	char text[16];
	unsigned v;

	check(rounds(NEAREST));
	set_mode(mine);
	for (unsigned i = 0; i < 200; i++) {
		go_yield();
		check(rounds(mine));
		if (mine == NEAREST)
			chan_send(ring[1], i);
		check(chan_recv(ring[mine], &v) && v == i);
		check(rounds(mine));
		if (mine)
			chan_send(ring[(mine + 1) % MODES], v);
		if (i % 16 == mine) {
			wg_go(&wg, quick);
			wg_wait(&wg);
			go_sleep(us(50));
			check(snprintf(text, sizeof(text), "%.2f", 0.5) == 4 &&
			      !strcmp(text, "0.50"));
		}
		check(rounds(mine));
	}
	wg_done(&done);
}

/* Spins over several slices. Nobody else's inexact results are seen. */
static void exact(void)
{
	go_time end = go_now() + ms(60);
	volatile number sum = 0;

	set_mode(DOWN);
	clear_flags();
	while (go_now() < end)
		sum = sum + 1;
	check(sum > 1 && flags() == 0);
	check(rounds(DOWN) && flags() != 0);
	wg_done(&done);
}

static void inexact(void)
{
	go_time end = go_now() + ms(60);

	set_mode(UP);
	while (go_now() < end)
		if (!rounds(UP))
			check(!"a mode survives preemption");
	check(flags() != 0);
	wg_done(&done);
}

static void fresh(void)
{
	check(rounds(NEAREST));
	wg_done(&done);
}

static void handler_of_idle(void *arg)
{
	handler(arg);
	go(fresh);
}

/* The handler interrupts nobody, and what it leaves is not what the next goroutine begins with. */
static void while_idle(void)
{
	irq_attach(DEVICE_LINE, handler_of_idle, NULL, IRQ_FEEDS);
	for (unsigned i = 0; i < 20; i++) {
		unsigned long was = arch_irq_off();

		wg_add(&done, 1);
		device_raise();
		wg_wait(&done);
		arch_irq_restore(was);
	}
	irq_detach(DEVICE_LINE);
}

int main(void)
{
	check(rounds(NEAREST));
	for (unsigned i = 0; i < MODES; i++)
		ring[i] = chan_make(unsigned, 0);
	wg_add(&done, MODES + 4 * go_cores());
	set_mode(ZERO);
	for (unsigned i = 0; i < MODES; i++)
		go(keeps, i);
	for (unsigned i = 0; i < 2 * go_cores(); i++) {
		go(exact);
		go(inexact);
	}
	check(rounds(ZERO));
	kprintf("interrupts\n"); /* the device interrupts once a byte has gone out */
	irq_attach(DEVICE_LINE, handler, NULL, 0);
	for (unsigned i = 1; i <= 50; i++) {
		device_raise();
		while (handled < i)
			check(rounds(ZERO));
		go_yield();
	}
	irq_detach(DEVICE_LINE);
	wg_wait(&done);
	while_idle();
	check(rounds(ZERO));
	return test_done();
}
#endif
