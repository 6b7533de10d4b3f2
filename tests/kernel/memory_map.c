/* Single pages in the arena. What one core maps, others read and write; what it takes off, no core
 * uses any more when the shoot-down is over; tables come and go with their pages, and all memory
 * comes back. */
// test: cores=1,4 check=0,1
// test: cores=4 args=fault expect=71 boards=virt-aarch64,virt-riscv64,raspi3,zcu102,sifive-u match='(?s)to (0x[0-9a-f]+)\n.*^fault: write to an unmapped address, address \1\ngoroutine \d+ "toucher"'
#include "memory/mem.h"
#include "sched/arena.h"
#include "sched/preempt.h"
#include "sched/shootdown.h"
#include "test.h"

enum { ROUNDS = 40, MOST = 4 };
#define GB ((uintptr_t)1 << 30)
#define BELOW (200 * GB) /* the lower end is that of the stacks */
#define ARENA ((uintptr_t)ARCH_ARENA_START + BELOW)

static struct waitgroup done;
static uint32_t errors, step; /* atomic */

static void *page_at(uintptr_t address)
{
	unsigned long was;
	void *page;
	bool good;

	do {
		arch_touch_stack();
		if (!arena_prepare(address))
			return 0;
		was = arch_irq_off();
		page = mem_page();
		good = page && arena_map(address, page) == ARCH_MAPPED;
		if (page && !good)
			mem_page_free(page);
		arch_irq_restore(was);
	} while (page && !good);
	return page;
}

/* A batch is one core's until its shoot-down, so n of them are taken off in one masked stretch. */
static void take_off(uintptr_t address, unsigned n, size_t stride)
{
	struct arena_batch batch = {0};
	unsigned long was = arch_irq_off();

	for (unsigned i = 0; i < n; i++)
		arena_unmap(&batch, address + i * stride);
	arena_shoot(&batch);
	arch_irq_restore(was);
	shootdown_await(batch.ticket);
	if (!arena_over(&batch))
		fetch_add_relaxed(&errors, 1);
	do {
		was = arch_irq_off();
		n = arena_free(&batch);
		arch_irq_restore(was);
	} while (!n);
}

static volatile unsigned *word_at(uintptr_t address)
{
	return (volatile unsigned *)address;
}

/* The page behind an address changes again and again. A core that still uses the old entry reads
 * the old page's number. */
static void reader(unsigned core)
{
	for (unsigned seen = 0; seen < ROUNDS; seen++) {
		while (load_acquire(&step) < (seen * 2 + 1) * MOST)
			arch_relax();
		if (*word_at(ARENA) != seen)
			fetch_add_relaxed(&errors, 1);
		word_at(ARENA)[1 + core] = seen;
		fetch_add_full(&step, 1);
		while (load_acquire(&step) < (seen * 2 + 2) * MOST)
			arch_relax();
	}
	wg_done(&done);
}

static void page_changes(void)
{
	unsigned n = go_cores() < MOST ? go_cores() : MOST;
	void *page, *held[ROUNDS] = {0};
	unsigned long was;

	store_relaxed(&step, 0);
	for (unsigned i = 1; i < n; i++) {
		wg_add(&done, 1);
		go_with(go_attr(.core = (int)i), reader, i);
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		page = page_at(ARENA);
		if (!check(page))
			break;
		*word_at(ARENA) = round;
		fetch_add_full(&step, MOST);
		while (load_acquire(&step) < (round * 2 + 1) * MOST + n - 1)
			go_yield();
		check(*(unsigned *)page == round); /* and by its own address */
		for (unsigned i = 1; i < n; i++)
			check(((unsigned *)page)[1 + i] == round);
		was = arch_irq_off();
		held[round] = mem_page(); /* so that the next page is another one */
		arch_irq_restore(was);
		take_off(ARENA, 1, 0);
		fetch_add_full(&step, MOST - (n - 1));
	}
	wg_wait(&done);
	was = arch_irq_off();
	for (unsigned round = 0; round < ROUNDS; round++)
		if (held[round])
			mem_page_free(held[round]);
	arch_irq_restore(was);
	check(load_relaxed(&errors) == 0);
}

/* Cores map neighbouring pages, and empty each other's tables. */
static void neighbours(unsigned me, unsigned n)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		uintptr_t address = ARENA + 7 * ARCH_STRETCH + me * PAGE_SIZE;
		size_t stride = n * PAGE_SIZE;
		unsigned pages = 1 + (round + me) % 8;

		for (unsigned i = 0; i < pages; i++) {
			if (!page_at(address + i * stride))
				fetch_add_relaxed(&errors, 1);
			*word_at(address + i * stride) = me * 1000 + i;
		}
		go_yield();
		for (unsigned i = 0; i < pages; i++)
			if (*word_at(address + i * stride) != me * 1000 + i)
				fetch_add_relaxed(&errors, 1);
		take_off(address, pages, stride);
	}
	wg_done(&done);
}

static void tables(void)
{
	unsigned n = 2 * go_cores();

	wg_add(&done, n);
	for (unsigned i = 0; i < n; i++)
		/* of a size that no core keeps for itself */
		go_with(go_attr(.stack_max = 1 << 18, .core = (int)(i % go_cores())), neighbours, i,
		        n);
	wg_wait(&done);
	check(load_relaxed(&errors) == 0);
}

/* In these five stretches of three GB. */
static const uintptr_t places[] = {
    0,  ARCH_STRETCH - PAGE_SIZE,           ARCH_STRETCH, GB - PAGE_SIZE,
    GB, ARCH_ARENA_SIZE - BELOW - PAGE_SIZE};
enum { PLACES = sizeof(places) / sizeof(places[0]), STRETCHES = 5, TABLES_STAY = 2 * 3 };

/* Those of frames count as free: a preemption may make one more at any place, and it stays. */
static size_t free_pages(void)
{
	const struct slab *s = &preempt_frames;
	unsigned each = s->room / s->size;

	return mem_free_bytes() / PAGE_SIZE +
	       ((load_relaxed(&s->made) + each - 1) / each << s->order);
}

/* A page and a table of the last level come back; a table of the first level, and the counts,
 * stay. */
static void far_apart(unsigned stay)
{
	size_t before = free_pages();

	for (unsigned i = 0; i < PLACES; i++)
		if (check(page_at(ARENA + places[i])))
			*word_at(ARENA + places[i]) = i;
	check(before - free_pages() == PLACES + STRETCHES + stay);
	for (unsigned i = 0; i < PLACES; i++) {
		check(*word_at(ARENA + places[i]) == i);
		take_off(ARENA + places[i], 1, 0);
	}
	check(before - free_pages() == stay);
	take_off(ARENA, 1, 0); /* where nothing is */
	check(before - free_pages() == stay);
}

static size_t all_free(void)
{
	while (go_count() != 1)
		go_yield();
	go_sleep(ms(1));
	mem_reclaim();
	return mem_free_bytes();
}

static void wait_for(chan(void) gate)
{
	chan_recv(gate, NULL);
	wg_done(&done);
}

/* Each core keeps stacks of goroutines that have ended. When all keep as many as they may, no round
 * takes new ones. */
static void fill_caches(void)
{
	chan(void) gate = chan_make(void, 0);
	unsigned n = 3 * CONFIG_FREE_BATCH * go_cores();

	wg_add(&done, (int)n);
	for (unsigned i = 0; i < n; i++)
		go_with(go_attr(.core = (int)(i % go_cores())), wait_for, gate);
	chan_close(gate);
	wg_wait(&done);
	chan_free(gate);
}

static void comes_back(void)
{
	size_t before = 0, now = 0;

	far_apart(TABLES_STAY);
	fill_caches();
	for (unsigned i = 0; i < 6; i++) {
		far_apart(0);
		tables();
		page_changes();
		before = now;
		for (unsigned j = 0; j < 200 && (now = all_free()) != before; j++)
			; /* what a goroutine had comes back when all cores have answered */
		if (before == now)
			return;
	}
	check(before == now);
}

static void touch(volatile unsigned *p)
{
	for (;; arch_relax())
		*p = 1;
}

/* Another core uses the page when it is taken off: it faults. */
static void fault(void)
{
	uintptr_t address = ARENA + 3 * GB;

	check(page_at(address));
	kprintf("to %p\n", (void *)address);
	go_with(go_attr(.name = "toucher", .core = 1), touch, word_at(address));
	while (!*word_at(address))
		go_yield();
	take_off(address, 1, 0);
	go_sleep(sec(5));
	check(!"the access is let through");
}

int main(int argc, char **argv)
{
	unsigned long was;
	void *page;

	(void)argv;
	if (!ARCH_ARENA_SIZE) {
		was = arch_irq_off();
		page = mem_page();
		check(page && !arena_prepare(0) && arena_map(0, page) == ARCH_NO_TABLE);
		mem_page_free(page);
		arch_irq_restore(was);
	} else if (argc < 2) {
		comes_back();
	} else {
		fault();
	}
	return test_done();
}
