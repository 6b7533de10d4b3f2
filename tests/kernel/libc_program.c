/* What is the program's and what is a goroutine's in the C library: handlers given in one goroutine
 * run in another that raises; all draw from one sequence of random numbers, and nobody draws what
 * another has drawn; no two get one temporary name. strtok, errno and asctime are each goroutine's. */
// test: cores=1,4
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "test.h"

enum { DRAWERS = 8, DRAWS = 50, ALL = DRAWERS * DRAWS };

static struct waitgroup done;
static unsigned caught, caught_two;
static int given; /* plain: the handler is given after it */

static void catch (int signal)
{
	check(signal == SIGUSR1 && given == 42);
	__atomic_fetch_add(&caught, 1, __ATOMIC_RELAXED);
}

static void catch_two(int signal)
{
	check(signal == SIGUSR1);
	__atomic_fetch_add(&caught_two, 1, __ATOMIC_RELAXED);
}

static void raiser(void)
{
	for (unsigned i = 0; i < 10; i++) {
		check(raise(SIGUSR1) == 0);
		go_yield();
	}
	wg_done(&done);
}

static void giver(void)
{
	check(signal(SIGUSR1, catch_two) == catch);
	wg_done(&done);
}

static void raise_all(void)
{
	wg_add(&done, 8);
	for (unsigned i = 0; i < 8; i++)
		go(raiser);
	wg_wait(&done);
}

static void signals(void)
{
	given = 42;
	check(signal(SIGUSR1, catch) == SIG_DFL);
	raise_all();
	check(caught == 80);
	wg_add(&done, 1);
	go(giver);
	wg_wait(&done);
	raise_all();
	check(caught == 80 && caught_two == 80);
	check(signal(SIGUSR1, SIG_IGN) == catch_two);
	raise_all();
	check(caught_two == 80);
	errno = 0;
	check(signal(SIGKILL, catch) == SIG_ERR && errno == EINVAL);
	errno = 0;
	check(signal(NSIG, catch) == SIG_ERR && errno == EINVAL);
	errno = 0;
	check(raise(0) == -1 && errno == EINVAL && raise(NSIG) == -1);
}

static long seed_of_unsigned(void (*seed)(unsigned), unsigned value)
{
	seed(value);
	return 0;
}

static long draw_rand(bool begin)
{
	return begin ? seed_of_unsigned(srand, 7) : rand();
}

static long draw_random(bool begin)
{
	return begin ? seed_of_unsigned(srandom, 7) : random();
}

static long draw_lrand48(bool begin)
{
	return begin ? srand48(7), 0 : lrand48();
}

static long draw_mrand48(bool begin)
{
	unsigned short seed[3] = {1, 2, 3};

	return begin ? seed48(seed), 0 : mrand48();
}

static long draw_drand48(bool begin)
{
	return begin ? srand48(7), 0 : (long)(drand48() * 0x7fffffff);
}

static long drawn[ALL], expected[ALL];

static void drawer(unsigned k, long (*draw)(bool))
{
	for (unsigned i = 0; i < DRAWS; i++) {
		drawn[k * DRAWS + i] = draw(false);
		if (i % 8 == k)
			go_yield();
	}
	wg_done(&done);
}

static int ascending(const void *a, const void *b)
{
	return (*(long *)a > *(long *)b) - (*(long *)a < *(long *)b);
}

/* Together they draw what one draws alone. */
static void one_sequence(long (*draw)(bool))
{
	draw(true);
	for (unsigned i = 0; i < ALL; i++)
		expected[i] = draw(false);
	draw(true);
	wg_add(&done, DRAWERS);
	for (unsigned k = 0; k < DRAWERS; k++)
		go(drawer, k, draw);
	wg_wait(&done);
	qsort(expected, ALL, sizeof(expected[0]), ascending);
	qsort(drawn, ALL, sizeof(drawn[0]), ascending);
	check(memcmp(expected, drawn, sizeof(drawn)) == 0);
}

/* Seeds none of which disturbs another generator. */
static void apart(void)
{
	unsigned short x[3] = {1, 2, 3}, y[3] = {1, 2, 3};
	unsigned r = 5, again = 5;
	int first;

	srand(1);
	first = rand();
	srand(1);
	srandom(9);
	srand48(9);
	random();
	lrand48();
	check(rand() == first);
	check(nrand48(x) == nrand48(y) && jrand48(x) == jrand48(y) && erand48(x) == erand48(y));
	check(rand_r(&r) == rand_r(&again));
}

static char names[DRAWERS][L_tmpnam + 16];

static void namer(unsigned k)
{
	check(tmpnam(names[k]) == names[k]);
	wg_done(&done);
}

static void temporary_names(void)
{
	wg_add(&done, DRAWERS);
	for (unsigned k = 0; k < DRAWERS; k++)
		go(namer, k);
	wg_wait(&done);
	for (unsigned k = 0; k < DRAWERS; k++)
		for (unsigned other = 0; other < k; other++)
			check(strcmp(names[k], names[other]) != 0);
}

static void own(unsigned i)
{
	char words[] = "a b c", expect[32];
	struct tm tm = {.tm_year = (int)i, .tm_mday = 1};
	char *text = asctime(&tm);

	strcpy(expect, text);
	errno = (int)i;
	check(*strtok(words, " ") == 'a');
	for (unsigned n = 0; n < 4; n++)
		go_yield();
	check(errno == (int)i && *strtok(0, " ") == 'b' && !strcmp(text, expect));
	wg_done(&done);
}

int main(void)
{
	signals();
	one_sequence(draw_rand);
	one_sequence(draw_random);
	one_sequence(draw_lrand48);
	one_sequence(draw_mrand48);
	one_sequence(draw_drand48);
	apart();
	temporary_names();
	wg_add(&done, DRAWERS);
	for (unsigned i = 0; i < DRAWERS; i++)
		go(own, i);
	wg_wait(&done);
	return test_done();
}
