/* newlib's state of a goroutine (errno, strtok, ...: see program.c), made on first use, from a
 * kernel slab: malloc itself asks for it. The main goroutine has newlib's global one, which also
 * lists the open files. */
#include <malloc.h>
#include <reent.h>
#include "arch.h"
#include "sched/g.h"
#include "libc.h"
#include "memory/mem.h"
#include "base/panic.h"
#include "base/race.h"

void __real___sinit(struct _reent *), __wrap___sinit(struct _reent *);

static struct slab reents = SLAB(sizeof(struct _reent));

static struct _reent *make(struct g *g)
{
	struct _reent *r;
	unsigned long was;

	libc_check_context();
	arch_touch_stack();
	was = arch_irq_off();
	r = slab_get(&reents);
	arch_irq_restore(was);
	assert_that(r,
	            "C library: out of memory for the state of goroutine %u: give the board more "
	            "RAM (MEM=)",
	            g->id);
	race_forget(r, sizeof(*r));
	_REENT_INIT_PTR(r);
	g->top->reent = r;
	return r;
}

/* Context: goroutine. */
struct _reent *__getreent(void)
{
	struct g *g = arch_self();

	if (__builtin_expect(!g->top, 0))
		panic("C library call in an interrupt handler: it may wait; use kprintf, and "
		      "chan_try_send what is to be done");
	return g->top->reent ? g->top->reent : make(g);
}

/* The streams hang on the global state. libc_start makes them, before another goroutine runs. newlib
 * would make them on first use, and it marks them as made before they have their locks. main, fopen,
 * fflush(NULL) and exit look at that mark without the lock under which the streams are made: they
 * would meet a stream without a lock, or one that looks free. Now they find all complete: what
 * orders a goroutine after that is its start. */
static void make_streams(void)
{
	__real___sinit(_GLOBAL_REENT);
}

/* What libc_start calls: the linker keeps it only where something refers to it, which is where
 * something calls __sinit. */
static void (*const streams)(void) __attribute__((section(".streams"))) = make_streams;

/* stdio as a goroutine meets it first.
 * Context: goroutine. */
void __wrap___sinit(struct _reent *r)
{
	__asm__ volatile("" : : "m"(streams));
	__real___sinit(r);
}

/* The powers of 5 that conversions of numbers have kept, which _reclaim_reent forgets. */
static void free_powers(struct _reent *r)
{
	struct _Bigint *next, *power = r->_mp ? r->_mp->_p5s : 0;

	for (; power; power = next) {
		next = power->_next;
		_free_r(r, power);
	}
}

/* Context: goroutine, about to end. */
void libc_release(void *reent)
{
	unsigned long was;

	if (reent == _GLOBAL_REENT)
		return;
	free_powers(reent);
	_reclaim_reent(reent);
	arch_touch_stack();
	was = arch_irq_off();
	slab_put(&reents, reent);
	arch_irq_restore(was);
}
