/* The forms that try and those with a limit: what they return, what they leave alone, and that
 * they wait long enough. */
// test: cores=1,2,4,8 check=0
// test: cores=4 check=1
// test: cores=4 check=0 limit=30 opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include "room.h"
#include "test.h"

static const go_time none[] = {0, -1, INT64_MIN};

static void tries_once(void)
{
	chan(int) c = chan_make(int, 1);
	int v = 7;

	for (unsigned i = 0; i < 3; i++) {
		check(chan_recv_for(c, &v, none[i]) == CHAN_NOT_READY && v == 7);
		check(chan_select_for(none[i], on_recv(c, &v)) == -1 && v == 7);
		check(chan_send_for(c, 1, none[i]) == CHAN_OK); /* what is ready wins */
		check(chan_send_for(c, 2, none[i]) == CHAN_NOT_READY && chan_len(c) == 1);
		check(chan_select_for(none[i], on_send(c, 2)) == -1);
		check(chan_recv_for(c, &v, none[i]) == CHAN_OK && v == 1);
		check(chan_select_for(none[i], on_send(c, 3)) == 0);
		check(chan_select_for(none[i], on_recv(c, &v)) == 0 && v == 3);
		v = 7;
	}
	chan_free(c);
}

static void waits(go_time limit)
{
	chan(int) c = chan_make(int, 0), full = chan_make(int, 1);
	go_time start;
	int v = 7;
	bool ok = true;

	chan_send(full, 1);
#define takes(call) (start = go_now(), check(call), check(go_now() - start >= limit))
	takes(chan_recv_for(c, &v, limit) == CHAN_NOT_READY);
	takes(chan_send_for(c, 1, limit) == CHAN_NOT_READY);
	takes(chan_send_for(full, 1, limit) == CHAN_NOT_READY);
	takes(chan_recv_for((chan(int))0, &v, limit) == CHAN_NOT_READY);
	takes(chan_send_for((chan(int))0, 1, limit) == CHAN_NOT_READY);
	takes(chan_select_for(limit, on_recv_ok(c, &v, &ok), on_send(full, 1)) == -1);
	takes(chan_select_for(limit, on_recv_ok((chan(int))0, &v, &ok)) == -1);
	check(v == 7 && ok);
	check(!chan_of(c)->dropped && chan_len(c) == 0 && chan_len(full) == 1);
	chan_free(c); /* and nobody waits any more */
	chan_free(full);
}

static void delayed(chan(int) c)
{
	int v;

	go_sleep(us(500));
	chan_send(c, 1);
	go_sleep(us(500));
	check(chan_recv(c, &v) && v == 2);
	go_sleep(us(500));
	chan_close(c);
}

static void is_served(go_time limit)
{
	chan(int) c = chan_make(int, 0);
	int v = 7;

	go(delayed, c);
	check(chan_recv_for(c, &v, limit) == CHAN_OK && v == 1);
	check(chan_send_for(c, 2, limit) == CHAN_OK);
	check(chan_recv_for(c, &v, limit) == CHAN_CLOSED && v == 0);
}

/* Many timers at once, of equal and different times. */
static void sleeper(chan(int) c, int i)
{
	go_time start = go_now(), limit = us(100 * (i % 20));

	check(chan_recv_for(c, NULL, limit) == CHAN_NOT_READY);
	check(go_now() - start >= limit);
}

static void many(void)
{
	chan(int) c = chan_make(int, 0);
	struct waitgroup wg = {0};

	for (unsigned n = room_for(500), i = 0; i < n; i++)
		wg_go(&wg, sleeper, c, i);
	wg_wait(&wg);
	chan_free(c);
}

int main(void)
{
	tries_once();
	waits(us(1));
	waits(us(300));
	waits(ms(3));
	is_served(sec(1000));
	is_served(GO_FOREVER);
	is_served(GO_FOREVER - 1);
	many();
	return test_done();
}
