/* The report of a race, as Go's: both accesses with their calls, and where both goroutines were
 * made. A pair of places is reported once. The report is printed with interrupts masked and under a
 * lock, so it arrives whole. */
#include "detector.h"
#include "report/report.h"

enum { PAIRS = 4096, REPORT_TOUCH = 3072 }; /* the latter as RACE_TOUCH */
static struct {
	struct lock lock; /* guards all of it */
	unsigned n;
	struct pair {
		uintptr_t a, b;
	} pair[PAIRS];
} all __attribute__((section(".bss.unscanned")));

bool race_quiet;

/* Under the lock. False: it was reported before, or there are too many. */
static bool is_new(uintptr_t a, uintptr_t b)
{
	uintptr_t low = a < b ? a : b, high = a < b ? b : a;

	for (unsigned i = 0; i < all.n; i++)
		if (all.pair[i].a == low && all.pair[i].b == high)
			return false;
	if (all.n == PAIRS)
		return false;
	all.pair[all.n++] = (struct pair){low, high};
	return true;
}

/* The first byte of an access, and how many there are. */
static uintptr_t bytes(const struct conflict *c, cell access, unsigned *n)
{
	unsigned mask = access & 0xff;

	*n = __builtin_popcount(mask);
	return c->at + (mask ? __builtin_ctz(mask) : 0);
}

static void print_who(const struct owner *o)
{
	if (!o->known)
		kprintf("a goroutine that has ended");
	else if (!o->id)
		kprintf("an interrupt handler");
	else if (o->name[0])
		kprintf("goroutine %u \"%.15s\"", o->id, o->name);
	else
		kprintf("goroutine %u", o->id);
}

static void print_path(uint32_t where)
{
	uintptr_t pc[DEPTH + 1];
	unsigned n = where_path(where, pc, DEPTH + 1);

	for (unsigned i = 0; i < n; i++) {
		kprintf("    %s ", i ? "by" : "at");
		print_place(i ? pc[i] : pc[i] - 1, i);
		kprintf("\n");
	}
	if (!n)
		kprintf("    at a place that is not known\n");
}

static void print_access(const struct conflict *c, cell access, bool before, const struct owner *o)
{
	static const char *const what[2][4] = {
	    {"Read", "Write", "Atomic read", "Atomic write"},
	    {"Previous read", "Previous write", "Previous atomic read", "Previous atomic write"}};
	unsigned n;
	uintptr_t at = bytes(c, access, &n);
	unsigned kind = !!(access & CELL_WRITE) + 2 * !!(access & CELL_ATOMIC);

	kprintf("%s of %u byte%s at %p by ", what[before][kind], n, n == 1 ? "" : "s", (void *)at);
	print_who(o);
	kprintf("\n");
	print_path(cell_where(access));
	kprintf("\n");
}

static void print_birth(const struct owner *o)
{
	if (!o->known || !o->id)
		return;
	print_who(o);
	kprintf(":\n    made at ");
	if (o->site)
		print_place(o->site, true);
	else
		kprintf("the start of the program");
	kprintf("\n\n");
}

/* What the address is of: the runner knows the variables by name. */
static void print_object(uintptr_t at)
{
	struct sync block;
	uintptr_t pc[DEPTH + 1];
	unsigned n;

	if (!race_block_of(at, &block)) {
		kprintf("Address %p\n\n", (void *)at);
		return;
	}
	kprintf("Address %p is byte %zu of a block of %zu bytes of the heap\n", (void *)at,
	        (size_t)(at - block.at), block.size);
	n = where_path(block.where, pc, DEPTH + 1);
	for (unsigned i = 1; i < n; i++) { /* 0 is the detector's malloc */
		kprintf("    %s ", i == 1 ? "made at" : "by");
		print_place(pc[i], true);
		kprintf("\n");
	}
	kprintf("\n");
}

static void print(const struct conflict *c)
{
	struct owner now = slot_owner(cell_slot(c->now), cell_epoch(c->now));
	struct owner old = slot_owner(cell_slot(c->old), cell_epoch(c->old));
	unsigned n;

	kprintf("==================\nWARNING: DATA RACE\n");
	print_access(c, c->now, false, &now);
	print_access(c, c->old, true, &old);
	print_object(bytes(c, c->now & c->old, &n));
	print_birth(&now);
	print_birth(&old);
	kprintf("==================\n");
}

/* Context: any. */
void race_report(const struct conflict *c)
{
	unsigned long was;

	(void)*((volatile char *)arch_sp() - REPORT_TOUCH);
	was = arch_irq_off();
	race_lock(&all.lock);
	if (is_new(where_pc(cell_where(c->now)), where_pc(cell_where(c->old))) && !race_quiet)
		print(c);
	race_unlock(&all.lock);
	arch_irq_restore(was);
}

/* Context: any. */
unsigned race_take(void)
{
	unsigned long was = arch_irq_off();
	unsigned n;

	race_lock(&all.lock);
	n = all.n;
	all.n = 0;
	race_unlock(&all.lock);
	arch_irq_restore(was);
	return n;
}

/* Context: any. */
int race_status(int status)
{
	unsigned n = race_take();

	if (!n)
		return status;
	kprintf("Found %u data race%s\n", n, n == 1 ? "" : "s");
	return STATUS_RACES;
}
