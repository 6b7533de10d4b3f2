/* The operations that once kept interrupts masked for long: each with many waiters, or with the
 * largest element where it is worst to copy. That they work is what this test says;
 * chan_masked.sh counts the instructions. */
#include "room.h"
#include "test.h"

enum { MOST = 24, CASES = 20 };

struct largest {
	char b[CHAN_ELEMENT_MAX];
};

static struct waitgroup over;
static chan(struct largest) large;
static chan(int) channel[CASES];
static int many;

static struct largest *odd(char *room)
{
	return (struct largest *)(room + 3); /* no alignment that a word could be copied by */
}

/* On one core all have come to their wait then. */
static void let_wait(void)
{
	for (int i = 0; i < 4; i++)
		go_yield();
}

static void receive_large(void)
{
	static char room[MOST][CHAN_ELEMENT_MAX + 8];
	static unsigned n;
	struct largest *v = odd(room[n++]);

	check(!chan_recv(large, v) && v->b[0] == 0 && v->b[CHAN_ELEMENT_MAX - 1] == 0);
}

static void close_many(void)
{
	large = chan_make(struct largest, 0);
	for (int i = 0; i < many; i++)
		wg_go(&over, receive_large);
	let_wait();
	chan_close(large);
	wg_wait(&over);
	chan_free(large);
}

static void send_three(struct largest *v)
{
	for (int i = 0; i < 3; i++) {
		v->b[0] = v->b[CHAN_ELEMENT_MAX - 1] = (char)(i + 1);
		chan_select(on_send_from(large, v));
	}
}

static void receive_three(struct largest *v)
{
	for (int i = 0; i < 3; i++)
		check(chan_recv(large, v) && v->b[0] == i + 1 &&
		      v->b[CHAN_ELEMENT_MAX - 1] == i + 1);
}

static void pass(size_t capacity, struct largest *to, struct largest *from)
{
	large = chan_make(struct largest, capacity);
	wg_go(&over, send_three, from);
	let_wait();
	receive_three(to);
	wg_wait(&over);
	chan_free(large);
}

/* From hand to hand, nothing aligned; a receive from a full buffer while a sender waits copies
 * twice. */
static void copy(void)
{
	static _Alignas(8) char from[CHAN_ELEMENT_MAX + 8], to[CHAN_ELEMENT_MAX + 8];

	pass(0, odd(to), (struct largest *)(from + 2));
	pass(1, (struct largest *)to, (struct largest *)from);
}

static void make_channels(void)
{
	for (int i = 0; i < CASES; i++)
		channel[i] = chan_make(int, 0);
}

static void free_channels(void)
{
	for (int i = 0; i < CASES; i++)
		chan_free(channel[i]);
}

static void select_wide(void)
{
	struct chan_case cases[CASES];
	int v;

	for (int i = 0; i < CASES; i++)
		cases[i] = on_recv(channel[i], &v);
	check(chan_select_array(cases, CASES, GO_FOREVER) == 0);
	wg_done(&over);
}

/* Selects that have been served by their first channel still stand in the lists of the others. */
static void select_many(void)
{
	make_channels();
	wg_add(&over, many);
	for (int i = 0; i < many; i++)
		go_with(go_attr(.stack = 4096), select_wide);
	let_wait();
	for (int i = 0; i < many; i++)
		chan_send(channel[0], i);
	check(chan_try_send(channel[1], 0) == CHAN_NOT_READY);
	for (int i = 2; i < CASES; i++)
		chan_close(channel[i]);
	wg_wait(&over);
	free_channels();
}

static void wait_for(struct waitgroup *wg)
{
	wg_wait(wg);
}

static void lock_once(struct mutex *m)
{
	mutex_lock(m);
	mutex_unlock(m);
}

static void wake_many(void)
{
	static struct waitgroup wg;
	static struct mutex m;

	wg_add(&wg, 1);
	mutex_lock(&m);
	for (int i = 0; i < many; i++) {
		wg_go(&over, wait_for, &wg);
		wg_go(&over, lock_once, &m);
	}
	let_wait();
	wg_done(&wg);
	mutex_unlock(&m);
	wg_wait(&over);
}

int main(void)
{
	many = room_for(4 * MOST) / 4; /* select_many's stacks are twice as large */
	close_many();
	copy();
	select_many();
	wake_many();
	return test_done();
}
