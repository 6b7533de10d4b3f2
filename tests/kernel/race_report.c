/* The report of a race: both accesses with their calls, whose they are, where these goroutines were
 * made, the block of the heap. A pair of places is reported once, the program goes on, and ends with
 * status 66. */
// test: race=1 boards=virt-aarch64,virt-riscv64 cores=4 check=0 expect=66 match='(?s)DATA RACE\r?\nWrite of 4 bytes at 0x\w+ by goroutine 1 "main"\r?\n    at 0x\w+ touch\+\d+\r?\n    by 0x\w+ main\+\d+\r?\n.*Previous write of 4 bytes at 0x\w+ by goroutine \d+ "first"\r?\n    at 0x\w+ touch\+\d+\r?\n    by 0x\w+ other\+\d+\r?\n.*byte 8 of a block of 24 bytes of the heap\r?\n    made at 0x\w+ main\+\d+\r?\n.*"first":\r?\n    made at 0x\w+ main\+\d+\r?\n.*=\r?\nin the end 40\r?\nFound 1 data race\r?\n'
#include <stdio.h>
#include <stdlib.h>
#include "skein.h"

static __attribute__((noinline)) void touch(int *p)
{
	p[2] = 1;
}

static void other(int *p, volatile int *ready)
{
	touch(p);
	go_race_off();
	*ready = 1;
	go_race_on();
}

int main(void)
{
	int *p = malloc(6 * sizeof(*p)), rounds;
	volatile int ready;

	for (rounds = 0; rounds < 40; rounds++) {
		ready = 0;
		go_with(go_attr(.name = "first"), other, p, &ready);
		go_race_off();
		while (!ready)
			go_yield();
		go_race_on();
		touch(p);
	}
	printf("in the end %d\n", rounds);
	return 0;
}
