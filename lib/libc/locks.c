/* newlib's locks, on goroutine mutexes: who waits for a stream or for malloc parks. */
#include <stdlib.h>
#include <sys/lock.h>
#include "arch.h"
#include "base/atomic.h"
#include "sched/g.h"
#include "libc.h"
#include "base/panic.h"
#include "skein.h"

struct __lock {
	struct mutex mutex;
	struct g *owner; /* atomic; of a recursive one */
	unsigned depth;  /* the owner's */
};

struct __lock __lock___sinit_recursive_mutex, __lock___sfp_recursive_mutex,
    __lock___atexit_recursive_mutex, __lock___at_quick_exit_mutex, __lock___malloc_recursive_mutex,
    __lock___env_recursive_mutex, __lock___tz_mutex, __lock___dd_hash_mutex,
    __lock___arc4random_mutex;

/* Context: any. */
void libc_check_context(void)
{
	assert_that(!arch_irq_masked(),
	            "C library call in an interrupt handler or under a spin_lock: it may wait; use "
	            "kprintf, and allocate before");
}

void __retarget_lock_init(_LOCK_T *l)
{
	*l = calloc(1, sizeof(**l));
	assert_that(*l, "C library: out of memory for a lock: give the board more RAM (MEM=)");
}

void __retarget_lock_init_recursive(_LOCK_T *l)
{
	__retarget_lock_init(l);
}

void __retarget_lock_close(_LOCK_T l)
{
	free(l);
}

void __retarget_lock_close_recursive(_LOCK_T l)
{
	free(l);
}

void __retarget_lock_acquire(_LOCK_T l)
{
	libc_check_context();
	mutex_lock(&l->mutex);
}

int __retarget_lock_try_acquire(_LOCK_T l)
{
	return mutex_try_lock(&l->mutex);
}

void __retarget_lock_release(_LOCK_T l)
{
	mutex_unlock(&l->mutex);
}

static int own(_LOCK_T l, struct g *g, int got)
{
	if (got) {
		store_relaxed(&l->owner, g);
		l->depth = 1;
	}
	return got;
}

/* Only this goroutine can have made itself the owner: reading another owner, or an older one, is
 * as good as none. */
static int again(_LOCK_T l, struct g *g)
{
	if (load_relaxed(&l->owner) != g)
		return 0;
	l->depth++;
	return 1;
}

void __retarget_lock_acquire_recursive(_LOCK_T l)
{
	struct g *g = arch_self();

	libc_check_context();
	if (again(l, g))
		return;
	mutex_lock(&l->mutex);
	own(l, g, 1);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T l)
{
	struct g *g = arch_self();

	return again(l, g) || own(l, g, mutex_try_lock(&l->mutex));
}

void __retarget_lock_release_recursive(_LOCK_T l)
{
	if (--l->depth)
		return;
	store_relaxed(&l->owner, (struct g *)0);
	mutex_unlock(&l->mutex);
}
