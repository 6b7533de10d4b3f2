/* A program's timers and contexts. */
#include <skein/context.h>
#include "bench.h"

enum { N = 10000, OTHERS = 1000 };

static struct timer t, others[OTHERS];

/* A limit that is put off again and again, alone and among a thousand. */
static void resets(const char *operation, go_time later)
{
	go_time start;

	timer_reset(&t, sec(3600));
	start = begin();
	for (int i = 0; i < N; i++)
		timer_reset(&t, sec(3600) + later * i);
	report(operation, start, N);
	must(timer_stop(&t), operation);
}

static void starts_and_stops(void)
{
	go_time start = begin();

	for (int i = 0; i < N; i++) {
		timer_reset(&t, sec(3600));
		timer_stop(&t);
	}
	report("timer_start_stop", start, N);
}

/* The channel is made and freed too. */
static void after(void)
{
	go_time start = begin();

	for (int i = 0; i < N; i++) {
		chan(go_time) c = go_after(1);

		chan_recv(c, NULL);
		chan_free(c);
	}
	report("go_after", start, N);
}

static void errs(void)
{
	struct context *ctx = ctx_with_cancel(ctx_background());
	go_time start = begin();

	for (int i = 0; i < N && !ctx_err(ctx); i++)
		__asm__ volatile("" : "+r"(ctx));
	report("ctx_err", start, N);
	must(!ctx_err(ctx), "ctx_err");
	ctx_free(ctx);
}

int main(void)
{
	go_maxprocs(1);
	timer_reset(&t, 1);
	chan_recv(t.c, NULL);
	resets("timer_reset", 0);
	starts_and_stops();
	for (int i = 0; i < OTHERS; i++)
		timer_reset(&others[i], sec(1800) + ms(1) * i);
	resets("timer_reset_1000", 1);
	for (int i = 0; i < OTHERS; i++)
		timer_stop(&others[i]);
	after();
	errs();
}
