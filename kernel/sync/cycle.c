/* Cycles of mutexes: see cycle.h.
 *
 * Each mutex names the goroutine that locked it, its holder, and each goroutine the mutex that it
 * waits for without a limit. One lock guards all these names, so whoever holds it sees a graph of
 * one moment. The graph may lack an edge for a moment, but has none that is wrong: a holder is named
 * after it has the mutex and until it begins to unlock, and a goroutine that is woken and competes
 * for a mutex does depend on whoever has it. A goroutine that locks a mutex waits for none, so a
 * cycle closes only where a goroutine begins to wait, and that goroutine looks.
 *
 * A goroutine may end with a mutex locked, and its g serve another one: so the id is kept too. It is
 * compared only with that of a g that waits, which was given its id before it waited.
 *
 * Whoever unlocks takes the holder's name away. A mutex that a handler locks, or a goroutine that
 * may not wait, has no holder: a handler is not the goroutine that it interrupts. */
#include "sync/cycle.h"
#include "base/panic.h"
#include "memory/lock.h"
#include "sched/above.h"
#include "sched/sched.h"

#if CONFIG_CHECK
static struct lock graph; /* POOL: mutex.holder, g->wants */

/* Whoever holds the mutex that g waits for, and waits too; null: nobody. */
static struct g *next_of(const struct g *g)
{
	struct g *holder = g->wants->holder;

	return holder && holder->wants && holder->id == g->wants->holder_id ? holder : 0;
}

/* The way may lead into a cycle that g is not part of, which was reported when it closed. There `at`
 * comes round and meets `slow`, which follows at half its speed. */
static bool closes(const struct g *g)
{
	const struct g *at = next_of(g), *slow = g;

	for (bool both = false; at && at != slow && at != g; both = !both) {
		at = next_of(at);
		if (both)
			slow = next_of(slow);
	}
	return at == g;
}

/* Context: any. */
bool cycle_edge(const struct g *g, unsigned n, struct cycle_edge *edge)
{
	unsigned long was;
	bool there;

	arch_touch_stack();
	was = arch_irq_off();
	lock(&graph, RANK_POOL);
	for (; g && g->wants && n; n--)
		g = next_of(g);
	there = g && g->wants && g->wants->holder;
	if (there)
		*edge =
		    (struct cycle_edge){g, g->wants->holder, g->wants, g->id, g->wants->holder_id};
	unlock(&graph);
	arch_irq_restore(was);
	return there;
}

/* Context: goroutine. */
void cycle_wait(struct mutex *m)
{
	struct g *g = arch_self();
	unsigned long was;
	bool closed;

	arch_touch_stack();
	was = arch_irq_off();
	lock(&graph, RANK_POOL);
	g->wants = m;
	closed = closes(g);
	unlock(&graph);
	arch_irq_restore(was);
	if (closed)
		report_cycle(g);
}

/* Context: any; a goroutine has touched its stack. */
void cycle_lock(struct mutex *m, struct g *g)
{
	unsigned long was = arch_irq_off();
	bool may_wait = !g_off_depth(g);

	lock(&graph, RANK_POOL);
	m->holder = may_wait ? g : 0;
	m->holder_id = g->id;
	if (may_wait)
		g->wants = 0;
	unlock(&graph);
	arch_irq_restore(was);
}

/* Context: any. */
void mutex_locked(struct mutex *m)
{
	arch_touch_stack();
	cycle_lock(m, arch_self());
}

/* Context: any. */
void mutex_unlocks(struct mutex *m)
{
	unsigned long was;

	arch_touch_stack();
	was = arch_irq_off();
	lock(&graph, RANK_POOL);
	m->holder = 0;
	unlock(&graph);
	arch_irq_restore(was);
}
#endif
