/* The race detector: channels, select, package sync, timers, handlers, contexts.
 *
 * test: race=1 boards=virt-aarch64,virt-riscv64 cores=1,4 check=0 */
#include <skein/context.h>
#include <skein/errgroup.h>
#include "race.h"

/* A short case is one line. */
/* clang-format off */

static inline void use(long value)
{
	__asm__ volatile("" : : "r"(value));
}

/* Channels. */

#define sends_to(n, in_goroutine, ...)  \
	void other(void)                \
	{                               \
		in_goroutine;           \
	}                               \
	v.c = chan_make(int, n);        \
	v.c2 = chan_make(int, n);       \
	v.done = chan_make(void, 8);    \
	go(other);                      \
	__VA_ARGS__
#define get(c) chan_recv(c, NULL)

no_race(unbuffered_send_recv) { sends_to(0, v.x = 1; chan_send(v.c, 1), get(v.c); v.x = 2); }
no_race(unbuffered_recv_send) { sends_to(0, v.x = 1; get(v.c), chan_send(v.c, 1); v.x = 2); }
no_race(buffered_send_recv) { sends_to(1, v.x = 1; chan_send(v.c, 1), get(v.c); v.x = 2); }
race(buffered_recv_send) { sends_to(1, v.x = 1; get(v.c); step_to(1), chan_send(v.c, 1); await_step(1); v.x = 2); }
no_race(buffered_full) { sends_to(1, v.x = 1; get(v.c), chan_send(v.c, 1); chan_send(v.c, 2); v.x = 2); get(v.c); }
race(buffered_two_not_full) { sends_to(2, v.x = 1; get(v.c); step_to(1), chan_send(v.c, 1); chan_send(v.c, 2); await_step(1); v.x = 2); }
no_race(semaphore_of_one) { sends_to(1, chan_send(v.c, 1); v.x = 1; get(v.c); chan_send(v.done), chan_send(v.c, 1); v.x = 2; get(v.c); get(v.done)); }
race(semaphore_of_two) { sends_to(2, chan_send(v.c, 1); v.x = 1; get(v.c); chan_send(v.done), chan_send(v.c, 1); v.x = 2; get(v.c); get(v.done)); }
race(written_after_send) { sends_to(1, chan_send(v.c, 1); v.x = 1; step_to(1), get(v.c); await_step(1); v.x = 2); }
race(written_before_recv) { sends_to(1, v.x = 1; step_to(1); chan_send(v.c, 1), await_step(1); v.x = 2; get(v.c)); }
no_race(close_and_recv) { sends_to(0, v.x = 1; chan_close(v.c), get(v.c); v.x = 2); }
no_race(close_wakes_many) { sends_to(0, v.x = 1; chan_close(v.c), void third(void) { get(v.c); use(v.x); } go(third); go(third); get(v.c); use(v.x)); }
race(close_and_no_recv) { sends_to(0, v.x = 1; chan_close(v.c); step_to(1), await_step(1); v.x = 2); }
no_race(values_before_close) { sends_to(2, v.x = 1; chan_send(v.c, 1); v.y = 1; chan_close(v.c), for (int n; chan_recv(v.c, &n);) v.x = 2; v.y = 2); }
race(before_close_by_value) { sends_to(2, chan_send(v.c, 1); v.y = 1; chan_close(v.c); step_to(1), get(v.c); await_step(1); v.y = 2); }
race(send_and_close) { sends_to(2, chan_send(v.c, 1); step_to(1), await_step(1); chan_close(v.c)); }
no_race(send_then_close) { sends_to(2, chan_send(v.c, 1); chan_send(v.done), get(v.done); chan_close(v.c)); }
race(send_and_free) { sends_to(2, chan_send(v.c, 1); step_to(1), await_step(1); chan_free(v.c)); }
no_race(recv_then_free) { sends_to(0, chan_send(v.c, 1), get(v.c); chan_free(v.c)); }
no_race(len_and_send) { sends_to(2, chan_send(v.c, 1), use(chan_len(v.c) + chan_cap(v.c))); }
race(recv_into_shared) { sends_to(2, chan_recv(v.c, &v.x); step_to(1), chan_send(v.c, 1); await_step(1); use(v.x)); }
no_race(recv_into_own) { sends_to(0, chan_send(v.c, 3), int n; chan_recv(v.c, &n); use(n)); }
no_race(recv_into_after) { sends_to(0, v.x = 1; chan_send(v.c, 3), chan_recv(v.c, &v.x); use(v.x)); }
race(send_reads) { sends_to(2, chan_send(v.c, v.x); step_to(1), await_step(1); v.x = 1); }
race(channel_variable) { sends_to(2, chan_send(v.c, 1); step_to(1), await_step(1); v.c = NULL); }
no_race(struct_values) { v.pc = chan_make(struct pair, 1); void other(void) { v.x = 1; chan_send(v.pc, (struct pair){1, 2}); } go(other); struct pair p; chan_recv(v.pc, &p); use(p.a + v.x); }
race(pointer_values) { sends_to(1, chan_send(v.c, 1); v.pair.a = 1; step_to(1), get(v.c); await_step(1); use(v.pair.a)); }
no_race(ping_pong) { sends_to(0, for (int i = 0; i < 10; i++) { get(v.c); v.x++; chan_send(v.c2, 1); }, for (int i = 0; i < 10; i++) { v.x++; chan_send(v.c, 1); get(v.c2); }); }
no_race(pipeline) { sends_to(3, for (int i = 0; i < 50; i++) { v.pairs[0].a = i; chan_send(v.c, i); get(v.c2); }, for (int i = 0; i < 50; i++) { get(v.c); v.pairs[0].a = 1; chan_send(v.c2, 1); }); }
no_race(through_third) { sends_to(0, v.x = 1; chan_send(v.c, 1), void third(void) { get(v.c); chan_send(v.c2, 1); } go(third); get(v.c2); v.x = 2); }
race(other_channel) { sends_to(1, v.x = 1; chan_send(v.c, 1); step_to(1), chan_send(v.c2, 1); get(v.c2); await_step(1); v.x = 2); }
no_race(slot_comes_round) { sends_to(2, for (int i = 0; i < 9; i++) { if (i == 8) v.x = 1; chan_send(v.c, i); }, for (int n = 0; n != 8; chan_recv(v.c, &n)) continue; v.x = 2); }
race(value_before) { sends_to(2, chan_send(v.c, 1); v.x = 1; chan_send(v.c, 2); step_to(1), await_step(1); get(v.c); v.x = 2); }
no_race(try_send_recv) { sends_to(1, v.x = 1; chan_try_send(v.c, 1), while (chan_try_recv(v.c, NULL) != CHAN_OK) go_yield(); v.x = 2); }
race(try_fails) { sends_to(1, v.x = 1; step_to(1), await_step(1); chan_try_recv(v.c, NULL); v.x = 2); }
no_race(timed_recv) { sends_to(0, v.x = 1; chan_send(v.c, 1), while (chan_recv_for(v.c, NULL, ms(1)) != CHAN_OK) continue; v.x = 2); }
no_race(timed_send) { sends_to(0, v.x = 1; while (chan_send_for(v.c, 1, ms(1)) != CHAN_OK) continue, get(v.c); v.x = 2); }
race(time_passes) { sends_to(0, v.x = 1; step_to(1), await_step(1); chan_recv_for(v.c, NULL, us(100)); v.x = 2); }
no_race(made_again) { for (int i = 0; i < 20; i++) { void other(void) { v.x++; chan_send(v.c, 1); } v.c = chan_make(int, i % 2); go(other); get(v.c); v.x++; chan_free(v.c); all_ended(); } }
no_race(waiting_receiver_served) { v.c = chan_make(int, 4); void other(void) { step_to(1); get(v.c); v.x = 1; chan_send(v.done); } v.done = chan_make(void, 1); go(other); await_step(1); for (int i = 0; i < 20; i++) go_yield(); v.x = 2; chan_send(v.c, 1); get(v.done); }

static void settle(void) { for (int i = 0; i < 200; i++) go_yield(); }
race(waiting_receiver_orders_nothing) { sends_to(2, v.x = 1; step_to(1); get(v.c), await_step(1); settle(); chan_send(v.c, 1); v.x = 2); }
no_race(waiting_sender_served)
{
	void other(void) { v.x = 1; step_to(1); chan_send(v.c, 2); }

	v.c = chan_make(int, 1);
	chan_send(v.c, 1);
	go(other);
	await_step(1);
	settle();
	get(v.c);
	get(v.c);
	v.x = 2;
}

/* Select. */

no_race(select_recv) { sends_to(0, v.x = 1; chan_send(v.c, 1), chan_select(on_recv(v.c, NULL), on_recv(v.c2, NULL)); v.x = 2); }
no_race(select_send) { sends_to(0, v.x = 1; chan_select(on_send(v.c, 1), on_recv(v.c2, NULL)), get(v.c); v.x = 2); }
no_race(select_both) { sends_to(0, v.x = 1; chan_select(on_send(v.c, 1), on_recv(v.done2, NULL)), chan_select(on_recv(v.c2, NULL), on_recv(v.c, NULL)); v.x = 2); }
race(select_other_case) { sends_to(1, v.x = 1; chan_send(v.c, 1); step_to(1), await_step(1); chan_send(v.c2, 1); chan_select(on_recv(v.c2, NULL), on_recv(v.done, NULL)); v.x = 2); }
no_race(select_closed) { sends_to(0, v.x = 1; chan_close(v.c), bool ok; chan_select(on_recv_ok(v.c, NULL, &ok), on_recv(v.c2, NULL)); v.x = 2); }
race(select_default) { sends_to(1, v.x = 1; step_to(1), await_step(1); chan_try_select(on_recv(v.c, NULL), on_recv(v.c2, NULL)); v.x = 2); }
no_race(select_until) { sends_to(1, v.x = 1; chan_send(v.c, 1), while (chan_try_select(on_recv(v.c, NULL)) < 0) go_yield(); v.x = 2); }
race(select_ok_shared) { static bool ok; sends_to(2, chan_select(on_recv_ok(v.c, NULL, &ok), on_recv(v.c2, NULL)); step_to(1), chan_send(v.c, 1); await_step(1); use(ok)); }
race(select_into_shared) { sends_to(2, chan_select(on_recv(v.c, &v.x), on_recv(v.c2, NULL)); step_to(1), chan_send(v.c, 1); await_step(1); use(v.x)); }
no_race(select_not_stored) { sends_to(2, chan_select(on_recv(v.c, NULL), on_recv(v.c2, &v.x)); step_to(1), chan_send(v.c, 1); await_step(1); use(v.x)); }
race(select_send_reads) { sends_to(2, chan_select(on_send_from(v.c, &v.x), on_recv(v.c2, NULL)); step_to(1), await_step(1); v.x = 1); }
no_race(select_sent_is_receivers) { sends_to(0, chan_select(on_send_from(v.c, &v.x), on_recv(v.c2, NULL)), get(v.c); v.x = 1; chan_free(v.c)); }
race(select_timeout) { sends_to(0, v.x = 1; step_to(1), await_step(1); chan_select_for(us(100), on_recv(v.c, NULL)); v.x = 2); }
no_race(select_loop) { sends_to(0, for (int i = 0; i < 20; i++) { v.x++; chan_select(on_send(v.c, 1), on_send(v.c2, 1)); get(v.done); }, for (int i = 0; i < 20; i++) { chan_select(on_recv(v.c, NULL), on_recv(v.c2, NULL)); v.x++; chan_send(v.done); }); }

/* Mutexes. */

#define lock(m) mutex_lock(m)
#define unlock(m) mutex_unlock(m)
#define with(in_goroutine, ...)         \
	void other(void)                \
	{                               \
		in_goroutine;           \
	}                               \
	go(other);                      \
	__VA_ARGS__

no_race(mutex) { with(lock(&v.m); v.x++; unlock(&v.m), lock(&v.m); v.x++; unlock(&v.m)); }
no_race(mutex_contended) { void other(void) { for (int i = 0; i < 50; i++) { lock(&v.m); v.x++; unlock(&v.m); } } for (int i = 0; i < 4; i++) go(other); other(); }
race(mutex_one_side) { with(lock(&v.m); v.x++; unlock(&v.m), v.x++); }
race(mutex_other_one) { with(lock(&v.m); v.x++; unlock(&v.m), lock(&v.m2); v.x++; unlock(&v.m2)); }
race(mutex_before_lock) { with(lock(&v.m); unlock(&v.m); v.x = 1; step_to(1), await_step(1); lock(&v.m); v.x = 2; unlock(&v.m)); }
no_race(mutex_handed_on) { with(v.x = 1; lock(&v.m); v.y = 1; unlock(&v.m); step_to(1), await_step(1); lock(&v.m); use(v.y); unlock(&v.m); v.x = 2); }
race(mutex_unlocked_first) { with(await_step(1); lock(&v.m); v.x = 1; unlock(&v.m), lock(&v.m); unlock(&v.m); v.x = 2; step_to(1)); }
no_race(mutex_unlocked_by_other) { lock(&v.m); with(v.x = 1; unlock(&v.m), lock(&v.m); v.x = 2; unlock(&v.m)); }
no_race(mutex_try) { with(while (!mutex_try_lock(&v.m)) go_yield(); v.x++; unlock(&v.m), while (!mutex_try_lock(&v.m)) go_yield(); v.x++; unlock(&v.m)); }
race(mutex_try_fails) { with(lock(&v.m); v.x = 1; step_to(1); await_step(2); unlock(&v.m), await_step(1); use(mutex_try_lock(&v.m)); v.x = 2; step_to(2)); }
no_race(mutex_for) { with(while (!mutex_lock_for(&v.m, us(50))) continue; v.x++; unlock(&v.m), while (!mutex_lock_for(&v.m, us(50))) continue; v.x++; unlock(&v.m)); }
race(mutex_for_fails) { with(lock(&v.m); v.x = 1; step_to(1); await_step(2); unlock(&v.m), await_step(1); use(mutex_lock_for(&v.m, us(50))); v.x = 2; step_to(2)); }
no_race(mutex_on_stack) { struct mutex m = {0}; void other(struct mutex *p) { lock(p); v.x++; unlock(p); step_to(1); } go(other, &m); lock(&m); v.x++; unlock(&m); await_step(1); }

race(mutex_try_learns_nothing) { with(lock(&v.m); v.x = 1; unlock(&v.m); lock(&v.m); step_to(1); await_step(2); unlock(&v.m), await_step(1); use(mutex_try_lock(&v.m)); v.x = 2; step_to(2)); }
no_race(mutex_passes_on_more)
{
	void third(void) { v.x = 1; chan_send(v.c, 1); }
	void other(void) { lock(&v.m); unlock(&v.m); lock(&v.m); unlock(&v.m); lock(&v.m); get(v.c); unlock(&v.m); step_to(1); }

	v.c = chan_make(int, 1);
	go(third);
	go(other);
	await_step(1);
	lock(&v.m);
	use(v.x);
	unlock(&v.m);
}

no_race(rw_writers) { with(rwmutex_lock(&v.rw); v.x++; rwmutex_unlock(&v.rw), rwmutex_lock(&v.rw); v.x++; rwmutex_unlock(&v.rw)); }
no_race(rw_reader_writer) { with(rwmutex_rlock(&v.rw); use(v.x); rwmutex_runlock(&v.rw), rwmutex_lock(&v.rw); v.x++; rwmutex_unlock(&v.rw)); }
no_race(rw_readers) { with(rwmutex_rlock(&v.rw); use(v.x); rwmutex_runlock(&v.rw), rwmutex_rlock(&v.rw); use(v.x); rwmutex_runlock(&v.rw)); }
race(rw_readers_write) { with(rwmutex_rlock(&v.rw); v.x = 1; rwmutex_runlock(&v.rw); step_to(1), await_step(1); rwmutex_rlock(&v.rw); v.x = 2; rwmutex_runlock(&v.rw)); }
race(rw_reader_and_none) { with(rwmutex_rlock(&v.rw); use(v.x); rwmutex_runlock(&v.rw); step_to(1), await_step(1); v.x = 1); }
no_race(rw_writer_then_reader) { with(rwmutex_lock(&v.rw); v.x = 1; rwmutex_unlock(&v.rw); step_to(1), await_step(1); rwmutex_rlock(&v.rw); use(v.x); rwmutex_runlock(&v.rw)); }
race(rw_past_reader) { with(v.x = 1; rwmutex_rlock(&v.rw); rwmutex_runlock(&v.rw); step_to(1), await_step(1); rwmutex_rlock(&v.rw); rwmutex_runlock(&v.rw); v.x = 2); }
no_race(rw_past_reader_to_writer) { with(v.x = 1; rwmutex_rlock(&v.rw); rwmutex_runlock(&v.rw); step_to(1), await_step(1); rwmutex_lock(&v.rw); rwmutex_unlock(&v.rw); v.x = 2); }
no_race(rw_try) { with(while (!rwmutex_try_lock(&v.rw)) go_yield(); v.x++; rwmutex_unlock(&v.rw), while (!rwmutex_try_rlock(&v.rw)) go_yield(); use(v.x); rwmutex_runlock(&v.rw)); }
no_race(rw_contended) { void reader(void) { for (int i = 0; i < 20; i++) { rwmutex_rlock(&v.rw); use(v.x); rwmutex_runlock(&v.rw); } } void writer(void) { for (int i = 0; i < 20; i++) { rwmutex_lock(&v.rw); v.x++; rwmutex_unlock(&v.rw); } } go(reader); go(writer); go(reader); writer(); }

/* Waitgroups. */

no_race(wg) { wg_add(&v.wg, 1); with(v.x = 1; wg_done(&v.wg), wg_wait(&v.wg); v.x = 2); }
no_race(wg_two) { void other(int *p) { *p = 1; wg_done(&v.wg); } wg_add(&v.wg, 2); go(other, &v.x); go(other, &v.y); wg_wait(&v.wg); v.x = v.y = 2; }
race(wg_too_early) { wg_add(&v.wg, 1); with(wg_done(&v.wg); v.x = 1; step_to(1), wg_wait(&v.wg); await_step(1); v.x = 2); }
race(wg_among_doers) { void other(void) { v.x++; wg_done(&v.wg); } wg_add(&v.wg, 2); go(other); go(other); wg_wait(&v.wg); }
race(wg_of_one) { wg_add(&v.wg, 1); wg_add(&v.wg2, 1); with(wg_done(&v.wg); v.x = 1; wg_done(&v.wg2), wg_wait(&v.wg); v.x = 2; wg_wait(&v.wg2)); }
no_race(wg_again) { for (int i = 0; i < 10; i++) { void other(void) { v.x++; wg_done(&v.wg); } wg_add(&v.wg, 1); go(other); wg_wait(&v.wg); } }
no_race(wg_many_waiters) { void waiter(void) { wg_wait(&v.wg); use(v.x); } wg_add(&v.wg, 1); for (int i = 0; i < 4; i++) go(waiter); v.x = 1; wg_done(&v.wg); }
/* Until somebody waits. */
static void await_waiter(void)
{
	go_race_off();
	while (!(*(volatile uint32_t *)&v.wg.waitq.word & 0x80000000))
		go_yield();
	go_race_on();
}
race(wg_add_in_goroutine) { with(wg_add(&v.wg, 1); step_to(1); await_waiter(); wg_done(&v.wg), await_step(1); wg_wait(&v.wg)); }
race(wg_add_used_before)
{
	void first(void) { await_waiter(); wg_done(&v.wg); }
	void other(void) { wg_add(&v.wg, 1); step_to(1); await_waiter(); wg_done(&v.wg); }

	wg_add(&v.wg, 1);
	go(first);
	wg_wait(&v.wg);
	go(other);
	await_step(1);
	wg_wait(&v.wg);
}
no_race(wg_add_counted) { wg_add(&v.wg, 1); with(wg_add(&v.wg, 1); void third(void) { v.x = 1; wg_done(&v.wg); } go(third); wg_done(&v.wg), wg_wait(&v.wg); v.x = 2); }
no_race(wg_go_all) { void other(int *p) { *p = 1; } wg_go(&v.wg, other, &v.x); wg_go(&v.wg, other, &v.y); wg_wait(&v.wg); v.x = v.y = 2; }
no_race(wg_go_exits) { void other(void) { v.x = 1; go_exit(); } wg_go(&v.wg, other); wg_wait(&v.wg); v.x = 2; }
no_race(wg_wait_limited) { wg_add(&v.wg, 1); with(v.x = 1; wg_done(&v.wg), while (!wg_wait_for(&v.wg, us(50))) continue; v.x = 2); }
race(wg_limit_passes) { wg_add(&v.wg, 1); with(v.x = 1; step_to(1); await_step(2); wg_done(&v.wg), await_step(1); use(wg_wait_for(&v.wg, us(50))); v.x = 2; step_to(2)); }

/* Once, cond, semaphores, pools, spin locks. */

static void set_y(void) { v.y = 1; }
static void set_y_and_exit(void) { v.y = 1; go_exit(); }
no_race(once) { with(once_do(&v.once, set_y); use(v.y), once_do(&v.once, set_y); use(v.y)); }
race(once_not_asked) { with(once_do(&v.once, set_y); step_to(1), await_step(1); use(v.y)); }
race(once_other) { with(once_do(&v.once, set_y); v.x = 1; step_to(1), await_step(1); once_do(&v.once, set_y); v.x = 2); }
no_race(once_exits) { with(once_do(&v.once, set_y_and_exit), while (!v.once.done) go_yield(); once_do(&v.once, set_y); use(v.y)); }
no_race(cond) { with(lock(&v.m); v.x = 1; cond_signal(&v.cond); unlock(&v.m), lock(&v.m); while (!v.x) cond_wait(&v.cond, &v.m); unlock(&v.m); v.x = 2); }
no_race(cond_without_mutex) { with(await_step(1); lock(&v.m); unlock(&v.m); v.y = 1; cond_signal(&v.cond), lock(&v.m); step_to(1); cond_wait(&v.cond, &v.m); unlock(&v.m); use(v.y)); }
no_race(cond_broadcasts) { void other(void) { lock(&v.m); while (!v.x) cond_wait(&v.cond, &v.m); unlock(&v.m); } go(other); go(other); lock(&v.m); v.x = 1; cond_broadcast(&v.cond); unlock(&v.m); }
no_race(cond_limited) { with(lock(&v.m); v.x = 1; cond_signal(&v.cond); unlock(&v.m), lock(&v.m); while (!v.x) use(cond_wait_for(&v.cond, &v.m, us(100))); unlock(&v.m); v.x = 2); }
no_race(sema) { with(v.x = 1; sema_release(&v.sema, 1), sema_acquire(&v.sema, 1); v.x = 2); }
no_race(sema_as_lock) { sema_release(&v.sema, 1); with(sema_acquire(&v.sema, 1); v.x++; sema_release(&v.sema, 1), sema_acquire(&v.sema, 1); v.x++; sema_release(&v.sema, 1)); }
race(sema_late) { with(sema_release(&v.sema, 1); v.x = 1; step_to(1), sema_acquire(&v.sema, 1); await_step(1); v.x = 2); }
no_race(sema_weighted) { with(v.x = 1; sema_release(&v.sema, 2); v.y = 1; sema_release(&v.sema, 1), sema_acquire(&v.sema, 3); v.x = v.y = 2); }
no_race(sema_limited) { with(v.x = 1; sema_release(&v.sema, 1), while (!sema_acquire_for(&v.sema, 1, us(50))) continue; v.x = 2); }
no_race(pool_each) { void other(void) { for (int i = 0; i < 20; i++) { int *p = pool_get(&v.pool); p[3] = i; pool_put(&v.pool, p); go_yield(); } } go(other); go(other); other(); }
race(pool_after_put) { int *p = pool_get(&v.pool); pool_put(&v.pool, p); with(int *q = pool_get(&v.pool); q[3] = 1; pool_put(&v.pool, q); step_to(1), await_step(1); p[3] = 2); }
no_race(spin) { with(spin_lock(&v.spin); v.x++; spin_unlock(&v.spin), spin_lock(&v.spin); v.x++; spin_unlock(&v.spin)); }
race(spin_one_side) { with(spin_lock(&v.spin); v.x++; spin_unlock(&v.spin), v.x++); }
race(preempt_off_is_no_lock) { with(go_preempt_off(); v.x++; go_preempt_on(), go_preempt_off(); v.x++; go_preempt_on()); }
race(sleep_is_no_order) { with(v.x = 1, go_sleep(ms(5)); v.x = 2); }

/* Timers. */

static void late(void *p) { *(int *)p = 1; chan_send(v.done); }
no_race(timer_call) { v.done = chan_make(void, 1); v.x = 2; timer_after(&v.timer, us(50), late, &v.x); chan_recv(v.done, NULL); v.x = 3; }
race(timer_call_and_after) { v.done = chan_make(void, 1); timer_after(&v.timer, us(50), late, &v.x); v.x = 3; chan_recv(v.done, NULL); }
no_race(timer_sends) { timer_reset(&v.timer, us(50)); chan_recv(v.timer.c, NULL); v.x = 1; }
no_race(timer_orders) { void other(void) { chan_recv(v.timer.c, NULL); v.x = 2; chan_send(v.done); } v.done = chan_make(void, 1); v.x = 1; timer_reset(&v.timer, us(50)); go(other); chan_recv(v.done, NULL); }
no_race(timer_stopped) { timer_after(&v.timer, sec(10), late, &v.x); timer_stop(&v.timer); v.x = 3; }
no_race(after_channel) { chan(go_time) c = go_after(us(50)); v.x = 1; chan_recv(c, NULL); v.x = 2; chan_free(c); }
no_race(ticker_ticks) { ticker_start(&v.ticker, us(100)); for (int i = 0; i < 3; i++) { v.x++; chan_recv(v.ticker.c, NULL); } ticker_stop(&v.ticker); }

/* Bubbles, contexts, errgroups. */

static void in_bubble(void *p) { void other(void) { v.x = 1; } go(other); *(int *)p = 1; go_bubble_wait(); v.x = 2; }
no_race(bubble) { v.y = 1; go_bubble(in_bubble, &v.y); v.y = 2; v.x = 3; }
static void races_in_bubble(void *unused) { (void)unused; void other(void) { v.x = 1; } go(other); v.x = 2; }
race(bubble_inside) { go_bubble(races_in_bubble, NULL); }
no_race(context_done) { static struct context *ctx; ctx = ctx_with_cancel(ctx_background()); with(v.x = 1; ctx_cancel(ctx); step_to(1), chan_recv(ctx_done(ctx), NULL); v.x = 2; await_step(1); ctx_free(ctx)); }
no_race(context_err) { static struct context *ctx; ctx = ctx_with_cancel(ctx_background()); with(v.x = 1; ctx_cancel(ctx); step_to(1), while (!ctx_err(ctx)) go_yield(); v.x = 2; await_step(1); ctx_free(ctx)); }
static int task(void *p) { *(int *)p = 1; return 0; }
no_race(errgroup) { struct errgroup g = {0}; errgroup_go(&g, task, &v.x); errgroup_go(&g, task, &v.y); errgroup_wait(&g); v.x = v.y = 2; }
static int both(void *p) { (*(int *)p)++; return 0; }
race(errgroup_shared) { struct errgroup g = {0}; errgroup_go(&g, both, &v.x); errgroup_go(&g, both, &v.x); errgroup_wait(&g); }

int main(void)
{
	return race_main();
}
