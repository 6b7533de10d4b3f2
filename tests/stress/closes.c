/* Channels are closed under receivers and selects, and freed at once by the last one woken:
 * everybody is told once, a value that was buffered before still comes, and nobody touches a
 * channel that is gone. */
#include <string.h>
#include "stress.h"

enum { ROUNDS = 60, WAITERS = 24, BUFFER = 3 };

/* Freed by whoever hears of the close last, while the others return from their operation. */
struct shared {
	chan(uint32_t) main, side;
	uint32_t left, values;
	struct waitgroup *all;
};

static void hear(struct shared *s)
{
	if (__atomic_fetch_sub(&s->left, 1, __ATOMIC_ACQ_REL) == 1) {
		struct waitgroup *all = s->all;

		must(s->values == BUFFER);
		chan_free(s->main);
		memset(s, 0xa5, sizeof(*s));
		free(s);
		wg_done(all);
	}
}

static void receiver(struct shared *s)
{
	for (uint32_t v = 7; chan_recv(s->main, &v);)
		__atomic_fetch_add(&s->values, 1, __ATOMIC_RELAXED);
	hear(s);
}

/* The number of cases decides between the two protocols of select. */
static void selector(struct shared *s, uint32_t i)
{
	struct chance c = chance_of(i);
	uint32_t v, n = 2 + below(&c, 12);
	struct chan_case cases[14];
	bool ok = true;

	while (ok) {
		uint32_t limit = below(&c, 3) ? 0 : us(1 + below(&c, 30)), place = below(&c, n);
		int ran;

		for (uint32_t k = 0; k < n; k++)
			cases[k] = on_recv(k % 3 ? s->side : 0, &v);
		cases[place] = on_recv_ok(s->main, &v, &ok);
		ran = chan_select_array(cases, n, limit ? limit : GO_FOREVER);
		must(ran == -1 || ran == (int)place);
		if (ran >= 0 && ok)
			__atomic_fetch_add(&s->values, 1, __ATOMIC_RELAXED);
	}
	hear(s);
}

static void work(void)
{
	struct chance c = chance_of(1000);
	struct waitgroup all = {0};
	struct shared *s = calloc(1, sizeof(*s));
	chan(uint32_t) main_channel = chan_make(uint32_t, BUFFER), side = chan_make(uint32_t, 0);

	must(s);
	*s = (struct shared){main_channel, side, WAITERS + 1, 0, &all};
	wg_add(&all, 1);
	for (uint32_t i = 0; i < WAITERS; i++)
		if (below(&c, 2))
			go(receiver, s);
		else
			go_with(go_attr(.stack = 4096), selector, s, i);
	for (uint32_t i = 0; i < BUFFER; i++) {
		if (below(&c, 2))
			go_sleep(us(below(&c, 40)));
		chan_send(main_channel, i);
	}
	if (below(&c, 2))
		go_sleep(us(below(&c, 40)));
	chan_close(main_channel);
	hear(s); /* the closer's part: it is done with the channel */
	wg_wait(&all);
	chan_free(side);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(WAITERS);
}
