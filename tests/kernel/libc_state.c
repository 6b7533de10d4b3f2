/* Each goroutine has its own errno and strtok; malloc, realloc and free stand being hammered
 * by all cores, and what a goroutine had comes back when it ends. */
// test: cores=1,4
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory/mem.h"
#include "test.h"

enum { MOST = 32 };

static struct waitgroup done;
static unsigned many;

static void own_state(unsigned i)
{
	char text[] = "a b c d e f", *word;
	unsigned n = 0;

	errno = i;
	for (word = strtok(text, " "); word; word = strtok(0, " ")) {
		check(*word == (char)('a' + n++));
		go_yield();
		check(errno == (int)i);
	}
	check(n == 6);
	go_yield();
	check(strtod("1e999", 0) > 1e308 && errno == ERANGE);
	go_yield();
	check(errno == ERANGE);
	wg_done(&done);
}

/* Each block is filled with a byte of its own and looked at before it goes. */
static bool intact(const unsigned char *p, size_t n, unsigned char byte)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

static void hammer(unsigned seed)
{
	unsigned char *block[16] = {0};
	size_t size[16] = {0};
	bool good = true;

	for (unsigned i = 0; i < 600; i++) {
		unsigned k = seed >> 8 & 15, what = seed >> 16 & 3;

		seed = seed * 1664525 + 1013904223;
		good &= intact(block[k], size[k], k);
		if (what == 0) {
			free(block[k]);
			block[k] = 0, size[k] = 0;
		} else {
			size[k] = seed >> 20 & 1023;
			block[k] = what == 1 ? realloc(block[k], size[k] + 1)
			                     : (free(block[k]), malloc(size[k] + 1));
			memset(block[k], k, size[k]);
		}
		if (i % 50 == 0)
			go_yield();
	}
	for (unsigned k = 0; k < 16; k++) {
		good &= intact(block[k], size[k], k);
		free(block[k]);
	}
	check(good);
	wg_done(&done);
}

static void all(void (*f)(unsigned))
{
	wg_add(&done, many);
	for (unsigned i = 1; i <= many; i++)
		go(f, i);
	wg_wait(&done);
	while (go_count() != 1)
		go_yield();
}

int main(void)
{
	size_t before;

	many = mem_free_bytes() / 32768; /* of which hammer takes half at most */
	many = many < MOST ? many : MOST;
	all(own_state);
	all(hammer);
	before = mem_free_bytes();
	for (unsigned i = 0; i < 10; i++)
		all(own_state); /* within the heap that the others needed */
	kprintf("%d bytes more\n", (int)(before - mem_free_bytes()));
	/* More cores keep more goroutines for their next go, up to 64 each. */
	check((ptrdiff_t)(before - mem_free_bytes()) < (go_cores() == 1 ? 64 : 1024) << 10);
	return test_done();
}
