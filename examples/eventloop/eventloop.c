/* An event loop: one goroutine runs short callbacks, one after the other, and they alone touch the
 * program's state. So the state needs no locks, and no callback sees another's half-done work.
 *
 * Use it where many small events change one state: a panel, a protocol, a control loop. While a
 * callback runs nothing else does, so a callback must neither wait nor compute for long. Such work
 * runs in a goroutine (loop_work), and what it found comes back as an event. If each task has a
 * state of its own, a goroutine for each reads better (sieve). If several parts have a state each
 * and must survive each other's failures, see actors.
 *
 * Here three sensors are read at different intervals. When a sensor has been read four times, a
 * slow analysis of its readings begins, and the loop goes on meanwhile. */
#include <stdio.h>
#include "skein.h"

struct event {
	void (*f)(void *);
	void *arg;
};

struct alarm {
	go_time when;
	struct event event;
	struct alarm *next;
};

struct loop {
	chan(struct event) events;
	struct alarm *alarms; /* the earliest first */
	unsigned expected;    /* events and alarms that are still to come */
};

/* Work that takes long: work(arg) runs in a goroutine of its own, and then done(arg) in the loop.
 * No callback uses what arg points to in the meantime. */
struct work {
	void (*work)(void *);
	struct event done;
	struct loop *loop;
};

static void loop_after(struct loop *loop, struct alarm *alarm, go_time d)
{
	struct alarm **place = &loop->alarms;

	alarm->when = go_now() + d;
	while (*place && (*place)->when <= alarm->when)
		place = &(*place)->next;
	alarm->next = *place;
	*place = alarm;
	loop->expected++;
}

static void work(struct work *w)
{
	w->work(w->done.arg); /* stack: calls analyse */
	chan_send(w->loop->events, w->done);
}

static void loop_work(struct loop *loop, struct work w)
{
	w.loop = loop;
	loop->expected++;
	go_copy(work, w);
}

/* The next event, or the first alarm when its time has come. */
static struct event next(struct loop *loop)
{
	struct alarm *first = loop->alarms;
	struct event event;

	if (chan_recv_for(loop->events, &event, first ? first->when - go_now() : GO_FOREVER) ==
	    CHAN_OK)
		return event;
	loop->alarms = first->next;
	return first->event;
}

/* Returns when nothing is to come any more. */
static void loop_run(struct loop *loop)
{
	while (loop->expected) {
		struct event event = next(loop);

		loop->expected--;
		event.f(event.arg); /* stack: calls on_time, on_analysed */
	}
}

/* The program. */

enum { SENSORS = 3, READINGS = 4 };

static struct sensor {
	struct alarm alarm;
	int readings, sum;
	int mean; /* the analysis finds it */
} sensors[SENSORS];
static struct loop loop;
static int analysed; /* no lock: callbacks alone use it */

static void analyse(void *arg)
{
	struct sensor *s = arg;

	go_sleep(ms(5)); /* stands for what takes long */
	s->mean = s->sum / s->readings;
}

static void on_analysed(void *arg)
{
	(void)arg;
	analysed++;
}

static void on_time(void *arg)
{
	struct sensor *s = arg;
	int number = (int)(s - sensors);

	s->sum += 10 * number + s->readings++;
	if (s->readings < READINGS)
		loop_after(&loop, &s->alarm, ms(1 + number));
	else
		loop_work(&loop, (struct work){.work = analyse, .done = {on_analysed, s}});
}

int main(void)
{
	loop.events = chan_make(struct event, 8);
	for (struct sensor *s = sensors; s < sensors + SENSORS; s++) {
		s->alarm.event = (struct event){on_time, s};
		loop_after(&loop, &s->alarm, ms(1));
	}
	loop_run(&loop);
	chan_free(loop.events);
	for (int i = 0; i < SENSORS; i++)
		printf("sensor %d: %d readings, mean %d\n", i, sensors[i].readings,
		       sensors[i].mean);
	printf("%d analysed\n", analysed);
}
