/* The explorer: runs every execution of two to four threads under C11's weak memory, one atomic
 * operation at a time.
 *
 * The code under test is the kernel's own source. This directory's atomic_impl.h turns each macro
 * of kernel/base/atomic.h into a call of explore_op; explore.c holds the model.
 *
 * A scenario's code must be repeatable: what two threads share goes through the macros, plain_read
 * and plain_write, or is written per thread and looked at in check(). All objects are static. */
#ifndef EXPLORE_H
#define EXPLORE_H
#include <stdbool.h>
#include <stdint.h>

#define EXPLORE_THREADS 4

struct explore_scenario {
	const char *name;
	void (*init)(
	    void); /* before each execution: sets every object, with or without the macros */
	void (*thread[EXPLORE_THREADS])(void); /* null ones end the list */
	bool (*stuck)(
	    /* every unfinished thread waits: true when that is a proper end. Null: it never is */
	    void);
	void (*check)(void); /* at the end of each complete execution; sees the newest values */
	unsigned
	    /* the most operations of one execution, 300 if 0: more is reported as a livelock */
	    steps;
	bool quiet; /* a failure is expected: print no trace */
	/* a livelock is possible, if time passes at no core's expense: an execution of more operations
	 * is given up */
	bool bounded;
};

struct explore_result {
	bool failed;
	unsigned long executions, cut,
	    states; /* complete, abandoned at a known state, distinct states */
};

struct explore_result explore(const struct explore_scenario *);

/* Explores, prints a line with the counts, returns true when no execution failed. */
bool explore_report(const struct explore_scenario *);

/* Ends the execution as a failure and prints its trace. */
#define explore_assert(cond) ((cond) ? (void)0 : explore_fail(#cond, __FILE__, __LINE__))
_Noreturn void explore_fail(const char *what, const char *file, int line);

/* The running thread's index; -1 in init, stuck and check. */
int explore_self(void);

/* Orders are sets of what they promise. */
enum explore_order {
	EXPLORE_RELAXED = 0,
	EXPLORE_ACQUIRE = 1,
	EXPLORE_RELEASE = 2,
	EXPLORE_ACQ_REL = 3,
	EXPLORE_FULL = 7,
};

enum explore_kind {
	EXPLORE_LOAD,
	EXPLORE_STORE,
	EXPLORE_SWAP,
	EXPLORE_ADD,
	EXPLORE_OR,
	EXPLORE_AND,
	EXPLORE_CAS,
	EXPLORE_PLAIN_READ,
	EXPLORE_PLAIN_WRITE,
	EXPLORE_RELAX,
	EXPLORE_SLEEP,
	EXPLORE_SIGNAL,
	EXPLORE_LOCK,
	EXPLORE_UNLOCK,
	EXPLORE_VALUE,
	EXPLORE_GONE,
};

struct explore_op {
	enum explore_kind kind;
	enum explore_order order;
	void *address;
	unsigned size;
	uint64_t value, expected;
	const char *text, *file; /* the object as the source names it */
	int line;
};
uint64_t explore_op(const struct explore_op *);

#define explore_call(k, o, p, bytes, v, e, words)                          \
	explore_op(&(struct explore_op){.kind = (k),                       \
	                                .order = (o),                      \
	                                .address = (void *)(uintptr_t)(p), \
	                                .size = (bytes),                   \
	                                .value = (v),                      \
	                                .expected = (e),                   \
	                                .text = (words),                   \
	                                .file = __FILE__,                  \
	                                .line = __LINE__})

/* At the end of an iteration of a spin loop that changed nothing: goes on when a location that the
 * iteration read has a newer value, and makes the thread see one, so that spinning ends. */
#define explore_relax() explore_call(EXPLORE_RELAX, 0, 0, 0, 0, 0, "")

/* A thread says where it is: all that its further course depends on is this number, which stands
 * for a place in its code and the values of its variables. At the head of a loop that forgets
 * what was before, this makes states the same. */
void explore_again(uint64_t state);

/* A sleeping core: sleep waits for a signal to this thread and takes it. One signal is remembered,
 * as an interrupt is. A signal orders no memory. */
#define explore_sleep() explore_call(EXPLORE_SLEEP, 0, 0, 0, 0, 0, "")
#define explore_signal(thread) explore_call(EXPLORE_SIGNAL, 0, 0, 0, (thread), 0, #thread)

/* A lock as one operation, where the spinning of a real one would only add states. *p is an
 * integer, 0 when free. */
#define explore_lock(p) explore_call(EXPLORE_LOCK, EXPLORE_ACQUIRE, p, sizeof(*(p)), 1, 0, #p)
#define explore_unlock(p) explore_call(EXPLORE_UNLOCK, EXPLORE_RELEASE, p, sizeof(*(p)), 0, 0, #p)

/* Accesses that must be ordered by happens-before, or the execution fails as a data race. */
#define plain_read(p)                                                                             \
	({                                                                                        \
		(__typeof__(*(p)))(uintptr_t)explore_call(EXPLORE_PLAIN_READ, 0, p, sizeof(*(p)), \
		                                          0, 0, #p);                              \
	})
#define plain_write(p, v)                                                                         \
	((void)explore_call(EXPLORE_PLAIN_WRITE, 0, p, sizeof(*(p)), (uint64_t)(uintptr_t)(v), 0, \
	                    #p))

/* The life of these bytes ends, as of an object on a stack when its function returns: another thread
 * that touches them later, or has touched plain ones without an order, fails the execution. */
#define explore_gone(p, bytes) ((void)explore_call(EXPLORE_GONE, 0, p, bytes, 0, 0, #p))

/* Called in init: relaxed loads of these bytes may be late for later stores of their thread, in
 * full as C11 allows: they read anything that was not stored after them. Such a load returns a
 * token, which the code under test may only copy about; explore_value turns what came out at
 * last into the value. */
void explore_carried(const void *start, unsigned bytes);
#define explore_value(v)                                                                          \
	((__typeof__(v))(uintptr_t)explore_call(EXPLORE_VALUE, 0, 0, 0, (uint64_t)(uintptr_t)(v), \
	                                        0, #v))

#endif
