/* A walk over the blocks of a listed slab, as a report makes it at any time, in memory that is not zero:
 * blocks that nobody has filled are blank, each that was taken is met, and each of them once. */
// test: cores=1 check=0,1 mem=64M
#include <stdlib.h>
#include <string.h>
#include "memory/mem.h"
#include "test.h"

enum { SIZE = 192, BLANK = 150, MOST = 100 };

static struct slab slab = SLAB_LISTED(SIZE, BLANK);

static void soil(void)
{
	size_t size = mem_free_bytes() - 2 * PAGE_SIZE;
	char *all = malloc(size);

	if (check(all))
		memset(all, 0x5a, size);
	__asm__ volatile("" ::"r"(all) : "memory");
	free(all);
}

static char *take(void)
{
	unsigned long was = arch_irq_off();
	char *block = slab_get(&slab);

	arch_irq_restore(was);
	return block;
}

/* So many blocks are filled. */
static void walk(unsigned filled)
{
	unsigned met = 0;

	for (char *block = slab_next(&slab, 0); block; block = slab_next(&slab, block)) {
		check(block[BLANK] == 0 || block[BLANK] == 1);
		met += block[BLANK];
	}
	check(met == filled);
}

int main(void)
{
	unsigned soiled = 0;

	soil();
	walk(0);
	for (unsigned i = 0; i < MOST; i++) {
		char *block = take();

		if (!check(block))
			break;
		soiled += block[BLANK - 1] == 0x5a;
		walk(i); /* before it is filled */
		block[BLANK] = 1;
		walk(i + 1);
	}
	check(soiled >= MOST / 4);
	return test_done();
}
