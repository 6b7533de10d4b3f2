/* Pages in runs: they split and join, come back to the gap and to the heap, and what one core keeps
 * another one finds when memory is short. Blocks of more than half a page, of channels and of
 * stacks, and the C library's heap come back too. tests/unit/pages.c lets cores meet. */
// test: cores=1,4 check=0,1 mem=64M
#include <stdlib.h>
#include <string.h>
#include "memory/mem.h"
#include "pages.h"
#include "sched/core.h"
#include "test.h"

enum { SLOTS = 16, ROUNDS = 1000 };

static struct waitgroup done;

/* Of 16 pages the middle 8 are freed in halves, and join: they are the only free run. They are cut
 * at their high end. */
static void split_and_join(void)
{
	size_t before = mem_free_bytes();
	char *run = take(4), *half, *page;

	if (!check(run))
		return;
	give(run + 4 * PAGE_SIZE, 2);
	check(before - mem_free_bytes() == 12 * PAGE_SIZE);
	page = take(0);
	check(page == run + 7 * PAGE_SIZE);
	give(run + 8 * PAGE_SIZE, 2);
	half = take(2); /* three pages were left, and the four behind the used one */
	check(half == run + 8 * PAGE_SIZE);
	give(half, 2);
	give(page, 0);
	half = take(3);
	check(half == run + 4 * PAGE_SIZE);
	give(run, 2);
	give(run + 12 * PAGE_SIZE, 2);
	give(half, 3); /* with a free run on either side */
	check(mem_free_bytes() == before);
}

/* Runs by chance, each page of which holds its owner's number. */
static void by_chance(uint32_t seed)
{
	size_t pages[SLOTS] = {0}, used = 0, before = mem_free_bytes();
	unsigned order[SLOTS];
	char *run[SLOTS];
	bool good = true;

	for (unsigned round = 0; round < ROUNDS + SLOTS; round++) {
		unsigned k = round < ROUNDS ? seed >> 16 & (SLOTS - 1) : round - ROUNDS;

		seed = seed * 1664525 + 1013904223;
		for (size_t i = 0; i < pages[k]; i++)
			good &= run[k][i * PAGE_SIZE] == (char)k;
		if (pages[k])
			give(run[k], order[k]);
		used -= pages[k];
		order[k] = seed >> 20 & 3;
		pages[k] = round < ROUNDS ? (size_t)1 << order[k] : 0;
		if (pages[k] && !(run[k] = take(order[k])))
			pages[k] = 0;
		used += pages[k];
		for (size_t i = 0; i < pages[k]; i++)
			run[k][i * PAGE_SIZE] = (char)k;
		good &= before - mem_free_bytes() == used * PAGE_SIZE;
	}
	check(good);
}

/* Leaves pages with the core on which it runs. */
static void hoard(void)
{
	char *page[CONFIG_PAGES_KEPT];
	unsigned long was = arch_irq_off();

	for (unsigned i = 0; i < CONFIG_PAGES_KEPT; i++)
		page[i] = mem_page();
	for (unsigned i = 0; i < CONFIG_PAGES_KEPT; i++)
		if (page[i])
			mem_page_free(page[i]);
	arch_irq_restore(was);
	wg_done(&done);
}

static void hoard_everywhere(void)
{
	for (unsigned i = 0; i < go_cores(); i++) {
		wg_add(&done, 1);
		go_with(go_attr(.core = (int)i), hoard);
		wg_wait(&done);
	}
}

/* All memory in single pages, those of other cores among them, and then all of it as one block. */
static void exhaust(void)
{
	size_t before, n = 0, most;
	char *chain = 0, *page;

	hoard_everywhere();
	before = mem_free_bytes();
	while ((page = take(0))) {
		*(char **)page = chain;
		chain = page;
		n++;
	}
	check(n == before / PAGE_SIZE && mem_free_bytes() < PAGE_SIZE);
	check(!malloc(2 * PAGE_SIZE) && !chan_try_make(long, PAGE_SIZE));
	while ((page = chain)) {
		chain = *(char **)page;
		give(page, 0);
	}
	check(mem_free_bytes() == before);
	hoard_everywhere();
	most = before - (before >> 3);
	page = malloc(most); /* the heap gets what the cores keep, and the gap is whole again */
	check(page);
	free(page);
	check(mem_free_bytes() + 2 * PAGE_SIZE > before);
}

static void nothing(void)
{
	wg_done(&done);
}

static void alone(void)
{
	wg_wait(&done);
	while (go_count() != 1)
		go_yield();
	go_sleep(ms(1));
}

/* What a goroutine had comes back when all cores have answered. */
static bool comes_back(size_t to)
{
	for (go_time end = go_now() + ms(2000); mem_free_bytes() < to && go_now() < end;)
		go_sleep(ms(1));
	return mem_free_bytes() >= to;
}

static size_t steady(void)
{
	size_t free = mem_free_bytes();

	for (unsigned same = 0; same < 20; same++) {
		go_sleep(ms(1));
		if (free != mem_free_bytes())
			same = 0;
		free = mem_free_bytes();
	}
	return free;
}

static void stacks(size_t most, const size_t *before)
{
	for (size_t size = PAGE_SIZE; size <= CONFIG_STACK_MAX && size < most; size *= 2) {
		wg_add(&done, 1);
		go_with(go_attr(.stack = size), nothing);
		alone();
		check(!before || comes_back(*before));
	}
}

/* Whatever they are used for: the second time it is as it is the hundredth. One core runs, which
 * keeps each g that has ended for the next one. */
static void blocks(void)
{
	size_t before;
	void *p;

	go_maxprocs(1);
	stacks(mem_free_bytes() / 4, 0); /* each g stays, and with a slot the first page */
	before = steady();
	for (size_t n = PAGE_SIZE; n < before / 4; n *= 2) {
		chan(char) c = chan_try_make(char, n);

		check(c && before - mem_free_bytes() >= n);
		chan_free(c);
		check(comes_back(before));
	}
	stacks(before / 4, &before);
	p = malloc(before / 2);
	check(p && before - mem_free_bytes() >= before / 4); /* a part may have been the heap's */
	free(p);
	check(mem_free_bytes() + 2 * PAGE_SIZE > before);
	go_maxprocs((int)go_cores());
}

static void hog(void)
{
	for (go_time end = go_now() + ms(30); go_now() < end;)
		;
}

static void wait(chan(void) gate)
{
	chan_recv(gate, NULL);
}

/* What stays with the kernel once it was needed: frames of preempted goroutines, and more ended
 * goroutines than the cores keep for themselves. */
static void warm(void)
{
	chan(void) gate = chan_make(void, 0);

	free(malloc(1));
	for (unsigned i = 0; i < 2 * CONFIG_FREE_BATCH * (go_cores() + 1); i++)
		wg_go(&done, wait, gate);
	chan_close(gate);
	alone();
	chan_free(gate);
	for (unsigned i = 0; i < 2 * go_cores(); i++)
		wg_go(&done, hog);
	alone();
}

int main(void)
{
	warm();
	split_and_join();
	by_chance(7);
	by_chance(8);
	exhaust();
	blocks();
	return test_done();
}
