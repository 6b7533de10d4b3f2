/* Skein: goroutines, channels and select on every core of a bare machine. This is the only header
 * that a program includes; it includes skein/sync.h and skein/time.h, parts of this reference.
 *
 * Every call behaves as the Go specification and the Go memory model say, unless a line here says
 * otherwise. A time is int64 nanoseconds. A call with a limit of 0 or below tries once and does not
 * wait. A call with the limit GO_FOREVER waits without a limit. A wait with any other limit needs a
 * timer, and so does go_sleep: the call panics when there is no memory for the timer. A macro
 * evaluates each argument exactly once. A panic prints a sentence and every goroutine, and ends the
 * program with status 70. A goroutine may make every call. An interrupt handler, and a goroutine
 * that holds a spin_lock, may make only the calls marked "Handlers too".
 *
 * Skein needs C11 with GNU extensions: gcc from 12, clang from 14. C++ gets the same names from
 * C++11 on, go_attr from C++14 on. There the types of elements and of go_copy's struct must be
 * trivially copyable, attributes stand in the order of struct go_attr, and CHAN_STATIC is missing. */
#ifndef SKEIN_H
#define SKEIN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* `go` calls through the function's own type. A wrong argument there is an error, where a compiler
 * would only warn. */
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
#define go_ns(n) ((go_time)(n))
#define go_us(n) ((go_time)(n)*1000)
#define go_ms(n) ((go_time)(n)*1000000)
#define go_sec(n) ((go_time)(n)*1000000000)
/* Short names for the same macros. A program with a function or a variable of such a name defines
 * SKEIN_NO_SHORT_NAMES before it includes this header, and uses the long names. */
#ifndef SKEIN_NO_SHORT_NAMES
#define ns(n) go_ns(n)
#define us(n) go_us(n)
#define ms(n) go_ms(n)
#define sec(n) go_sec(n)
#endif

/* time since power-on, monotonic, the same on every core; in steps of the board's clock: 16
 * or 100 ns on QEMU's virt machines, 1 us on sifive-u. Handlers too */
go_time go_now(void);
void go_sleep(go_time); /* sleeps at least so long; 0 or below: not at all */

/* Goroutines. Each has its own rounding mode, to nearest at the start, and its own floating-point
 * exception flags, which hold until its next call that may wait. A handler has the defaults. */

/* go(f, a, b, c, d): runs f(a, b, c, d) in a new goroutine. Up to 4 arguments are passed by value,
 * converted and checked as in a call of f. Each is an integer or a pointer of at most 8 bytes; a
 * struct or a floating-point argument does not compile, use go_copy. The result of f is dropped;
 * one larger than two registers does not compile. f sees all that its creator wrote before. Panics
 * when out of memory. Handlers too. */
#define go(...) go_call(go_start, __VA_ARGS__)

/* As go, but returns false when there is no memory for a goroutine. Handlers too. */
#define go_try(...) go_call(go_try_start, __VA_ARGS__)

/* go_copy(f, (struct job){...}): as go, but copies the struct to the new stack, aligned as its type
 * asks, and calls f with a struct job *. The struct has at most GO_COPY_MAX bytes, a quarter of the
 * default stack. Panics when out of memory. */
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

/* go_with(go_attr(.name = "rx", .stack = 4096), f, ...): as go, with attributes. An attribute that
 * is not named has its default. Panics when out of memory, and when an attribute is out of
 * range. */
#define go_with(attr, ...) go_call_with(&(attr), go_with_start, __VA_ARGS__)
#define GO_ANY_CORE (-1)
#ifdef __cplusplus
#define GO_DEFAULT(value) = (value) /* of a member that go_attr does not name */
#else
#define GO_DEFAULT(value)
#endif
struct go_attr {
	const char *name GO_DEFAULT(0); /* copied, up to 15 characters */
	/* A fixed size in bytes, up to 1 MB. On AArch64 and RV64 more than 2 KB are whole pages,
	 * and a guard below them makes an overflow a fault. Other sizes are rounded up to a power
	 * of two, at least 1 KB (512 on 32 bits); where no hardware guards them an overflow is
	 * found at the next interrupt or at the end. 0: the default, which is 2 KB on ARMv8-M and
	 * RV32, and grows on AArch64 and RV64. */
	size_t stack GO_DEFAULT(0);
	/* AArch64 and RV64: the stack grows, to so many bytes, up to 1 GB, rounded up to whole
	 * pages; 0: the default, 128 KB. Not together with .stack. Elsewhere: panics above 0. */
	size_t stack_max GO_DEFAULT(0);
	/* the one core that runs it, 0 to go_cores() - 1; GO_ANY_CORE, the default: any core */
	int core GO_DEFAULT(GO_ANY_CORE);
	int priority GO_DEFAULT(0); /* reserved: must be 0 */
};
#define go_attr(...) ((struct go_attr){.core = GO_ANY_CORE, __VA_ARGS__})

void go_yield(void); /* lets other goroutines run */
/* Ends this goroutine; if that is main, the others go on. once_do and wg_go treat an f that ends in
 * go_exit like one that returns. */
void go_exit(void) __attribute__((noreturn));
/* this goroutine's id, from 1; 2^32 goroutines have different ids; 0 in a handler. Handlers too */
unsigned go_id(void);
/* names this goroutine in reports; copies up to 15 characters */
void go_name(const char *);
/* Keeps this goroutine from being preempted until go_preempt_on. Calls nest, 63 deep. A call that
 * waits or yields in between panics. */
void go_preempt_off(void);
void go_preempt_on(void); /* panics without a go_preempt_off before it */
unsigned go_count(void);  /* goroutines alive, main included. Handlers too */
unsigned go_cores(void);  /* cores of this run. Handlers too */
/* Lets n cores run goroutines, at most go_cores(), and returns the value before; 0 changes nothing.
 * After a call that lowers the value, a core beyond n runs only goroutines pinned to it. At the
 * start the value is go_cores(), or what skein.maxprocs= in the command line says. */
unsigned go_maxprocs(unsigned n);

/* Channels. chan(T) is a pointer type, the channel of elements of type T; a null pointer is Go's
 * nil channel. Waiters are served first come, first served. The value v of a send is converted as
 * by assignment, and may contain commas: chan_send(c, (struct p){1, 2}). */

#define chan(T) __typeof__(__typeof__(T)(**)(void))
enum chan_result { CHAN_NOT_READY, CHAN_OK, CHAN_CLOSED };

/* chan_make(T, n): makes a channel of capacity n, at most 2^29 - 1. Out of memory chan_make panics,
 * and chan_try_make returns null. An element of more than CHAN_ELEMENT_MAX bytes does not
 * compile. */
#define chan_make(T, n) ((chan(T))chan_new(chan_size(T), chan_kind(T), (n), true))
#define chan_try_make(T, n) ((chan(T))chan_new(chan_size(T), chan_kind(T), (n), false))
/* An element is copied with interrupts masked, for about as long as other calls mask them. The
 * longest copy is a receive from a full buffer while a sender waits, of an element of more than 128
 * bytes whose source or target is not at a multiple of 8. */
#define CHAN_ELEMENT_MAX 256

/* Defines a channel at file scope, without an allocator; name is a constant of type chan(T). */
#define CHAN_STATIC(name, T, n)                                        \
	static struct {                                                \
		struct channel channel;                                \
		_Alignas(16) char buffer[(n)*chan_type_stride(T) + 1]; \
	} name##_storage = {{.size = chan_size(T),                     \
	                     .stride = chan_type_stride(T),            \
	                     .capacity = (n),                          \
	                     .kind = chan_kind(T),                     \
	                     .fixed = CHAN_FIXED},                     \
	                    {0}};                                      \
	static chan(T) const name = (chan(T))(void *)&name##_storage

/* chan_send(c, v): sends v; waits while c is full. Panics when c is closed, even if c is closed
 * during the wait. A null c blocks for ever. */
#define chan_send(c, ...) chan_send_from(chan_of(c), chan_object(c, __VA_ARGS__))
/* chan_recv(c, &v): receives into v; waits while c is empty. Returns false, with v zeroed, when c
 * is closed and drained, so for (T v; chan_recv(c, &v);) is Go's range. A null pointer in place of
 * &v discards the value. A null c blocks for ever. */
#define chan_recv(c, p) \
	chan_receive(chan_of(c), chan_pointer(c, p), chan_type_size(chan_element(c)))
/* enum chan_result chan_try_send(c, v), chan_try_recv(c, &v): do not wait. CHAN_OK: v was sent or
 * received. CHAN_CLOSED: c is closed; a send does not panic, a receive found c drained and zeroed
 * v. CHAN_NOT_READY, also on a null c: nothing was done, v is unchanged. Handlers too. */
#define chan_try_send(c, ...) chan_try_send_from(chan_of(c), chan_object(c, __VA_ARGS__))
#define chan_try_recv(c, p) chan_try_recv_to(chan_of(c), chan_pointer(c, p))
/* enum chan_result chan_send_for(c, v, limit), chan_recv_for(c, &v, limit): wait for limit at
 * most. The result is as above; CHAN_NOT_READY when limit has passed. */
#define chan_send_for(c, ...)                                          \
	chan_send_timed(chan_of(c), chan_timed_object(c, __VA_ARGS__), \
	                chan_type_size(chan_element(c)))
#define chan_recv_for(c, p, limit) chan_recv_to_for(chan_of(c), chan_pointer(c, p), (limit))
/* Closes c and wakes its waiters: receivers get false, senders panic. Panics on a null or closed c,
 * and on the channel of a timer, a ticker or go_after. */
#define chan_close(c) chan_end(chan_of(c))
/* Frees c; does nothing if c is null. Panics when a goroutine waits on c, on a CHAN_STATIC, and on
 * the channel of a timer or a ticker. After a finished operation c may be freed at once, even if
 * the partner's call has not returned yet: a receive that finds c closed may be followed by its
 * chan_free. */
#define chan_free(c) chan_delete(chan_of(c))
#define chan_len(c) \
	chan_length(chan_of(c)) /* size_t: values in the buffer; 0 if null. Handlers too */
#define chan_cap(c) chan_capacity(chan_of(c)) /* size_t: the capacity; 0 if null. Handlers too */

/* Select runs one of its cases and returns the index of that case. It is an expression, so break,
 * continue and return keep their C meaning:
 *
 *	switch (chan_select(on_recv(in, &x), on_send(out, y), on_recv_ok(done, &d, &ok))) {
 *	case 0: use(x); break;
 *
 * Each of several ready cases is chosen with the same chance. A case on a null channel never runs.
 * A receive on a closed channel is always ready; a send on a closed channel panics. A receive that
 * does not run writes nothing through its pointers. The cases lie in the caller's frame and serve
 * as wait nodes, so select allocates nothing. A select without a case waits for ever. */
#define chan_select(...) \
	chan_select_array(chan_cases(__VA_ARGS__), chan_case_count(__VA_ARGS__), GO_FOREVER)
/* Does not wait; returns -1 when no case is ready. Handlers too. */
#define chan_try_select(...) chan_select_now(chan_cases(__VA_ARGS__), chan_case_count(__VA_ARGS__))
/* Returns -1 when limit has passed. Without a case it waits for limit. */
#define chan_select_for(limit, ...) \
	chan_select_array(chan_cases(__VA_ARGS__), chan_case_count(__VA_ARGS__), (limit))

enum chan_direction { CHAN_RECEIVES, CHAN_SENDS };
struct chan_case {
	struct channel *channel;
	void *value;
	bool *ok;
	enum chan_direction direction;
	/* the kernel's own from here on: the wait node */
	/* twice the case's index, or WAITER_SOLE: a claimer answers with it, and adds 1 when a
	 * value was passed (waiter.h) */
	uint32_t result;
	void *target; /* where a partner stores or finds the value; null: nowhere */
	struct chan_case *next, *before;
	struct g *g;
};
#define on_recv(c, p) on_recv_ok(c, p, 0)
#define on_recv_ok(c, p, ok_) chan_case_of(c, chan_pointer(c, p), ok_, CHAN_RECEIVES)
#define on_send(c, ...) chan_case_of(c, chan_object(c, __VA_ARGS__), 0, CHAN_SENDS)
/* Sends *p, for cases that are put into an array in a loop. The hidden object that on_send makes
 * ends with the loop's block; *p is the caller's own. */
#define on_send_from(c, p) chan_case_of(c, chan_pointer(c, p), 0, CHAN_SENDS)

/* As Go's reflect.Select: runs one of n cases and returns its index, or -1 when limit has passed.
 * Panics when n is above CHAN_CASES_MAX. */
#define CHAN_CASES_MAX 65536
int chan_select_array(struct chan_case *, size_t n, go_time limit);

/* Go's package sync: mutex, rwmutex, cond, waitgroup, once, pool; and a semaphore. */
#include "skein/sync.h"

/* Interrupt handlers and devices. */

/* Guards data that handlers and goroutines share. Interrupts are masked until spin_unlock, so hold
 * it for a few instructions only. A holder must not lock it again, and panics in a call that waits.
 * spin_unlock panics when not locked. Handlers too. */
struct spinlock {
	uint32_t word;
	unsigned long state;
};
void spin_lock(struct spinlock *);
void spin_unlock(struct spinlock *);

/* Stands outside functions: the program uses a device whose registers begin at address base, size
 * bytes. They are there at this address from the start, mapped as registers are: in order, and
 * neither cached nor read ahead. All of their pages of 4 KB are. Without this, and where the board
 * itself does not use a device, an access faults. The program does not start when a range lies in
 * RAM, or when there are more ranges than the machine can tell apart (8 on some Cortex-M33, 3 of
 * them the image's); ranges that touch count once. */
#define GO_MAP_DEVICE(base, size)                            \
	static const struct go_device SKEIN_DEVICE(__LINE__) \
	    __attribute__((used, section(".go_devices"))) = {(base), (size)}
#define SKEIN_DEVICE(line) SKEIN_DEVICE_OF(line)
#define SKEIN_DEVICE_OF(line) go_device_##line
struct go_device {
	uintptr_t base;
	size_t size;
};

/* IRQ_FEEDS: the handler may wake goroutines, so it is no deadlock when all of them are asleep.
 * IRQ_EDGE: the device interrupts by an edge of its line, which need not fall again. Without this
 * flag the device interrupts by the level of the line. IRQ_ON(core): that core takes the line and
 * runs the handler. Without it the board chooses, core 0 if it can. */
enum irq_flags { IRQ_FEEDS = 1, IRQ_EDGE = 2 };
#define IRQ_ON(core) (((unsigned)(core) + 1) << 8)
/* When the device raises line, handler(arg) runs on the core stack, with interrupts masked. The
 * handler must make a level fall. A line is the interrupt controller's number (GIC: INTID, PLIC:
 * source). Panics when the board has no such line, the line is attached, or the core of IRQ_ON
 * cannot take it: this run has no such core, or, on raspi3, another one takes the lines that are
 * attached, for there one core takes all. */
void irq_attach(unsigned line, void (*handler)(void *), void *arg, unsigned flags);
/* Ends that. On return the line's handler runs on no core any more: what it used may go.
 * The call waits while the handler runs on another core. A handler may detach its own line: then
 * the call waits for nothing, and this run of the handler is the last. Panics when the line is not
 * attached, in another line's handler, and under a spin_lock. */
void irq_detach(unsigned line);
/* Attaches line, which interrupts by its level, to a new channel with room for n times. Each
 * interrupt sends its time. The line is masked then, so that a level which stays up does not
 * interrupt again and again: a goroutine receives the time, serves the device, and calls irq_done.
 * When n times are there already, the time of a further interrupt is dropped. While a goroutine
 * waits on the channel and the line is not masked, it is no deadlock when all are asleep.
 * irq_detach ends it: then the channel gets no more times, stays open, and is the caller's to close
 * and to free, which panics before. Panics when n is 0, when out of memory, and as irq_attach. */
chan(go_time) irq_chan(unsigned line, size_t n);
/* Unmasks the line of an irq_chan; does nothing while it is not masked. Panics on another line.
 * Handlers too */
void irq_done(unsigned line);

/* Tests of programs, as Go's package testing/synctest. */

/* Runs f(arg) in a goroutine of a new bubble, and returns when all goroutines of the bubble have
 * ended. Goroutines, channels and timers that are made in the bubble are of the bubble. Inside,
 * go_now and all limits follow a clock of the bubble's own, which begins at go_sec(1). It stands
 * still while a goroutine of the bubble runs. When all are blocked it jumps to the first timer. So
 * a test of an hour's timeout takes no time. When all are blocked and there is no timer the bubble
 * is in a deadlock, which panics. Timers that are still armed at the end never fire.
 *
 * Blocked here is who waits for something that only the bubble can bring: on channels of the
 * bubble, in go_sleep, on a waitgroup, a cond or a semaphore, in a select whose channels are all of
 * the bubble, on a nil channel. Not blocked is who waits for a mutex, a rwmutex or a once, or on a
 * channel that was made outside: the clock waits for it too. The channel of irq_chan is outside
 * wherever it was made, because a device sends on it.
 *
 * What is of a bubble stays inside. A channel of a bubble that is used outside panics (chan_free,
 * chan_len and chan_cap may be called there). So does a goroutine outside, or a handler, that wakes
 * a blocked one, as by wg_done; and a call outside for a timer that is armed inside. go_bubble
 * panics in a bubble, in a handler, and when out of memory. */
void go_bubble(void (*f)(void *), void *arg);

/* Inside: returns when all other goroutines of the bubble are blocked and no timer is due. The
 * clock has not moved then. Panics outside a bubble, and while another goroutine of the bubble is
 * in this call. */
void go_bubble_wait(void);

/* Seeing inside. */

/* Between the two the accesses of this goroutine are not looked at, for a race that is meant so
 * (make RACE=1). Calls nest. Otherwise they do nothing. */
static inline void go_race_off(void);
static inline void go_race_on(void); /* panics without a go_race_off before it */
/* f runs after the report of a panic or a fault, with the other cores stopped and interrupts
 * masked. Of the calls in this header f may make kprintf only. f may reset the board; when f
 * returns the run ends. */
void go_on_panic(void (*f)(void));
/* The report of the panic or fault that ended the run before the last reset of the board, or null.
 * Skein has printed it when the board started. It is cut to CONFIG_CRASH_LOG - 1 characters. It is
 * there once: the start after this one does not find it. After power-on there is none, nor where
 * the reset, or the loader, has changed RAM. Context: any. */
const char *go_crash_log(void);
void go_dump(void); /* prints every goroutine, as a deadlock report does */
/* Prints the goroutines that nothing can wake any more, and returns how many they are. Such a
 * goroutine waits without a limit, and no pointer leads to what it waits on: not from a variable,
 * not from the argument of an attached handler or an armed timer, and not from a goroutine that
 * can still run. One on a null channel, or in a select without a case, is one too. A pointer may
 * lie wherever it is aligned, and may point into the midst of an object. A goroutine that can be
 * woken is never reported; a word that looks like a pointer may hide a leak. All cores stand still
 * meanwhile, with interrupts masked: for about 2 million instructions for each MB in use, and
 * 1,400 for each goroutine. Before that the call waits for cores that mask interrupts or are in a
 * handler. It takes memory, a 40th of what is in use; without it the call says so and returns 0. */
size_t go_leaks(void);
struct go_stats {
	unsigned cores;
	struct go_core_stats {
		uint64_t runs;     /* goroutines that ended on this core */
		uint64_t switches; /* switches to a goroutine */
		uint64_t steals, preemptions;
		uint64_t refused; /* preemptions put off because memory was short */
		go_time idle;
	} core[16];
	/* stacks in use, those kept for the next go included */
	unsigned stacks, stacks_peak;
	/* frames in use: of preempted goroutines, and one or two of each core */
	unsigned frames, frames_peak;
	size_t
	    memory_free; /* bytes of RAM that nothing uses; each core keeps some of them at hand */
	go_time uptime;
};
/* Returns what was counted since power-on. The cores run on during the call. Handlers too. */
static inline struct go_stats go_stats_read(void);
/* As printf, to the console: %d %i %u %x %X %p %s %c %% with width, - 0 l ll z, %s also with
 * precision. The text of one call, up to 240 characters, arrives whole, and after all that was
 * printed before: it splits no line of stdout and no other call's text. (stderr has no buffer: each
 * conversion of its format, and the text between two, is a piece of its own.) When a goroutine's
 * call returns, its text is out, or another goroutine is about to write it. A handler's text may
 * wait until the goroutine that writes at that time comes to it. If all lines of the console wait
 * already, a handler's text may split the line that the handler interrupted. A call never waits for
 * a goroutine that does not run. Handlers too. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif
#include "skein_impl.h"
#include "skein/time.h"
#endif
