/* Each forbidden access ends the program with status 71 and a report: what it was, the address, and
 * the goroutine by its name and the place that made it. The sentences differ by access; the
 * address is the one that main prints before. */
// test: check=0 cores=1,4 args=read expect=71 match='(?s)to (0x0)\n.*^fault: read of an unmapped address, address \1\ngoroutine \d+ "toucher" \[running on core \d\]\n.*at 0x[0-9a-f]+ touch_read\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1,4 args=write expect=71 match='(?s)to (0x8)\n.*^fault: write to an unmapped address, address \1\ngoroutine \d+ "toucher".*at 0x[0-9a-f]+ touch_write\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1 args=call expect=71 match='(?s)to (0x0)\n.*^fault: execution of an unmapped address, address \1\ngoroutine \d+ "toucher".*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1,4 args=text expect=71 match='(?s)to (0x[0-9a-f]+)\n.*^fault: write to read-only memory, address \1\ngoroutine \d+ "toucher".*at 0x[0-9a-f]+ touch_write\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1 args=rodata expect=71 match='(?s)to (0x[0-9a-f]+)\n.*^fault: write to read-only memory, address \1\ngoroutine \d+ "toucher".*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1,4 args=data expect=71 match='(?s)to (0x[0-9a-f]+)\n.*^fault: execution of data, address \1\ngoroutine \d+ "toucher".*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1 args=beyond expect=71 match='(?s)to (0x[0-9a-f]+)\n.*^fault: read of an unmapped address, address \1\ngoroutine \d+ "toucher".*made at 0x[0-9a-f]+ main\+'
// test: boards=mps2-an521 check=0 cores=1 args=write-byte expect=71 match='^fault: write to an unmapped address, address 0x8$'
// test: boards=mps2-an521 check=0 cores=1 args=read-signed expect=71 match='^fault: read of an unmapped address, address 0x8$'
// test: boards=mps2-an521 check=0 cores=1 args=read-pair expect=71 match='^fault: read of an unmapped address, address 0x8$'
// test: check=0 cores=1,4 args=undefined expect=71 match='(?s)^fault: undefined instruction, address 0x[0-9a-f]+\ngoroutine \d+ "toucher".*at 0x[0-9a-f]+ undefined\+.*made at 0x[0-9a-f]+ main\+'
// test: check=0 cores=1,4 args=breakpoint expect=71 match='(?s)^fault: breakpoint instruction, address 0x[0-9a-f]+\ngoroutine \d+ "toucher".*at 0x[0-9a-f]+ breakpoint\+.*made at 0x[0-9a-f]+ main\+'
#include <string.h>
#include "board.h"
#include "test.h"

#ifdef __arm__
#define UNDEFINED "udf #0"
#define BREAKPOINT "bkpt #1"
#elif defined __aarch64__
#define UNDEFINED "udf #0"
#define BREAKPOINT "brk #1"
#else
#define UNDEFINED ".4byte 0"
#define BREAKPOINT "ebreak"
#endif

static const int constant = 1;
static char data[16] = {1};

static __attribute__((__noinline__)) void touch_read(volatile int *p)
{
	(void)*p;
}

static __attribute__((__noinline__)) void touch_write(volatile int *p)
{
	*p = 1;
}

/* With an index in a register: on ARMv8-M the report reads the instruction. */
static volatile size_t none;

static __attribute__((__noinline__)) void write_byte(volatile char *p)
{
	p[none] = 1;
}

static __attribute__((__noinline__)) void read_signed(volatile signed char *p)
{
#ifdef __arm__
	__asm__ volatile("ldrsb r3, [%0, %1]" : : "l"(p), "l"(none) : "r3");
#else
	check(p[none] == 0);
#endif
}

static __attribute__((__noinline__)) void read_pair(volatile uint64_t *p)
{
	uint64_t value = p[0];

	__asm__ volatile("" : : "r"(value));
}

static __attribute__((__noinline__)) void jump(void (*p)(void))
{
	p();
}

static __attribute__((__noinline__)) void undefined(void)
{
	__asm__ volatile(UNDEFINED);
}

static __attribute__((__noinline__)) void breakpoint(void)
{
	__asm__ volatile(BREAKPOINT);
}

struct access {
	const char *name;
	void (*how)(void);
	const volatile void *where;
};

static void touch(const struct access *a)
{
	((void (*)(const volatile void *))a->how)(a->where);
	check(!"the access is let through");
}

int main(int argc, char **argv)
{
	const struct access accesses[] = {
	    {"read", (void (*)(void))touch_read, (void *)0},
	    {"write", (void (*)(void))touch_write, (void *)8},
	    {"write-byte", (void (*)(void))write_byte, (void *)8},
	    {"read-signed", (void (*)(void))read_signed, (void *)8},
	    {"read-pair", (void (*)(void))read_pair, (void *)8},
	    {"call", (void (*)(void))jump, (void *)0},
	    {"text", (void (*)(void))touch_write, (void *)main},
	    {"rodata", (void (*)(void))touch_write, &constant},
	    {"data", (void (*)(void))jump, data},
	    {"beyond", (void (*)(void))touch_read, (void *)board.ram_end},
	    {"undefined", undefined, 0},
	    {"breakpoint", breakpoint, 0},
	};

	for (unsigned i = 0; argc > 1 && i < sizeof(accesses) / sizeof(accesses[0]); i++)
		if (!strcmp(argv[1], accesses[i].name)) {
			kprintf("%s to %p\n", argv[1], (void *)accesses[i].where);
			go_with(go_attr(.name = "toucher"), touch, &accesses[i]);
			go_sleep(sec(1));
		}
	return test_done();
}
