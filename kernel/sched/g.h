/* One of the two nouns: a goroutine. */
#ifndef SKEIN_G_H
#define SKEIN_G_H
#include "arch.h"
#include "base/config.h"
#include "base/race.h"
#include "memory/lock.h"

/* What a goroutine does, and what a waiting one waits for; why_name[] in g.c has the same order. */
enum why {
	G_FREE,     /* not a goroutine: on a free list */
	G_RUNNABLE, /* running, or in exactly one queue */
	G_SEND,
	G_RECV,
	G_SELECT, /* in a channel's wait list (select: in several, with one claim word) */
	G_SLEEP,
	G_MUTEX,
	G_WAITGROUP,
	G_SEMA,
	G_RLOCK,
	G_RWLOCK,
	G_COND,
	G_FOREVER, /* on a nil channel, or in a select without a live case */
	G_BUBBLE,  /* until all others of its bubble wait */

	/* besides: this wait has been counted in the bubble of the goroutine (sync/bubble.c) */
	G_COUNTED = 0x80,
};

/* A waiting goroutine is claimed once (invariant 8): by a partner, or by its timer. */
enum claim {
	CLAIM_NONE,
	CLAIM_LISTING, /* a select that runs and still puts itself on lists */
	CLAIM_OPEN,    /* it waits; whoever swaps this for CLAIM_TAKEN wakes it */
	CLAIM_BUSY,    /* a select that works on a channel: nobody can claim it now */
	CLAIM_TAKEN,
	CLAIM_CAUGHT, /* claimed while LISTING; the result is not written yet */
	CLAIM_DONE,   /* the same; the result is written */
};

enum { RESULT_TIMEOUT = -1 };

/* A deferred call, as in Go: go_exit makes it before it ends the goroutine. It lies on the
 * goroutine's stack, in a frame to which go_exit does not return. */
struct deferred {
	struct deferred *before; /* called after this one */
	void (*f)(struct deferred *);
};

/* The rarely used part of a goroutine, at the high end of its stack. It is aligned as a stack
 * pointer must be, so the first one is its address. `go` writes four of the words: two pairs. */
struct g_top {
	/* Valid with BUBBLED; written by itself, or before it starts. First, so that a goroutine of
	 * no bubble leaves the word as it was painted (stack.c). */
	struct bubble *bubble;
	uintptr_t site; /* the pc of the go that made it */
	char name[16];
	void *reent;        /* newlib's state, made on first use; lib/libc owns it */
	uintptr_t borrowed; /* low end of the stack that a C library call runs on, or 0 */
	uint32_t borrowed_size;
	/* bytes up to the end of the stack, from the lowest page on that was ever mapped for it */
	uint32_t stack_size;
	uint32_t range; /* bytes to which the stack may grow (grow.h); 0: it does not grow */
	bool apart;     /* the stack is not a default one, or has grown: for commit_exit */
	struct deferred *deferred; /* the last; null before it starts and after it ends */
} __attribute__((aligned(16)));

/* Bits of g->preempt_off. BUBBLED: the goroutine is of a bubble. BARE: nothing guards the stack that
 * it runs on (bounds.h). So each way out of a goroutine, which asks whether the goroutine may wait,
 * finds both without a test of its own. */
enum { BUBBLED = 0x80, BARE = 0x40, PREEMPT_OFF_MOST = 0x3f };

struct g {
	struct arch_context context; /* valid while parked; offset 0, assembly knows */
	struct g *next;              /* link of the one queue that it is in */
	struct arch_frame *frame;    /* set only if it last left by interrupt (invariant 3) */
	/* low end, where the canary stands; of a stack that grows, low end of its first page */
	uintptr_t stack;
	struct g_top *top; /* high end */

	/* written by itself before it waits */
	/* what it waits on, for the dump; of the first in a free batch, the next batch */
	const void *object;
	uint64_t since; /* arch_cycles() then */
	/* set before a wait that a timer may end: `since` plus the ticks of its slice that it had
	 * used by then. When it is woken at t, it still owes spent - t ticks, if above 0 */
	uint64_t spent;
	uint32_t claim; /* atomic: enum claim */
	int32_t result; /* written by the claimer, in the code of the wait, or RESULT_TIMEOUT */

	unsigned id;
	int8_t why;  /* enum why; below 0 when counted */
	uint8_t pin; /* runs only on core pin - 1; 0: anywhere */
	/* depth of go_preempt_off and spin_lock, BUBBLED and BARE; written by itself only, or before
	 * it starts */
	uint8_t preempt_off;
	uint8_t preempt_pending; /* an interrupt could not preempt it */
#if CONFIG_CHECK
	struct mutex *wants; /* sync/cycle.c */
#endif
	struct race_of_g race; /* nothing without RACE=1 */
};
_Static_assert(offsetof(struct g, context) == 0, "assembly takes a g for its context");
_Static_assert(CONFIG_CHECK ||
                   sizeof(struct g) - sizeof(struct race_of_g) <= (sizeof(void *) == 8 ? 192 : 112),
               "PEERS: the control block");

/* Singly linked queue of goroutines through g->next. */
struct gqueue {
	struct g *head, *tail;
	uint32_t n;       /* atomic when looked at without the lock */
	struct lock lock; /* of one that cores share: SCHED */
};

/* Of a core: goroutines that have ended, to be used again, and counts. Other cores peek at the
 * counts. */
struct g_cache {
	/* with a default stack: nfree of them, up to CONFIG_FREE_BATCH */
	struct g *free;
	struct g *full; /* CONFIG_FREE_BATCH more, or none */
	uint32_t nfree;
	uint32_t ids;        /* the first of a batch of ids */
	uint64_t made, died; /* goroutines; go_count sums over the cores */
};

/* Bytes to which a stack can grow (grow.h): by default, and at most. */
#define GROW_RANGE (ARCH_ARENA_SIZE ? CONFIG_STACK_RANGE : 0)
#define GROW_MOST (ARCH_ARENA_SIZE ? (uint32_t)1 << 30 : 0)

/* What stack a goroutine gets. A value of one word, which travels in a register. */
struct stack_kind {
	uint32_t most : 31; /* bytes: the size as stack_round gives it, or to which it may grow */
	uint32_t grows : 1;
};
#define STACK_DEFAULT \
	((struct stack_kind){GROW_MOST ? CONFIG_STACK_RANGE : CONFIG_STACK, GROW_MOST != 0})

static inline bool stack_is_default(struct stack_kind kind)
{
	return kind.most == STACK_DEFAULT.most && kind.grows == STACK_DEFAULT.grows;
}

/* Returns a g to start, or null when out of memory. `was` is what arch_irq_off returned; interrupts
 * may be taken meanwhile. */
struct g *g_get(struct stack_kind, unsigned long was);
/* Does one step of what ended goroutines have left to be done. False: nothing is left.
 * Context: core stack. */
bool g_settle(struct core *);
bool g_unsettled(const struct core *); /* something is left */
extern uint32_t g_last_id;             /* atomic: the last id given to a core, G_IDS at a time */
enum { G_IDS = 16 };
/* Starts a goroutine that runs fn with a copy of the value at the high end of its stack. site is
 * where the program made it: go.c */
void g_start_copy(void (*fn)(void), const void *value, size_t size, size_t align, uintptr_t site);
/* Starts a goroutine that runs fn(arg). */
void g_start_call(void (*fn)(void *), void *arg, uintptr_t site);
void g_start_main(void (*entry)(void));  /* the main goroutine, at boot: go.c */
struct g *g_next(struct g *);            /* every g ever made, for a dump; null begins and ends */
bool g_intact(const struct g *);         /* it has not left its stack, as far as the canary tells */
unsigned g_high_water(const struct g *); /* bytes of the stack ever used, header included */
extern const char *const why_name[];
extern struct slab g_slab; /* of all goroutines: g.c */

/* The bytes to which g's stack may come.
 * Context: any. */
static inline unsigned g_room(const struct g *g)
{
	return g->top->range ? g->top->range : g->top->stack_size;
}

/* What g waits for, or G_FREE or G_RUNNABLE. */
static inline enum why g_why(const struct g *g)
{
	return (enum why)((uint8_t)g->why & ~G_COUNTED);
}

/* The bubble of a goroutine, or null. */
static inline struct bubble *g_bubble(const struct g *g)
{
	return g->preempt_off & BUBBLED ? g->top->bubble : 0;
}

/* How often g_preempt_off and spin_lock were called and not ended. */
static inline unsigned g_off_depth(const struct g *g)
{
	return g->preempt_off & PREEMPT_OFF_MOST;
}

/* What a stack holds besides what the goroutine's code uses: the header, those of its arguments
 * that lie there, what the hardware pushes when it interrupts, and the canary, or what the hardware
 * keeps free. */
#define G_ALWAYS \
	(((sizeof(struct g_top) + 15) & ~(size_t)15) + ARCH_PASSED + ARCH_PUSHED + STACK_GUARD)
enum { STACK_GUARD = 8 };

/* A fresh 16-byte aligned stack pointer below the header. */
static inline void *g_stack_top(struct g *g)
{
	return g->top;
}

/* Context: goroutine. */
static inline void g_defer(struct deferred *d, void (*f)(struct deferred *))
{
	struct g_top *top = arch_self()->top;

	d->f = f;
	d->before = top->deferred;
	top->deferred = d;
}

/* Takes the last deferred call back.
 * Context: goroutine. */
static inline void g_undefer(void)
{
	struct g_top *top = arch_self()->top;

	top->deferred = top->deferred->before;
}

#endif
