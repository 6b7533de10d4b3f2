/* atexit has C's 32 places, all the program's. What it was given runs last first; then the
 * destructors, last first and once, though one calls exit again; what they print appears. */
// test: check=0 cores=1,4 match='(?m)^32 places\n32 handlers\nsecond destructor\nfirst destructor$' expect=3
#include <stdio.h>
#include <stdlib.h>
#include "test.h"

static unsigned ran;

static __attribute__((destructor(101))) void first(void)
{
	printf("first destructor"); /* no newline */
}

static __attribute__((destructor(102))) void second(void)
{
	printf("second destructor\n");
	exit(3);
}

static void last(void)
{
	printf("%u handlers\n", ran + 1);
}

static void count(void)
{
	ran++;
}

int main(void)
{
	unsigned places = 0;

	while (places < 100 && atexit(places ? count : last) == 0)
		places++;
	printf("%u places\n", places);
	return 4;
}
