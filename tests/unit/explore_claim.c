// test: cflags="-include tests/unit/explore/one_lock.h -iquote tests/unit/explore -Itests/unit/explore -Wno-unused-function -DCONFIG_CORES=4" watched="kernel/sync/waiter.c kernel/sync/select.c kernel/sync/chan.c kernel/sync/chan_pass.c kernel/sync/chan_locked.c kernel/sync/chan_wait.c kernel/sync/chan_copy.c kernel/sync/chan_make.c kernel/sync/time.c kernel/sched/timer.c tests/unit/explore/goroutines.c tests/unit/explore_claim.c" sources="kernel/sched/core.c kernel/base/clock.c tests/unit/explore/machine.c tests/unit/explore/explore.c"
// weaken: kernel/sync/waiter.c kernel/sync/waiter.h kernel/sync/select.c
// mutant: kernel/sched/timer.c: cas_relaxed(&g->claim, CLAIM_OPEN, CLAIM_TAKEN) => load_relaxed(&g->claim) == CLAIM_OPEN
// mutant: kernel/sched/timer.c: timer_cancel(&until.timer) => (void)until
// mutant: kernel/sync/select.c: if (listed && unlikely => if (false && unlikely
// mutant: kernel/sync/select.c: done ? CLAIM_TAKEN : CLAIM_LISTING => CLAIM_LISTING
// mutant: kernel/sync/chan_make.c: c->receivers.first || c->senders.first || c->dropped => c->receivers.first || c->senders.first
// mutant: kernel/sync/chan_make.c: c->dropped ? USERS_LEAVING : USERS_NONE => USERS_NONE
/* The claim word: every execution of goroutines that wait on channels, with and without a limit, of
 * those who serve them, of one that closes the channel, and of the timer. A waiter is claimed once:
 * what its operation says was done was done by exactly one other, and what it says was not was
 * done by none. Stacks, wait nodes and values are plain memory, so a claimer that comes too early
 * or too late is a data race. */
#include <stdlib.h>
#include <string.h>
#include "goroutines.h"

static struct channel a, b;
static struct {
	struct channel channel;
	uintptr_t value[1];
} buffered_a, buffered_b;

/* What each thread's operation returned, and what it received. */
enum { UNFINISHED = -2 };
static int result[EXPLORE_THREADS];
static uintptr_t value[EXPLORE_THREADS];

/* The fast way passes a word itself, and an element of several words by chan_pass.c. Here "several"
 * is one. */
static void channel_init(struct channel *c, uint32_t capacity, enum chan_kind kind)
{
	memset(c, 0, sizeof(*c));
	c->size = c->stride = sizeof(uintptr_t);
	c->capacity = capacity;
	c->kind = kind;
}

static void init(void)
{
	goroutines_init();
	channel_init(&a, 0, CHAN_WORD);
	channel_init(&b, 0, CHAN_WORDS);
	channel_init(&buffered_a.channel, 1, CHAN_WORD);
	channel_init(&buffered_b.channel, 1, CHAN_WORDS);
	for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
		result[i] = UNFINISHED;
		value[i] = 0;
	}
	machine_time[1] = sec(1);
}

/* What thread i sends. */
static uintptr_t from(int i)
{
	return 10 + i;
}

#define me explore_self()

/* One channel. */

static void recv_for(void)
{
	result[me] = chan_recv_to_for(&a, &value[me], us(1));
}

/* The timer of the first has no say in the second. */
static void recv_for_and_again(void)
{
	uintptr_t *to = &value[me];

	if (chan_recv_to_for(&a, to, us(1)) == CHAN_OK)
		to = &value[3];
	result[me] = chan_recv_to_for(&a, to, GO_FOREVER);
	explore_assert(result[me] == CHAN_OK);
}

static void send_twice(void)
{
	uintptr_t v = from(me), next = 99;

	chan_send_from(&a, &v);
	chan_send_from(&a, &next);
	result[me] = CHAN_OK;
}

static void send_for(void)
{
	uintptr_t v = from(me);

	result[me] = chan_send_from_for(&a, &v, us(1));
}

static void receive(void)
{
	result[me] = chan_recv_to(&a, &value[me]) ? CHAN_OK : CHAN_CLOSED;
}

static void try_send(void)
{
	uintptr_t v = from(me);

	result[me] = chan_try_send_from(&a, &v);
}

static void try_recv(void)
{
	result[me] = chan_try_recv_to(&a, &value[me]);
}

static void close_a(void)
{
	chan_end(&a);
}

/* Nobody is left on a list, or expected to come and leave one. */
static void check_left(void)
{
	struct channel *c[] = {&a, &b, &buffered_a.channel, &buffered_b.channel};

	for (unsigned i = 0; i < 4; i++)
		explore_assert(!c[i]->receivers.first && !c[i]->senders.first && !c[i]->dropped);
}

static void check_pair(int sender, int receiver)
{
	explore_assert((result[sender] == CHAN_OK) == (result[receiver] == CHAN_OK));
	explore_assert(value[receiver] == (result[sender] == CHAN_OK ? from(sender) : 0));
	check_left();
}

static void check_received(void)
{
	explore_assert(result[0] == CHAN_OK || result[0] == CHAN_NOT_READY);
	check_pair(2, 0);
}

/* The first receive may have been too late for any: then the second send waits for ever. Or it never
 * waited, and no alarm comes. */
static bool stuck_again(void)
{
	return result[0] == CHAN_OK;
}

static void check_again(void)
{
	explore_assert(value[0] == from(2));
	explore_assert(value[3] == (result[2] == CHAN_OK ? 99 : 0));
	explore_assert(!a.receivers.first && !a.dropped);
}

static void check_sent(void)
{
	explore_assert(result[0] == CHAN_OK || result[0] == CHAN_NOT_READY);
	check_pair(0, 2);
}

static void check_closed(void)
{
	explore_assert(result[0] == CHAN_OK || result[0] == CHAN_CLOSED);
	check_pair(2, 0);
}

/* Select. */

static void select_recv(struct channel *x, struct channel *y, go_time limit)
{
	uintptr_t v = 0;
	bool ok = false;
	struct chan_case cases[] = {
	    {.channel = x, .value = &v, .ok = &ok, .direction = CHAN_RECEIVES},
	    {.channel = y, .value = &v, .ok = &ok, .direction = CHAN_RECEIVES},
	};
	int i = chan_select_array(cases, 2, limit);

	value[me] = v;
	result[me] = i < 0 ? -1 : ok ? i : 10 + i;
}

/* The channel that comes stands in two cases: both are listed in one list, in one of two orders. */
static void select_twice(void)
{
	uintptr_t v[2] = {0};
	struct chan_case cases[] = {
	    {.channel = &a, .value = &v[0], .direction = CHAN_RECEIVES},
	    {.channel = &a, .value = &v[1], .direction = CHAN_RECEIVES},
	};
	int i = chan_select_array(cases, 2, GO_FOREVER);

	explore_assert(i == 0 || i == 1);
	explore_assert(v[!i] == 0);
	value[me] = v[i];
	result[me] = CHAN_OK;
}

static void init_not_mixed(void)
{
	init();
	cores[0].rand = 0x40000; /* whose next chance of two is 1, not 0 */
}

static void select_2(void)
{
	select_recv(&a, &b, GO_FOREVER);
}

static void select_2_for(void)
{
	select_recv(&a, &b, us(1));
}

static void select_buffered(void)
{
	select_recv(&buffered_a.channel, &buffered_b.channel, GO_FOREVER);
}

/* Large enough that of the cases with one channel only one is listed. */
static void select_large(void)
{
	uintptr_t v[9] = {0};
	struct chan_case cases[9];
	int i;

	for (i = 0; i < 9; i++)
		cases[i] = (struct chan_case){
		    .channel = i % 2 ? &b : &a, .value = &v[i], .direction = CHAN_RECEIVES};
	i = chan_select_array(cases, 9, GO_FOREVER);
	explore_assert(i >= 0 && i < 9);
	for (int k = 0; k < 9; k++) {
		explore_assert(k == i || v[k] == 0);
		explore_assert(cases[k].channel == (k % 2 ? &b : &a));
	}
	value[me] = v[i];
	result[me] = i % 2;
}

static void send_to(struct channel *c)
{
	uintptr_t v = from(me);

	chan_send_from(c, &v);
	result[me] = CHAN_OK;
}

static void send_a(void)
{
	send_to(&a);
}

static void send_b(void)
{
	send_to(&b);
}

static void send_buffered_a(void)
{
	send_to(&buffered_a.channel);
}

static void send_buffered_b(void)
{
	send_to(&buffered_b.channel);
}

static void try_send_b(void)
{
	uintptr_t v = from(me);

	result[me] = chan_try_send_from(&b, &v);
}

/* The select that this one has served is off b when b is freed, even if this one has dropped it from
 * b's list. */
static void send_a_free_b(void)
{
	send_a();
	try_send_b();
	explore_assert(result[me] == CHAN_NOT_READY);
	chan_delete(&b);
}

static void check_freed(void)
{
	explore_assert(result[0] == 0 && value[0] == from(1));
	explore_assert(!a.receivers.first && !a.dropped);
}

/* Case i was served by thread 1 + i; the other sender waits for ever. */
static bool stuck_served(void)
{
	int i = result[0];

	explore_assert(i == 0 || i == 1);
	explore_assert(value[0] == from(1 + i));
	explore_assert(result[1 + i] == CHAN_OK && result[2 - i] == UNFINISHED);
	explore_assert(!a.receivers.first && !b.receivers.first);
	return true;
}

static void check_buffered(void)
{
	int i = result[0];

	explore_assert(i == 0 || i == 1);
	explore_assert(value[0] == from(1 + i));
	explore_assert((buffered_a.channel.state & CHAN_COUNT) == (i != 0));
	explore_assert((buffered_b.channel.state & CHAN_COUNT) == (i != 1));
	check_left();
}

static void check_select_for(void)
{
	explore_assert(result[0] == -1 || result[0] == 1);
	explore_assert((result[0] == 1) == (result[2] == CHAN_OK));
	explore_assert(value[0] == (result[0] == 1 ? from(2) : 0));
	check_left();
}

static void check_select_closed(void)
{
	explore_assert(result[0] == 10 || result[0] == 1);
	explore_assert((result[0] == 1) == (result[2] == CHAN_OK));
	explore_assert(value[0] == (result[0] == 1 ? from(2) : 0));
	check_left();
}

/* Two selects, each of which could serve the other, in either channel. */
static void select_both(struct channel *out, struct channel *in, bool out_first)
{
	uintptr_t v = from(me), got = 0;
	struct chan_case cases[2];
	int i;

	cases[!out_first] =
	    (struct chan_case){.channel = out, .value = &v, .direction = CHAN_SENDS};
	cases[out_first] =
	    (struct chan_case){.channel = in, .value = &got, .direction = CHAN_RECEIVES};
	i = chan_select_array(cases, 2, GO_FOREVER);
	value[me] = got;
	result[me] = (i == 0) == out_first;
}

static void out_a_in_b(void)
{
	select_both(&a, &b, true);
}

static void out_b_in_a(void)
{
	select_both(&b, &a, true);
}

static void in_a_out_b(void)
{
	select_both(&b, &a, false);
}

static void check_met(void)
{
	explore_assert(result[0] + result[1] == 1);
	explore_assert(value[0] == (result[0] ? 0 : from(1)));
	explore_assert(value[1] == (result[1] ? 0 : from(0)));
	check_left();
}

static void check_twice(void)
{
	check_pair(1, 0);
}

static const struct explore_scenario scenarios[] = {
    {.name = "a receive with a limit, a try to send",
     .thread = {recv_for, goroutines_alarm, try_send},
     .check = check_received},
    {.name = "a receive with a limit, and another one",
     .thread = {recv_for_and_again, goroutines_alarm, send_twice},
     .check = check_again,
     .stuck = stuck_again},
    {.name = "a send with a limit, a try to receive",
     .thread = {send_for, goroutines_alarm, try_recv},
     .check = check_sent},
    {.name = "a receive, a close, a try to send",
     .thread = {receive, close_a, try_send},
     .check = check_closed},
    {.name = "a select, two senders", .thread = {select_2, send_a, send_b}, .stuck = stuck_served},
    {.name = "a large select, two senders",
     .thread = {select_large, send_a, send_b},
     .stuck = stuck_served},
    {.name = "a select, two values for buffers",
     .thread = {select_buffered, send_buffered_a, send_buffered_b},
     .check = check_buffered},
    {.name = "a select of one channel twice, a send",
     .thread = {select_twice, send_a},
     .check = check_twice},
    {.name = "a select of one channel twice, not mixed",
     .thread = {select_twice, send_a},
     .init = init_not_mixed,
     .check = check_twice},
    {.name = "a select with a limit, a try to send",
     .thread = {select_2_for, goroutines_alarm, try_send_b},
     .check = check_select_for},
    {.name = "a select, a close, a try to send",
     .thread = {select_2, close_a, try_send_b},
     .check = check_select_closed},
    {.name = "a select, a channel of it freed",
     .thread = {select_2, send_a_free_b},
     .check = check_freed},
    {.name = "two selects",
     .thread = {out_a_in_b, out_b_in_a},
     .check = check_met,
     .steps = 60,
     .bounded = true},
    {.name = "two selects in one order",
     .thread = {out_a_in_b, in_a_out_b},
     .check = check_met,
     .steps = 60,
     .bounded = true},
};

int main(void)
{
	return machine_explore(init, scenarios, sizeof(scenarios) / sizeof(*scenarios));
}
