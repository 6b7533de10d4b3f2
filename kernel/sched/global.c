/* The queues that cores share, each under a lock of its own. A look at the count comes first, so an empty queue
 * costs no lock.
 *
 * Orders
 *   S3 full     n of a shared queue     <-> I1   as S1: who puts sees the sleeper, or the
 *                                                sleeper the count
 *   S8 release  n in pop                -> S7    who sees a goroutine gone sees that the core that
 *                                                took it is awake (report/deadlock.c) */
#include "sched/global.h"
#include "base/atomic.h"
#include "sched/idle.h"
#include "sched/ipi.h"
#include "sched/limit.h"

struct gqueue global line_begins;

static void append(struct gqueue *q, struct g *first, struct g *last, unsigned n)
{
	lock(&q->lock, RANK_SCHED);
	*(q->head ? &q->tail->next : &q->head) = first;
	q->tail = last;
	store_full(&q->n, q->n + n); /* S3 */
	unlock(&q->lock);
}

static struct g *pop(struct gqueue *q)
{
	struct g *g = q->head;

	if (g) {
		q->head = g->next;
		store_release(&q->n, q->n - 1); /* S8 */
	}
	return g;
}

/* The core of g sees g in its queue, or is woken. */
static void put_pinned(struct g *g)
{
	unsigned to = g->pin - 1; /* once g is queued it may run, end, and be used again */

	append(&cores[to].pinned, g, g, 1);
	if ((load_full(&idle.cores) | load_full(&limit.asleep)) & 1u << to) /* I2 I2 */
		ipi_wake(to);
}

/* Context: any, masked. */
void global_put(struct g *g)
{
	g->next = 0;
	if (g->pin)
		return put_pinned(g);
	append(&global, g, g, 1);
}

/* Context: any, masked. */
void global_spill(struct core *core)
{
	struct gqueue some = runq_spill(&core->runq);

	if (some.n)
		append(&global, some.head, some.tail, some.n);
}

/* This core's share of the global queue. It is the number of goroutines that this core's ring
 * lacks, if the rings of all cores on duty were equally long after the queue was shared out. While
 * the queue is not empty at least one of these cores has a share above 0. */
static unsigned missing(struct core *core)
{
	unsigned on_duty = load_relaxed(&limit.cores), n = global.n, all = n, mine, share;

	for (unsigned i = 0; i < on_duty; i++)
		all += runq_looks(&cores[i].runq);
	mine = runq_looks(&core->runq);
	share = (all + on_duty - 1) / on_duty;
	share = share > mine ? share - mine : 0;
	share = share < n ? share : n;
	return share < CONFIG_BATCH ? share : CONFIG_BATCH;
}

/* A goroutine is in the ring before it leaves the count: a core that goes to sleep looks at the
 * count first, then at the rings.
 * Context: core stack. */
void global_join(struct core *core)
{
	unsigned moved;

	if (load_relaxed(&global.n) == 0)
		return;
	lock(&global.lock, RANK_SCHED);
	moved = runq_push_chain(&core->runq, &global.head, missing(core));
	store_full(&global.n, global.n - moved); /* S3 */
	unlock(&global.lock);
}

/* Context: core stack. */
struct g *global_take_pinned(struct core *core)
{
	struct g *g;

	if (load_relaxed(&core->pinned.n) == 0)
		return 0;
	lock(&core->pinned.lock, RANK_SCHED);
	g = pop(&core->pinned);
	unlock(&core->pinned.lock);
	return g;
}
