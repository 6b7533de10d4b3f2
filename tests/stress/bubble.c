/* Bubbles full of goroutines that wait in every way, wake each other, give up after chance limits, and
 * start and stop timers. In each bubble the clock says at the end what the limits add up to, and no
 * wake is lost: a lost one is a deadlock, which is reported. Several bubbles live at the same time. */
#include <string.h>
#include "stress.h"

enum { ROUNDS = 2, BUBBLES = 3, WORKERS = 6, STEPS = 40 };

struct world {
	uint32_t number;
	chan(uint32_t) c, narrow;
	chan(void *) words;
	struct mutex mutex;
	struct cond cond;
	struct sema sema;
	uint32_t guarded, sent, received, called; /* the first under mutex, the others atomic */
};

#define add(counter, n) __atomic_fetch_add(&(counter), n, __ATOMIC_RELAXED)

static void call(void *w)
{
	add(((struct world *)w)->called, 1);
}

static void sleep_exactly(go_time d)
{
	go_time start = go_now();

	go_sleep(d);
	must(go_now() == start + (d > 0 ? d : 0));
}

static void pass(struct world *w, struct chance *c)
{
	go_time start = go_now(), limit = sec(below(c, 100));
	uint32_t v = 1 + below(c, 1000), got = 0;
	int r;

	if (below(c, 2))
		r = chan_select_for(limit, on_send(w->c, v), on_recv(w->narrow, &got),
		                    on_recv((chan(uint32_t))NULL, NULL));
	else
		r = chan_select_for(limit, on_recv(w->c, &got), on_send(w->narrow, v));
	must(r >= 0 ? go_now() - start <= limit : go_now() - start == limit);
	if (got)
		add(w->received, got);
	else if (r >= 0)
		add(w->sent, v);
}

static void use_timers(struct world *w, struct chance *c)
{
	struct timer t = {0}, f = {0};
	struct ticker k = {0};
	go_time start = go_now(), v;

	timer_reset(&t, sec(below(c, 10)));
	timer_after(&f, sec(below(c, 10)), call, w);
	ticker_start(&k, sec(1));
	for (unsigned i = 1 + below(c, 5); i; i--)
		must(chan_recv(k.c, &v) && (v - start) % sec(1) == 0);
	ticker_stop(&k);
	if (timer_stop(&f))
		call(w);
	timer_stop(&t);
	must(chan_try_recv(t.c, &v) == CHAN_NOT_READY && chan_try_recv(k.c, &v) == CHAN_NOT_READY);
}

/* A partner may have come too late: then the limit ends the wait. */
static void wait_somehow(struct world *w, struct chance *c)
{
	void *p;

	switch (below(c, 5)) {
	case 0:
		mutex_lock(&w->mutex);
		w->guarded++;
		if (below(c, 2))
			cond_wait_for(&w->cond, &w->mutex, sec(1 + below(c, 10)));
		mutex_unlock(&w->mutex);
		break;
	case 1:
		cond_broadcast(&w->cond);
		break;
	case 2:
		sema_release(&w->sema, 1);
		sema_acquire_for(&w->sema, 1 + below(c, 2), sec(below(c, 10)));
		break;
	case 3:
		chan_send_for(w->words, w, sec(below(c, 10)));
		break;
	case 4:
		if (chan_recv_for(w->words, &p, sec(below(c, 10))) == CHAN_OK)
			must(p == w);
		break;
	}
}

static void worker(struct world *w, uint32_t i)
{
	struct chance c = chance_of(w->number * 100 + i);

	for (unsigned step = 0; step < STEPS; step++) {
		switch (below(&c, 4)) {
		case 0:
			sleep_exactly(sec(below(&c, 50)) + below(&c, 2) - 1);
			break;
		case 1:
			pass(w, &c);
			break;
		case 2:
			wait_somehow(w, &c);
			break;
		case 3:
			use_timers(w, &c);
			break;
		}
	}
}

static void live(void *world)
{
	struct world *w = world;
	struct waitgroup wg = {0};
	uint32_t rest;

	w->c = chan_make(uint32_t, 2);
	w->narrow = chan_make(uint32_t, 0);
	w->words = chan_make(void *, w->number % 2);
	for (uint32_t i = 0; i < WORKERS; i++)
		wg_go(&wg, worker, w, i);
	wg_wait(&wg);
	go_bubble_wait();
	while (chan_try_recv(w->c, &rest) == CHAN_OK)
		w->received += rest;
	must(w->sent == w->received);
	chan_free(w->c);
	chan_free(w->narrow);
	chan_free(w->words);
}

static void bubble(uint32_t number, struct waitgroup *wg)
{
	struct world w = {.number = number};

	go_bubble(live, &w);
	must(w.called);
	wg_done(wg);
}

/* Who is outside runs by real time meanwhile. */
static void work(void)
{
	struct waitgroup wg = {0};
	go_time start = go_now();

	wg_add(&wg, BUBBLES);
	for (uint32_t i = 0; i < BUBBLES; i++)
		go_with(go_attr(.stack = 8192), bubble, i, &wg);
	while (!wg_wait_for(&wg, us(500)))
		must(go_now() > start);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(BUBBLES * (WORKERS + 3));
}
