/* A line that is only pulsed: set pending in the controller, with no device that holds it up. Each pulse
 * reaches the handler, also one that comes while the handler runs, and none comes twice. */
// test: boards=mps2-an521,musca-b1 cores=1,2
#include "arch.h"
#include "test.h"

enum { LINE = 60, ROUNDS = 300 };
#define SET_PENDING ((volatile uint32_t *)0xe000e200)

static volatile unsigned handled, again;
static chan(unsigned) to;

static void pulse(void)
{
	SET_PENDING[LINE / 32] = 1u << LINE % 32;
	__asm__ volatile("dsb\n\tisb" ::: "memory");
}

static void handler(void *arg)
{
	check(arg == &again);
	handled++;
	if (again) {
		again--;
		pulse();
	}
	chan_try_send(to, handled);
}

static bool comes_to(unsigned n)
{
	for (go_time start = go_now(); handled != n && go_now() - start < ms(100);)
		;
	return handled == n;
}

/* It interrupts a goroutine that computes. */
static void busy(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned before = handled;

		pulse();
		if (!check(comes_to(before + 1)))
			return;
	}
}

/* The core finds it while it looks for work, and the pulses of the handler too. */
static void idle(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned v = 0, before = handled;

		arch_irq_off();
		again = i % 2;
		pulse();
		if (!check(chan_recv_for(to, &v, ms(100)) == CHAN_OK))
			return arch_irq_on();
		arch_irq_on();
		if (!check(v == before + 1 && comes_to(before + 1 + i % 2)))
			return;
		chan_try_recv(to, &v);
	}
}

static void within_the_handler(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned before = handled;

		again = i % 4;
		pulse();
		if (!check(comes_to(before + 1 + i % 4) && again == 0))
			return;
	}
	go_sleep(ms(1));
}

/* The controller is core 0's own. */
static void on_core_0(struct waitgroup *wg)
{
	unsigned before, v;

	irq_attach(LINE, handler, (void *)&again, IRQ_FEEDS);
	busy();
	while (chan_try_recv(to, &v) == CHAN_OK)
		;
	idle();
	within_the_handler();
	before = handled;
	irq_detach(LINE);
	pulse();
	go_sleep(ms(1));
	check(handled == before);
	irq_attach(LINE, handler, (void *)&again, 0);
	go_sleep(ms(1));
	check(handled == before); /* it came while nobody was there */
	wg_done(wg);
}

int main(void)
{
	struct waitgroup wg = {0};

	to = chan_make(unsigned, 1);
	wg_add(&wg, 1);
	go_with(go_attr(.core = 0), on_core_0, &wg);
	wg_wait(&wg);
	return test_done();
}
