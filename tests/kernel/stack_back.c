/* When a grown stack's pages and its addresses go back: not before every core has forgotten the old
 * entries. And a start that fails for want of memory keeps none. */
// test: cores=2,4 check=0 boards=virt-riscv64,sifive-u args=answered
// test: cores=1 check=0 boards=virt-aarch64,virt-riscv64 args=failed
#include <string.h>
#include "pages.h"
#include "sched/core.h"
#include "sched/grow.h"
#include "test.h"

enum { DEEP = 10 * PAGE_SIZE, STARTED = 10 };

static uint32_t masked, go_on; /* atomic */
static uintptr_t slot;

/* Holds core 1, which answers nothing meanwhile. */
static void deaf(void)
{
	unsigned long was = arch_irq_off();

	store_release(&masked, 1);
	while (!load_acquire(&go_on))
		arch_relax();
	arch_irq_restore(was);
}

static noinline void grow_and_end(void)
{
	volatile char here[DEEP];

	for (unsigned i = 0; i < DEEP; i += PAGE_SIZE)
		here[i] = 1;
	slot = grow_slot_end((uintptr_t)here);
}

static void look_for_slot(uint32_t *in_use)
{
	char here;

	if (grow_slot_end((uintptr_t)&here) == slot)
		fetch_add_relaxed(in_use, 1);
}

/* A goroutine that has grown ends on core 0 while core 1 is masked. A second one would wait. */
static void answered(void)
{
	static uint32_t in_use; /* atomic */
	size_t grown, unanswered;

	go_with(go_attr(.core = 1), deaf);
	while (!load_acquire(&masked))
		go_yield();
	go_with(go_attr(.core = 0), grow_and_end);
	while (go_count() != 2)
		go_yield();
	grown = mem_free_bytes();
	for (unsigned i = 0; i < STARTED; i++) { /* and look for something to do in between */
		go_with(go_attr(.core = 0), look_for_slot, &in_use);
		go_sleep(us(100));
	}
	unanswered = mem_free_bytes();
	check(load_relaxed(&in_use) == 0);
	check(unanswered <= grown);
	store_release(&go_on, 1);
	for (unsigned i = 0; i < 1000 && mem_free_bytes() < unanswered + DEEP; i++)
		go_sleep(ms(1));
	check(mem_free_bytes() >= unanswered + DEEP);
}

static void nothing(void)
{
}

/* All free pages, chained by their first words. */
static void *taken;

static unsigned take_all(void)
{
	unsigned n = 0;

	for (void **page; (page = take(0)); n++) {
		*page = taken;
		taken = page;
	}
	return n;
}

static void give_one(void)
{
	void **page = taken;

	taken = *page;
	give(page, 0);
}

/* The goroutine's first page would be there, but not the table for it. Masked, because else a table
 * is made ahead. */
static void failed(void)
{
	unsigned long was = arch_irq_off();
	unsigned started = 0, kept = 0;

	take_all();
	for (unsigned i = 0; i < 100; i++) {
		give_one();
		if (go_try(nothing)) {
			started = i + 1;
			kept = 0;
		}
		kept += 1 - take_all();
	}
	check(started < 50);
	check(kept <= 1); /* a chunk of g's */
	while (taken)
		give_one();
	arch_irq_restore(was);
	go(nothing);
}

/* There are pages, but too few for the stack: they come back. What the first start keeps, a g with
 * the first page of its slot, the second one takes. */
static void failed_large(void)
{
	enum { NEEDS = 8, HAS = 6, STARTS = 4 };
	unsigned long was = arch_irq_off();
	unsigned kept = 0;

	take_all();
	for (unsigned i = 0; i < STARTS; i++) {
		for (unsigned n = 0; n < HAS; n++)
			give_one();
		check(!g_get((struct stack_kind){.most = NEEDS * PAGE_SIZE}, arch_irq_off()));
		kept = HAS - take_all();
	}
	check(kept == 0);
	while (taken)
		give_one();
	arch_irq_restore(was);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (!strcmp(argv[1], "answered")) {
		answered();
	} else {
		failed();
		failed_large();
	}
	return test_done();
}
