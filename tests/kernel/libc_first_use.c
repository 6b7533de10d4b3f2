/* The standard streams are complete before the first goroutine uses one: nobody meets a stream without a lock, or takes one of
 * them for a free one. main keeps the heap's lock, so a goroutine that was to make the streams would wait amid that. */
// test: boards=virt-aarch64,mps2-an521 cores=1,4 check=0
#include <stdio.h>
#include "report/report.h"
#include "sched/g.h"
#include "test.h"

static struct waitgroup done;
static FILE *opened;
static unsigned over; /* atomic */

static void first(void)
{
	check(!feof(stdin));
	__atomic_fetch_add(&over, 1, __ATOMIC_RELAXED);
	wg_done(&done);
}

static void open_one(void)
{
	opened = fdopen(1, "w");
	__atomic_fetch_add(&over, 1, __ATOMIC_RELAXED);
	wg_done(&done);
}

static unsigned waiting(void)
{
	unsigned n = 0;

	for (struct g *g = g_next(0); g; g = g_next(g))
		n += g_why(g) == G_MUTEX;
	return n;
}

static void start(void (*f)(void), unsigned n)
{
	wg_add(&done, 1);
	go(f);
	while (__atomic_load_n(&over, __ATOMIC_RELAXED) + waiting() < n)
		go_yield();
}

int main(void)
{
	libc_heap_lock();
	start(first, 1);
	start(open_one, 2);
	check(!feof(stdout));
	check(fflush(NULL) == 0);
	libc_heap_unlock();
	wg_wait(&done);
	check(opened && opened != stdin && opened != stdout && opened != stderr);
	return test_done();
}
