// test: mem=1G
/* A value handed along a chain of goroutines, all of them made first: nothing is used a second
 * time. A small machine has a shorter chain. */
#include "bench.h"

enum { MOST = 100000 };

static void link(chan(long) left, chan(long) right)
{
	long v;

	chan_recv(right, &v);
	chan_send(left, v + 1);
}

static void first(chan(long) c)
{
	chan_send(c, 0L);
}

int main(void)
{
	chan(long) leftmost = chan_make(long, 0), left = leftmost, right = left;
	go_time start;
	long v, n = MOST;

	go_maxprocs(1);
	while (room_for(n) < n)
		n /= 2;
	start = begin();
	for (int i = 0; i < n; i++, left = right) {
		right = chan_make(long, 0);
		go(link, left, right);
	}
	go(first, right);
	chan_recv(leftmost, &v);
	report("daisy", start, n);
	must(v == n, "daisy");
}
