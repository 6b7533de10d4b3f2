/* Timers and tickers: Go's package time, as of Go 1.23. skein.h includes this header.
 *
 * A zeroed struct is ready for use. Its owner stops it before its memory is used for something
 * else. A timer that has fired need not be stopped: the goroutine that has received its value, or
 * that runs its function, may free it. No other goroutine's call on the timer may be under way
 * then. Several goroutines may arm and stop one timer at the same time: one call comes after the
 * other.
 *
 * Times are nanoseconds. A timer never fires early. A time of 0 or below fires at once, and
 * GO_FOREVER never. Arming a timer needs room for it: the call panics when there is no memory. The
 * calls are for goroutines: in an interrupt handler they panic. */
#ifndef SKEIN_TIME_H
#define SKEIN_TIME_H
#ifdef __cplusplus
extern "C" {
#endif

/* Guarded by the lock of the heap that holds it (kernel/sched/timer.c). A node that is all zero is
 * in no heap. Not for programs, like all of struct go_timer. */
struct timer_node {
	uint64_t when; /* ticks of the board's clock */
	union {
		struct g *g;                      /* claimed at `when`: its limit has passed */
		void (*due)(struct timer_node *); /* or called at `when` */
	};
	uint32_t place; /* index in the heap, or TIMER_OUT */
	uint16_t core;  /* whose heap */
	uint8_t how;    /* atomic: enum timer_how in sched/timer.h */
};

/* What is valid in a timer: neither yet, the channel, or call. */
enum go_timer_kind { GO_TIMER_NEW, GO_TIMER_SENDS, GO_TIMER_CALLS };

/* What a timer calls. */
struct go_timer_call {
	void (*f)(void *);
	void *arg;
	uintptr_t site; /* the pc of timer_after */
};

/* Guarded by lock, but for the node (kernel/sync/time.c). */
struct go_timer {
	struct timer_node node; /* first: leads to its timer */
	uint32_t lock;
	uint8_t kind; /* enum go_timer_kind */
	union {
		struct go_timer_call call;
		/* a struct channel and its one value. Bytes, because a struct with a buffer of open
		 * length may stand in no other struct in C++ */
		char room[sizeof(struct channel) + sizeof(go_time)] __attribute__((aligned(16)));
	};
};

/* A timer sends the time on its channel once, or runs a function once. */
struct timer {
	/* The time at which the timer fires is sent on it. It is null before the first timer_reset,
	 * and in a timer of timer_after; so a select case on it never runs then. Not to be closed
	 * or freed, and nobody else sends on it. Its len and cap are 0, as in Go. */
	chan(go_time) c;
	struct go_timer own;
};

/* As Go's Reset, and NewTimer when *t is zeroed: t fires when d has passed. Returns true when t was
 * armed, or its value had not been received; what was to come before does not come then. After
 * timer_reset returns, no receive from t->c gets a value of before. */
bool timer_reset(struct timer *t, go_time d);

/* As Go's AfterFunc: when d has passed, f(arg) runs in a goroutine of its own. On an armed timer
 * the new d, f and arg take the place of the old ones. After f(arg) was started, timer_reset lets
 * it run once more, perhaps while the call before still runs. Panics on a timer with a channel.
 * When there is no memory for the goroutine, the panic comes when d has passed. */
void timer_after(struct timer *t, go_time d, void (*f)(void *), void *arg);

/* As Go's Stop. True: t was armed, or its value had not been received; the call has prevented that.
 * False: there was nothing to prevent, or the goroutine of its function has been started already.
 * timer_stop does not wait for that goroutine. After timer_stop returns, no receive from t->c gets
 * a value of before, and the kernel does not touch *t. */
bool timer_stop(struct timer *t);

/* As Go's After: returns a channel that receives the time when d has passed. The channel is the
 * caller's, who frees it by chan_free, before its time or after. Panics when out of memory. */
chan(go_time) go_after(go_time d);

/* A ticker sends the time on its channel again and again. */
struct ticker {
	chan(go_time) c; /* null before ticker_start; otherwise as in struct timer */
	struct go_timer own;
	go_time next, step; /* since power-on; from one tick to the next */
};

/* As Go's NewTicker, and Reset on a ticker that has been started: ticks are due each d from now on.
 * A tick is dropped while the one before has not been received. A tick that fires late is still
 * sent, and ticks that have come due in the meantime are dropped. The ticks do not drift: each is
 * due a multiple of d after the start. Of ticks that are less than 50 us apart only some are sent,
 * one each 50 us or a little more. When the tickers of a core want all of its time, its timers fire
 * late, so that goroutines have half of it or more. Panics when d is 0 or below. */
void ticker_start(struct ticker *t, go_time d);

/* As Go's Stop: no more ticks; t->c stays open. After the call no receive from t->c gets a tick, and
 * the kernel does not touch *t. */
void ticker_stop(struct ticker *t);

#ifdef __cplusplus
}
#endif
#endif
