/* Skein: goroutines, channels and select on every core of a bare machine. The only header that a
 * program includes.
 *
 * Behaviour is that of the Go specification and the Go memory model unless a line says otherwise. A
 * time is int64 nanoseconds; a limit of 0 or below tries once, and what is ready wins; GO_FOREVER
 * waits; another one, and go_sleep, panic when there is no memory for one more timer. Every
 * argument of a macro is evaluated exactly once. What panics prints a sentence, every goroutine,
 * and ends the program with status 70. Context of all calls: a goroutine, unless a line says
 * "handlers too" (an interrupt handler, or under a spin_lock).
 *
 * C11 with GNU extensions: gcc from 12, clang from 14. In C++ the types and the functions are
 * there, chan(T) too, and the macros of time; go, channel operations and select are not: call
 * them in a C file. */
#ifndef SKEIN_H
#define SKEIN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* `go` calls through the function's own type: what a compiler only warns of there would be a
 * wrong argument. */
#ifndef __cplusplus
#pragma GCC diagnostic error "-Wint-conversion"
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
/* go_attr gives .core a default that .core = n overrides. */
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#pragma GCC diagnostic ignored "-Wgnu-variable-sized-type-not-at-end"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
#endif

/* Time. */

typedef int64_t go_time; /* nanoseconds */
#define GO_FOREVER INT64_MAX
#define ns(n) ((go_time)(n))
#define us(n) ((go_time)(n)*1000)
#define ms(n) ((go_time)(n)*1000000)
#define sec(n) ((go_time)(n)*1000000000)

/* since power-on, monotonic, the same on every core; in steps of the board's clock, 16 or 100
 * ns. Handlers too */
go_time go_now(void);
void go_sleep(go_time); /* at least so long; 0 or below returns at once */

/* Goroutines. Each has its own rounding mode, to nearest at the start, and floating-point exception
 * flags, which hold until it calls what may wait. A handler has the default ones. */

/* go(f, a, b, c, d): runs f(a, b, c, d) in a new goroutine; what f returns is dropped, and at most
 * two registers. Up to 4 arguments, by value, converted and checked as in a call of f, each an
 * integer or a pointer of at most 8 bytes: what is a struct or floating-point does not compile, use
 * go_copy. The creator's writes are visible to f. Panics when out of memory. Handlers too. */
#define go(...) go_call(go_start, __VA_ARGS__)

/* As go; false when there is no memory for one more. Handlers too. */
#define go_try(...) go_call(go_try_start, __VA_ARGS__)

/* go_copy(f, (struct job){...}): the struct is copied to the new stack, aligned as its type asks, f
 * gets a struct job *. At most a quarter of the default stack. Panics when out of memory. */
#define go_copy(f, ...)                                                          \
	__extension__({                                                          \
		__typeof__(__VA_ARGS__) go_value = __VA_ARGS__;                  \
		__typeof__(&*(f)) go_f = (f);                                    \
		_Static_assert(sizeof(go_value) <= GO_COPY_MAX &&                \
		                   __alignof__(go_value) <= GO_COPY_MAX,         \
		               "go_copy: too large, pass a pointer");            \
		go_check_result((go_f)(&go_value));                              \
		go_copy_start((void (*)(void))go_f, &go_value, sizeof(go_value), \
		              __alignof__(go_value));                            \
	})
#define GO_COPY_MAX 512

/* go_with(go_attr(.name = "rx", .stack = 4096), f, ...): as go, with attributes; what is not named
 * has its default. Panics when out of memory, and on an attribute that cannot be had. */
#define go_with(attr, ...) go_call_with(&(attr), go_with_start, __VA_ARGS__)
struct go_attr {
	const char *name; /* copied, up to 15 characters */
	/* bytes, up to 1 MB; rounded up to a power of two, 1 KB at least; 0: the default, 2 KB */
	size_t stack;
	size_t stack_max; /* growable up to; stacks do not grow yet: at most .stack */
	/* runs only there, from 0, below go_cores(); GO_ANY_CORE, the default: anywhere */
	int core;
	int priority; /* reserved: 0 */
};
#define GO_ANY_CORE (-1)
#define go_attr(...) ((struct go_attr){.core = GO_ANY_CORE, __VA_ARGS__})

void go_yield(void); /* lets others run */
/* ends this goroutine; in main the others go on. A once_do or wg_go that called f counts f as
 * returned */
void go_exit(void) __attribute__((noreturn));
/* of this goroutine, from 1, another one for each of 2^32; 0 in a handler */
unsigned go_id(void);
/* names this goroutine, for reports: copied, up to 15 characters */
void go_name(const char *);
/* nests, 255 deep; to park or yield before go_preempt_on panics */
void go_preempt_off(void);
void go_preempt_on(void); /* panics without a go_preempt_off before it */
unsigned go_count(void);  /* living goroutines, main included. Handlers too */
unsigned go_cores(void);  /* cores of this run. Handlers too */
/* lets n cores run goroutines; 0 asks; above go_cores() means go_cores(). Returns the value
 * before; lowering holds when the call returns, but for a core that runs a goroutine pinned to
 * it */
unsigned go_maxprocs(unsigned n);

/* Channels. chan(T) is a pointer type that spells T; null is Go's nil channel. Waiters are served
 * first come, first served. The parameter v of a send converts as by assignment, and may hold
 * commas: chan_send(c, (struct p){1, 2}). */

#define chan(T) __typeof__(__typeof__(T)(**)(void))
enum chan_result { CHAN_NOT_READY, CHAN_OK, CHAN_CLOSED };

/* chan_make(T, n): of capacity n. Panics when out of memory; chan_try_make returns null. An element
 * of more than CHAN_ELEMENT_MAX bytes does not compile. */
#define chan_make(T, n) ((chan(T))chan_new(chan_size(T), chan_type_align(T), (n), true))
#define chan_try_make(T, n) ((chan(T))chan_new(chan_size(T), chan_type_align(T), (n), false))
/* It is copied with interrupts masked: no longer than all else wherever it lies, but for more than
 * 128 bytes not at a multiple of 8 on both sides, received from a full buffer while a sender
 *     waits. */
#define CHAN_ELEMENT_MAX 256

/* A channel at file scope without an allocator: name is a constant of type chan(T). */
#define CHAN_STATIC(name, T, n)                                        \
	static struct {                                                \
		struct channel channel;                                \
		_Alignas(16) char buffer[(n)*chan_type_stride(T) + 1]; \
	} name##_storage = {{.size = chan_size(T),                     \
	                     .stride = chan_type_stride(T),            \
	                     .capacity = (n),                          \
	                     .word = chan_is_word(T),                  \
	                     .fixed = true},                           \
	                    {0}};                                      \
	static chan(T) const name = (chan(T))(void *)&name##_storage

/* chan_send(c, v): blocks while c is full. Panics when c is closed, also while waiting. Null
 * blocks for ever. */
#define chan_send(c, ...) chan_send_from(chan_of(c), chan_object(c, __VA_ARGS__))
/* bool: false when c is closed and drained, v is zeroed then; so for (T v; chan_recv(c, &v);) is
 * Go's range. A null pointer in place of &v discards the value. Null c blocks for ever. */
#define chan_recv(c, p) chan_receive(chan_of(c), chan_pointer(c, p))
/* enum chan_result: at once. CHAN_NOT_READY leaves v alone. On null c CHAN_NOT_READY. Handlers
 * too. */
#define chan_try_send(c, ...) chan_try_send_from(chan_of(c), chan_object(c, __VA_ARGS__))
#define chan_try_recv(c, p) chan_try_recv_to(chan_of(c), chan_pointer(c, p))
/* enum chan_result chan_send_for(c, v, limit), chan_recv_for: CHAN_NOT_READY when limit has
 * passed. */
#define chan_send_for(c, ...)                                          \
	chan_send_timed(chan_of(c), chan_timed_object(c, __VA_ARGS__), \
	                chan_type_size(chan_element(c)))
#define chan_recv_for(c, p, limit) chan_recv_to_for(chan_of(c), chan_pointer(c, p), (limit))
/* Panics on null and when closed already. Those who wait are woken: receivers get false, senders
 * panic. */
#define chan_close(c) chan_end(chan_of(c))
/* Gives the memory back. Panics when somebody waits on c, and on a CHAN_STATIC; null is nothing.
 * Legal while the partner of a finished operation is still returning from it; not before
 * chan_close has returned. */
#define chan_free(c) chan_delete(chan_of(c))
#define chan_len(c) \
	chan_length(chan_of(c)) /* size_t: values in the buffer; null: 0. Handlers too */
#define chan_cap(c) chan_capacity(chan_of(c)) /* size_t: of the buffer; null: 0. Handlers too */

/* Select: an expression, the index of the case that ran, so that break, continue and return keep
 * their C meaning:
 *
 *	switch (chan_select(on_recv(in, &x), on_send(out, y), on_recv_ok(done, &d, &ok))) {
 *	case 0: use(x); break;
 *
 * Among several ready cases the choice is uniform. A case on a null channel never runs; a receive
 * on a closed one always can; a send on a closed one panics. A receive that does not run leaves its
 * pointers alone. The cases live in the caller's frame and are the wait nodes: no allocation. Without
 * a case it waits for ever. */
#define chan_select(...) \
	chan_select_array(chan_cases(__VA_ARGS__), chan_case_count(__VA_ARGS__), GO_FOREVER)
/* -1 when nothing is ready. Handlers too. */
#define chan_try_select(...) chan_select_now(chan_cases(__VA_ARGS__), chan_case_count(__VA_ARGS__))
/* -1 when limit has passed; without a case so long. */
#define chan_select_for(limit, ...) \
	chan_select_array(chan_cases(__VA_ARGS__), chan_case_count(__VA_ARGS__), (limit))

enum chan_direction { CHAN_RECEIVES, CHAN_SENDS };
struct chan_case {
	struct channel *channel;
	void *value;
	bool *ok;
	enum chan_direction direction;
	/* the rest is the kernel's: a wait node */
	uint32_t result; /* what its claimer leaves: twice the case's index, and 1 if not closed */
	void *target;    /* where a partner leaves or finds the value; null: nowhere */
	struct chan_case *next, *before;
	struct g *g;
};
#define on_recv(c, p) on_recv_ok(c, p, 0)
#define on_recv_ok(c, p, ok_) chan_case_of(c, chan_pointer(c, p), ok_, CHAN_RECEIVES)
#define on_send(c, ...) chan_case_of(c, chan_object(c, __VA_ARGS__), 0, CHAN_SENDS)
/* For arrays filled in a loop, where on_send's hidden object would end with the block: v stays
 * the caller's. */
#define on_send_from(c, p) chan_case_of(c, chan_pointer(c, p), 0, CHAN_SENDS)

/* Go's reflect.Select: the index of the case that ran, -1 when limit has passed. n of 2^30 or more
 * panics. */
int chan_select_array(struct chan_case *, size_t n, go_time limit);

/* Package sync. All are ready for use when zero. */

struct go_waiters {
	struct go_waiter *first, *last;
};

/* As sync.Mutex: any goroutine may unlock; to lock twice is a deadlock. Fair: who waits for over
 * 1 ms is served next. */
struct mutex {
	uint32_t word; /* atomic: 1 locked, 2 somebody waits */
	uint32_t lock;
	struct go_waiters waiters;
};
static inline void mutex_lock(struct mutex *);
static inline bool mutex_try_lock(struct mutex *);
bool mutex_lock_for(struct mutex *, go_time limit); /* false: not within limit */
static inline void mutex_unlock(struct mutex *);    /* panics when not locked */

/* wg_done of the last one does not touch the waitgroup once its waiters can run: it may live on
 * a waiter's stack. */
struct waitgroup {
	uint32_t word; /* atomic: the count; top bit: somebody waits */
	uint32_t lock;
	struct go_waiters waiters;
};
/* n may be negative; panics below a count of 0 and above INT32_MAX. Handlers too: one that ends the
 * count is masked while it wakes all who wait */
void wg_add(struct waitgroup *, int n);
void wg_done(struct waitgroup *);                    /* wg_add(wg, -1). Handlers too */
void wg_wait(struct waitgroup *);                    /* until the count is 0 */
bool wg_wait_for(struct waitgroup *, go_time limit); /* false: not within limit */
/* wg_go(&wg, f, ...): wg_add, then a goroutine that calls f(...) and wg_done, the latter also when f
 * ends in go_exit. */

/* once_do(&o, f): f() runs in the first call; every call returns after f has returned or ended in
 * go_exit. If f calls once_do on o: deadlock, as Go. */
struct once {
	struct mutex mutex;
	uint32_t done; /* atomic */
};
static inline void once_do(struct once *, void (*f)(void));

/* Interrupt handlers and devices. */

/* For data that handlers and goroutines share: masks interrupts until spin_unlock, so for a few
 * instructions. Not nested on one lock. What waits panics in between, spin_unlock when not
 * locked. Handlers too. */
struct spinlock {
	uint32_t word;
	unsigned long state;
};
void spin_lock(struct spinlock *);
void spin_unlock(struct spinlock *);

/* the handler feeds channels, so waiting on those while all sleep is no deadlock */
enum irq_flags { IRQ_FEEDS = 1 };
/* handler(arg) runs on the core stack, interrupts masked, when the device raises line, and must
 * make it fall. A line is the interrupt controller's number (GIC: INTID, PLIC: source). Panics
 * when line is not one of the board's or is attached. */
void irq_attach(unsigned line, void (*handler)(void *), void *arg, unsigned flags);
/* panics when not attached. A handler that runs on another core may be still running */
void irq_detach(unsigned line);

/* Seeing inside. */

/* f runs after the report of a panic or a fault, the other cores stopped, interrupts masked; of
 * Skein it may call kprintf. It may reset the board, which ends the run when it returns. */
void go_on_panic(void (*f)(void));
void go_dump(void); /* prints every goroutine: what a deadlock report prints */
struct go_stats {
	unsigned cores;
	struct go_core_stats {
		uint64_t runs;     /* goroutines that ended there */
		uint64_t switches; /* to any goroutine */
		uint64_t steals, preemptions;
		uint64_t refused; /* preemptions put off for want of memory */
		go_time idle;
	} core[16];
	/* taken from memory; those kept for the next go are among them */
	unsigned stacks, stacks_peak;
	unsigned frames, frames_peak; /* of preempted goroutines, and one or two for each core */
	go_time uptime;
};
/* Counted since power-on. The cores run on while it reads. Handlers too. */
static inline struct go_stats go_stats_read(void);
/* As printf, of %d %i %u %x %X %p %s %c %% with width, precision, - 0 and l ll z. To the console. What
 * one call prints, up to 240 characters, arrives whole: not within a line of stdout (stderr has no
 * buffer: each conversion of its format, and the text between two, is a piece of its own), nor
 * within another call's, and behind what was printed before. It is out when a goroutine's call
 * returns, or another goroutine is about to write it; a handler's may wait for the goroutine that
 * writes. Only when more lines wait than there is room for, a handler's may go into the one that it
 * interrupted. Never waits for a goroutine that does not run. Handlers too. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the macros stand on. Not for programs: names and meaning may change. */

struct g;
struct channel {
	uint32_t lock;
	uint32_t state;        /* atomic: elements buffered, and CHAN_CLOSED_BIT and so on */
	uint32_t capacity;     /* elements */
	uint32_t size, stride; /* of an element; from one to the next */
	uint32_t read, write;  /* indices of the next element to take and to fill */
	/* waiters off the lists that will still come to take themselves off */
	uint32_t dropped;
	bool word;  /* an element is an aligned word: the size of a pointer */
	bool fixed; /* CHAN_STATIC */
	struct chan_waiters {
		struct chan_case *first, *last;
	} receivers, senders;
	uintptr_t site; /* the pc of chan_make */
	char buffer[] __attribute__((aligned(16)));
};

struct channel *chan_new(size_t size, size_t align, size_t n, bool must);
void chan_send_from(struct channel *, const void *);
unsigned chan_recv_to(struct channel *, void *); /* 1: received, 0: closed */
static inline bool chan_receive(struct channel *c, void *p)
{
	return chan_recv_to(c, p);
}
enum chan_result chan_try_send_from(struct channel *, const void *);
enum chan_result chan_try_recv_to(struct channel *, void *);
enum chan_result chan_send_from_for(struct channel *, const void *, go_time limit);
enum chan_result chan_recv_to_for(struct channel *, void *, go_time limit);
void chan_end(struct channel *);
void chan_delete(struct channel *);
size_t chan_length(struct channel *);
size_t chan_capacity(struct channel *);
int chan_try_array(struct chan_case *, size_t n);
void chan_send_refused(struct channel *) __attribute__((noreturn));

#define chan_is_void(T) __builtin_types_compatible_p(__typeof__(T), void)
#define chan_type_size(T) (chan_is_void(T) ? 0 : sizeof(T))
#define chan_type_stride(T) \
	(chan_type_size(T) > 8 ? (chan_type_size(T) + 7) & ~7u : chan_type_size(T))
#define chan_type_align(T) (chan_is_void(T) ? 1 : _Alignof(T))
#define chan_is_word(T) \
	(chan_type_size(T) == sizeof(void *) && chan_type_align(T) == sizeof(void *))
/* The element's type; for chan(void) one that an object can have. */
#define chan_element(c) __typeof__((**(c))())
#define chan_object_type(c) chan_typeof_if_void(c, char, chan_element(c))
#define chan_typeof_if_void(c, T, U)                                                         \
	__typeof__(*__builtin_choose_expr(chan_is_void(chan_element(c)), (__typeof__(T) *)0, \
	                                  (__typeof__(U) *)0))
/* What is no channel has no element. */
#define chan_of(c) ((struct channel *)(1 ? (c) : (__typeof__(c))(chan(chan_element(c)))0))
/* A pointer to an object that holds the value: an array of one, so that structs need no braces
 * of their own. */
#define chan_object(c, ...)                                                              \
	((chan_object_type(c)[1 + chan_missing(c, __VA_ARGS__) __VA_OPT__(+chan_checked( \
	                              int (*)(chan_object_type(c)), __VA_ARGS__))]){__VA_ARGS__})
#define chan_missing(c, ...)                                         \
	chan_assert((chan_is_void(chan_element(c)))__VA_OPT__(== 0), \
	            "a value to send is missing, or sent to a chan(void)")
/* The value and the limit, or with chan(void) the limit: in a struct, because a value may hold
 * commas. */
#define chan_timed_object(c, ...) \
	(&(chan_timed_type(c)){__VA_ARGS__} + chan_checked(chan_timed_check(c), __VA_ARGS__))
#define chan_timed_type(c)                     \
	chan_typeof_if_void(                   \
	    c, struct { go_time limit; },      \
	    struct {                           \
		    chan_object_type(c) value; \
		    go_time limit;             \
	    })
#define chan_timed_check(c) \
	chan_typeof_if_void(c, int (*)(go_time), int (*)(chan_object_type(c), go_time))
#define chan_pointer(c, p) ((chan_object_type(c) *){(p)})
/* 0, and an error unless the values convert to the parameters of a function of this type: an
 * initializer would rather give them to the first members of a struct. */
#define chan_checked(type, ...) (0 * sizeof(__typeof__(((type)0)(__VA_ARGS__))))
#define chan_assert(cond, sentence)              \
	(0 * sizeof(struct {                     \
		 int x;                          \
		 _Static_assert(cond, sentence); \
	 }))
#define chan_size(T)                                        \
	(chan_type_size(T) +                                \
	 chan_assert(chan_type_size(T) <= CHAN_ELEMENT_MAX, \
	             "chan: an element has at most 256 bytes, send a pointer"))

/* The node is left as it is: it is written before it is read, and to clear it would cost more
 * than a look at the channel. */
#define chan_case_of(c, value_, ok_, direction_)                      \
	((struct chan_case){.channel = chan_of(c),                    \
	                    .value = (value_),                        \
	                    .ok = (ok_),                              \
	                    .direction = (direction_),                \
	                    .result = chan_unset(uint32_t),           \
	                    .target = chan_unset(void *),             \
	                    .next = chan_unset(struct chan_case *),   \
	                    .before = chan_unset(struct chan_case *), \
	                    .g = chan_unset(struct g *)})
#ifdef __clang__
#define chan_unset(T) ((T)0)
#else
#define chan_unset(T)                  \
	__extension__({                \
		T chan_any = chan_any; \
		chan_any;              \
	})
#endif
#define chan_cases(...) ((struct chan_case[]){__VA_ARGS__})
#define chan_case_count(...) (sizeof(chan_cases(__VA_ARGS__)) / sizeof(struct chan_case))

/* both: a value of that size, then the limit at its own alignment. */
static inline enum chan_result chan_send_timed(struct channel *c, const void *both, size_t size)
{
	size_t at = (size + sizeof(go_time) - 1) / sizeof(go_time) * sizeof(go_time);

	return chan_send_from_for(c, both, *(const go_time *)((const char *)both + at));
}

static inline __attribute__((always_inline)) int chan_select_now(struct chan_case *cases, size_t n)
{
	enum chan_result r;

	if (!__builtin_constant_p(n) || n != 1)
		return chan_try_array(cases, n);
	if (cases->direction == CHAN_RECEIVES) {
		r = chan_try_recv_to(cases->channel, cases->value);
		if (r != CHAN_NOT_READY && cases->ok)
			*cases->ok = r == CHAN_OK;
	} else {
		r = chan_try_send_from(cases->channel, cases->value);
		if (r == CHAN_CLOSED)
			chan_send_refused(cases->channel);
	}
	return r == CHAN_NOT_READY ? -1 : 0;
}

void go_capture(void);
void go_start(void (*f)(void));
bool go_try_start(void (*f)(void));
void go_with_start(void (*f)(void), const struct go_attr *);
void go_copy_start(void (*f)(void), const void *value, size_t size, size_t align);
void go_wg_start(void (*f)(void), struct waitgroup *);

/* Calls f's own type at an assembly function that stores the argument registers in this goroutine's
 * g; the compiler checks and converts as in a call of f. What else there is to evaluate is so
 * before, because it may start goroutines itself; the names carry a number because such uses
 * nest. */
#define go_call(start, ...) go_call_(__COUNTER__, start, __VA_ARGS__)
#define go_call_(n, ...) go_call_as(n, __VA_ARGS__)
#define go_call_as(n, start, f, ...)                         \
	__extension__({                                      \
		__typeof__(&*(f)) go_f_##n = (f);            \
		go_store_arguments(go_f_##n, ##__VA_ARGS__); \
		start((void (*)(void))go_f_##n);             \
	})
#define go_call_with(extra, ...) go_call_with_(__COUNTER__, extra, __VA_ARGS__)
#define go_call_with_(n, ...) go_call_with_as(n, __VA_ARGS__)
#define go_call_with_as(n, extra, start, f, ...)               \
	__extension__({                                        \
		__typeof__(&*(f)) go_f_##n = (f);              \
		__typeof__(extra) go_extra_##n = (extra);      \
		go_store_arguments(go_f_##n, ##__VA_ARGS__);   \
		start((void (*)(void))go_f_##n, go_extra_##n); \
	})
#define go_store_arguments(f, ...)                                                           \
	do {                                                                                 \
		_Static_assert(go_count_arguments(__VA_ARGS__) <= 4,                         \
		               "go: at most 4 arguments, use go_copy");                      \
		go_check_result((f)(__VA_ARGS__));                                           \
		go_check_arguments(__VA_ARGS__) go_check_parameters(f, ##__VA_ARGS__)(void)( \
		    (__typeof__(f))go_capture_hidden())(__VA_ARGS__);                        \
	} while (0)

static inline __attribute__((always_inline)) void (*go_capture_hidden(void))(void)
{
	void (*p)(void) = go_capture;

	__asm__("" : "+r"(p));
	return p;
}

/* A larger result would be stored where a hidden argument points to: at nothing, once the
 * creator goes on. */
#define go_check_result(call)                                                                      \
	_Static_assert(sizeof(__typeof__(call)) <= 2 * sizeof(void *),                             \
	               "go: a function that returns so large a struct cannot be started, call it " \
	               "in one that returns nothing")

#define wg_go(wg, ...) go_call_with((wg), go_wg_start, __VA_ARGS__)

#define go_count_arguments(...) go_count_arguments_(0, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define go_count_arguments_(z, a, b, c, d, e, f, g, h, n, ...) n
#define go_check_arguments(...)                                                            \
	go_check_select_(0, ##__VA_ARGS__, go_check4_, go_check4_, go_check4_, go_check4_, \
	                 go_check4_, go_check3_, go_check2_, go_check1_, go_check0_)(__VA_ARGS__)
#define go_check_select_(z, a, b, c, d, e, f, g, h, n, ...) n
/* An integer would convert to a floating-point parameter. So f is also called, where control never
 * comes, with something else for each integer, which every other parameter takes: gcc finds that
 * no double has this value; clang gets a pointer. */
#define go_check_parameters(f, ...)                                                                \
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic error \"-Wfloat-conversion\"")      \
	    _Pragma("GCC diagnostic ignored \"-Woverflow\"")                                       \
	        _Pragma("GCC diagnostic ignored \"-Wformat\"")                                     \
	            _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                         \
	                _Pragma("GCC diagnostic ignored \"-Wincompatible-pointer-types\"") if (0)( \
	                    void)(f)(go_probes(__VA_ARGS__));                                      \
	_Pragma("GCC diagnostic pop")
#ifdef __clang__
#define GO_NOT_FOR_A_FLOATING_POINT_PARAMETER_USE_GO_COPY \
	((struct go_not_for_a_floating_point_parameter_use_go_copy *)0)
#else
#define GO_NOT_FOR_A_FLOATING_POINT_PARAMETER_USE_GO_COPY 9007199254740993
#endif
#define go_probes(...)                                                                     \
	go_check_select_(0, ##__VA_ARGS__, go_probe4_, go_probe4_, go_probe4_, go_probe4_, \
	                 go_probe4_, go_probe3_, go_probe2_, go_probe1_, go_probe0_)(__VA_ARGS__)
#define go_probe0_(...)
#define go_probe1_(a) go_probe(a)
#define go_probe2_(a, b) go_probe(a), go_probe(b)
#define go_probe3_(a, b, c) go_probe(a), go_probe2_(b, c)
#define go_probe4_(a, b, ...) go_probe2_(a, b), go_probe2_(__VA_ARGS__)
#define go_probe(a)                                                                                \
	__builtin_choose_expr(go_is_integer(a), GO_NOT_FOR_A_FLOATING_POINT_PARAMETER_USE_GO_COPY, \
	                      (a))
#define go_check0_(...)
#define go_check1_(a) go_check_argument(a)
#define go_check2_(a, ...) go_check_argument(a) go_check1_(__VA_ARGS__)
#define go_check3_(a, ...) go_check_argument(a) go_check2_(__VA_ARGS__)
#define go_check4_(a, b, c, d, ...) go_check2_(a, b) go_check2_(c, d)
/* By gcc's classes of types: 1 to 4 are integers, 5 pointers, 8 and 9 real and complex numbers. A
 * struct that holds one of the last goes in floating-point registers, and nothing tells it from
 * others: so none is taken. */
#define go_check_argument(a)                                                               \
	_Static_assert(                                                                    \
	    __builtin_classify_type(a) != 8 && __builtin_classify_type(a) != 9,            \
	    "go: a floating-point argument does not fit a general register, use go_copy"); \
	_Static_assert(                                                                    \
	    go_is_integer(a) || __builtin_classify_type(a) == 5,                           \
	    "go: an argument must be an integer or a pointer, use go_copy or a pointer");  \
	_Static_assert(sizeof(__typeof__(((void)0, (a)))) <= 8,                            \
	               "go: an argument has at most 8 bytes, use go_copy or a pointer");
#define go_is_integer(a) (__builtin_classify_type(a) >= 1 && __builtin_classify_type(a) <= 4)

void go_stats_fill(struct go_stats *);

/* Inline, because the copy may be newlib's memcpy, which uses floating-point registers. */
static inline struct go_stats go_stats_read(void)
{
	struct go_stats stats;

	go_stats_fill(&stats);
	return stats;
}

void mutex_lock_slow(struct mutex *);
bool mutex_try_lock_slow(struct mutex *);
void mutex_unlock_slow(struct mutex *);
void once_slow(struct once *, void (*f)(void));

/* Atomic operations by the names and with the orders of kernel/atomic.h, which a program does not
 * include. On RISC-V a fence makes the order of a compare-and-swap: that of gcc 12 acquires at the
 * store, which orders nothing, and does not release at all. */
#ifdef __riscv
#define GO_CAS_ACQUIRE __ATOMIC_RELAXED
#define GO_CAS_RELEASE __ATOMIC_RELAXED
#define go_fence(before, after) __asm__ volatile("fence " #before ", " #after : : : "memory")
#else
#define GO_CAS_ACQUIRE __ATOMIC_ACQUIRE
#define GO_CAS_RELEASE __ATOMIC_RELEASE
#define go_fence(before, after) ((void)0)
#endif

static inline uint32_t go_load_acquire(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline bool go_cas_acquire(uint32_t *word, uint32_t expected, uint32_t value)
{
	if (__builtin_expect(!__atomic_compare_exchange_n(word, &expected, value, false,
	                                                  GO_CAS_ACQUIRE, __ATOMIC_RELAXED),
	                     0))
		return false;
	go_fence(r, rw);
	return true;
}

static inline bool go_cas_release(uint32_t *word, uint32_t expected, uint32_t value)
{
	go_fence(rw, w);
	return __builtin_expect(__atomic_compare_exchange_n(word, &expected, value, false,
	                                                    GO_CAS_RELEASE, __ATOMIC_RELAXED),
	                        1);
}

static inline bool mutex_take(struct mutex *m)
{
	return go_cas_acquire(&m->word, 0, 1); /* M1 */
}

static inline bool mutex_try_lock(struct mutex *m)
{
	return mutex_take(m) || mutex_try_lock_slow(m);
}

static inline void mutex_lock(struct mutex *m)
{
	if (!mutex_take(m))
		mutex_lock_slow(m);
}

static inline void mutex_unlock(struct mutex *m)
{
	if (!go_cas_release(&m->word, 1, 0)) /* M2 */
		mutex_unlock_slow(m);
}

static inline void once_do(struct once *o, void (*f)(void))
{
	if (__builtin_expect(go_load_acquire(&o->done) == 0, 0)) /* M3 */
		once_slow(o, f);
}

#ifdef __cplusplus
/* In C++ each use of a macro that asks for types, as only C can, is this one error. */
#undef go_call
#undef go_call_with
#undef go_copy
#undef chan_of
#undef chan_size
#undef chan_type_size
#undef chan_type_align
#undef chan_pointer
#undef chan_object
#undef chan_timed_object
#undef chan_cases
#undef chan_case_count
#define go_call(...) this_macro_of_skein_h_is_for_C_call_a_function_in_a_C_file()
#define go_call_with(...) go_call()
#define go_copy(...) go_call()
#define chan_of(c) go_call()
#define chan_size(T) go_call()
#define chan_type_size(T) 0
#define chan_type_align(T) 0
#define chan_pointer(c, p) 0
#define chan_object(c, ...) 0
#define chan_timed_object(c, ...) 0
#define chan_cases(...) go_call()
#define chan_case_count(...) 0
}
#endif
#endif
