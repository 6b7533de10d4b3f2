/* Limits that run out while a partner comes: what a timed operation says it did was done, and what
 * it says it did not was not. The limits are about as long as the partner takes, so that both
 * happen. */
#include <string.h>
#include "stress.h"

enum { ROUNDS = 4, PAIRS = 6, VALUES = 250, EXTRAS = 4 };

static chan(uint32_t) channel[PAIRS];
static uint32_t received[tally_words(PAIRS * VALUES)];
static struct mutex mutex;
static struct waitgroup senders, extras;
static uint32_t guarded, done, late, early;

/* Sends in order, gives up and tries again. */
static void sender(uint32_t i)
{
	struct chance c = chance_of(i);

	for (uint32_t n = 0; n < VALUES;) {
		uint32_t v = i * VALUES + n;
		enum chan_result r = CHAN_NOT_READY;

		switch (below(&c, 4)) {
		case 0:
			r = chan_send_for(channel[i], v, us(below(&c, 40)));
			break;
		case 1:
			if (chan_select_for(us(below(&c, 40)), on_send(channel[i], v)) == 0)
				r = CHAN_OK;
			break;
		case 2:
			r = chan_try_send(channel[i], v);
			break;
		case 3:
			if (chan_select_for(us(below(&c, 40)), on_recv((chan(int))0, NULL),
			                    on_send(channel[i], v)) == 1)
				r = CHAN_OK;
			break;
		}
		must(r != CHAN_CLOSED);
		n += r == CHAN_OK;
		__atomic_fetch_add(r == CHAN_OK ? &early : &late, 1, __ATOMIC_RELAXED);
		if (r == CHAN_NOT_READY)
			go_sleep(us(below(&c, 10)));
	}
	wg_done(&senders);
}

static void receiver(uint32_t i)
{
	struct chance c = chance_of(100 + i);
	uint32_t next = i * VALUES;

	for (;;) {
		uint32_t untouched = ~i, v = untouched;
		go_time start = go_now(), limit = us(below(&c, 40));
		enum chan_result r = chan_recv_for(channel[i], &v, limit);

		if (r == CHAN_CLOSED)
			break;
		if (r == CHAN_OK) {
			must(v == next++);
			tally(received, v, PAIRS * VALUES);
		} else {
			must(v == untouched);
			must(go_now() - start >= limit);
		}
		if (below(&c, 8) == 0)
			go_sleep(us(below(&c, 30)));
	}
	must(next == (i + 1) * VALUES);
}

/* A mutex, a waitgroup and sleep with limits, beside them. */
static void extra(uint32_t i)
{
	struct chance c = chance_of(200 + i);

	for (uint32_t n = 0; n < VALUES; n++) {
		go_time start = go_now(), limit = us(below(&c, 40));

		if (mutex_lock_for(&mutex, limit)) {
			uint32_t before = guarded;

			if (below(&c, 4) == 0)
				go_sleep(us(below(&c, 20)));
			must(guarded == before);
			guarded = before + 1;
			__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
			mutex_unlock(&mutex);
		} else {
			must(go_now() - start >= limit);
		}
		start = go_now();
		if (!wg_wait_for(&senders, limit))
			must(go_now() - start >= limit);
	}
	wg_done(&extras);
}

static void work(void)
{
	memset(received, 0, sizeof(received));
	guarded = done = 0;
	wg_add(&senders, PAIRS);
	wg_add(&extras, EXTRAS);
	for (unsigned i = 0; i < PAIRS; i++) {
		channel[i] = chan_make(uint32_t, i % 3);
		go(sender, i);
		go(receiver, i);
	}
	for (unsigned i = 0; i < EXTRAS; i++)
		go(extra, i);
	wg_wait(&senders);
	for (unsigned i = 0; i < PAIRS; i++)
		chan_close(channel[i]);
	wg_wait(&extras);
	stress_settle();
	must(guarded == done && guarded > 0);
	must(mutex_try_lock(&mutex));
	mutex_unlock(&mutex);
	for (unsigned i = 0; i < PAIRS; i++)
		chan_free(channel[i]);
	tally_full(received, PAIRS * VALUES);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	must(early && late);
	return stress_end(2 * PAIRS + EXTRAS);
}
