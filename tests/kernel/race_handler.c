/* The race detector: interrupt handlers. The line of no device is set pending in the controller.
 *
 * test: race=1 boards=virt-aarch64 cores=1,4 check=0 */
#include "board.h"
#include "race.h"

/* A short case is one line. */
/* clang-format off */

enum { LINE = 100 };
#define SET_PENDING (0x08000000 + 0x200)

static void fire(void)
{
	go_race_off();
	v.step = 0;
	*(volatile uint32_t *)((uintptr_t)SET_PENDING + LINE / 32 * 4) = 1u << LINE % 32;
	go_race_on();
	await_step(1);
}

#define handler(...)                            \
	void handle(void *arg)                  \
	{                                       \
		(void)arg;                      \
		__VA_ARGS__;                    \
		step_to(1);                     \
	}                                       \
	irq_attach(LINE, handle, NULL, IRQ_EDGE | IRQ_FEEDS)

race(handler_and_goroutine) { handler(v.x++); v.x = 1; fire(); irq_detach(LINE); }
race(goroutine_after_handler) { handler(v.x++); fire(); v.x = 1; irq_detach(LINE); }
no_race(attach_orders) { v.x = 1; handler(v.x++); fire(); irq_detach(LINE); }
no_race(detach_orders) { handler(v.x++); fire(); irq_detach(LINE); v.x = 1; }
no_race(handler_again) { handler(v.x++); fire(); fire(); irq_detach(LINE); }
no_race(handler_spin_lock) { handler(spin_lock(&v.spin); v.x++; spin_unlock(&v.spin)); fire(); spin_lock(&v.spin); v.x++; spin_unlock(&v.spin); irq_detach(LINE); }
no_race(handler_sends) { v.c = chan_make(int, 1); handler(v.x = 1; chan_try_send(v.c, 1)); fire(); chan_recv(v.c, NULL); v.x = 2; irq_detach(LINE); }
race(handler_after_send) { v.c = chan_make(int, 1); handler(chan_try_send(v.c, 1); v.x = 1); fire(); chan_recv(v.c, NULL); v.x = 2; irq_detach(LINE); }
no_race(handler_releases) { handler(v.x = 1; sema_release(&v.sema, 1)); fire(); sema_acquire(&v.sema, 1); v.x = 2; irq_detach(LINE); }
no_race(handler_ends_wait) { wg_add(&v.wg, 1); handler(v.x = 1; wg_done(&v.wg)); fire(); wg_wait(&v.wg); v.x = 2; irq_detach(LINE); }
no_race(handler_starts) { void other(void) { v.x = 2; } handler(v.x = 1; go(other)); fire(); irq_detach(LINE); }
race(handler_atomic_and_plain) { handler(__atomic_fetch_add(&v.x, 1, __ATOMIC_SEQ_CST)); fire(); v.x = 1; irq_detach(LINE); }
no_race(handler_publishes) { handler(v.y = 1; __atomic_store_n(&v.x, 1, __ATOMIC_RELEASE)); fire(); while (!__atomic_load_n(&v.x, __ATOMIC_ACQUIRE)) continue; v.y = 2; irq_detach(LINE); }

int main(void)
{
	return race_main();
}
