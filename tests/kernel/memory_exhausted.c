/* Memory runs out for pages, malloc, channels and goroutines at once: each call that may fail says so, changes
 * nothing, and works again when memory has come back; and as much is free then as before. What may not fail ends the
 * program with a sentence. Frames are preempt_refused's. */
// test: cores=1,4 check=0,1 mem=64M boards=virt-aarch64,virt-riscv64,virt-riscv32,mps2-an521
// test: cores=1 check=0 boards=virt-aarch64,virt-riscv32 mem=64M args=chan expect=70 match='^panic: chan_make: out of memory for 256 elements of 256 bytes: chan_free what is'
// test: cores=1 check=0 boards=virt-aarch64,virt-riscv32 mem=64M args=after expect=70 match='^panic: (go_after|timer): out of memory'
// test: cores=1 check=0 boards=virt-aarch64,virt-riscv32 mem=64M args=go expect=70 match='^panic: go: out of memory with \d+ goroutines alive: use go_try, start fewer, or give the board more RAM'
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "memory/mem.h"
#include "pages.h"
#include "room.h"
#include "test.h"

enum { LARGE = 1 << 16, TRIES = 6 };

struct wide {
	char bytes[256];
};

static struct waitgroup done;

/* Every page that there is, chained by the first word. */
static void **take_all(void)
{
	void **all = 0, **page;

	mem_reclaim();
	while ((page = take(0))) {
		*page = all;
		all = page;
	}
	return all;
}

static void give_all(void **page)
{
	for (void **next; page; page = next) {
		next = *page;
		give(page, 0);
	}
}

static void held(chan(void) gate)
{
	chan_recv(gate, NULL);
	wg_done(&done);
}

/* A goroutine that has ended keeps its stack, so some can be had without a page. */
static unsigned start_all(chan(void) gate)
{
	unsigned n = 0;

	while (wg_add(&done, 1), go_try(held, gate))
		n++;
	wg_done(&done);
	return n;
}

static void all_fail(void)
{
	void *small = malloc(LARGE / 8), *same;

	check(!take(0) && !take(3));
	check(!chan_try_make(struct wide, LARGE / 256));
	errno = 0;
	check(!malloc(8 * LARGE) && errno == ENOMEM);
	errno = 0;
	check(!calloc(8, LARGE) && errno == ENOMEM);
	if (small) {
		memset(small, 7, LARGE / 8);
		same = realloc(small, 8 * LARGE);
		check(!same && ((char *)small)[0] == 7 && ((char *)small)[LARGE / 8 - 1] == 7);
	}
	free(small);
}

static void all_work(void)
{
	chan(struct wide) c = chan_try_make(struct wide, LARGE / 256);
	void *run = take(3), *block = malloc(8 * LARGE / (mem_free_bytes() < 1 << 20 ? 16 : 1));
	chan(void) gate = chan_make(void, 0);

	check(c && run && block);
	wg_add(&done, 1);
	check(go_try(held, gate));
	chan_send(gate);
	wg_wait(&done);
	chan_free(gate);
	chan_free(c);
	free(block);
	give(run, 3);
}

static void round_of_all(void)
{
	chan(void) gate = chan_make(void, 0);
	void **pages = take_all();
	unsigned n = start_all(gate);

	check(pages && !go_try(held, gate));
	all_fail();
	give_all(pages);
	chan_close(gate);
	wg_wait(&done);
	chan_free(gate);
	while (go_count() != 1)
		go_yield();
	all_work();
	kprintf("%u goroutines without a page\n", n);
}

/* One core runs them all, for each core keeps goroutines that ended there; how many frames there are at once differs
 * from time to time. What is lost is lost each time. */
static void comes_back(void)
{
	unsigned tries = TRIES;
	size_t before, after;

	go_maxprocs(1);
	round_of_all();
	after = free_in_the_end();
	do {
		before = after;
		round_of_all();
		after = free_in_the_end();
		kprintf("%zu bytes free, then %zu\n", before, after);
	} while (after < before && --tries);
	check(after >= before);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	chan(void) gate = chan_make(void, 0);

	if (*what)
		take_all();
	if (!strcmp(what, "chan"))
		chan_make(struct wide, LARGE / 256);
	else if (!strcmp(what, "after"))
		for (;;)
			go_after(sec(1000));
	else if (!strcmp(what, "go"))
		for (;;) {
			wg_add(&done, 1);
			go(held, gate);
		}
	else
		comes_back();
	return test_done();
}
