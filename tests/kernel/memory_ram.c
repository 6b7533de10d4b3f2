/* All of the RAM that the board has can be used: malloc gets most of it, and the last of it is
 * there. */
// test: check=0 cores=1 mem=64M args=64
// test: check=0 cores=1 mem=1G args=1024
// test: check=0 cores=4 mem=4G args=4096
#include <stdint.h>
#include <stdlib.h>
#include "board.h"
#include "memory/mem.h"
#include "test.h"

/* As many blocks as there are, with a mark at both ends of each. */
static size_t take_all(size_t block)
{
	uintptr_t *chain = 0, *p;
	size_t total = 0;

	while ((p = malloc(block))) {
		p[0] = (uintptr_t)chain;
		p[block / sizeof(*p) - 1] = (uintptr_t)p;
		chain = p;
		total += block;
	}
	for (p = chain; p; p = (uintptr_t *)p[0])
		if (p[block / sizeof(*p) - 1] != (uintptr_t)p) {
			check(!"two blocks share memory");
			break;
		}
	while (chain) {
		p = (uintptr_t *)chain[0];
		free(chain);
		chain = p;
	}
	return total;
}

static bool begins_at(uintptr_t address)
{
	for (unsigned i = 0; i < sizeof(board.device) / sizeof(board.device[0]); i++)
		if (board.device[i].end && board.device[i].start == address)
			return true;
	return false;
}

/* What may be stored to, to the last byte: RAM behind the constants, and devices. */
static void ends(void)
{
	static const int constant = 1;

	check(!mem_writable(&constant, sizeof(constant)));
	check(mem_writable((void *)(board.ram_end - 8), 8));
	check(!mem_writable((void *)(board.ram_end - 4), 8));
	for (unsigned i = 0; i < sizeof(board.device) / sizeof(board.device[0]); i++) {
		uintptr_t start = board.device[i].start, end = board.device[i].end;

		if (!end)
			continue;
		check(mem_writable((void *)start, 8) && mem_writable((void *)(end - 8), 8));
		check(!mem_writable((void *)(end - 4), 8));
		check(begins_at(end) || !mem_writable((void *)end, 1));
	}
}

int main(int argc, char **argv)
{
	size_t reach = (UINTPTR_MAX - board.ram_start) >> 20; /* of an address */
	size_t mb = argc > 1 ? atoi(argv[1]) : 0, total;
	volatile char *last = (char *)board.ram_end - 1;

	if (mb > reach)
		mb = reach;
	check(mb && board.ram_end > (uintptr_t)main);
	check(((board.ram_end - board.ram_start) >> 20) >= mb - 4 &&
	      ((board.ram_end - board.ram_start) >> 20) <= mb);
	total = take_all(mb << 14); /* a 64th of it */
	kprintf("%u of %u MB\n", (unsigned)(total >> 20), (unsigned)mb);
	check(total >> 20 >= mb / 100 * 90);
	check(take_all(mb << 14) == total); /* free gave all of it back */
	*last = *last;
	ends();
	return test_done();
}
