/* QEMU's virt machine for RV32 without firmware: 16550, CLINT, PLIC, any hart may be the one that boots. */
#include "board.h"
#include "arch.h"
#include "atomic.h"
#include "chips/clint.h"
#include "chips/fdt.h"
#include "chips/ns16550.h"
#include "chips/plic.h"
#include "chips/sifive_test.h"

#define TEST 0x00100000
#define CLINT 0x02000000
#define PLIC 0x0c000000
#define PLIC_LINES 95
#define UART 0x10000000
#define RAM 0x80000000

struct board board = {
    .name = "virt-riscv32",
    .ram_start = RAM,
    /* The first: the clock too. The last: the UART and eight virtio devices. */
    .device = {{TEST, 0x00102000}, {CLINT, CLINT + CLINT_SIZE}, {PLIC, PLIC + PLIC_SIZE}, {UART, 0x10009000}},
};

static char args[1024];
static uintptr_t hart[CONFIG_CORES]; /* the boot core becomes number 0, wherever the device tree lists it */

static void number_cores(const struct fdt *f)
{
	unsigned n = 1;

	hart[0] = arch_hart[0];
	for (unsigned i = 0; i < f->cpus && n < CONFIG_CORES; i++)
		if (f->cpu_id[i] != hart[0])
			hart[n++] = f->cpu_id[i];
	board.cores = n;
}

static void copy_args(const char *from)
{
	static const char cut[] = "board: the command line is cut after 1023 bytes\n";
	unsigned i;

	for (i = 0; i < sizeof(args) - 1 && from[i]; i++)
		args[i] = from[i];
	if (from[i])
		board_console_write(cut, sizeof(cut) - 1);
	board.args = args;
}

/* Context: boot core, before the address space. */
void board_init(uintptr_t firmware_arg)
{
	static const char missing[] = "board: QEMU hands over no device tree\n";
	uint64_t ram_end;
	struct fdt f;

	ns16550_init(UART, 0);
	clint_init(CLINT);
	if (!fdt_read((const void *)firmware_arg, &f)) {
		board_console_write(missing, sizeof(missing) - 1);
		board_exit(1);
	}
	number_cores(&f);
	ram_end = f.ram_start + f.ram_size;
	board.ram_end =
	    ram_end <= UINTPTR_MAX ? ram_end : UINTPTR_MAX - ARCH_PAGE + 1; /* of 4 GB the last page is left */
	board.clock_hz = f.timebase_hz;
	if (f.bootargs)
		copy_args(f.bootargs);
	plic_init(PLIC, 2 * hart[0], PLIC_LINES); /* two a hart: machine mode, supervisor mode */
}

/* Context: core stack. */
void board_core_init(unsigned core)
{
	clint_alarm(hart[core], UINT64_MAX);
}

/* Its entry is where it waits for its number (arch/riscv/entry.S).
 * Context: core stack. */
void board_start_core(unsigned core, void (*entry)(void))
{
	(void)entry;
	store_release(&arch_hart[core], hart[core]);
	clint_wake(hart[core]);
}

/* Context: any, masked. */
void board_wake(unsigned core)
{
	clint_wake(hart[core]);
}

/* Context: core stack. */
void board_interrupt(void)
{
	unsigned long pending = csr_read(mip);
	unsigned line;

	/* Before the work that it announces is looked for. */
	if (pending & IP_SOFTWARE)
		clint_wake_end(csr_read(mhartid));
	if (pending & IP_TIMER)
		kernel_tick();
	if (pending & IP_EXTERNAL && (line = plic_claim())) {
		kernel_irq(line);
		plic_end(line);
	}
}

/* Context: any. */
uint64_t board_clock(void)
{
	return clint_now();
}

/* Context: any, masked. */
void board_alarm(uint64_t when)
{
	clint_alarm(csr_read(mhartid), when);
}

/* Context: any, masked. */
void board_irq(unsigned line, bool on)
{
	plic_line(line, on);
}

/* Context: any. */
void board_console_write(const char *text, size_t n)
{
	ns16550_write(text, n);
}

/* Context: any. */
void board_exit(int status)
{
	sifive_test_exit(TEST, status);
	arch_halt();
}
