/* Stacks that grow: by recursion, by a large frame, by a variable array, by somebody else's store;
 * while the goroutine moves between the cores and is preempted. What they had goes back. A stack
 * that leaves its range is a fault that says how much it needs. */
// test: check=0,1 cores=1,4 boards=virt-aarch64,virt-riscv64,sifive-u,raspi3,zcu102 args=grow
// test: check=0 cores=2 boards=virt-aarch64,virt-riscv64 args=recursion expect=71 match='(?s)^fault: stack overflow: [^\n]*needs 135168 bytes of stack, and it may grow to 131072: start the goroutine with go_with\(go_attr\(\.stack_max = 270336\).*"culprit".*at 0x[0-9a-f]+ dive\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=2 boards=virt-aarch64,virt-riscv64 args=frame expect=71 match='(?s)^fault: stack overflow: [^\n]*bytes of stack, and it may grow to 16384.*"culprit".*at 0x[0-9a-f]+ large_frame\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=2 boards=virt-aarch64,virt-riscv64 args=leap expect=71 match='(?s)^fault: stack overflow: [^\n]*bytes of stack, and it may grow to 131072.*"culprit".*at 0x[0-9a-f]+ leap\+'
// test: check=0 cores=2 boards=virt-aarch64,virt-riscv64 args=fixed expect=71 match='(?s)^fault: stack overflow: [^\n]*bytes of stack, and it has 8192: start the goroutine with go_with\(go_attr\(\.stack = .*"culprit".*at 0x[0-9a-f]+ dive\+'
// test: check=0 cores=2 boards=virt-aarch64,virt-riscv64 args=out expect=70 match='(?s)^panic: out of memory: a stack needs one more page.*goroutine \d+ [^\n]*\n    at 0x[0-9a-f]+ holder\+'
#include <string.h>
#include "memory/pages.h"
#include "sched/grow.h"
#include "test.h"

static struct waitgroup done;

static unsigned char pattern(unsigned seed, unsigned i)
{
	return (unsigned char)(seed * 31 + i * 7 + i / 256);
}

static bool holds(const volatile unsigned char *bytes, unsigned seed, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (bytes[i] != pattern(seed, i))
			return false;
	return true;
}

static void fill(volatile unsigned char *bytes, unsigned seed, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		bytes[i] = pattern(seed, i);
}

/* Each level keeps a pattern over what may move the goroutine to another core. */
static noinline unsigned dive(unsigned seed, unsigned depth)
{
	volatile unsigned char here[400];
	unsigned wrong = 0;

	fill(here, seed, sizeof(here));
	if (depth) {
		if (depth % 8 == seed % 8)
			go_yield();
		wrong = dive(seed + 1, depth - 1);
	} else {
		go_sleep(us(50));
	}
	return wrong + !holds(here, seed, sizeof(here));
}

static noinline bool large_frame(unsigned seed)
{
	volatile unsigned char here[100000];

	for (unsigned i = 0; i < sizeof(here); i += 1000)
		here[i] = pattern(seed, i);
	go_yield();
	for (unsigned i = 0; i < sizeof(here); i += 1000)
		if (here[i] != pattern(seed, i))
			return false;
	return true;
}

static void recurses(unsigned seed)
{
	check(dive(seed, 100) == 0);
	wg_done(&done);
}

static void frames(unsigned seed)
{
	check(large_frame(seed));
	wg_done(&done);
}

static void varies(unsigned n)
{
	volatile unsigned char *bytes = __builtin_alloca(n);

	fill(bytes, n, n);
	go_yield();
	check(holds(bytes, n, n));
	wg_done(&done);
}

static void stores(unsigned char *bytes, unsigned n)
{
	fill(bytes, n, n);
	wg_done(&done);
}

/* Another goroutine touches this one's stack first. */
static void lends(unsigned n)
{
	struct waitgroup *all = &done;
	unsigned char bytes[20000];

	wg_add(all, 1);
	go(stores, bytes, n);
	while (!holds(bytes, n, n))
		go_yield();
	wg_done(all);
}

/* A value is received where the stack was never touched. */
static void receives(chan(int) c)
{
	int far[3000], near = 0;
	volatile char below[9000];

	check(chan_try_recv(c, &far[0]) == CHAN_OK && far[0] == 1);
	check(chan_recv(c, &far[1010]) && far[1010] == 2);
	check(chan_recv_for(c, &far[2020], sec(9)) == CHAN_OK && far[2020] == 3);
	check(chan_select(on_recv(c, &far[2999])) == 0 && far[2999] == 4);
	below[0] = near;
	(void)below;
	wg_done(&done);
}

static void wide(void)
{
	check(dive(3, 1500) == 0); /* 600 KB and more */
	wg_done(&done);
}

static void all_ways(unsigned round)
{
	chan(int) c = chan_make(int, 4);

	wg_add(&done, 4 * 4 + 3);
	for (int i = 1; i <= 4; i++)
		chan_send(c, i);
	for (unsigned i = 0; i < 4; i++) {
		go(recurses, round + i);
		go(frames, i);
		go(varies, 5000 + 20000 * i);
		go(lends, 20000 - i);
	}
	go(receives, c);
	go_with(go_attr(.stack_max = 2 << 20), wide);
	go_with(go_attr(.stack = 65536), recurses, 7);
	wg_wait(&done);
	chan_free(c);
}

/* The goroutines have ended; their stacks come back when each core has nothing to do. */
static bool comes_back(size_t free)
{
	for (unsigned i = 0; i < 10000 && mem_free_bytes() < free; i++)
		go_sleep(us(100));
	return mem_free_bytes() >= free;
}

static void grow(void)
{
	size_t free;

	for (unsigned i = 0; i < 10; i++) /* so many g and slots are kept from here on */
		all_ways(i);
	free = mem_free_bytes();
	for (unsigned i = 0; i < 10; i++)
		all_ways(i);
	check(comes_back(free - 64 * PAGE_SIZE));
}

static noinline void holder(void)
{
	volatile char here[120000];

	for (unsigned i = 0; i < sizeof(here); i += 4096)
		here[sizeof(here) - 1 - i] = 1;
}

/* Past the guard, if the compiler did not have it touched on the way. */
static noinline void leap(size_t n)
{
	volatile char *here = __builtin_alloca(n);

	here[0] = 1;
}

/* Of all pages none is left. */
static void out(void)
{
	arch_irq_off();
	while (mem_page())
		;
	arch_irq_on();
	holder();
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	if (!strcmp(argv[1], "grow"))
		grow();
	else if (!strcmp(argv[1], "recursion"))
		go_with(go_attr(.name = "culprit"), dive, 1, 100000);
	else if (!strcmp(argv[1], "frame"))
		go_with(go_attr(.name = "culprit", .stack_max = 16384), large_frame, 1);
	else if (!strcmp(argv[1], "leap"))
		go_with(go_attr(.name = "culprit"), leap, 3000000);
	else if (!strcmp(argv[1], "fixed"))
		go_with(go_attr(.name = "culprit", .stack = 8192), dive, 1, 1000);
	else
		out();
	if (strcmp(argv[1], "grow"))
		go_sleep(sec(9));
	return test_done();
}
