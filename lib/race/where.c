/* Where an access was made: its path of calls, as a number. A number stands for a pc and the number
 * of the path that led there, so paths that begin alike share their beginning, and a cell of the
 * shadow needs 21 bits for a whole stack. Numbers stay for ever.
 *
 * The paths are read from the frame records of the running goroutine, which programs and libraries
 * have. No call of a program is counted on its way in and out.
 *
 * An entry is written before its number is put into its bucket, and never changes. So a search needs
 * no lock; who adds an entry holds one, and searches once more.
 *
 * Orders
 *   D3 release  bucket in add    -> D4   the entry and its chunk
 *   D4 acquire  bucket in search <- D3 */
#include "detector.h"

struct entry {
	uint32_t parent, next;
	uintptr_t pc;
};

enum { BUCKETS = 1 << 14, CHUNK = 4096, MOST = 1 << WHERE_BITS };
static struct {
	struct lock lock;
	uint32_t n;               /* guarded by lock */
	uint32_t bucket[BUCKETS]; /* atomic: D3 D4 */
	struct entry *chunk[MOST / CHUNK];
} all __attribute__((section(".bss.unscanned")));

static inline struct entry *entry_of(uint32_t where)
{
	return &all.chunk[where / CHUNK][where % CHUNK];
}

static inline uint32_t hash(uint32_t parent, uintptr_t pc)
{
	return ((uint32_t)pc * 0x9e3779b1u ^ parent * 0x85ebca6bu) >> 18;
}
_Static_assert(BUCKETS == 1 << (32 - 18), "hash");

static uint32_t search(uint32_t head, uint32_t parent, uintptr_t pc)
{
	while (head && (entry_of(head)->parent != parent || entry_of(head)->pc != pc))
		head = entry_of(head)->next;
	return head;
}

/* 0, which is not known, when there are too many. */
static noinline uint32_t add(uint32_t parent, uintptr_t pc)
{
	unsigned long was = arch_irq_off();
	uint32_t *bucket = &all.bucket[hash(parent, pc)], where;

	race_lock(&all.lock);
	where = search(load_relaxed(bucket), parent, pc);
	if (!where && all.n + 1 < MOST) {
		where = ++all.n;
		if (!all.chunk[where / CHUNK])
			all.chunk[where / CHUNK] = race_alloc(CHUNK * sizeof(struct entry));
		*entry_of(where) = (struct entry){parent, load_relaxed(bucket), pc};
		store_release(bucket, where); /* D3 */
	}
	race_unlock(&all.lock);
	arch_irq_restore(was);
	return where;
}

/* Context: any; the stack has been touched. */
uint32_t where_child(uint32_t parent, uintptr_t pc)
{
	uint32_t where = search(load_acquire(&all.bucket[hash(parent, pc)]), parent, pc); /* D4 */

	return where ? where : add(parent, pc);
}

/* The frame record at fp: the caller's fp and the return address. */
static inline const uintptr_t *record(uintptr_t fp)
{
#ifdef __riscv
	fp -= 16;
#endif
	return (const uintptr_t *)fp;
}

/* The end of the stack that this code runs on. */
static uintptr_t stack_end(uintptr_t fp)
{
	const struct g_top *top = arch_self()->top;

	if (!top) /* a handler, masked */
		return (uintptr_t)arch_core()->arch.stack_top;
	if (top->borrowed && fp - top->borrowed < top->borrowed_size)
		return top->borrowed + top->borrowed_size;
	return (uintptr_t)top;
}

/* Return addresses from fp on outward. */
static unsigned walk(uintptr_t fp, uintptr_t *pc)
{
	uintptr_t low = fp, high = stack_end(fp);
	unsigned n = 0;

	while (n <= DEPTH && fp >= low && fp % 8 == 0 && fp <= high && high - low >= 16) {
		const uintptr_t *r = record(fp);

		if ((uintptr_t)(r + 2) > high)
			break;
		if (r[1])
			pc[n++] = r[1];
		low = fp + 16;
		fp = r[0];
	}
	return n;
}

static bool is_same(const struct path *p, const uintptr_t *pc, unsigned n)
{
	if (p->n != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (p->pc[i] != pc[i])
			return false;
	return true;
}

static noinline void follow(struct path *p, const uintptr_t *pc, unsigned n)
{
	uint32_t node = 0;

	for (unsigned i = n; i-- > 0;) {
		node = where_child(node, pc[i]);
		p->pc[i] = pc[i];
	}
	p->n = n;
	p->node = node;
}

/* fp is the frame of a function of the detector that the program called.
 * Context: any; the stack has been touched. */
uint32_t where_here(struct race *r, uintptr_t fp)
{
	uintptr_t pc[DEPTH + 1];
	unsigned n = walk(fp, pc);

	if (!n)
		return 0;
	if (!is_same(&r->path, pc + 1, n - 1))
		follow(&r->path, pc + 1, n - 1);
	return where_child(r->path.node, pc[0]);
}

/* Context: any. */
uintptr_t where_pc(uint32_t where)
{
	return where ? entry_of(where)->pc : 0;
}

/* The return addresses of a path, the last first.
 * Context: any. */
unsigned where_path(uint32_t where, uintptr_t *pc, unsigned n)
{
	unsigned i = 0;

	for (; where && i < n; where = entry_of(where)->parent)
		pc[i++] = entry_of(where)->pc;
	return i;
}
