/* Once: a mutex, and a word that says that f has run.
 *
 * Orders
 *   M3 acquire  done in once_do  <- M4   what f wrote is visible; the slow path has the mutex
 *   M4 release  done in once     -> M3 */
#include "base/atomic.h"
#include "base/panic.h"
#include "base/race.h"
#include "sched/g.h"
#include "skein.h"

struct once_call {
	struct deferred over; /* first: leads to its call */
	struct once *once;
};

static void once_over(struct deferred *d)
{
	struct once *o = ((struct once_call *)d)->once;

	race_release(o);
	store_release(&o->done, 1); /* M4 */
	mutex_unlock_slow(&o->mutex);
}

/* An f that ends in go_exit counts as run: nobody calls f again, and the waiters go on.
 * Context: goroutine; may park. */
void once_slow(struct once *o, void (*f)(void))
{
	struct once_call call;

	assert_that(arch_self()->top, "once_do in an interrupt handler: f may wait, do it before");
	mutex_lock_slow(&o->mutex);
	if (load_relaxed(&o->done))
		return mutex_unlock_slow(&o->mutex);
	call.once = o;
	g_defer(&call.over, once_over);
	f();
	g_undefer();
	once_over(&call.over);
}
