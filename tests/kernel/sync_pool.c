/* Pool. In quotation marks: what the documentation of Go's package sync says.
 * test: cores=1,2,4,8 */
#include <stdlib.h>
#include <string.h>
#include "memory/mem.h"
#include "sync_line.h"
#include "test.h"

enum { SIZE = 200, MANY = 40 };
static struct pool p = POOL(SIZE);

static unsigned used(size_t size)
{
	return slab_of(mem_sizes, MEM_SMALLEST, size)->used;
}

/* "Get selects an arbitrary item from the Pool, removes it from the Pool, and returns it to the
 * caller": no block is out twice. "Put adds x to the pool." */
static void gets(void)
{
	unsigned before = used(SIZE);
	void *block[MANY];

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			block[i] = pool_get(&p);
			check(block[i] && (uintptr_t)block[i] % 16 == 0);
			memset(block[i], (int)i, SIZE);
		}
		check(used(SIZE) == before + MANY);
		for (unsigned i = 0; i < MANY; i++)
			for (unsigned j = 0; j < SIZE; j++)
				if (((unsigned char *)block[i])[j] != i)
					check(!"another block lies here");
		for (unsigned i = 0; i < MANY; i++)
			pool_put(&p, block[i]);
	}
	pool_put(&p, NULL);
	pool_drain(&p);
	check(used(SIZE) == before);
	pool_drain(&p);
}

/* A zeroed pool is ready for use. */
static void zeroed(void)
{
	static struct pool zero;
	char *a = pool_get(&zero), *b = pool_get(&zero);

	check(a && b && (a < b ? b - a : a - b) >= 64);
	memset(a, 1, 64);
	memset(b, 2, 64);
	check(a[63] == 1);
	pool_put(&zero, a);
	check(pool_get(&zero) == a);
	pool_put(&zero, a);
	pool_put(&zero, b);
	pool_drain(&zero);
}

/* What a core hoards others can get: each core in turn puts many, and the next gets all of them before
 * it takes memory; after the last the first. */
static void put_many(unsigned n, unsigned unused)
{
	void *block[MANY];

	(void)unused;
	for (unsigned i = 0; i < n; i++)
		block[i] = pool_get(&p);
	for (unsigned i = 0; i < n; i++)
		pool_put(&p, block[i]);
}

static void hoards(void)
{
	unsigned before = used(SIZE);

	for (unsigned i = 0; i < 2 * go_cores(); i++) {
		struct waitgroup wg = {0};

		line_start(&wg, (int)(i % go_cores()), put_many, MANY, 0);
		wg_wait(&wg);
		check(used(SIZE) == before + MANY);
	}
	pool_drain(&p);
	check(used(SIZE) == before);
}

/* Go's TestPoolStress: blocks that move between goroutines and cores. Each holds its owner's mark. */
enum { TURNS = 400 };
static chan(uint32_t *) moved;

static void churn(unsigned i, unsigned unused)
{
	uint32_t mark = i + 1, *mine[4] = {0};

	(void)unused;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		uint32_t **slot = &mine[turn * 7 % 4], *other;

		if (!*slot) {
			*slot = pool_get(&p);
			check(*slot);
			for (unsigned j = 0; j < SIZE / 4; j++)
				(*slot)[j] = mark;
			continue;
		}
		for (unsigned j = 0; j < SIZE / 4; j++)
			if ((*slot)[j] != mark)
				check(!"somebody else has this block");
		if (turn % 3 == 0 && chan_try_send(moved, *slot) == CHAN_OK)
			*slot = 0;
		else if (chan_try_recv(moved, &other) == CHAN_OK)
			pool_put(&p, other);
		if (*slot)
			pool_put(&p, *slot);
		*slot = 0;
		if (turn % 16 == 0)
			go_yield();
	}
	for (unsigned j = 0; j < 4; j++)
		pool_put(&p, mine[j]);
}

static void churns(bool pinned)
{
	struct waitgroup wg = {0};
	unsigned before = used(SIZE);
	uint32_t *left;

	moved = chan_make(uint32_t *, 8);
	for (unsigned i = 0; i < 8; i++)
		line_start(&wg, pinned ? (int)(i % go_cores()) : GO_ANY_CORE, churn, i, 0);
	wg_wait(&wg);
	while (chan_try_recv(moved, &left) == CHAN_OK)
		pool_put(&p, left);
	chan_free(moved);
	check(used(SIZE) <= before + 8 * 4 + 8 + 8);
	pool_drain(&p);
	check(used(SIZE) == before);
}

/* Out of memory it returns null, and what is put back can be had again. */
static void runs_out(void)
{
	enum { LARGE = 32768 };
	static struct pool large = POOL(LARGE);
	void *first = 0, *block;
	unsigned n = 0;

	while ((block = pool_get(&large))) {
		*(void **)block = first;
		first = block;
		n++;
	}
	check(n > 0 && !pool_get(&large));
	block = first;
	first = *(void **)block;
	pool_put(&large, block);
	check(pool_get(&large) == block && !pool_get(&large));
	pool_put(&large, block);
	for (; first; first = block) {
		block = *(void **)first;
		pool_put(&large, first);
	}
	pool_drain(&large);
	check(slab_of(mem_sizes, MEM_SMALLEST, LARGE)->used == 0);
}

int main(void)
{
	zeroed();
	gets();
	hoards();
	churns(false);
	churns(true);
	runs_out();
	return test_done();
}
