/* The public spinlock, for data that handlers and goroutines share. It masks interrupts, and says
 * by g->preempt_off that its holder may not wait.
 *
 * Orders
 *   M7 acquire  word in lock    <- M8   what was written under the lock is visible
 *   M8 release  word in unlock  -> M7 */
#include "base/atomic.h"
#include "base/panic.h"
#include "sched/g.h"
#include "skein.h"

/* Context: any. */
void spin_lock(struct spinlock *l)
{
	unsigned long was = arch_irq_off();

	while (swap_acquire(&l->word, 1)) { /* M7 */
		panic_stop_if_asked();
		arch_relax();
	}
	assert_that(++arch_self()->preempt_off & PREEMPT_OFF_MOST,
	            "spin_lock: 64 of them and of go_preempt_off are not ended: end each");
	l->state = was;
}

/* Context: any. */
void spin_unlock(struct spinlock *l)
{
	unsigned long was = l->state;

	assert_that(load_relaxed(&l->word), "spin_unlock: %p is not locked", (void *)l);
	arch_self()->preempt_off--;
	store_release(&l->word, 0); /* M8 */
	arch_irq_restore(was);
}
