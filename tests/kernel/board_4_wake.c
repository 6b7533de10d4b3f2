/* board_wake: ends the arch_idle of a core, its own too; one that comes before the idling is not
 * lost; it is no tick. */
// test: check=0 cores=1,2,4,8,16 limit=20
#include "board.h"
#include "base/atomic.h"
#include "sched/core.h"
#include "sched/slice.h"
#include "sched/sched.h"
#include "test.h"

enum { ROUNDS = 100 };

static struct waitgroup done;
static unsigned asleep, woken; /* atomic: rounds */

static void quiet(struct core *core)
{
	board_alarm(UINT64_MAX);
	board_interrupt();
	core->alarm = UINT64_MAX - 1;
}

static void wake_self(unsigned index)
{
	unsigned long was = arch_irq_off();
	struct core *core = arch_core();

	quiet(core);
	for (unsigned i = 0; i < ROUNDS; i++) {
		board_wake(index);
		arch_idle(); /* hangs if it is lost */
		board_interrupt();
	}
	check(core->alarm == UINT64_MAX - 1);
	alarm_at(core, board_clock() + core->slice);
	arch_irq_restore(was);
	wg_done(&done);
}

/* Nothing but the wake can end this idling. In odd rounds it is sent before. */
static void sleeper(void)
{
	unsigned long was = arch_irq_off();
	struct core *core = arch_core();

	quiet(core);
	for (unsigned i = 1; i <= ROUNDS; i++) {
		store_release(&asleep, i);
		while (i % 2 && load_acquire(&woken) != i)
			arch_relax();
		do {
			arch_idle();
			board_interrupt();
		} while (load_acquire(&woken) != i);
	}
	check(core->alarm == UINT64_MAX - 1);
	alarm_at(core, board_clock() + core->slice);
	arch_irq_restore(was);
	wg_done(&done);
}

static void wake_other(unsigned index)
{
	store_relaxed(&asleep, 0);
	store_relaxed(&woken, 0);
	wg_add(&done, 1);
	go_with(go_attr(.core = (int)index), sleeper);
	for (unsigned i = 1; i <= ROUNDS; i++) {
		while (load_acquire(&asleep) != i)
			arch_relax();
		store_release(&woken, i);
		board_wake(index);
	}
	wg_wait(&done);
}

static void all(struct waitgroup *everything)
{
	for (unsigned i = 0; i < go_cores(); i++) {
		wg_add(&done, 1);
		go_with(go_attr(.core = (int)i), wake_self, i);
		wg_wait(&done);
	}
	for (unsigned i = 1; i < go_cores(); i++)
		wake_other(i);
	wg_done(everything);
}

int main(void)
{
	struct waitgroup everything = {0};

	wg_add(&everything, 1);
	go_with(go_attr(.core = 0), all, &everything);
	wg_wait(&everything);
	return test_done();
}
