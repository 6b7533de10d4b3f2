/* The address space: the image by its rights, RAM, and the registers of devices. The board names
 * those of its own devices, and the program adds others (GO_MAP_DEVICE). What nobody names faults
 * when it is touched. */
#include "arch.h"
#include "board.h"
#include "boot/start.h"
#include "skein.h"

extern char image_start[], text_end[], rodata_end[];
extern const struct go_device go_devices_start[], go_devices_end[];

enum { DEVICES = sizeof(board.device) / sizeof(board.device[0]) };

static bool touch(const struct board_range *a, const struct board_range *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/* Joins a range with those that it touches: a machine that protects memory by a few registers
 * spends one for each range. False: there are too many ranges. */
static bool add(struct board_range range)
{
	struct board_range *unused = 0;

	for (struct board_range *r = board.device; r < board.device + DEVICES; r++) {
		if (r->end && touch(r, &range)) {
			range.start = r->start < range.start ? r->start : range.start;
			range.end = r->end > range.end ? r->end : range.end;
			r->end = 0;
		}
		unused = r->end ? unused : r;
	}
	if (!unused)
		return false;
	*unused = range;
	return true;
}

static void add_device(const struct go_device *d)
{
	uintptr_t last = d->base + d->size - 1;
	struct board_range range = {d->base & -(uintptr_t)ARCH_PAGE, (last | (ARCH_PAGE - 1)) + 1};

	if (last < d->base || range.end <= range.start)
		refuse("GO_MAP_DEVICE(%p, %zu) names no range of addresses: give it a size that "
		       "fits",
		       (void *)d->base, d->size);
	if (range.start < board.ram_end && range.end > board.ram_start)
		refuse("GO_MAP_DEVICE(%p, %zu) lies in the RAM of this board: give it the address "
		       "of a device",
		       (void *)d->base, d->size);
	if (!add(range))
		refuse("GO_MAP_DEVICE(%p, %zu) is one range too many: join some, or raise the "
		       "number in boards/board.h",
		       (void *)d->base, d->size);
}

static unsigned add_regions(struct arch_region *to)
{
	unsigned n = 0;

	for (const struct board_range *r = board.device; r < board.device + DEVICES; r++)
		if (r->end)
			to[n++] = (struct arch_region){r->start, r->end, ARCH_DEVICE};
	return n;
}

/* Context: boot core, before the address space. */
void map_memory(void)
{
	static struct arch_region region[3 + DEVICES];
	unsigned n = 0;

	for (const struct go_device *d = go_devices_start; d < go_devices_end; d++)
		add_device(d);
	region[n++] = (struct arch_region){(uintptr_t)image_start, (uintptr_t)text_end, ARCH_TEXT};
	region[n++] = (struct arch_region){(uintptr_t)text_end, (uintptr_t)rodata_end, ARCH_RODATA};
	region[n++] = (struct arch_region){(uintptr_t)rodata_end, board.ram_end, ARCH_DATA};
	n += add_regions(region + n);
	if (!arch_memory(region, n))
		refuse("this machine cannot map so many parts of memory: name fewer ranges by "
		       "GO_MAP_DEVICE, or raise the number of tables in arch/");
}
