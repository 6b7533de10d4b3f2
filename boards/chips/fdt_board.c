/* What every board with a device tree wants to know of it. */
#include "fdt_board.h"
#include "arch.h"
#include "board.h"
#include "fdt.h"

extern char image_start[];

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

/* RAM goes on where one range ends and another begins, up to what is reserved. */
static uint64_t ram_end_from(const struct fdt *f, uint64_t start)
{
	uint64_t end = start;

	for (unsigned i = 0; i < f->ram.n; i++) {
		const struct fdt_range *r = &f->ram.range[i];

		if (r->start <= end && r->end > end) {
			end = r->end;
			i = -1; /* and again from the first */
		}
	}
	for (unsigned i = 0; i < f->reserved.n; i++) {
		const struct fdt_range *r = &f->reserved.range[i];

		if (r->start < end && r->end > start)
			end = r->start;
	}
	return end;
}

static void take_ram(struct fdt *f)
{
	uint64_t end;

	if (f->ram.n > FDT_RANGES)
		f->ram.n = FDT_RANGES; /* without the rest */
	if (f->reserved.n > FDT_RANGES)
		board.refusal =
		    "the device tree reserves more than FDT_RANGES parts of memory: raise "
		    "it in boards/chips/fdt.h";
	else if ((end = ram_end_from(f, (uintptr_t)image_start)) <= UINTPTR_MAX)
		board.ram_end = end & -(uint64_t)ARCH_PAGE;
	else
		board.ram_end = -(uintptr_t)ARCH_PAGE; /* of 4 GB not the last page */
}

/* Context: boot core, before the address space. */
bool fdt_ram(const void *blob)
{
	struct fdt f;

	if (!fdt_read(blob, &f))
		return false;
	take_ram(&f);
	return true;
}

/* Context: boot core, before the address space. */
bool fdt_board(const void *blob, uintptr_t boot, uintptr_t id[CONFIG_CORES])
{
	struct fdt f;

	if (!fdt_read(blob, &f)) {
		board.refusal = "no device tree was handed over: let the firmware pass one";
		return false;
	}
	number_cores(&f, boot, id);
	take_ram(&f);
	if (f.timebase_hz)
		board.clock_hz = f.timebase_hz;
	if (f.bootargs)
		copy_args(f.bootargs);
	return true;
}
