/* Slots, vector clocks, and what is kept for each goroutine.
 *
 * A goroutine has a slot, and the slot has an epoch, which rises each time that its owner releases:
 * what an owner did in an epoch came before what somebody did whose clock has at least that epoch
 * for the slot. A slot that is given again goes on with the next epoch, so a cell of the shadow
 * tells former owners apart. Clocks have an entry for each slot, not for each goroutine that ever
 * was, so they stay short.
 *
 * Which slot a new goroutine gets decides what can be missed, and never makes a false alarm. Whoever
 * acquires from the new owner is taken to know what the former owners did. That is exact when the
 * new owner knows it itself. So the best slot is a free one whose last epoch is in the clock of the
 * new goroutine: that of a goroutine which its maker has waited for. If none of the slots that have
 * been free for longest is such a one, the goroutine gets a slot that was never used. Only when
 * RESTING slots are free it gets the one that has been free for longest. A goroutine whose epochs
 * run out takes another slot, and the old one is given to nobody any more.
 *
 * A clock of a goroutine is read and written by that goroutine only, or by a partner that has
 * claimed it while it waits or while it lists the cases of a select: such a goroutine runs no code
 * of the program, and goes on after ready(), or after it has seen CLAIM_DONE (select.c), which both
 * make visible what the partner wrote. Handlers of a core have one owner for all of them, which the
 * core uses masked. */
#include "detector.h"

enum { SLOTS = 1 << SLOT_BITS, EPOCHS = 1 << EPOCH_BITS, RESTING = 64, LOOKS = 32, FORMER = 8 };

/* The goroutine that had a slot from an epoch on. */
struct tenure {
	struct tenure *before;
	uint32_t first;
	unsigned id;
	uintptr_t site;
	char name[16];
};

static struct {
	struct lock lock; /* guards all of it */
	uint32_t used;    /* slots that were ever given */
	uint32_t serials; /* goroutines that ever were */
	uint32_t nfree, head, tail;
	struct slot {
		uint32_t epoch; /* the last one of a slot that is free */
		uint32_t next;  /* the slot that became free after this one */
		struct tenure *last;
	} slot[SLOTS];
} slots __attribute__((section(".bss.unscanned")));

/* Clocks. */

static noinline void enlarge(struct clock *c, uint32_t room)
{
	uint32_t *epoch = race_alloc((room + 15) / 16 * 64);

	for (uint32_t i = 0; i < c->room; i++)
		epoch[i] = c->epoch[i];
	race_free(c->epoch, c->room * sizeof(*epoch));
	c->epoch = epoch;
	c->room = (room + 15) / 16 * 16;
}

/* Context: any. */
void clock_join(struct clock *to, const struct clock *from)
{
	if (from->room > to->room)
		enlarge(to, from->room);
	for (uint32_t i = 0; i < from->room; i++)
		if (from->epoch[i] > to->epoch[i])
			to->epoch[i] = from->epoch[i];
}

/* Context: any. */
void clock_raise(struct clock *c, uint32_t slot, uint32_t epoch)
{
	if (slot >= c->room)
		enlarge(c, slot + 1);
	if (c->epoch[slot] < epoch)
		c->epoch[slot] = epoch;
}

/* Context: any. */
void clock_join_own(struct clock *to, const struct race *r)
{
	clock_join(to, &r->seen);
	clock_raise(to, r->slot, r->epoch);
}

/* Context: any. */
void clock_free(struct clock *c)
{
	race_free(c->epoch, c->room * sizeof(*c->epoch));
	*c = (struct clock){0};
}

/* Slots. */

static void give(struct race *r, uint32_t slot, uint32_t epoch)
{
	r->slot = slot;
	r->epoch = r->first = epoch;
	r->stamp = (cell)slot << SLOT_AT | (cell)epoch << EPOCH_AT;
}

/* Takes the free slot after `before`, or the first one. */
static uint32_t take_after(uint32_t before)
{
	uint32_t slot = before ? slots.slot[before].next : slots.head;

	*(before ? &slots.slot[before].next : &slots.head) = slots.slot[slot].next;
	if (slots.tail == slot)
		slots.tail = before;
	slots.nfree--;
	return slot;
}

/* A free slot all of which r knows, or 0. */
static uint32_t take_known(const struct race *r)
{
	uint32_t before = 0, slot = slots.head;

	for (unsigned i = 0; slot && i < LOOKS; i++, before = slot, slot = slots.slot[slot].next)
		if (clock_of(&r->seen, slot) >= slots.slot[slot].epoch)
			return take_after(before);
	return 0;
}

static uint32_t take_slot(const struct race *r)
{
	uint32_t slot = take_known(r);

	if (slot)
		return slot;
	if (slots.nfree >= RESTING || (slots.nfree && slots.used + 1 == SLOTS))
		return take_after(0);
	if (slots.used + 1 == SLOTS)
		return 0;
	return ++slots.used;
}

/* Drops what lies too far back. */
static void cut(struct tenure *t)
{
	struct tenure *old;

	for (unsigned i = 1; t && i < FORMER; i++)
		t = t->before;
	if (!t)
		return;
	old = t->before;
	t->before = 0;
	while ((t = old)) {
		old = t->before;
		race_free(t, sizeof(*t));
	}
}

static void settle(struct race *r, struct tenure *t)
{
	unsigned long was = arch_irq_off();
	struct slot *s;
	uint32_t slot;

	race_lock(&slots.lock);
	slot = take_slot(r);
	if (slot) {
		s = &slots.slot[slot];
		give(r, slot, s->epoch + 1);
		r->serial = ++slots.serials;
		t->first = r->first;
		t->before = s->last;
		s->last = t;
		cut(t);
	}
	race_unlock(&slots.lock);
	arch_irq_restore(was);
	assert_that(slot,
	            "race: more than %d goroutines alive at once, or more than %d releases of "
	            "each: RACE=1 follows no more",
	            SLOTS - 1, EPOCHS);
}

static struct tenure *tenure_of(const struct g *g)
{
	struct tenure *t = race_alloc(sizeof(*t));

	if (!g->top)
		return t;
	t->id = g->id;
	t->site = g->top->site;
	for (unsigned i = 0; i < sizeof(t->name); i++)
		t->name[i] = g->top->name[i];
	return t;
}

/* A goroutine of the kernel's making has one from race_go on; a core's handlers get theirs here.
 * Context: any; masked in a handler. */
struct race *race_of(struct g *g)
{
	struct race *r = g->race.race;

	if (unlikely(!r)) {
		r = race_alloc(sizeof(*r));
		settle(r, tenure_of(g));
		g->race.race = r;
	}
	return r;
}

/* Context: any. */
struct race *race_self(void)
{
	return race_of(arch_self());
}

/* The epochs of the slot have run out. */
static noinline void move(struct race *r)
{
	unsigned long was = arch_irq_off();
	struct tenure *t = race_alloc(sizeof(*t));

	clock_raise(&r->seen, r->slot, r->epoch);
	r->changes++;
	race_lock(&slots.lock);
	*t = *slots.slot[r->slot].last;
	race_unlock(&slots.lock);
	settle(r, t);
	arch_irq_restore(was);
}

/* Context: any. */
void race_tick(struct race *r)
{
	if (unlikely(r->epoch + 2 >= EPOCHS))
		return move(r);
	r->epoch++;
	r->stamp += (cell)1 << EPOCH_AT;
}

/* Who had a slot at that epoch.
 * Context: any. */
struct owner slot_owner(uint32_t slot, uint32_t epoch)
{
	unsigned long was = arch_irq_off();
	struct owner o = {.known = false};
	const struct tenure *t;

	race_lock(&slots.lock);
	for (t = slots.slot[slot].last; t && t->first > epoch; t = t->before)
		;
	if (t) {
		o.known = true;
		o.id = t->id;
		o.site = t->site;
		for (unsigned i = 0; i < sizeof(o.name); i++)
			o.name[i] = t->name[i];
	}
	race_unlock(&slots.lock);
	arch_irq_restore(was);
	return o;
}

/* Context: goroutine; the stack has been touched. */
void slot_rename(struct race *r, const char *name)
{
	unsigned long was = arch_irq_off();
	char *to;

	race_lock(&slots.lock);
	to = slots.slot[r->slot].last->name;
	for (unsigned i = 0; i < 15; i++) {
		*to = *name ? *name++ : 0;
		to++;
	}
	*to = 0;
	race_unlock(&slots.lock);
	arch_irq_restore(was);
}

/* The life of a goroutine. */

/* Context: any, masked. */
void race_go(struct g *g)
{
	static bool begun;
	struct race *r;

	if (!begun) { /* g is main */
		begun = true;
		shadow_init();
		g->race.race = 0;
		race_of(g);
		return;
	}
	r = race_alloc(sizeof(*r));
	clock_join_own(&r->seen, race_self());
	race_tick(race_self());
	settle(r, tenure_of(g));
	g->race.race = r;
}

static void free_slot(uint32_t slot, uint32_t epoch)
{
	unsigned long was = arch_irq_off();

	race_lock(&slots.lock);
	slots.slot[slot].epoch = epoch;
	slots.slot[slot].next = 0;
	if (slots.tail)
		slots.slot[slots.tail].next = slot;
	else
		slots.head = slot;
	slots.tail = slot;
	slots.nfree++;
	race_unlock(&slots.lock);
	arch_irq_restore(was);
}

/* Its stack becomes another goroutine's.
 * Context: goroutine. */
void race_end(void)
{
	struct g *g = arch_self();
	struct race *r = race_self();
	uintptr_t high = (uintptr_t)g->top;
	uintptr_t low = high + sizeof(*g->top) - g->top->stack_size;

	race_touch();
	if (g_bubble(g))
		race_release(g_bubble(g));
	race_forget((void *)low, high - low);
	g->race.race = 0;
	free_slot(r->slot, r->epoch);
	clock_free(&r->seen);
	clock_free(&r->pending);
	race_free(r, sizeof(*r));
}
