/* The race detector's own header: what its files share. The head of shadow.c says how it works.
 *
 * Orders
 *   D1 release  names in publish and make_table (shadow.c) -> D2   the shadow, or the table, all zero
 *   D2 acquire  names in shadow_find, shadow_name          <- D1 */
#ifndef SKEIN_DETECTOR_H
#define SKEIN_DETECTOR_H
#include "arch.h"
#include "base/atomic.h"
#include "base/hot.h"
#include "base/panic.h"
#include "base/race.h"
#include "memory/mem.h"
#include "sched/core.h"
#include "skein.h"

/* An access, as the shadow remembers it: one word, which is 0 when there is none.
 *   bits 0-7    the bytes, of the 8 that share these cells
 *   8, 9        it wrote; it was atomic
 *   10-23       the slot of who accessed
 *   24-43       the epoch of that slot
 *   44-63       where: the path of calls (where.c) */
typedef uint64_t cell;
#define CELL_WRITE ((cell)1 << 8)
#define CELL_ATOMIC ((cell)1 << 9)
enum { SLOT_BITS = 14, EPOCH_BITS = 20, WHERE_BITS = 20 };
enum { SLOT_AT = 10, EPOCH_AT = SLOT_AT + SLOT_BITS, WHERE_AT = EPOCH_AT + EPOCH_BITS };
#define CELL_STAMP ((((cell)1 << (SLOT_BITS + EPOCH_BITS)) - 1) << SLOT_AT)
_Static_assert(WHERE_AT + WHERE_BITS == 64, "a cell is one word");

static inline uint32_t cell_slot(cell c)
{
	return c >> SLOT_AT & ((1u << SLOT_BITS) - 1);
}

static inline uint32_t cell_epoch(cell c)
{
	return c >> EPOCH_AT & ((1u << EPOCH_BITS) - 1);
}

static inline uint32_t cell_where(cell c)
{
	return (uint32_t)(c >> WHERE_AT);
}

/* A vector clock: for each slot the epoch up to which all that its owners did is known to have come
 * before. Slots from `room` on are 0. */
struct clock {
	uint32_t *epoch;
	uint32_t room;
};

enum { DEPTH = 14 }; /* calls that a path keeps, the last ones */

/* The path of the last access that was looked at, so that the next one is found without a search. */
struct path {
	uint32_t n, node;
	uintptr_t pc[DEPTH];
};

/* What is kept for a goroutine, or for the handlers of a core. Written by itself only, or by who has
 * claimed it while it waits. */
struct race {
	cell stamp; /* slot and epoch, as cells have them */
	uint32_t slot, epoch;
	uint32_t first;   /* the slot's epochs from here on are its own */
	uint32_t off;     /* depth of go_race_off */
	uint32_t serial;  /* tells it from all others */
	uint32_t changes; /* of `seen` */
	uint32_t turn;    /* which cell gives way */
	bool fenced;      /* it has made a release fence */
	struct clock seen;
	struct clock pending; /* what relaxed loads have seen, for an acquire fence */
	struct path path;
};

/* What synchronises: an address, and which of several things there. */
struct sync {
	struct sync *next;
	uintptr_t at;
	uint32_t index;
	uint32_t slot; /* whose store the clock is, of an atomic */
	/* who has seen all of the clock, by its serial, or 0; and its changes when it last
	 * released here */
	uint32_t known, changes;
	struct clock clock; /* index SYNC_BLOCK: none */
	size_t size;        /* of a block */
	uint32_t where;     /* a block: who asked for it */
};
enum {
	SYNC_SELF,
	SYNC_READERS = 1,
	SYNC_CLOSED = 2,
	SYNC_POOLED = 3,
	SYNC_BLOCK = 4,
	SYNC_FIRST = 8
};

enum { GRAIN = 8, GRAINS = PAGE_SIZE / GRAIN, CELLS = 4, SYNCS = 16 };

/* The shadow of a page. */
struct shadow {
	struct lock lock;         /* guards the rest; a cell may be read without it */
	bool used;                /* a cell is not 0 */
	struct sync *sync[SYNCS]; /* by address */
	cell cells[GRAINS][CELLS];
};

/* A conflict, until it is reported. */
struct conflict {
	uintptr_t at;
	cell old, now;
};

/* shadow.c */
void shadow_init(void);
enum {
	TABLE = 8192, /* pages of a second table of the arena */
	TABLES = (ARCH_ARENA_SIZE / PAGE_SIZE + TABLE - 1) / TABLE + 1,
};
extern struct shadow_map {
	uintptr_t ram, size;
	struct shadow **page;          /* of RAM; atomic: D1 D2 */
	struct shadow **arena[TABLES]; /* atomic: D1 D2 */
} shadow_map;

/* Where the shadow of an address is named; null: nowhere. */
static inline struct shadow **shadow_name(uintptr_t a)
{
	struct shadow **table;

	if (likely(a - shadow_map.ram < shadow_map.size))
		return &shadow_map.page[(a - shadow_map.ram) / PAGE_SIZE];
	if (!arch_in_arena(a))
		return 0;
	a = (a - ARCH_ARENA_START) / PAGE_SIZE;
	table = load_acquire(&shadow_map.arena[a / TABLE]); /* D2 */
	return table ? &table[a % TABLE] : 0;
}

/* Null: none yet, or no memory of a program.
 * Context: any. */
static inline struct shadow *shadow_find(uintptr_t a)
{
	struct shadow **name = shadow_name(a);

	return name ? load_acquire(name) : 0; /* D2 */
}

struct shadow *shadow_get(uintptr_t); /* null: no memory of a program */
/* Under the lock: looks and records. True: *conflict is one. */
bool shadow_check(struct shadow *, struct race *, uintptr_t, unsigned mask, cell kind,
                  uint32_t where, struct conflict *);
/* Under no lock: an access of n bytes by the running goroutine. kind: CELL_WRITE, CELL_ATOMIC. */
void race_access(uintptr_t, size_t n, cell kind);

/* where.c */
uint32_t where_here(struct race *, uintptr_t fp); /* of the caller's frame: its pc and callers */
uint32_t where_child(uint32_t parent, uintptr_t pc);
unsigned where_path(uint32_t where, uintptr_t *pc, unsigned n);
uintptr_t where_pc(uint32_t where);

/* clock.c */
struct owner { /* of a slot, for a report */
	unsigned id;
	uintptr_t site;
	char name[16];
	bool known;
};
void clock_init(void);
struct race *race_self(void); /* of whoever runs; never null */
struct race *race_of(struct g *);
void clock_join(struct clock *, const struct clock *);
void clock_join_own(struct clock *, const struct race *); /* all that it knows and did */
void clock_raise(struct clock *, uint32_t slot, uint32_t epoch);
void clock_free(struct clock *);
void race_tick(struct race *); /* what follows comes after what was released */
struct owner slot_owner(uint32_t slot, uint32_t epoch);
void slot_rename(struct race *, const char *);

static inline uint32_t clock_of(const struct clock *c, uint32_t slot)
{
	return slot < c->room ? c->epoch[slot] : 0;
}

/* sync.c */
struct sync *sync_find(struct shadow *, uintptr_t, uint32_t index);
struct sync *sync_get(struct shadow *, uintptr_t, uint32_t index);
void race_acquire_at(struct race *, const void *, uint32_t index);
void race_release_at(struct race *, const void *, uint32_t index);
void race_block(void *, size_t); /* names a block of the heap */
bool race_block_of(uintptr_t, struct sync *);

/* report.c */
void race_report(const struct conflict *);

/* memory.c: never null, all zero */
void *race_alloc(size_t);
void race_free(void *, size_t);

/* All that the detector does with interrupts masked needs this much of the stack, which must be
 * there by then (A8). */
enum { RACE_TOUCH = 1792 };
static inline __attribute__((always_inline)) void race_touch(void)
{
	volatile char *below = (volatile char *)arch_sp() - RACE_TOUCH;

	(void)*below;
}

/* The detector's locks stand between SCHED and POOL: its code calls nothing of the kernel under
 * them but what takes memory, and nobody calls it under POOL or a later one.
 * Context: masked. */
static inline void race_lock(struct lock *l)
{
	while (unlikely(!lock_try(l))) {
		panic_stop_if_asked();
		arch_relax();
	}
}

static inline void race_unlock(struct lock *l)
{
	unlock_tried(l);
}

#endif
