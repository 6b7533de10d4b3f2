// test: sanitize=thread,address seeds=1,2,3,4 cflags="-iquote tests/unit/host" sources=kernel/memory/pages.c
/* Pages, in threads that stand for cores. A page belongs to one owner at a time, and whoever gets
 * one sees what its last owner wrote. When all have been given back they are one run again. */
#include <stdbool.h>
#include "unit.h"
#include "arch.h"
#include "base/panic.h"
#include "memory/lock.h"
#include "memory/pages.h"

enum { CORES = 4, PAGES = 200, RUNS = 12, ROUNDS = 6000, STEP = 256 };

static char area[PAGES + 1][PAGE_SIZE] __attribute__((aligned(4096)));
static _Thread_local unsigned index_here;
static size_t whole;

_Thread_local struct host_core *host_core;
_Thread_local bool host_masked = true;
_Thread_local struct host_thread *host_thread;
uint32_t panic_core;

unsigned core_index(void)
{
	return index_here;
}

void host_unmasked(void)
{
}

void host_relax(void)
{
	usleep(0);
}

void lock_wait(struct lock *l, enum rank rank)
{
	(void)rank;
	while (!lock_try(l))
		usleep(0);
}

void panic(const char *format, ...)
{
	printf("%s\n", format);
	must(!"a panic");
	abort();
}

void panic_stop(void)
{
	must(!"a panic");
}

struct held *core_held(void)
{
	return 0;
}

/* A run of 2^order pages, each with a mark. */
struct mine {
	char *start;
	unsigned order, mark;
};

static size_t bytes_of(const struct mine *m)
{
	return (size_t)PAGE_SIZE << m->order;
}

static void fill(struct mine *m, unsigned mark)
{
	m->mark = mark;
	for (size_t i = 0; i < bytes_of(m); i += STEP)
		m->start[i] = (char)(m->mark + i / PAGE_SIZE);
}

/* Whole, or in two halves, the higher one first. */
static void give(struct mine *m, uint32_t *chance)
{
	for (size_t i = 0; i < bytes_of(m); i += STEP)
		must(m->start[i] == (char)(m->mark + i / PAGE_SIZE));
	if (m->order == 0)
		return mem_page_free(m->start);
	if (rand_below(chance, 2))
		return mem_pages_free(m->start, m->order);
	mem_pages_free(m->start + bytes_of(m) / 2, m->order - 1);
	mem_pages_free(m->start, m->order - 1);
}

static void take(struct mine *m, uint32_t *chance)
{
	m->order = rand_below(chance, 2) ? 0 : rand_below(chance, 5);
	m->start = m->order == 0 ? mem_page() : mem_pages(m->order);
	if (!m->start && m->order) {
		mem_reclaim();
		m->start = mem_pages(m->order);
	}
	must((uintptr_t)m->start % PAGE_SIZE == 0);
}

static void *core(void *arg)
{
	uint32_t chance = unit_chance((uintptr_t)arg);
	struct mine mine[RUNS] = {{0}};
	size_t heap = 0;

	index_here = (uintptr_t)arg;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct mine *m = &mine[rand_below(&chance, RUNS)];

		if (m->start) {
			give(m, &chance);
			m->start = 0;
		} else {
			take(m, &chance);
			if (m->start)
				fill(m, round);
		}
		if (rand_below(&chance, 32) == 0 && mem_grow(heap ? -(ptrdiff_t)heap : 5000))
			heap = heap ? 0 : 5000;
		unit_shuffle(&chance);
	}
	for (unsigned i = 0; i < RUNS; i++)
		if (mine[i].start)
			give(&mine[i], &chance);
	if (heap)
		must(mem_grow(-(ptrdiff_t)heap));
	return 0;
}

/* Of these pages every second one by its address, so that no two are neighbours. */
static void free_half(void **page, unsigned n, unsigned odd)
{
	for (unsigned i = 0; i < n; i++)
		if ((uintptr_t)page[i] / PAGE_SIZE % 2 == odd)
			mem_page_free(page[i]);
}

/* All of it, by single pages: those that other cores keep too. */
static void exhaust(void)
{
	static void *page[PAGES];
	unsigned n = 0;

	while ((page[n] = mem_page()))
		n++;
	must(n == whole / PAGE_SIZE && mem_free_bytes() == whole % PAGE_SIZE);
	mem_reclaim();
	must(!mem_page() && !mem_pages(0) && !mem_pages(1));
	free_half(page, n, 0);
	mem_reclaim();
	must(!mem_pages(1));
	free_half(page, n, 1);
}

int main(int argc, char **argv)
{
	void *all;

	unit_begin(argc, argv);
	pages_init((uintptr_t)area[0], (uintptr_t)area[PAGES]);
	whole = mem_free_bytes();
	must(whole >= (PAGES - 1) * PAGE_SIZE);
	for (unsigned round = 0; round < 3; round++) {
		unit_threads(core, CORES);
		must(mem_free_bytes() == whole);
		exhaust();
		must(mem_free_bytes() == whole);
		mem_reclaim();
		all = mem_grow(whole); /* the gap is all of it again */
		must(all && mem_free_bytes() == 0);
		must(mem_grow(-(ptrdiff_t)whole));
		must(!mem_pages(8)); /* 256 pages */
		all = mem_pages(7);
		must(all);
		mem_pages_free(all, 7);
	}
	return 0;
}
