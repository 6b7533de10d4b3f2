/* What every board with a device tree wants to know of it. */
#include "fdt_board.h"
#include "arch.h"
#include "board.h"
#include "fdt.h"

static char args[CONFIG_ARGS];

static void number_cores(const struct fdt *f, uintptr_t boot, uintptr_t *id)
{
	unsigned n = 1;

	id[0] = boot;
	for (unsigned i = 0; i < f->cpus && n < CONFIG_CORES; i++)
		if (f->cpu_id[i] != boot)
			id[n++] = f->cpu_id[i];
	board.cores = n;
}

static void copy_args(const char *from)
{
	unsigned i;

	for (i = 0; i < sizeof(args) - 1 && from[i]; i++)
		args[i] = from[i];
	board.args_long = from[i];
	board.args = args;
}

/* Context: boot core, before the address space. */
bool fdt_board(const void *blob, uintptr_t boot, uintptr_t id[CONFIG_CORES])
{
	uint64_t ram_end;
	struct fdt f;

	if (!fdt_read(blob, &f)) {
		board.refusal = "no device tree was handed over: let the firmware pass one";
		return false;
	}
	number_cores(&f, boot, id);
	ram_end = f.ram_start + f.ram_size;
	/* of 4 GB not the last page */
	board.ram_end = (uintptr_t)ram_end == ram_end ? ram_end : -(uintptr_t)ARCH_PAGE;
	if (f.timebase_hz)
		board.clock_hz = f.timebase_hz;
	if (f.bootargs)
		copy_args(f.bootargs);
	return true;
}
