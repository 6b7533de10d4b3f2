/* What synchronises, and the edges. A struct sync stands in the list of the shadow of the page that
 * its address lies in, under that shadow's lock. So who forgets memory finds what lies there. */
#include "detector.h"

static inline struct sync **bucket(struct shadow *s, uintptr_t at, uint32_t index)
{
	return &s->sync[(at >> 3 ^ at >> 7 ^ index) % SYNCS];
}

/* Context: masked, under the shadow's lock. */
struct sync *sync_find(struct shadow *s, uintptr_t at, uint32_t index)
{
	struct sync *sync = *bucket(s, at, index);

	while (sync && (sync->at != at || sync->index != index))
		sync = sync->next;
	return sync;
}

/* Context: masked, under the shadow's lock. */
struct sync *sync_get(struct shadow *s, uintptr_t at, uint32_t index)
{
	struct sync *sync = sync_find(s, at, index);

	if (sync)
		return sync;
	sync = race_alloc(sizeof(*sync));
	sync->at = at;
	sync->index = index;
	sync->next = *bucket(s, at, index);
	*bucket(s, at, index) = sync;
	return sync;
}

/* Context: any; the stack has been touched. */
void race_acquire_at(struct race *r, const void *at, uint32_t index)
{
	struct shadow *s = shadow_find((uintptr_t)at);
	unsigned long was;
	struct sync *sync;

	if (!s)
		return;
	was = arch_irq_off();
	race_lock(&s->lock);
	sync = sync_find(s, (uintptr_t)at, index);
	if (sync && sync->known != r->serial) {
		clock_join(&r->seen, &sync->clock);
		r->changes++;
		sync->known = r->serial;
		sync->changes = r->changes - 1;
	}
	race_unlock(&s->lock);
	arch_irq_restore(was);
}

/* Who takes a lock again that nobody had meanwhile need not go through the clocks: the object's has
 * nothing that is new to it, and it has nothing new for the object but its epoch. */
static void release(struct sync *sync, const struct race *r)
{
	if (sync->known == r->serial && sync->changes == r->changes)
		return clock_raise(&sync->clock, r->slot, r->epoch);
	clock_join_own(&sync->clock, r);
	sync->known = sync->known == r->serial ? r->serial : 0;
	sync->changes = r->changes;
}

/* Context: any; the stack has been touched. */
void race_release_at(struct race *r, const void *at, uint32_t index)
{
	struct shadow *s = shadow_get((uintptr_t)at);
	unsigned long was;

	if (!s)
		return;
	was = arch_irq_off();
	race_lock(&s->lock);
	release(sync_get(s, (uintptr_t)at, index), r);
	race_unlock(&s->lock);
	arch_irq_restore(was);
	race_tick(r);
}

/* Context: any. */
void race_acquire(const void *at)
{
	race_acquire_at(race_self(), at, SYNC_SELF);
}

/* Context: any. */
void race_release(const void *at)
{
	race_release_at(race_self(), at, SYNC_SELF);
}

/* Channels, by Go's memory model. */

enum { SLOTS_KEPT = 256 };

/* Slot i of the buffer: whoever uses it comes after who used it before. So a send comes before its
 * receive, and the receive before the send that uses the slot next. In a buffer of more than
 * SLOTS_KEPT some slots share a clock, which makes more edges than there are.
 * Context: masked, under CHAN. */
void race_slot(struct channel *c, uint32_t i, struct g *g)
{
	struct race *r = g ? race_of(g) : race_self();

	i %= SLOTS_KEPT;
	race_acquire_at(r, c, SYNC_FIRST + i);
	race_release_at(r, c, SYNC_FIRST + i);
}

/* Without a buffer each of the two comes after what the other one did before. With one, the value
 * goes as if through the buffer, which is empty, by the slot whose turn it is.
 * Context: masked, under CHAN. */
void race_pass(struct channel *c, struct g *other)
{
	struct race *mine = race_self(), *its = race_of(other);

	if (c->capacity) {
		race_slot(c, c->write, 0);
		race_slot(c, c->write, other);
		c->read = c->write = c->write + 1 == c->capacity ? 0 : c->write + 1;
		return;
	}
	clock_join_own(&mine->seen, its);
	clock_join_own(&its->seen, mine);
	mine->changes++;
	its->changes++;
	race_tick(mine);
	race_tick(its);
}

/* Context: masked, under CHAN. */
void race_close(struct channel *c)
{
	race_release_at(race_self(), c, SYNC_CLOSED);
}

/* Context: masked, under CHAN. */
void race_closed(struct channel *c, struct g *g)
{
	race_acquire_at(g ? race_of(g) : race_self(), c, SYNC_CLOSED);
}

/* Blocks of the heap. */

enum { PAGES_BACK = 64 }; /* so far a block is looked for before an address in it */

/* Context: goroutine. */
void race_block(void *p, size_t size)
{
	struct shadow *s = p ? shadow_get((uintptr_t)p) : 0;
	uint32_t where;
	unsigned long was;
	struct sync *sync;

	if (!s)
		return;
	race_touch();
	where = where_here(race_self(), (uintptr_t)__builtin_frame_address(0));
	was = arch_irq_off();
	race_lock(&s->lock);
	sync = sync_get(s, (uintptr_t)p, SYNC_BLOCK);
	sync->size = size;
	sync->where = where;
	race_unlock(&s->lock);
	arch_irq_restore(was);
}

static bool block_in(struct shadow *s, uintptr_t at, struct sync *block)
{
	unsigned long was = arch_irq_off();
	bool found = false;

	race_lock(&s->lock);
	for (unsigned i = 0; i < SYNCS; i++)
		for (struct sync *sync = s->sync[i]; sync; sync = sync->next)
			if (sync->index == SYNC_BLOCK && at - sync->at < sync->size) {
				*block = *sync;
				found = true;
			}
	race_unlock(&s->lock);
	arch_irq_restore(was);
	return found;
}

/* Context: any. */
bool race_block_of(uintptr_t at, struct sync *block)
{
	for (unsigned i = 0; i < PAGES_BACK; i++) {
		struct shadow *s = shadow_find(at - i * PAGE_SIZE);

		if (s && block_in(s, at, block))
			return true;
	}
	return false;
}
