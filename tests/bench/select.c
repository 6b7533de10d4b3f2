/* Selects. A sender hands values to the channels in turn, unbuffered, and the select waits on all
 * of them. */
#include "bench.h"

enum { N = 20000, MOST = 8 };
static chan(long) c[MOST];

static void sender(unsigned channels)
{
	for (long i = 0; i < N; i++)
		chan_send(c[i % channels], i);
}

static void select2(void)
{
	go_time start;
	long v;

	go(sender, 2);
	start = begin();
	for (int i = 0; i < N; i++)
		chan_select(on_recv(c[0], &v), on_recv(c[1], &v));
	report("select2", start, N);
}

static inline int select_of_8(long *v)
{
	return chan_select(on_recv(c[0], v), on_recv(c[1], v), on_recv(c[2], v), on_recv(c[3], v),
	                   on_recv(c[4], v), on_recv(c[5], v), on_recv(c[6], v), on_recv(c[7], v));
}

static void select8(void)
{
	go_time start;
	long v;

	go(sender, MOST);
	start = begin();
	for (int i = 0; i < N; i++)
		select_of_8(&v);
	report("select8", start, N);
}

/* A send to each of eight buffered channels in turn, then a select that finds it. */
static void select8_ready(void)
{
	go_time start = begin();
	long v;

	for (long i = 0; i < N; i++) {
		chan_send(c[i % MOST], i);
		select_of_8(&v);
	}
	report("select8_ready", start, N);
}

static void try_select(void)
{
	go_time start = begin();
	long v;

	for (int i = 0; i < N; i++)
		chan_try_select(on_recv(c[0], &v));
	report("try_select", start, N);
}

static void make_channels(size_t capacity)
{
	for (int i = 0; i < MOST; i++)
		c[i] = chan_make(long, capacity);
}

int main(void)
{
	go_maxprocs(1);
	make_channels(0);
	select2();
	select8();
	make_channels(1);
	select8_ready();
	try_select();
}
