/* malloc's family: what is too large returns null with ENOMEM, leaves the old block as it was and
 * the heap unlocked; blocks keep what is written into them and come back; a block may be larger
 * than 2 GB where there is memory. */
// test: cores=1,4
// test: cores=1 mem=6G check=0 boards=virt-aarch64,virt-riscv64 args=large
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <stdlib.h>
#include <string.h>
#include "sched/g.h"
#include "memory/mem.h"
#include "test.h"

static struct waitgroup done;

static void other(void)
{
	void *p = malloc(10);

	check(p);
	free(p);
	wg_done(&done);
}

/* The call returned null for want of memory, and another goroutine may still use the heap. */
static void refused(void *p, size_t n, const char *call)
{
	if (!check(!p && errno == ENOMEM))
		kprintf("%s, n = 0x%lx: %p, errno %d\n", call, (unsigned long)n, p, errno);
	wg_add(&done, 1);
	go(other);
	check(wg_wait_for(&done, sec(5)));
}
#define refused(call) (errno = 0, refused(call, n, #call))

static __attribute__((noipa)) void too_large(size_t n)
{
	static char text[] = "what the block holds";
	/* volatile: the compiler believes that realloc has always freed them */
	char *volatile p = malloc(sizeof(text)), *volatile a = memalign(64, sizeof(text));

	strcpy(p, text);
	strcpy(a, text);
	refused(malloc(n));
	refused(calloc(n, 1));
	refused(calloc(1, n));
	refused(calloc(n / 2 + 1, 2));
	refused(calloc(n / 8 + 1, 8));
	refused(calloc(n, n));
	refused(realloc(p, n));
	refused(realloc(a, n));
	refused(realloc(0, n));
	refused(reallocarray(p, n, 1));
	refused(reallocarray(p, n / 2 + 1, 2));
	refused(memalign(64, n));
	refused(memalign(4096, n));
	refused(valloc(n));
	refused(pvalloc(n));
	refused(_malloc_r(_REENT, n));
	refused(_calloc_r(_REENT, n / 2 + 1, 2));
	refused(_realloc_r(_REENT, p, n));
	refused(_memalign_r(_REENT, 64, n));
	check(!strcmp(p, text) && !strcmp(a, text));
	free(p);
	free(a);
}

static void too_large_all(void)
{
	static const size_t centre[] = {SIZE_MAX, (size_t)PTRDIFF_MAX + 4096, PTRDIFF_MAX,
	                                SIZE_MAX - 4096, (size_t)PTRDIFF_MAX - 4096};
	volatile size_t n;
	void *p;

	for (unsigned i = 0; i < sizeof(centre) / sizeof(centre[0]); i++)
		for (size_t less = 0; less < 80; less += i % 2 ? 8 : 1)
			too_large(centre[i] - less);
	n = (size_t)1 << (sizeof(size_t) * 8 - 1);
	refused(memalign(n, 1));
	refused(memalign(n, n));
	errno = 0;
	check(!memalign(24, 1) && errno == EINVAL);
	n = SIZE_MAX;
	refused(calloc(n / 2 + 1, 2));
	p = calloc(0, n); /* which is none too large */
	check(p);
	free(p);
	p = malloc(0);
	check(p && (p = realloc(p, 0)));
	free(p);
}

enum { SLOTS = 24 };

static bool holds(const unsigned char *p, size_t n, unsigned char byte)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

static size_t some_size(unsigned r)
{
	return r % 7 == 0 ? r >> 8 & 4095 : r % 50 == 1 ? r >> 8 & 16383 : r >> 8 & 127;
}

/* Blocks by chance, each filled with a byte of its own. */
static void by_chance(unsigned seed)
{
	unsigned char *p[SLOTS] = {0};
	size_t n[SLOTS] = {0};
	bool good = true;

	for (unsigned round = 0; round < 3000; round++) {
		unsigned k = seed >> 16 & 0xffff, what = seed >> 10 & 7;
		size_t size, alignment = (size_t)1 << (seed >> 20 & 11);

		k %= SLOTS;
		seed = seed * 1664525 + 1013904223;
		size = some_size(seed);
		good &= holds(p[k], n[k], k + 1);
		if (what < 4) {
			p[k] = realloc(p[k], size);
			good &= p[k] && holds(p[k], size < n[k] ? size : n[k], k + 1);
		} else {
			free(p[k]);
			p[k] = what == 4   ? calloc(size, 1)
			       : what == 5 ? memalign(alignment, size)
			                   : malloc(size);
			good &= p[k] && (what != 4 || holds(p[k], size, 0)) &&
			        (what != 5 || (uintptr_t)p[k] % alignment == 0);
		}
		good &= (uintptr_t)p[k] % 16 == 0 && malloc_usable_size(p[k]) >= size;
		memset(p[k], k + 1, malloc_usable_size(p[k]));
		n[k] = size;
	}
	for (unsigned k = 0; k < SLOTS; k++) {
		good &= holds(p[k], n[k], k + 1);
		free(p[k]);
	}
	check(good);
	wg_done(&done);
}

static void chance(unsigned many)
{
	wg_add(&done, many);
	for (unsigned i = 0; i < many; i++)
		go_with(go_attr(.stack = 4096), by_chance, 77 * i + 1);
	wg_wait(&done);
	while (go_count() != 1)
		go_yield();
}

static void given_back(unsigned many)
{
	struct mallinfo before, now;
	size_t available;
	void *p;

	chance(many);
	before = mallinfo();
	chance(many);
	now = mallinfo();
	check(now.uordblks == before.uordblks && now.arena == now.uordblks + now.fordblks);
	malloc_trim(0);
	available = mem_free_bytes();
	p = malloc(available / 2);
	check(p && mem_free_bytes() < available - available / 4);
	free(p);
	check(mem_free_bytes() + 8192 >= available);
}

/* Two blocks of over 2 GB, and one that grows there, with something at both ends of each. */
static void large(void)
{
	volatile size_t mega = 2200;
	size_t n = mega << 20;
	char *p = malloc(n), *q = memalign(4096, n);

	check(p && q && (p + n <= q || q + n <= p));
	p[0] = 1, p[n - 1] = 2, q[0] = 3, q[n - 1] = 4;
	check(p[0] == 1 && p[n - 1] == 2 && q[0] == 3 && q[n - 1] == 4);
	free(q);
	p = realloc(p, 2 * n);
	check(p && p[0] == 1 && p[n - 1] == 2);
	p[2 * n - 1] = 5;
	check(mallinfo().uordblks >= 2 * n);
	free(p);
	p = malloc(2 * n);
	check(p);
	free(p);
}

int main(int argc, char **argv)
{
	unsigned many = mem_free_bytes() / 65536 < 12 ? mem_free_bytes() / 65536 : 12;

	if (argc > 1 && !strcmp(argv[1], "large")) {
		large();
		return test_done();
	}
	too_large_all();
	given_back(many);
	return test_done();
}
