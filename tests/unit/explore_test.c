// test: cflags="-Itests/unit/explore" sources="tests/unit/explore/explore.c"
/* The explorer explored: the classic litmus tests. Each says which outcomes C11 allows, and the set
 * found must be exactly that. An outcome is a number below 64 that check() puts together from
 * what the threads read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/atomic.h"
#include "explore.h"

static uint32_t x, y;
static uint32_t got[4];
static uint64_t outcomes;
static bool all_good = true;

static void init(void)
{
	x = y = 0;
	memset(got, 0, sizeof(got));
}

static void check(void)
{
	outcomes |= 1ull << (got[0] | got[1] << 1 | got[2] << 2 | got[3] << 3);
}

/* The same with two bits a value. */
static void check_wide(void)
{
	outcomes |= 1ull << (got[0] | got[1] << 2 | got[2] << 4);
}

static struct explore_result run(const char *name, struct explore_scenario s)
{
	struct explore_result r;

	s.name = name;
	s.init = s.init ? s.init : init;
	s.check = s.check ? s.check : check;
	s.quiet = true;
	outcomes = 0;
	r = explore(&s);
	printf("%-34s %6lu executions %6lu cut %6lu states  outcomes %#llx%s", name, r.executions,
	       r.cut, r.states, (unsigned long long)outcomes, r.failed ? ", failed" : "");
	return r;
}

static void verdict(bool good)
{
	printf("%s\n", good ? "" : "  WRONG");
	all_good &= good;
}

/* Exactly these outcomes. */
static void expect(const char *name, struct explore_scenario s, uint64_t allowed)
{
	verdict(!run(name, s).failed && outcomes == allowed);
}

static void expect_failed(const char *name, struct explore_scenario s, bool failed)
{
	verdict(run(name, s).failed == failed);
}

#define threads(...) ((struct explore_scenario){.thread = {__VA_ARGS__}})
#define one(outcome) (1ull << (outcome))

/* Thread bodies: a store and a load, or two of one kind; the orders are part of the name. */
#define body(name, ...)        \
	static void name(void) \
	{                      \
		__VA_ARGS__;   \
	}

/* Message passing: got[0] is the flag, got[1] the data. */
body(mp_put_rel, store_relaxed(&x, 1); store_release(&y, 1))
    body(mp_put_rlx, store_relaxed(&x, 1); store_relaxed(&y, 1))
        body(mp_put_full, store_full(&x, 1); store_relaxed(&y, 1))
            body(mp_get_acq, got[0] = load_acquire(&y); got[1] = load_relaxed(&x))
                body(mp_get_rlx, got[0] = load_relaxed(&y); got[1] = load_relaxed(&x))
                    body(mp_get_rlx_full, got[0] = load_relaxed(&y); got[1] = load_full(&x))

                        static void message_passing(void)
{
	uint64_t good = one(0) | one(2) | one(3), all = good | one(1);

	expect("MP release, acquire", threads(mp_put_rel, mp_get_acq), good);
	expect("MP relaxed, acquire", threads(mp_put_rlx, mp_get_acq), all);
	expect("MP release, relaxed", threads(mp_put_rel, mp_get_rlx), all);
	expect("MP full data, relaxed flag", threads(mp_put_full, mp_get_rlx_full), all);
}

/* The same with plain data: a race unless ordered. */
body(race_put_rel, plain_write(&x, 1); store_release(&y, 1)) body(race_put_rlx, plain_write(&x, 1);
                                                                  store_relaxed(&y, 1))
    body(race_get_acq, if (load_acquire(&y)) got[0] = plain_read(&x))
        body(race_get_rlx, if (load_relaxed(&y)) got[0] = plain_read(&x))
            body(race_get_rmw, if (fetch_add_relaxed(&y, 1) == 0) return; got[0] = plain_read(&x))

                static void races(void)
{
	expect("plain data, release, acquire", threads(race_put_rel, race_get_acq),
	       one(0) | one(1));
	expect_failed("plain data, relaxed, acquire", threads(race_put_rlx, race_get_acq), true);
	expect_failed("plain data, release, relaxed", threads(race_put_rel, race_get_rlx), true);
	expect_failed("plain data, release, relaxed RMW", threads(race_put_rel, race_get_rmw),
	              true);
}

/* Store buffering. */
body(sb_x, store_full(&x, 1); got[0] = load_full(&y))
    body(sb_y, store_full(&y, 1); got[1] = load_full(&x))
        body(sb_x_rel, store_release(&x, 1); got[0] = load_full(&y))
            body(sb_x_acq, store_full(&x, 1); got[0] = load_acquire(&y))
                body(sb_y_rel, store_release(&y, 1); got[1] = load_full(&x))
                    body(sb_y_acq, store_full(&y, 1); got[1] = load_acquire(&x))

                        static void store_buffering(void)
{
	uint64_t good = one(1) | one(2) | one(3), all = good | one(0);

	expect("SB full", threads(sb_x, sb_y), good);
	expect("SB first store release", threads(sb_x_rel, sb_y), all);
	expect("SB first load acquire", threads(sb_x_acq, sb_y), all);
	expect("SB second store release", threads(sb_x, sb_y_rel), all);
	expect("SB second load acquire", threads(sb_x, sb_y_acq), all);
}

/* Dekker's entry with read-modify-writes in place of the stores. */
body(rmw_x, fetch_or_full(&x, 1); got[0] = load_full(&y))
    body(rmw_y, swap_full(&y, 1); got[1] = load_full(&x))
        body(rmw_x_weak, fetch_or_acq_rel(&x, 1); got[0] = load_full(&y))
            body(rmw_y_weak, swap_full(&y, 1); got[1] = load_acquire(&x))
                body(rmw_x_both, fetch_or_acq_rel(&x, 1); got[0] = fetch_or_acq_rel(&y, 0))
                    body(rmw_y_both, fetch_or_acq_rel(&y, 1); got[1] = fetch_or_acq_rel(&x, 0))

                        static void dekker(void)
{
	uint64_t good = one(1) | one(2) | one(3), all = good | one(0);

	expect("Dekker RMW full", threads(rmw_x, rmw_y), good);
	expect("Dekker RMW one acq_rel", threads(rmw_x_weak, rmw_y), all);
	expect("Dekker RMW one load acquire", threads(rmw_x, rmw_y_weak), all);
	expect("Dekker all RMW acq_rel", threads(rmw_x_both, rmw_y_both), good);
}

/* Load buffering: a load late for its thread's store, which the model has for carried loads
 * only. */
static void init_carried(void)
{
	init();
	explore_carried(&x, sizeof(x));
	explore_carried(&y, sizeof(y));
}
body(lb_x, uint32_t v = load_relaxed(&x); store_relaxed(&y, 1); got[0] = explore_value(v))
    body(lb_y, uint32_t v = load_relaxed(&y); store_relaxed(&x, 1); got[1] = explore_value(v))
        body(lb_x_rel, uint32_t v = load_relaxed(&x); store_release(&y, 1);
             got[0] = explore_value(v))
            body(lb_y_acq, got[1] = load_acquire(&y); store_relaxed(&x, 1))
                body(lb_x_copy, uint32_t v = load_relaxed(&x); store_relaxed(&y, v);
                     got[0] = explore_value(v))
                    body(lb_y_copy, store_relaxed(&x, 1); got[1] = explore_value(load_relaxed(&y)))

                        static void load_buffering(void)
{
	uint64_t good = one(0) | one(1) | one(2), all = good | one(3);
	struct explore_scenario s = threads(lb_x, lb_y);

	expect("LB branched upon", s, good);
	s.init = init_carried;
	expect("LB carried", s, all);
	s = threads(lb_x_rel, lb_y_acq);
	s.init = init_carried;
	expect("LB carried, release and acquire", s, good);
	s = threads(lb_x_rel, lb_y);
	s.init = init_carried;
	expect("LB carried, release alone", s, all);
	s = threads(lb_x, lb_y_acq);
	s.init = init_carried;
	expect("LB carried, acquire alone", s, all);
	s = threads(lb_x_copy, lb_y_copy);
	s.init = init_carried;
	expect("carried value copied", s, one(0) | one(1) | one(3));
}

/* Independent reads of independent writes: bits 0 and 2 say what each reader saw first. */
body(iriw_x, store_full(&x, 1)) body(iriw_y, store_full(&y, 1))
    body(iriw_x_rel, store_release(&x, 1)) body(iriw_y_rel, store_release(&y, 1))
        body(iriw_xy, got[0] = load_full(&x); got[1] = load_full(&y))
            body(iriw_yx, got[2] = load_full(&y); got[3] = load_full(&x))
                body(iriw_xy_acq, got[0] = load_acquire(&x); got[1] = load_acquire(&y))
                    body(iriw_yx_acq, got[2] = load_acquire(&y); got[3] = load_acquire(&x))

                        static void iriw(void)
{
	expect("IRIW full", threads(iriw_x, iriw_y, iriw_xy, iriw_yx), 0xffff & ~one(5));
	expect("IRIW acquire", threads(iriw_x_rel, iriw_y_rel, iriw_xy_acq, iriw_yx_acq), 0xffff);
}

/* Coherence: one location's values are seen in one order by all. */
body(co_write, store_relaxed(&x, 1); store_relaxed(&x, 2))
    body(co_read, got[0] = load_relaxed(&x); got[1] = load_relaxed(&x))
        body(co_own, store_relaxed(&x, 2); got[0] = load_relaxed(&x))
            body(co_other, store_relaxed(&x, 1))

                static void check_order(void)
{
	check_wide();
	explore_assert(got[0] <= got[1]);
}

static void check_own(void)
{
	check_wide();
	explore_assert(got[0] == 2 || x == 1);
}

static void coherence(void)
{
	struct explore_scenario s = threads(co_write, co_read);

	s.check = check_order;
	expect("coherence of reads", s, one(0) | one(4) | one(8) | one(5) | one(9) | one(10));
	s = threads(co_own, co_other);
	s.check = check_own;
	expect("coherence of a write and a read", s, one(1) | one(2));
}

/* Stores that take effect in another order than they were made: 2+2W. */
body(ww_x, store_relaxed(&x, 1); store_relaxed(&y, 2))
    body(ww_y, store_relaxed(&y, 1); store_relaxed(&x, 2))
        body(ww_x_full, store_full(&x, 1); store_full(&y, 2))
            body(ww_y_full, store_full(&y, 1); store_full(&x, 2))

                static void check_memory(void)
{
	got[0] = x & 1;
	got[1] = y & 1;
	check();
}

static void write_write(void)
{
	struct explore_scenario s = threads(ww_x, ww_y);

	s.check = check_memory;
	expect("2+2W relaxed", s, 0xf);
	s = threads(ww_x_full, ww_y_full);
	s.check = check_memory;
	expect("2+2W full", s, 0x7);
}

/* Compare and swap: one of two wins, and a loser may fail on an old value only if that differs
 * from what it expects. */
body(cas_0, got[0] = cas_relaxed(&x, 0, 1)) body(cas_1, got[1] = cas_relaxed(&x, 0, 2))
    body(add_0, got[0] = fetch_add_relaxed(&x, 1)) body(add_1, got[1] = fetch_add_relaxed(&x, 1))
        body(cas_after, store_relaxed(&x, 1))
            body(cas_stale, got[0] = cas_full(&x, 1, 2); got[1] = load_relaxed(&x))

                static void compare_and_swap(void)
{
	struct explore_scenario s;

	expect("CAS is exclusive", threads(cas_0, cas_1), one(1) | one(2));
	expect("fetch_add is exclusive", threads(add_0, add_1), one(1) | one(2));
	s = threads(cas_after, cas_stale);
	s.check = check_wide;
	expect("CAS fails on an old value", s, one(0) | one(4) | one(9));
}

/* A release sequence: an acquire of what a relaxed read-modify-write left reaches the release below
 * it. A relaxed store breaks it. */
body(seq_put, store_relaxed(&x, 1); store_release(&y, 1)) body(seq_add, fetch_add_relaxed(&y, 2))
    body(seq_store, if (load_relaxed(&y) == 1) store_relaxed(&y, 3))
        body(seq_get, got[0] = load_acquire(&y) == 3; got[1] = load_relaxed(&x))

            static void release_sequence(void)
{
	uint64_t good = one(0) | one(2) | one(3);

	expect("release sequence, RMW", threads(seq_put, seq_add, seq_get), good);
	expect("release sequence, store", threads(seq_put, seq_store, seq_get), good | one(1));
}

/* A spinlock around plain data. */
#define spinlock(name, swap, store)                  \
	static void name(void)                       \
	{                                            \
		while (swap(&y, 1))                  \
			while (load_relaxed(&y))     \
				explore_relax();     \
		plain_write(&x, plain_read(&x) + 1); \
		store(&y, 0);                        \
	}
spinlock(lock_good, swap_acquire, store_release)
    spinlock(lock_no_acquire, swap_relaxed, store_release) spinlock(lock_no_release, swap_acquire,
                                                                    store_relaxed)
        body(lock_engine, explore_lock(&y); plain_write(&x, plain_read(&x) + 1); explore_unlock(&y))
            body(lock_forever, swap_acquire(&y, 1); while (load_relaxed(&y)) explore_relax())

                static void check_three(void)
{
	got[0] = x;
	check_wide();
}

static void locks(void)
{
	struct explore_scenario s = threads(lock_good, lock_good, lock_good);

	s.check = check_three;
	expect("spinlock", s, one(3));
	s = threads(lock_engine, lock_engine, lock_engine);
	s.check = check_three;
	expect("the engine's lock", s, one(3));
	expect_failed("spinlock without acquire", threads(lock_no_acquire, lock_no_acquire), true);
	expect_failed("spinlock without release", threads(lock_no_release, lock_no_release), true);
	expect_failed("deadlock", threads(lock_forever, lock_good), true);
}

/* Sleep and wake: x is the work, y says that the sleeper sleeps. */
body(wake, store_full(&x, 1); if (load_full(&y)) explore_signal(1))
    body(wake_weak, store_full(&x, 1); if (load_acquire(&y)) explore_signal(1))
        body(nap, store_full(&y, 1); if (!load_full(&x)) explore_sleep(); got[0] = 1)
            body(nap_blind, store_full(&y, 1); explore_sleep())

                static void sleeping(void)
{
	expect("sleep and wake", threads(wake, nap), one(1));
	expect_failed("sleep and wake, weak waker", threads(wake_weak, nap), true);
	expect_failed("sleep without a second look", threads(wake, nap_blind), true);
}

int main(void)
{
	message_passing();
	races();
	store_buffering();
	dekker();
	load_buffering();
	iriw();
	coherence();
	write_write();
	compare_and_swap();
	release_sequence();
	locks();
	sleeping();
	return all_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
