/* The forms that try and those with a limit: what they return, what they leave alone, and that
 * they wait long enough. */
// test: cores=1,2,4,8 check=0
// test: cores=4 check=1
// test: cores=1,4 icount=3 args=second
// test: cores=4 check=0 limit=30 opt="-DCONFIG_DOZE_NS=3600000000000 -DCONFIG_SLICE_NS=3600000000000"
#include "chan_waiting.h"
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

/* The second in line is left to itself when the first has been served, and its limit passes: nobody
 * waits any more. Of a word and of what is wider. */
struct wide {
	long v[3];
};

static void first_in_line(chan(long) c, chan(struct wide) w, int form)
{
	struct wide v = {{0}};
	long word = 7;

	if (form == 0)
		check(chan_recv(c, &word) && word == 1);
	else if (form == 1)
		chan_send(c, 1);
	else if (form == 2)
		check(chan_recv(w, &v) && v.v[2] == 3);
	else
		chan_send(w, (struct wide){{1, 2, 3}});
}

static void second_in_line(chan(long) c, chan(struct wide) w, int form, struct waitgroup *gone)
{
	struct wide v = {{0}};
	long word = 7;

	if (form == 0)
		check(chan_recv_for(c, &word, ms(3)) == CHAN_NOT_READY && word == 7);
	else if (form == 1)
		check(chan_send_for(c, 2, ms(3)) == CHAN_NOT_READY);
	else if (form == 2)
		check(chan_recv_for(w, &v, ms(3)) == CHAN_NOT_READY);
	else
		check(chan_send_for(w, v, ms(3)) == CHAN_NOT_READY);
	wg_done(gone);
}

static void await_line(chan(long) c, chan(struct wide) w, int form, unsigned n)
{
	if (form < 2)
		await_waiting(chan_of(c), form ? CHAN_SENDS : CHAN_RECEIVES, n);
	else
		await_waiting(chan_of(w), form == 3 ? CHAN_SENDS : CHAN_RECEIVES, n);
}

static void serve_one(chan(long) c, chan(struct wide) w, int form)
{
	struct wide v;
	long word;

	if (form == 0)
		check(chan_try_send(c, 1) == CHAN_OK);
	else if (form == 1)
		check(chan_try_recv(c, &word) == CHAN_OK && word == 1);
	else if (form == 2)
		check(chan_try_send(w, (struct wide){{1, 2, 3}}) == CHAN_OK);
	else
		check(chan_try_recv(w, &v) == CHAN_OK && v.v[2] == 3);
}

static void second(int form)
{
	chan(long) c = chan_make(long, 0);
	chan(struct wide) w = chan_make(struct wide, 0);
	struct waitgroup gone = {0};

	go(first_in_line, c, w, form);
	await_line(c, w, form, 1);
	wg_add(&gone, 1);
	go(second_in_line, c, w, form, &gone);
	await_line(c, w, form, 2);
	serve_one(c, w, form);
	await_line(c, w, form, 1);
	wg_wait(&gone);
	await_line(c, w, form, 0);
	check(chan_try_send(c, 1) == CHAN_NOT_READY && chan_try_recv(c, NULL) == CHAN_NOT_READY);
	check(chan_try_recv(w, NULL) == CHAN_NOT_READY);
	chan_free(c);
	chan_free(w);
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

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		for (int form = 0; form < 4; form++)
			second(form);
		return test_done();
	}
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
