/* The engine of explore.h.
 *
 * Memory. Every location keeps its messages, the values stored so far, in modification order. Every
 * thread has a view: for each location the oldest message it may still read. A message carries a
 * view too, that of its writer if the store was a release, and a read-modify-write hands on the
 * view of what it read; an acquire load joins it. A load picks any message that its thread's view
 * allows, which is what store buffers and early loads look like from outside. A store lands behind
 * any such message, not only at the end, because two threads' stores may take effect in another
 * order than they were made; nothing lands between a read-modify-write and what it read.
 *
 * Sequentially consistent operations need one order S over all of them that contains
 * happens-before, the modification order, and "reads an older value than" (RC11 with the C11 rule
 * for happens-before, which AArch64 and RISC-V keep). Whether S exists is decided by a graph: each
 * such event keeps the set of those before it, and a choice that would close a circle is not
 * offered.
 *
 * A load reads what was stored by then, and so is never late for a later store of its own thread.
 * Carried loads are the exception: they are performed when their value is needed, and may read what
 * was stored meanwhile, unless that store happened after the load. Every load could be late like
 * that in C11; the machines do not let the ones be late that a branch, an address or a value of the
 * store depends on.
 *
 * Plain memory. Kernel files compiled with -fsanitize=thread call the functions __tsan_... of this
 * file before each access that another thread could see. Every piece of memory accessed so keeps
 * the clocks of its last accesses; two of them that happens-before does not order, of which one
 * writes, are a data race. A plain read counts as a result of its thread, and what stands in plain
 * memory as part of the state. No thread moves between plain accesses: without a race they commute.
 * An atomic object may be read so, under the lock that guards its writers: the reader must have
 * seen the newest value, and later writers must have happened after the read.
 *
 * Search. Depth first over two kinds of choice, which thread moves and which message it takes, by
 * running again from the start with all choices but the last repeated. A state met before is cut;
 * of moves that commute one order is tried (sleep sets; a state met again with a smaller sleep
 * set is explored for the difference). */
#define _GNU_SOURCE
#include "explore.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define THREADS EXPLORE_THREADS
enum {
	LOCATIONS = 60, /* with a bit for each thread's signal they fit one mask of 64 */
	MESSAGES = 64,
	CELLS = 4096, /* pieces of plain memory, and as many to spare */
	EVENTS = 32,  /* sequentially consistent ones of a thread */
	TOKENS = 16,  /* carried loads of a thread */
	STEPS = 1000,
	STACK = 64 * 1024,
	NONE = -1,
};
#define TOKEN_BASE 0x7e57c000u

typedef unsigned __int128 event_set;

struct view {
	uint8_t seen[64];       /* a location -> index of its oldest readable message */
	uint8_t clock[THREADS]; /* plain accesses that happened before */
	event_set events;       /* sequentially consistent events that happened before */
	uint64_t loads;         /* carried loads that happened before */
};

struct message {
	uint64_t value;
	struct view view; /* what a reader acquires */
	uint64_t after;   /* the carried loads that happened before it was written */
	bool claimed;     /* the next message is a read-modify-write of this one */
};

struct location {
	const char *address;
	unsigned size;
	unsigned n;
	uint64_t before; /* what it held before any thread ran */
	bool plain;      /* then one message, and the clocks of the last accesses */
	uint8_t wrote[THREADS], read[THREADS];
	struct message message[MESSAGES];
};

struct event {
	int location, read, wrote; /* indices of messages, or NONE */
	event_set before;          /* closed */
};

struct token {                 /* a carried load */
	int location, message; /* what it read; before it is done, the oldest that it may read */
	bool done, busy;
	uint64_t value;
	uint64_t after; /* the carried loads that happened before */
};

struct thread {
	ucontext_t start;
	jmp_buf here;
	bool started, finished, signalled;
	struct explore_op op; /* what it does next */
	uint64_t result;
	uint64_t
	    /* hash of the results so far: the thread's state, since its code is repeatable */
	    history;
	uint64_t spun; /* locations read since the last relax */
	struct view view;
	unsigned nevents, ntokens;
	bool released; /* since its clock was moved on */
	struct token token[TOKENS];
};

struct cell { /* plain memory, up to four bytes */
	const char *address;
	unsigned size;
	uint32_t before;
	uint8_t wrote[THREADS], read[THREADS];
};

struct choice {
	bool move; /* which thread, else which message */
	uint8_t chosen, n;
	uint8_t todo, sleep; /* of a move: threads still to try, threads that need not */
};

static const struct explore_scenario *scenario;
static struct explore_result result;
static struct thread thread[THREADS];
static char stack[THREADS][STACK] __attribute__((aligned(16)));
static struct location location[LOCATIONS];
static struct event event[THREADS * EVENTS];
static unsigned nthreads, nlocations;
static struct cell cell[CELLS];
static uint16_t cell_at[2 * CELLS]; /* by a hash of the address; 0 is free, else index + 1 */
static unsigned ncells;
static struct choice choice[2 * STEPS];
static unsigned depth, nchoices;
static uint8_t asleep; /* the sleep set of the state reached */
static int self = NONE;
static jmp_buf engine, abandon;
static struct {
	const char *start;
	unsigned bytes;
} carried[8];
static unsigned ncarried;
static struct {
	const char *start;
	unsigned bytes;
} gone[8];
static unsigned ngone;

/* The trace of this execution, for a failure. */
static struct step {
	int thread;
	struct explore_op op;
	int message, of;
	uint64_t result;
} trace[STEPS];
static unsigned nsteps;
static int trace_message;

static const char *const kind_name[] = {
    "load",        "store", "swap",  "add",    "or",   "and",    "cas",   "plain read",
    "plain write", "relax", "sleep", "signal", "lock", "unlock", "value", "gone"};
static const char *const order_name[] = {"relaxed", "acquire", "release", "acq_rel",
                                         "",        "",        "",        "full"};

static void trace_print(void)
{
	for (unsigned i = 0; i < nsteps; i++) {
		const struct step *s = &trace[i];
		const struct explore_op *op = &s->op;
		const char *file = strrchr(op->file, '/');

		printf("  %2u  thread %d  %14s:%-4d %-6s %-8s %s", i, s->thread,
		       file ? file + 1 : op->file, op->line, kind_name[op->kind],
		       op->kind <= EXPLORE_CAS ? order_name[op->order] : "", op->text);
		if (op->kind == EXPLORE_STORE || op->kind == EXPLORE_PLAIN_WRITE)
			printf(" = %#llx", (unsigned long long)op->value);
		else if (op->kind == EXPLORE_CAS)
			printf(": %#llx to %#llx: %s", (unsigned long long)op->expected,
			       (unsigned long long)op->value, s->result ? "done" : "failed");
		else if (op->kind != EXPLORE_RELAX && op->kind != EXPLORE_SLEEP &&
		         op->kind != EXPLORE_SIGNAL)
			printf(" -> %#llx", (unsigned long long)s->result);
		if (s->message != NONE && s->message + 1 != s->of)
			printf("   [%d older than the newest]", s->of - 1 - s->message);
		printf("\n");
	}
}

static _Noreturn void fail(const char *format, ...)
{
	va_list args;

	result.failed = true;
	if (!scenario->quiet) {
		printf("explore: FAILED: %s: ", scenario->name);
		va_start(args, format);
		vprintf(format, args);
		va_end(args);
		printf("; execution %lu:\n", result.executions + result.cut + 1);
		trace_print();
	}
	longjmp(abandon, 1);
}

/* The explorer itself is too small, or misused: not a verdict on the code. */
static _Noreturn void broken(const char *what)
{
	printf("explore: %s: %s\n", scenario->name, what);
	exit(2);
}

void explore_fail(const char *what, const char *file, int line)
{
	fail("%s at %s:%d", what, file, line);
}

int explore_self(void)
{
	return self;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9 + b;

	x ^= x >> 29;
	x *= 0x94d049bb133111eb;
	return x ^ x >> 32;
}

void explore_again(uint64_t state)
{
	if (self != NONE)
		thread[self].history = mix(state, 0);
}

void explore_carried(const void *start, unsigned bytes)
{
	if (ncarried == sizeof(carried) / sizeof(*carried))
		broken("too many carried ranges");
	carried[ncarried].start = start;
	carried[ncarried++].bytes = bytes;
}

/* ---- hashing ---- */

static event_set event_bit(unsigned i)
{
	return (event_set)1 << i;
}

static unsigned first_of(event_set s)
{
	return (uint64_t)s ? __builtin_ctzll(s) : 64 + __builtin_ctzll(s >> 64);
}

static event_set close_before(event_set s)
{
	event_set all = s;

	for (; s; s &= s - 1)
		all |= event[first_of(s)].before;
	return all;
}

/* What cannot matter any more is left out of a state's hash, so that more states are the same:
 * messages older than what every running thread has seen (`oldest`; indices count from there),
 * sequentially consistent events that nothing can precede in S any more (those not `live`), carried
 * loads that are done. Zeros add nothing, so that a hash does not change when more locations
 * become known. */
static uint8_t oldest[LOCATIONS];
static event_set live;
static uint64_t undone;

static void find_oldest(void)
{
	undone = 0;
	for (unsigned i = 0; i < nlocations; i++)
		oldest[i] = location[i].n - 1;
	for (unsigned t = 0; t < nthreads; t++) {
		for (unsigned i = 0; i < nlocations && !thread[t].finished; i++)
			if (oldest[i] > thread[t].view.seen[i])
				oldest[i] = thread[t].view.seen[i];
		for (unsigned i = 0; i < thread[t].ntokens; i++) {
			const struct token *k = &thread[t].token[i];

			if (k->done)
				continue;
			undone |= 1ull << (t * TOKENS + i);
			if (oldest[k->location] > k->message)
				oldest[k->location] = k->message;
		}
	}
}

/* An event may still be preceded by one that reads or writes in front of it. */
static void find_live(void)
{
	live = 0;
	for (unsigned t = 0; t < nthreads; t++)
		for (unsigned i = t * EVENTS; i < t * EVENTS + thread[t].nevents; i++)
			if (event[i].location != NONE && event[i].wrote > oldest[event[i].location])
				live |= event_bit(i);
}

static int age(int loc, int message)
{
	return message < oldest[loc] ? 0 : message - oldest[loc];
}

static uint64_t hash_events(event_set s)
{
	uint64_t h = 0;

	for (s &= live; s; s &= s - 1) {
		unsigned i = first_of(s);

		h += mix(event[i].location + 1, age(event[i].location, event[i].wrote));
	}
	return h;
}

static uint64_t hash_view(const struct view *v)
{
	uint64_t h = 0;
	uint32_t clock;

	for (unsigned i = 0; i < nlocations; i++)
		if (v->seen[i] > oldest[i])
			h += mix(i + 1, age(i, v->seen[i]));
	memcpy(&clock, v->clock, sizeof(clock));
	h = mix(h, clock);
	h = mix(h, v->loads & undone);
	return live ? mix(h, hash_events(close_before(v->events))) : h;
}

static uint64_t hash_thread(const struct thread *t)
{
	uint64_t h = mix(t->history, t->spun * 4 + t->signalled * 2 + t->finished);

	if (!t->finished)
		h = mix(h, hash_view(&t->view));
	for (unsigned i = 0; i < t->ntokens; i++) {
		const struct token *k = &t->token[i];

		if (undone)
			h = mix(h, mix(k->location * MESSAGES + age(k->location, k->message),
			               k->after & undone));
		if (k->done)
			h = mix(h, k->value);
	}
	return h;
}

static uint64_t hash_location(int loc)
{
	const struct location *l = &location[loc];
	uint64_t h = l->n - oldest[loc];
	uint32_t clock;

	for (unsigned i = oldest[loc]; i < l->n; i++) {
		h = mix(h, l->message[i].value * 2 + l->message[i].claimed);
		h = mix(h, mix(hash_view(&l->message[i].view), l->message[i].after & undone));
	}
	memcpy(&clock, l->wrote, sizeof(clock));
	h = mix(h, clock);
	memcpy(&clock, l->read, sizeof(clock));
	return mix(h, clock);
}

static uint64_t hash_cell(const struct cell *c)
{
	uint64_t v = 0, wrote = 0, read = 0;

	memcpy(&v, c->address, c->size);
	memcpy(&wrote, c->wrote, sizeof(c->wrote));
	memcpy(&read, c->read, sizeof(c->read));
	return mix(mix((uintptr_t)c->address, v), wrote << 32 | read);
}

static uint64_t hash_event(const struct event *e)
{
	if (!(e->before & live))
		return 0;
	return mix(hash_events(e->before),
	           (e->location * MESSAGES + age(e->location, e->read)) * MESSAGES +
	               age(e->location, e->wrote));
}

static uint64_t hash_state(void)
{
	uint64_t h = 0;

	find_oldest();
	find_live();
	for (unsigned t = 0; t < nthreads; t++)
		h = mix(h, hash_thread(&thread[t]));
	for (unsigned t = 0; t < nthreads && live; t++)
		for (unsigned i = t * EVENTS; i < t * EVENTS + thread[t].nevents; i++)
			h += hash_event(&event[i]);
	for (unsigned i = 0; i < nlocations;
	     i++) /* one that nobody has written yet counts as nothing */
		if (location[i].n > 1 || location[i].plain)
			h += mix(hash_location(i), i + 1);
	for (unsigned i = 0; i < ncells; i++)
		h += hash_cell(&cell[i]);
	return h;
}

/* States met, each with the sleep set that it was explored with in the low bits. Open
 * addressing; 0 is free. */
static uint64_t *met;
static size_t met_size;

static uint64_t *met_slot(uint64_t key)
{
	size_t i = key >> 8 & (met_size - 1);

	while (met[i] && met[i] >> THREADS != key >> THREADS)
		i = (i + 1) & (met_size - 1);
	return &met[i];
}

static void met_grow(void)
{
	uint64_t *old = met;
	size_t n = met_size;

	met_size = n ? 2 * n : 1 << 12;
	met = calloc(met_size, sizeof(*met));
	if (!met)
		broken("out of memory");
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*met_slot(old[i]) = old[i];
	free(old);
}

/* ---- choices ---- */

/* 0 .. n - 1; 0 first. */
static unsigned choose(unsigned n)
{
	if (n == 1)
		return 0;
	if (depth == nchoices) {
		if (nchoices == sizeof(choice) / sizeof(*choice))
			broken("too many choices");
		choice[nchoices++] = (struct choice){.n = n};
	}
	return choice[depth++].chosen;
}

/* Moves on to the next execution; false: that was the last. */
static bool backtrack(void)
{
	for (; nchoices; nchoices--) {
		struct choice *c = &choice[nchoices - 1];

		if (!c->move) {
			if (++c->chosen < c->n)
				return true;
			continue;
		}
		c->todo &= ~(1 << c->chosen);
		c->sleep |= 1 << c->chosen;
		if (c->todo) {
			c->chosen = __builtin_ctz(c->todo);
			return true;
		}
	}
	return false;
}

/* ---- locations and messages ---- */

static uint64_t peek(const void *address, unsigned size)
{
	uint64_t v = 0;

	memcpy(&v, address, size);
	return v;
}

static void location_reset(struct location *l)
{
	l->n = 1;
	l->plain = false;
	l->before = peek(l->address, l->size);
	l->message[0] = (struct message){.value = l->before};
	memset(l->wrote, 0, sizeof(l->wrote));
	memset(l->read, 0, sizeof(l->read));
}

static int location_of(const void *address, unsigned size)
{
	struct location *l;

	for (unsigned i = 0; i < nlocations; i++)
		if (location[i].address == address)
			return i;
	if (nlocations == LOCATIONS)
		broken("too many locations");
	l = &location[nlocations];
	l->address = address;
	l->size = size;
	location_reset(l);
	return nlocations++;
}

static bool is_carried(const char *address)
{
	for (unsigned i = 0; i < ncarried; i++)
		if (address >= carried[i].start && address < carried[i].start + carried[i].bytes)
			return true;
	return false;
}

static bool is_gone(const char *address)
{
	for (unsigned i = 0; i < ngone; i++)
		if (address >= gone[i].start && address < gone[i].start + gone[i].bytes)
			return true;
	return false;
}

static bool carries(const struct explore_op *op)
{
	return op->kind == EXPLORE_LOAD && op->order == EXPLORE_RELAXED && is_carried(op->address);
}

static void join(struct view *into, const struct view *from)
{
	for (unsigned i = 0; i < nlocations; i++)
		if (into->seen[i] < from->seen[i])
			into->seen[i] = from->seen[i];
	for (unsigned i = 0; i < THREADS; i++)
		if (into->clock[i] < from->clock[i])
			into->clock[i] = from->clock[i];
	into->events |= from->events;
	into->loads |= from->loads;
}

static void see(struct thread *t, int loc, int message)
{
	if (t->view.seen[loc] < message)
		t->view.seen[loc] = message;
}

/* Makes room for a message of loc at index `at`: all that is behind moves up by one. */
static void make_room(int loc, int at)
{
	struct location *l = &location[loc];

	if (l->n == MESSAGES)
		broken("too many messages");
	memmove(&l->message[at + 1], &l->message[at], (l->n - at) * sizeof(l->message[0]));
	if (at == (int)l->n++)
		return;
	for (unsigned i = 0; i < nlocations; i++)
		for (unsigned k = 0; k < location[i].n; k++)
			if (!(i == (unsigned)loc && k == (unsigned)at) &&
			    location[i].message[k].view.seen[loc] >= at)
				location[i].message[k].view.seen[loc]++;
	for (unsigned i = 0; i < nthreads; i++) {
		struct thread *t = &thread[i];

		if (t->view.seen[loc] >= at)
			t->view.seen[loc]++;
		for (unsigned k = 0; k < t->ntokens; k++)
			if (t->token[k].location == loc && t->token[k].message >= at)
				t->token[k].message++;
		for (unsigned k = 0; k < t->nevents; k++) {
			struct event *e = &event[i * EVENTS + k];

			if (e->location == loc) {
				e->read += e->read >= at;
				e->wrote += e->wrote >= at;
			}
		}
	}
}

/* ---- sequential consistency ---- */

/* What must come before and after, in S, an event of loc that reads message `read` or writes one at
 * index `wrote`, in front of what stands there now. */
static void sc_neighbours(int loc, int read, int wrote, event_set *before, event_set *after)
{
	for (unsigned t = 0; t < nthreads; t++)
		for (unsigned k = 0; k < thread[t].nevents; k++) {
			unsigned i = t * EVENTS + k;
			const struct event *e = &event[i];

			if (e->location != loc)
				continue;
			if (e->wrote != NONE &&
			    (read != NONE ? e->wrote > read : e->wrote >= wrote))
				*after |= event_bit(i);
			else if (wrote != NONE && (e->wrote != NONE || e->read < wrote))
				*before |= event_bit(i);
		}
}

/* Before: in S, what happened before; widened here. */
static bool sc_allowed(int loc, int read, int wrote, event_set before)
{
	event_set after = 0;

	sc_neighbours(loc, read, wrote, &before, &after);
	return !(close_before(before) & after);
}

/* Leaves out the events that are not live: those before them stay before those after them. */
static void forget_events(void)
{
	find_oldest();
	find_live();
	for (unsigned t = 0; t < nthreads; t++)
		thread[t].view.events = close_before(thread[t].view.events) & live;
	for (unsigned l = 0; l < nlocations; l++)
		for (unsigned n = 0; n < location[l].n; n++) {
			struct view *v = &location[l].message[n].view;

			v->events = close_before(v->events) & live;
		}
	for (unsigned i = 0; i < THREADS * EVENTS; i++) {
		event[i].before &= live;
		if (!(live & event_bit(i)))
			event[i] = (struct event){NONE, NONE, NONE, 0};
	}
}

static unsigned new_event(struct thread *t)
{
	unsigned first = (t - thread) * EVENTS, i = first;

	if (t->nevents == EVENTS)
		forget_events();
	while (i < first + t->nevents && event[i].location != NONE)
		i++;
	if (i == first + EVENTS)
		broken("too many sequentially consistent operations in a thread");
	if (i == first + t->nevents)
		t->nevents++;
	return i;
}

/* After the thread's view has been joined with what it read, and before a write makes room; the
 * caller notes then where it wrote. */
static struct event *sc_commit(struct thread *t, int loc, int read, int wrote)
{
	unsigned id = new_event(t);
	event_set before = t->view.events, after = 0;

	sc_neighbours(loc, read, wrote, &before, &after);
	before = close_before(before);
	for (unsigned u = 0; u < nthreads; u++)
		for (unsigned k = 0; k < thread[u].nevents; k++) {
			struct event *e = &event[u * EVENTS + k];

			if ((after & event_bit(u * EVENTS + k)) || (e->before & after))
				e->before |= before | event_bit(id);
		}
	event[id] = (struct event){loc, read, NONE, before};
	t->view.events |= event_bit(id);
	return &event[id];
}

/* ---- carried loads ---- */

static struct token *token_at(unsigned i)
{
	return &thread[i / TOKENS].token[i % TOKENS];
}

static struct token *token_of(uint64_t value)
{
	unsigned i = value - TOKEN_BASE;

	if (value < TOKEN_BASE || i >= THREADS * TOKENS || i % TOKENS >= thread[i / TOKENS].ntokens)
		return 0;
	return token_at(i);
}

static bool pending(uint64_t value)
{
	const struct token *k = token_of(value);

	return k && !k->done;
}

static uint64_t carry(struct thread *t, int loc)
{
	unsigned i = (t - thread) * TOKENS + t->ntokens;

	if (t->ntokens++ == TOKENS)
		broken("too many carried loads in a thread");
	*token_at(i) =
	    (struct token){.location = loc, .message = t->view.seen[loc], .after = t->view.loads};
	t->view.loads |= 1ull << i;
	return TOKEN_BASE + i;
}

static void raise_view(struct view *v, uint64_t loads, const struct token *k)
{
	if ((v->loads & loads) && v->seen[k->location] < k->message)
		v->seen[k->location] = k->message;
}

/* Load i is done: whatever happened after it reads nothing older. */
static void settled(unsigned i)
{
	const struct token *k = token_at(i);
	uint64_t bit = 1ull << i;

	for (unsigned t = 0; t < nthreads; t++) {
		raise_view(&thread[t].view, bit, k);
		for (unsigned n = 0; n < thread[t].ntokens; n++) {
			struct token *other = &thread[t].token[n];

			if ((other->after & bit) && other->location == k->location &&
			    !other->done && other->message < k->message)
				other->message = k->message;
		}
	}
	for (unsigned l = 0; l < nlocations; l++)
		for (unsigned n = 0; n < location[l].n; n++)
			raise_view(&location[l].message[n].view, bit, k);
}

/* Load i may read the messages of its location below this: those behind it were written, or
 * read, after it. */
static int settle_limit(unsigned i)
{
	const struct token *k = token_at(i);
	const struct location *l = &location[k->location];
	int limit = k->message;

	while (limit < (int)l->n && !(l->message[limit].after >> i & 1))
		limit++;
	for (unsigned n = 0; n < THREADS * TOKENS; n++)
		if (n % TOKENS < thread[n / TOKENS].ntokens && token_at(n)->done &&
		    token_at(n)->location == k->location && (token_at(n)->after >> i & 1) &&
		    token_at(n)->message < limit)
			limit = token_at(n)->message + 1;
	return limit;
}

/* Performs the load that the value stands for, if it stands for one. */
static uint64_t settle(uint64_t value)
{
	struct token *k = token_of(value);
	uint8_t can[MESSAGES];
	struct message *m;
	int n = 0;

	if (!k)
		return value;
	if (k->done)
		return k->value;
	k->busy = true;
	m = location[k->location].message;
	for (int i = settle_limit(value - TOKEN_BASE) - 1; i >= k->message; i--)
		if (!pending(m[i].value) || !token_of(m[i].value)->busy)
			can[n++] = i;
	if (n == 0)
		broken("carried loads that wait for each other");
	k->message = can[choose(n)];
	k->value = settle(m[k->message].value);
	k->done = true;
	k->busy = false;
	settled(value - TOKEN_BASE);
	return k->value;
}

/* Pending loads of loc that happened before this thread's next operation. */
static uint64_t pending_before(const struct thread *t, int loc)
{
	uint64_t mask = 0, loads = t->view.loads;

	for (unsigned i; loads; loads &= loads - 1) {
		i = __builtin_ctzll(loads);
		if (!token_at(i)->done && token_at(i)->location == loc)
			mask |= 1ull << i;
	}
	return mask;
}

static void settle_before(const struct thread *t, int loc)
{
	for (uint64_t mask = pending_before(t, loc); mask; mask &= mask - 1)
		settle(TOKEN_BASE + __builtin_ctzll(mask));
}

/* ---- operations ---- */

static bool is_rmw(const struct explore_op *op)
{
	return op->kind >= EXPLORE_SWAP && op->kind <= EXPLORE_CAS;
}

static event_set events_if_read(const struct thread *t, const struct message *m,
                                enum explore_order order)
{
	return t->view.events | (order & EXPLORE_ACQUIRE ? m->view.events : 0);
}

/* May the operation read message i, and as what does a CAS end? */
static bool readable(const struct thread *t, int loc, int i, const struct explore_op *op,
                     bool success)
{
	const struct message *m = &location[loc].message[i];

	if (op->kind == EXPLORE_CAS && !pending(m->value) &&
	    success != (settle(m->value) == op->expected))
		return false;
	if (is_rmw(op) && success && m->claimed)
		return false;
	return op->order != EXPLORE_FULL || !success ||
	       sc_allowed(loc, i, is_rmw(op) ? i + 1 : NONE, events_if_read(t, m, op->order));
}

/* Picks the message that a load or a read-modify-write reads: the newest first. */
static int pick(struct thread *t, int loc, const struct explore_op *op)
{
	uint8_t can[2 * MESSAGES];
	int n = 0;

	for (int i = location[loc].n - 1; i >= t->view.seen[loc]; i--)
		if (readable(t, loc, i, op, true) ||
		    (op->kind == EXPLORE_CAS && readable(t, loc, i, op, false)))
			can[n++] = i;
	if (n == 0)
		broken("no message can be read");
	return can[choose(n)];
}

static void check_race(const struct thread *t, const uint8_t *clock, const char *name,
                       const char *what)
{
	for (unsigned u = 0; u < nthreads; u++)
		if (&thread[u] != t && t->view.clock[u] < clock[u])
			fail("data race on %s: not ordered after thread %u's %s", name, u, what);
}

/* The newest value stands in memory too, where plain accesses find it. */
static void write_memory(const struct location *l)
{
	uint64_t v = l->message[l->n - 1].value;

	if (!token_of(v))
		memcpy((void *)(uintptr_t)l->address, &v, l->size);
}

/* Writes a message of loc at index `at`; `base` is what a read-modify-write hands on. */
static void put(struct thread *t, int loc, int at, uint64_t value, enum explore_order order,
                const struct view *base)
{
	struct location *l = &location[loc];
	struct message m = {.value = value};

	check_race(t, l->read, t->op.text, "plain read");
	if (base)
		m.view = *base;
	make_room(loc, at);
	t->view.seen[loc] = at;
	if (order & EXPLORE_RELEASE) {
		join(&m.view, &t->view);
		t->released = true;
	}
	m.after = t->view.loads;
	l->message[at] = m;
	write_memory(l);
}

static void do_store(struct thread *t, int loc, const struct explore_op *op)
{
	struct location *l = &location[loc];
	uint8_t can[MESSAGES];
	struct event *e = 0;
	int n = 0, at;

	for (int i = l->n; i > t->view.seen[loc]; i--) {
		if (i < (int)l->n && l->message[i - 1].claimed)
			continue;
		if (op->order == EXPLORE_FULL && !sc_allowed(loc, NONE, i, t->view.events))
			continue;
		can[n++] = i;
	}
	if (n == 0)
		broken("no place for a store");
	at = can[choose(n)];
	trace_message = at - 1;
	if (op->order == EXPLORE_FULL)
		e = sc_commit(t, loc, NONE, at);
	put(t, loc, at, op->value, op->order, 0);
	if (e)
		e->wrote = at;
}

static uint64_t modified(const struct explore_op *op, uint64_t old)
{
	uint64_t v = op->value, mask = op->size == 8 ? ~0ull : (1ull << 8 * op->size) - 1;

	if (op->kind == EXPLORE_ADD)
		v = old + op->value;
	else if (op->kind == EXPLORE_OR)
		v = old | op->value;
	else if (op->kind == EXPLORE_AND)
		v = old & op->value;
	return v & mask;
}

static uint64_t do_read(struct thread *t, int loc, const struct explore_op *op)
{
	int i = pick(t, loc, op);
	struct message *m = &location[loc].message[i];
	bool own = token_of(m->value) && (m->value - TOKEN_BASE) / TOKENS == (uint64_t)(t - thread);
	uint64_t old = own && op->kind == EXPLORE_LOAD ? m->value : settle(m->value);
	enum explore_order order = op->order;
	struct event *e = 0;
	struct view base;

	trace_message = i;
	t->spun |= 1ull << loc;
	see(t, loc, i);
	if (op->kind == EXPLORE_CAS && old != op->expected)
		return 0;
	if (order & EXPLORE_ACQUIRE)
		join(&t->view, &m->view);
	if (order == EXPLORE_FULL)
		e = sc_commit(t, loc, i, is_rmw(op) ? i + 1 : NONE);
	if (!is_rmw(op))
		return old;
	if (m->claimed)
		broken("a CAS of a carried value");
	base = m->view;
	put(t, loc, i + 1, modified(op, old), order, &base);
	location[loc].message[i].claimed = true;
	if (e)
		e->wrote = i + 1;
	return op->kind == EXPLORE_CAS ? 1 : old;
}

/* The clock of this thread's next plain access. One since its last release is as good as another:
 * nobody can have happened after the one and not after the other. */
static uint8_t tick(struct thread *t)
{
	unsigned me = t - thread;

	if (t->released || t->view.clock[me] == 0) {
		t->released = false;
		if (++t->view.clock[me] == 0)
			broken("too many plain accesses");
	}
	return t->view.clock[me];
}

static uint64_t do_plain(struct thread *t, int loc, const struct explore_op *op)
{
	struct location *l = &location[loc];
	unsigned me = t - thread;

	l->plain = true;
	check_race(t, l->wrote, op->text, "write");
	if (op->kind == EXPLORE_PLAIN_READ) {
		l->read[me] = tick(t);
		return l->message[0].value;
	}
	check_race(t, l->read, op->text, "read");
	l->wrote[me] = tick(t);
	l->message[0].value = op->value;
	write_memory(l);
	return 0;
}

static uint64_t fresher(const struct thread *t)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < nlocations; i++)
		if ((t->spun >> i & 1) && t->view.seen[i] + 1u < location[i].n)
			mask |= 1ull << i;
	return mask;
}

/* One message further in one of the locations: an iteration that reads what the last one read
 * would change nothing. */
static void do_relax(struct thread *t)
{
	uint64_t mask = fresher(t);
	unsigned skip = mask ? choose(__builtin_popcountll(mask)) : 0;

	while (skip--)
		mask &= mask - 1;
	if (mask)
		t->view.seen[__builtin_ctzll(mask)]++;
	t->spun = 0;
}

static bool enabled(const struct thread *t)
{
	const struct location *l;

	if (t->finished)
		return false;
	switch (t->op.kind) {
	case EXPLORE_RELAX:
		return fresher(t);
	case EXPLORE_SLEEP:
		return t->signalled;
	case EXPLORE_LOCK:
		l = &location[location_of(t->op.address, t->op.size)];
		return l->message[l->n - 1].value == 0;
	default:
		return true;
	}
}

/* What an operation reads and writes, as sets of locations: two whose sets do not meet commute. */
struct footprint {
	uint64_t read, write;
};

static bool holds_pending(int loc)
{
	for (unsigned i = 0; i < location[loc].n; i++)
		if (pending(location[loc].message[i].value))
			return true;
	return false;
}

static struct footprint footprint(const struct thread *t)
{
	const struct explore_op *op = &t->op;
	struct footprint all = {~0ull, ~0ull};
	uint64_t bit;
	int loc;

	switch (op->kind) {
	case EXPLORE_RELAX:
		return (struct footprint){t->spun, 0};
	case EXPLORE_SLEEP:
		return (struct footprint){0, 1ull << (LOCATIONS + (t - thread))};
	case EXPLORE_SIGNAL:
		return (struct footprint){0, 1ull << (LOCATIONS + op->value)};
	case EXPLORE_GONE:
		return all;
	case EXPLORE_VALUE:
		return pending(op->value) ? all : (struct footprint){0, 0};
	default:
		break;
	}
	loc = location_of(op->address, op->size);
	bit = 1ull << loc;
	if (carries(op))
		return (struct footprint){0, 0};
	if (op->kind != EXPLORE_STORE && (pending_before(t, loc) || holds_pending(loc)))
		return all;
	if (op->kind == EXPLORE_LOAD || op->kind == EXPLORE_PLAIN_READ)
		return (struct footprint){bit, 0};
	return (struct footprint){bit, bit};
}

static bool independent(const struct thread *a, const struct thread *b)
{
	struct footprint x = footprint(a), y = footprint(b);

	return !((x.write & (y.read | y.write)) | (y.write & x.read));
}

static void racy(const struct thread *t, const struct cell *c, const char *where, unsigned other,
                 const char *what)
{
	fail("data race on %u bytes at %p, accessed at %p by thread %ld: not ordered after thread "
	     "%u's %s",
	     c->size, (const void *)c->address, (const void *)where, (long)(t - thread), other,
	     what);
}

static void access_cell(struct thread *t, struct cell *c, bool write, const char *where)
{
	unsigned me = t - thread;

	for (unsigned u = 0; u < nthreads; u++) {
		if (u == me)
			continue;
		if (t->view.clock[u] < c->wrote[u])
			racy(t, c, where, u, "write");
		if (write && t->view.clock[u] < c->read[u])
			racy(t, c, where, u, "read");
	}
	(write ? c->wrote : c->read)[me] = tick(t);
}

/* As a write of all of it; whoever comes later, comes too late. */
static void end_of_life(struct thread *t, const char *start, unsigned bytes)
{
	if (ngone == sizeof(gone) / sizeof(*gone))
		broken("too many ends");
	gone[ngone].start = start;
	gone[ngone++].bytes = bytes;
	for (unsigned i = 0; i < ncells; i++)
		if (cell[i].address >= start && cell[i].address < start + bytes)
			access_cell(t, &cell[i], true, start);
}

static uint64_t perform(struct thread *t)
{
	const struct explore_op *op = &t->op;
	int loc;

	trace_message = NONE;
	switch (op->kind) {
	case EXPLORE_RELAX:
		do_relax(t);
		return 0;
	case EXPLORE_SLEEP:
		t->signalled = false;
		return 0;
	case EXPLORE_SIGNAL:
		thread[op->value].signalled = true;
		return 0;
	case EXPLORE_VALUE:
		return settle(op->value);
	case EXPLORE_GONE:
		end_of_life(t, op->address, op->size);
		return 0;
	default:
		break;
	}
	if (is_gone(op->address))
		fail("thread %ld touches %s, whose life is over", (long)(t - thread), op->text);
	loc = location_of(op->address, op->size);
	if (op->kind == EXPLORE_PLAIN_READ || op->kind == EXPLORE_PLAIN_WRITE)
		return do_plain(t, loc, op);
	if (carries(op))
		return carry(t, loc);
	if (op->kind == EXPLORE_LOAD || is_rmw(op)) {
		settle_before(t, loc);
		return do_read(t, loc, op);
	}
	if (op->kind == EXPLORE_LOCK) {
		struct message *last = &location[loc].message[location[loc].n - 1];

		join(&t->view, &last->view);
		last->claimed = true;
		put(t, loc, location[loc].n, 1, EXPLORE_RELAXED, 0);
		return 0;
	}
	if (op->kind == EXPLORE_UNLOCK)
		put(t, loc, location[loc].n, 0, EXPLORE_RELEASE, 0);
	else
		do_store(t, loc, op);
	return 0;
}

/* Outside the threads (init, check) memory is what it seems. */
static uint64_t perform_alone(const struct explore_op *op)
{
	uint64_t old, v;

	if (op->kind == EXPLORE_VALUE)
		return op->value;
	if (!op->address || op->kind == EXPLORE_GONE)
		return 0;
	old = peek(op->address, op->size);
	if (op->kind == EXPLORE_LOAD || op->kind == EXPLORE_PLAIN_READ ||
	    (op->kind == EXPLORE_CAS && old != op->expected))
		return op->kind == EXPLORE_CAS ? 0 : old;
	v = modified(op, old);
	memcpy(op->address, &v, op->size);
	return op->kind == EXPLORE_CAS ? 1 : old;
}

/* ---- threads ---- */

/* A thread announces its operation here and stops; the engine performs it and lets it run to the
 * next. */
uint64_t explore_op(const struct explore_op *op)
{
	struct thread *t;

	if (self == NONE)
		return perform_alone(op);
	t = &thread[self];
	if (op->kind == EXPLORE_RELAX && !t->spun) /* of a delay, which waits for nothing */
		return 0;
	t->op = *op;
	if (!_setjmp(t->here))
		_longjmp(engine, 1);
	return t->result;
}

static void thread_main(void)
{
	scenario->thread[self]();
	thread[self].finished = true;
	_longjmp(engine, 1);
}

static void thread_continue(int i)
{
	struct thread *t = &thread[i];

	self = i;
	if (!_setjmp(engine)) {
		if (t->started)
			_longjmp(t->here, 1);
		t->started = true;
		setcontext(&t->start);
	}
	self = NONE;
}

static void thread_reset(int i)
{
	struct thread *t = &thread[i];

	memset(t, 0, sizeof(*t));
	getcontext(&t->start);
	t->start.uc_stack.ss_sp = stack[i];
	t->start.uc_stack.ss_size = STACK;
	makecontext(&t->start, thread_main, 0);
}

/* ---- plain memory ---- */

static struct cell *cell_of(const char *address, unsigned size)
{
	unsigned i = mix((uintptr_t)address, size) % (2 * CELLS);

	while (cell_at[i] &&
	       (cell[cell_at[i] - 1].address != address || cell[cell_at[i] - 1].size != size))
		i = (i + 1) % (2 * CELLS);
	if (cell_at[i])
		return &cell[cell_at[i] - 1];
	if (ncells == CELLS)
		broken("too much plain memory");
	cell[ncells] =
	    (struct cell){.address = address, .size = size, .before = peek(address, size)};
	cell_at[i] = ++ncells;
	return &cell[ncells - 1];
}

static int atomic_at(const char *address)
{
	for (unsigned i = 0; i < nlocations; i++)
		if (location[i].address == address)
			return i;
	return NONE;
}

/* Only reads: a plain write of an atomic object would need a place among its messages. */
static void plain_read_of_atomic(struct thread *t, int loc, const char *where)
{
	struct location *l = &location[loc];

	if (t->view.seen[loc] + 1u != l->n)
		fail("data race: thread %ld reads %p at %p, of which it has not seen the newest "
		     "value",
		     (long)(t - thread), (const void *)l->address, (const void *)where);
	l->read[t - thread] = tick(t);
	t->history = mix(t->history, l->message[l->n - 1].value);
}

static void plain(const char *address, unsigned size, bool write, const char *where)
{
	struct thread *t = &thread[self];
	int loc;

	if (self == NONE)
		return;
	for (unsigned piece; size; address += piece, size -= piece) {
		if (is_gone(address))
			fail("thread %d touches %p at %p, whose life is over", self,
			     (const void *)address, (const void *)where);
		piece = size >= 4 && (uintptr_t)address % 4 == 0 ? 4 : 1;
		loc = atomic_at(address);
		if (loc == NONE || location[loc].plain) {
			access_cell(t, cell_of(address, piece), write, where);
			if (!write)
				t->history = mix(t->history, peek(address, piece));
			continue;
		}
		if (write)
			broken("a plain write of an atomic object");
		plain_read_of_atomic(t, loc, where);
		piece = location[loc].size < size ? location[loc].size : size;
	}
}

/* What the compiler calls for -fsanitize=thread. */

#define here ((const char *)__builtin_return_address(0))
#define hooks(n)                                \
	void __tsan_read##n(void *address);     \
	void __tsan_read##n(void *address)      \
	{                                       \
		plain(address, n, false, here); \
	}                                       \
	void __tsan_write##n(void *address);    \
	void __tsan_write##n(void *address)     \
	{                                       \
		plain(address, n, true, here);  \
	}
hooks(1) hooks(2) hooks(4) hooks(8) hooks(16)

    void __tsan_read_range(void *address, unsigned long n);
void __tsan_read_range(void *address, unsigned long n)
{
	plain(address, n, false, here);
}

void __tsan_write_range(void *address, unsigned long n);
void __tsan_write_range(void *address, unsigned long n)
{
	plain(address, n, true, here);
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

/* The compiler's atomics of 32 bits, as the inline functions of skein.h have them. */

static enum explore_order order_of(int order)
{
	static const enum explore_order of[] = {
	    [__ATOMIC_RELAXED] = EXPLORE_RELAXED, [__ATOMIC_CONSUME] = EXPLORE_ACQUIRE,
	    [__ATOMIC_ACQUIRE] = EXPLORE_ACQUIRE, [__ATOMIC_RELEASE] = EXPLORE_RELEASE,
	    [__ATOMIC_ACQ_REL] = EXPLORE_ACQ_REL, [__ATOMIC_SEQ_CST] = EXPLORE_FULL};

	return of[order];
}

uint32_t __tsan_atomic32_load(const volatile uint32_t *p, int order);
uint32_t __tsan_atomic32_load(const volatile uint32_t *p, int order)
{
	return explore_call(EXPLORE_LOAD, order_of(order), p, sizeof(*p), 0, 0, "word");
}

void __tsan_atomic32_store(volatile uint32_t *p, uint32_t value, int order);
void __tsan_atomic32_store(volatile uint32_t *p, uint32_t value, int order)
{
	explore_call(EXPLORE_STORE, order_of(order), p, sizeof(*p), value, 0, "word");
}

uint32_t __tsan_atomic32_fetch_add(volatile uint32_t *p, uint32_t n, int order);
uint32_t __tsan_atomic32_fetch_add(volatile uint32_t *p, uint32_t n, int order)
{
	return explore_call(EXPLORE_ADD, order_of(order), p, sizeof(*p), n, 0, "word");
}

/* Who fails is not told of the value that was there. */
bool __tsan_atomic32_compare_exchange_strong(volatile uint32_t *p, uint32_t *expected,
                                             uint32_t value, int order, int failed);
bool __tsan_atomic32_compare_exchange_strong(volatile uint32_t *p, uint32_t *expected,
                                             uint32_t value, int order, int failed)
{
	if (failed != __ATOMIC_RELAXED)
		broken("a CAS whose failure orders something");
	return explore_call(EXPLORE_CAS, order_of(order), p, sizeof(*p), value, *expected, "word");
}

/* ---- executions ---- */

static void record(int i)
{
	struct thread *t = &thread[i];
	struct step *s = &trace[nsteps++];

	*s = (struct step){.thread = i, .op = t->op};
	if (t->op.address && t->op.kind != EXPLORE_GONE)
		s->of = location[location_of(t->op.address, t->op.size)].n;
	t->result = perform(t);
	s->result = t->result;
	s->message = trace_message;
	t->history = mix(t->history, t->result + 1);
}

/* The thread that moves next; NONE: this state has been explored. */
static int schedule(uint8_t ready)
{
	uint64_t key, *slot;
	uint8_t before;

	if (depth == nchoices) {
		if (2 * result.states >= met_size)
			met_grow();
		key = hash_state() & ~((1ull << THREADS) - 1);
		key = key ? key : 1ull << THREADS;
		slot = met_slot(key);
		if (*slot) {
			before = *slot & ((1 << THREADS) - 1);
			ready &= before & ~asleep;
			asleep &= before;
		} else {
			result.states++;
			ready &= ~asleep;
		}
		*slot = key | asleep;
		if (!ready)
			return NONE;
		if (nchoices == sizeof(choice) / sizeof(*choice))
			broken("too many choices");
		choice[nchoices++] = (struct choice){
		    .move = true, .todo = ready, .sleep = asleep, .chosen = __builtin_ctz(ready)};
	}
	return choice[depth++].chosen;
}

static void fall_asleep(int moving)
{
	uint8_t sleep = choice[depth - 1].sleep;

	asleep = 0;
	if (depth != nchoices) /* an old choice again: nobody will ask */
		return;
	for (unsigned u = 0; u < nthreads; u++)
		if ((sleep >> u & 1) && independent(&thread[u], &thread[moving]))
			asleep |= 1 << u;
}

/* Settles what was left open and puts the newest values where check() finds them. */
static void write_back(void)
{
	for (unsigned i = 0; i < nlocations; i++) {
		const struct location *l = &location[i];
		uint64_t v = settle(l->message[l->n - 1].value);

		memcpy((void *)(uintptr_t)l->address, &v, l->size);
	}
}

static void end(bool stuck)
{
	write_back();
	if (stuck && !(scenario->stuck && scenario->stuck()))
		fail("every thread waits: a lost wake-up or a deadlock");
	if (scenario->check)
		scenario->check();
	result.executions++;
}

/* Memory as it was when the last execution began: init need not know every object. */
static void restore(void)
{
	for (unsigned i = 0; i < nlocations; i++)
		memcpy((void *)(uintptr_t)location[i].address, &location[i].before,
		       location[i].size);
	for (unsigned i = 0; i < ncells; i++)
		memcpy((void *)(uintptr_t)cell[i].address, &cell[i].before, cell[i].size);
}

static void start(void)
{
	restore();
	depth = nsteps = ncarried = ncells = ngone = 0;
	memset(cell_at, 0, sizeof(cell_at));
	asleep = 0;
	self = NONE;
	if (scenario->init)
		scenario->init();
	memset(event, 0, sizeof(event));
	for (unsigned i = 0; i < nlocations; i++)
		location_reset(&location[i]);
	for (unsigned i = 0; i < nthreads; i++)
		thread_reset(i);
	for (unsigned i = 0; i < nthreads; i++)
		thread_continue(i);
}

static void run_once(void)
{
	unsigned limit = scenario->steps ? scenario->steps : 300;

	start();
	for (;;) {
		uint8_t ready = 0, unfinished = 0;
		int next;

		for (unsigned i = 0; i < nthreads; i++) {
			unfinished |= !thread[i].finished << i;
			ready |= enabled(&thread[i]) << i;
		}
		if (!ready) {
			end(unfinished);
			return;
		}
		if (scenario->bounded && nsteps >= limit) {
			result.cut++;
			return;
		}
		if (nsteps >= limit || nsteps >= STEPS)
			fail("more than %u operations: a livelock", nsteps);
		next = schedule(ready);
		if (next == NONE) {
			result.cut++;
			return;
		}
		fall_asleep(next);
		record(next);
		thread_continue(next);
	}
}

struct explore_result explore(const struct explore_scenario *s)
{
	scenario = s;
	result = (struct explore_result){0};
	nlocations = nchoices = nthreads = 0;
	free(met);
	met = 0;
	met_size = 0;
	while (nthreads < THREADS && s->thread[nthreads])
		nthreads++;
	if (!_setjmp(abandon))
		do
			run_once();
		while (backtrack());
	self = NONE;
	restore();
	ncells = 0;
	return result;
}

bool explore_report(const struct explore_scenario *s)
{
	struct explore_result r = explore(s);

	printf("%-40s %8lu executions %8lu cut %8lu states%s\n", s->name, r.executions, r.cut,
	       r.states, r.failed ? "  FAILED" : "");
	fflush(stdout);
	return !r.failed;
}
