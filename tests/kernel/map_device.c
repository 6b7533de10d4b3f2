/* GO_MAP_DEVICE: the registers of a device that the board does not use itself can be read by every
 * core, and what lies behind them still faults. raspi3 maps all of its devices itself. */
// test: cores=1,4 check=0 without=raspi3
// test: cores=1 check=0 args=behind without=raspi3 expect=71 match='(?s)^fault: read of an unmapped address, address 0x[0-9a-f]+000\n+goroutine 1 "main"'
#include "arch.h"
#include "test.h"

/* The console's registers tell the board. OFFSET: a register that says VALUE after a reset. */
#if DEVICE_BASE == 0x09000000 /* virt-aarch64: a flash that was never written */
#define BASE 0x04000000
#define OFFSET 0
#define VALUE 0
#elif DEVICE_BASE == 0x10000000 /* virt-riscv: a goldfish RTC, the upper half of an alarm */
#define BASE 0x101000
#define OFFSET 0x0c
#define VALUE 0
#elif DEVICE_BASE == 0x50200000 /* mps2-an521: the SCC, its identity */
#define BASE 0x50300000
#define OFFSET 0xffc
#define VALUE 0x41045210
#elif DEVICE_BASE == 0x50105000 /* musca-b1: a PL031, its identity */
#define BASE 0x5010d000
#define OFFSET 0xfe0
#define VALUE 0x31
#elif DEVICE_BASE == 0xff000000 /* zcu102: the second UART, the divisor of its clock */
#define BASE 0xff010000
#define OFFSET 0x18
#define VALUE 0x28b
#elif DEVICE_BASE == 0x10010000 /* sifive-u: the clocks, the quartz runs */
#define BASE 0x10000000
#define OFFSET 0
#define VALUE 0xc0000000
#else
#define BASE DEVICE_BASE
#define OFFSET 0
#define VALUE 0
#endif

/* Bytes of the page, twice: the ranges are joined. */
GO_MAP_DEVICE(BASE + 0x20, 4);
GO_MAP_DEVICE(BASE + OFFSET, 4);

static struct waitgroup done;

static void look(void)
{
	check(*(volatile uint32_t *)(BASE + OFFSET) == VALUE);
	wg_done(&done);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		(void)*(volatile uint32_t *)(BASE + ARCH_PAGE);
		return 0;
	}
	wg_add(&done, (int)go_cores());
	for (unsigned i = 0; i < go_cores(); i++)
		go_with(go_attr(.core = (int)i), look);
	wg_wait(&done);
	return test_done();
}
