/* The flattened device tree: a header, then big-endian tokens in depth-first order. One walk visits
 * them all; what a property means follows from its depth and the names of the nodes around it. */
#include "fdt.h"
#include <stddef.h>

enum token { NODE = 1, NODE_END, PROPERTY, NOP, END = 9 };

struct walk {
	const uint8_t *at, *strings;
	unsigned depth;       /* 1: inside the root */
	const char *node[4];  /* names of the nodes around, by depth; deeper ones are not kept */
	const char *property; /* its name, and its value: */
	const uint8_t *value;
	uint32_t size;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static uint64_t cells(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 32 | be32(p + 4 * i);
	return v;
}

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Is it the node `base`, or `base@unit`? */
static bool node_is(const char *name, const char *base)
{
	while (*base && *name == *base)
		name++, base++;
	return !*base && (!*name || *name == '@');
}

static bool walk_start(struct walk *w, const uint8_t *blob)
{
	if (!blob || (uintptr_t)blob % 8 || be32(blob) != 0xd00dfeed)
		return false;
	w->depth = 0;
	w->at = blob + be32(blob + 8);
	w->strings = blob + be32(blob + 12);
	return true;
}

static enum token walk_next(struct walk *w)
{
	enum token token = be32(w->at);

	w->at += 4;
	if (token == NODE) {
		if (++w->depth < 4)
			w->node[w->depth] = (const char *)w->at;
		size_t length = 0;
		while (w->at[length++])
			;
		w->at += (length + 3) & ~(size_t)3;
	} else if (token == NODE_END) {
		w->depth--;
	} else if (token == PROPERTY) {
		w->size = be32(w->at);
		w->property = (const char *)w->strings + be32(w->at + 4);
		w->value = w->at + 8;
		w->at += 8 + ((w->size + 3) & ~(uint32_t)3);
	} else if (token != NOP) {
		return END;
	}
	return token;
}

/* What is known around a property: cell counts come before the nodes that they measure. */
struct shape {
	unsigned address_cells, size_cells, cpu_cells;
	uint64_t cpu_id;
	bool cpu_usable;
};

static bool in_cpu(const struct walk *w)
{
	return w->depth == 3 && node_is(w->node[2], "cpus") && node_is(w->node[3], "cpu");
}

static void cpu_property(const struct walk *w, struct shape *s)
{
	if (equal(w->property, "reg"))
		s->cpu_id = cells(w->value, s->cpu_cells);
	else if (equal(w->property, "status"))
		s->cpu_usable = w->value[0] == 'o'; /* "ok", "okay" */
}

static void add(struct fdt_ranges *to, uint64_t start, uint64_t size)
{
	if (to->n < FDT_RANGES)
		to->range[to->n] = (struct fdt_range){start, start + size};
	to->n++;
}

static void reg_ranges(const struct walk *w, const struct shape *s, struct fdt_ranges *to)
{
	unsigned size = 4 * (s->address_cells + s->size_cells);

	for (unsigned at = 0; at + size <= w->size; at += size)
		add(to, cells(w->value + at, s->address_cells),
		    cells(w->value + at + 4 * s->address_cells, s->size_cells));
}

/* The ranges before the tree proper, up to an empty one. The tree itself is often among them, and
 * is of no use later. */
static void block_ranges(const uint8_t *blob, struct fdt_ranges *to)
{
	const uint8_t *p = blob + be32(blob + 16);
	uint64_t size;

	for (; (size = cells(p + 8, 2)); p += 16)
		if (cells(p, 2) != (uintptr_t)blob)
			add(to, cells(p, 2), size);
}

static bool in_reserved(const struct walk *w)
{
	return w->depth == 3 && node_is(w->node[2], "reserved-memory");
}

static void node_property(const struct walk *w, struct shape *s, struct fdt *f)
{
	const char *node = w->node[2];

	if (node_is(node, "cpus") && equal(w->property, "#address-cells")) {
		s->cpu_cells = be32(w->value);
	} else if (node_is(node, "cpus") && equal(w->property, "timebase-frequency")) {
		f->timebase_hz = cells(w->value, w->size / 4);
	} else if (node_is(node, "chosen") && equal(w->property, "bootargs")) {
		f->bootargs = (const char *)w->value;
	} else if (node_is(node, "memory") && equal(w->property, "reg")) {
		reg_ranges(w, s, &f->ram);
	}
}

static void root_property(const struct walk *w, struct shape *s)
{
	if (equal(w->property, "#address-cells"))
		s->address_cells = be32(w->value);
	else if (equal(w->property, "#size-cells"))
		s->size_cells = be32(w->value);
}

/* Context: boot core, before the address space. */
bool fdt_read(const void *blob, struct fdt *f)
{
	struct shape s = {.address_cells = 2, .size_cells = 1, .cpu_cells = 1};
	struct walk w;
	enum token token;

	/* Not a memset: newlib's uses an instruction that uncached memory does not take. */
	f->cpus = 0;
	f->ram.n = f->reserved.n = f->timebase_hz = 0;
	f->bootargs = NULL;
	if (!walk_start(&w, blob))
		return false;
	block_ranges(blob, &f->reserved);
	while ((token = walk_next(&w)) != END) {
		if (token == NODE && in_cpu(&w))
			s.cpu_usable = true;
		else if (token == PROPERTY && w.depth == 1)
			root_property(&w, &s);
		else if (token == PROPERTY && w.depth == 2)
			node_property(&w, &s, f);
		else if (token == PROPERTY && in_cpu(&w))
			cpu_property(&w, &s);
		else if (token == PROPERTY && in_reserved(&w) && equal(w.property, "reg"))
			reg_ranges(&w, &s, &f->reserved); /* measured as the root's nodes are */
		/* A cpu's children end deeper: only its own end brings the depth back to 2. */
		else if (token == NODE_END && w.depth == 2 && node_is(w.node[2], "cpus") &&
		         node_is(w.node[3], "cpu") && s.cpu_usable && f->cpus < CONFIG_CORES)
			f->cpu_id[f->cpus++] = s.cpu_id;
	}
	return true;
}

/* Context: boot core, before the address space. */
bool fdt_compatible(const void *blob, const char *what)
{
	struct walk w;
	enum token token;

	if (!walk_start(&w, blob))
		return false;
	while ((token = walk_next(&w)) != END) {
		if (token != PROPERTY || !equal(w.property, "compatible"))
			continue;
		for (uint32_t i = 0; i < w.size; i++) /* a list of strings */
			if ((!i || !w.value[i - 1]) && equal((const char *)w.value + i, what))
				return true;
	}
	return false;
}
