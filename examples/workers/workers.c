/* A pool of workers takes jobs that wait or compute. Who submits a job gets a future, and waits for
 * the result when it is needed. Steps that must not overtake each other form a sequence: they run
 * one after the other, on whichever worker is free. Different sequences run side by side.
 *
 * Use a pool where jobs wait for something of which there are few: a bus, a file, memory for large
 * stacks. The number of workers bounds how many jobs run at once. Where nothing is scarce a
 * goroutine for each job is simpler (hello, wordcount). Use a sequence where something is idle most
 * of the time: it takes a worker only while it has steps to run. An actor (actors) always has its
 * goroutine.
 *
 * Here ten jobs ask a slow device for a square, and three logs are written in steps. */
#include <stdio.h>
#include "skein.h"

enum { WORKERS = 3, QUEUE = 16 };

/* It lies where the caller wants, on its stack too, and stays there until the result has come. */
struct future {
	struct waitgroup pending;
	long value;
};

struct job {
	long (*f)(void *);
	void *arg;
	struct future *result; /* null: nobody asks */
};

static chan(struct job) jobs;
static struct waitgroup workers;

static void work(void)
{
	for (struct job job; chan_recv(jobs, &job);) {
		long value = job.f(job.arg); /* stack: calls run_steps, square */

		if (!job.result)
			continue;
		job.result->value = value;
		wg_done(&job.result->pending);
	}
}

/* Waits while QUEUE jobs wait. So a job must not submit another one: all workers could wait here. */
static void submit(struct job job)
{
	if (job.result)
		wg_add(&job.result->pending, 1);
	chan_send(jobs, job);
}

static long future_get(struct future *f)
{
	wg_wait(&f->pending);
	return f->value;
}

struct step {
	void (*f)(struct step *);
	struct sequence *sequence;
	struct step *next;
};

struct sequence {
	struct mutex lock;
	struct step *first, *last; /* guarded by lock: those that have not begun */
	bool running;              /* guarded by lock: a worker has it, or will have it */
};

/* The job of a sequence: its steps, until none is left. */
static long run_steps(void *sequence)
{
	struct sequence *s = sequence;
	struct step *step;

	for (;; step->f(step)) { /* stack: calls append */
		mutex_lock(&s->lock);
		step = s->first;
		s->running = step;
		s->first = step ? step->next : NULL;
		mutex_unlock(&s->lock);
		if (!step)
			return 0;
	}
}

static void then(struct sequence *s, struct step *step, void (*f)(struct step *))
{
	bool running;

	*step = (struct step){f, s, NULL};
	mutex_lock(&s->lock);
	*(s->first ? &s->last->next : &s->first) = step;
	s->last = step;
	running = s->running;
	s->running = true;
	mutex_unlock(&s->lock);
	if (!running)
		submit((struct job){.f = run_steps, .arg = s});
}

/* The program. */

enum { SQUARES = 10, LOGS = 3, STEPS = 5 };

static struct log {
	struct sequence sequence; /* first: leads to its log */
	struct step steps[STEPS];
	char text[STEPS + 1]; /* no lock: the steps alone use it */
	int length;
} logs[LOGS];

static void append(struct step *step)
{
	struct log *log = (struct log *)step->sequence;

	go_yield(); /* another step would come in between here, if it could */
	log->text[log->length++] = (char)('a' + (step - log->steps));
}

static long square(void *n)
{
	go_sleep(us(500)); /* stands for the device */
	return (long)n * (long)n;
}

int main(void)
{
	static struct future squares[SQUARES];
	long sum = 0;

	jobs = chan_make(struct job, QUEUE);
	for (int i = 0; i < WORKERS; i++)
		wg_go(&workers, work);
	for (long i = 0; i < SQUARES; i++)
		submit((struct job){square, (void *)i, &squares[i]});
	for (int i = 0; i < LOGS * STEPS; i++) {
		struct log *log = &logs[i % LOGS];

		then(&log->sequence, &log->steps[i / LOGS], append);
	}
	for (int i = 0; i < SQUARES; i++)
		sum += future_get(&squares[i]);
	chan_close(jobs); /* those that were submitted are still done */
	wg_wait(&workers);
	printf("sum of squares %ld\n", sum);
	for (int i = 0; i < LOGS; i++)
		printf("log %d: %s\n", i, logs[i].text);
}
