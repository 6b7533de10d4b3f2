/* A plugin for QEMU 7.2: what silicon pays for beside instructions. Built and run by tests/cost.
 *
 * A section of a program begins and ends with a store to the two words of its variable bench_gate
 * (tests/bench/bench.h). For each section a line is written:
 *   section instructions loads stores exclusives barriers system device lines moved taken
 * and behind it, for the lines of memory that cores shared:
 *   line address moved taken apart asked...
 *
 * The caches are a model without capacity: each core holds what it has touched, until another core
 * writes to it (MESI, lines of 64 bytes). Counted are
 *   exclusives  load-exclusive, store-exclusive and atomic instructions
 *   barriers    fences, and on ARM loads and stores with an order of their own
 *   system      system registers (CSRs)
 *   device      accesses to no memory
 *   lines       lines that the section touches, each once
 *   moved       accesses whose line must come from another core
 *   taken       stores to a line that others hold too, and must forget
 *   apart       moves that brought no news: of what the core asked for until it lost the line again,
 *               nothing had been written by another since it lost the line before. That is false
 *               sharing, in grains of 8 bytes
 *   asked       moves, by which of the line's 8 times 8 bytes was asked for
 * One lock orders the cores, which run as threads or in turns. */
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The header is not packaged. */
#define PUBLIC __attribute__((visibility("default")))
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
PUBLIC int qemu_plugin_version = 1;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
bool qemu_plugin_mem_is_store(uint32_t info);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info, uint64_t address);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                           void (*)(uint64_t id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *),
                                            int flags, void *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                      void (*)(unsigned, uint32_t info, uint64_t address, void *),
                                      int flags, int which, void *);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*)(uint64_t id, void *), void *);

enum { LOADS_AND_STORES = 3 };
enum { CORES = 16, LINE = 64, GRAIN = 8, GRAINS = LINE / GRAIN };
enum { PAGE_LINES = 64, BUCKETS = 1 << 16 };
enum kind { PLAIN, EXCLUSIVE, BARRIER, SYSTEM, KINDS };
enum machine { A64, A32, RISCV };

struct line {
	uint16_t holders;
	uint16_t waits; /* cores whose last move has brought no news yet */
	bool dirty;
	uint8_t owner;    /* who wrote last */
	uint32_t section; /* which touched it last */
	uint64_t address; /* as the program knows it */
	uint32_t moved, taken, apart, asked[GRAINS];
	/* moments: when each core lost it, and got it again; when each grain was written last */
	uint32_t lost[CORES], got[CORES], written[GRAINS];
};

/* Pages of lines, by their address. */
static struct page {
	struct page *next;
	uint64_t address;
	struct line lines[PAGE_LINES];
} * pages[BUCKETS];

static struct {
	uint64_t kind[KINDS], instructions, loads, stores, device, lines, moved, taken;
} now;

static enum machine machine;
static uint64_t gate;
static uint32_t section, moment;
static bool counts;
static FILE *out;
static pthread_spinlock_t lock;

static struct line *line_of(uint64_t address)
{
	uint64_t at = address / (LINE * PAGE_LINES);
	struct page **bucket = &pages[at * 0x9e3779b97f4a7c15u >> 48], *p;

	for (p = *bucket; p && p->address != at; p = p->next)
		;
	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p)
			abort();
		*p = (struct page){.next = *bucket, .address = at};
		*bucket = p;
	}
	return &p->lines[address / LINE % PAGE_LINES];
}

static void section_begins(void)
{
	counts = true;
	memset(&now, 0, sizeof(now));
	section++;
}

static void section_ends(void)
{
	counts = false;
	fprintf(out,
	        "section %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
	        " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
	        now.instructions, now.loads, now.stores, now.kind[EXCLUSIVE], now.kind[BARRIER],
	        now.kind[SYSTEM], now.device, now.lines, now.moved, now.taken);
}

/* The model. */

static void take_from(struct line *l, uint16_t others)
{
	for (unsigned i = 0; i < CORES; i++)
		if (others & 1u << i)
			l->lost[i] = moment - 1; /* this store is news */
	l->apart += (unsigned)__builtin_popcount(l->waits & others);
	l->waits &= (uint16_t)~others;
}

static void get(struct line *l, unsigned core, unsigned grain, bool moves)
{
	l->got[core] = moment;
	if (!moves || !counts)
		return;
	now.moved++;
	l->moved++;
	l->asked[grain]++;
	if (l->lost[core])
		l->waits |= (uint16_t)(1u << core);
}

static void touch(struct line *l, unsigned core, uint64_t address, bool stores)
{
	uint16_t me = (uint16_t)(1u << core), others = l->holders & (uint16_t)~me;
	unsigned grain = address / GRAIN % GRAINS;

	l->address = address / LINE * LINE;
	if (counts && l->section != section) {
		l->section = section;
		now.lines++;
	}
	moment++;
	if (!(l->holders & me))
		get(l, core, grain, others && (l->dirty || stores));
	else if (stores && others && counts) {
		now.taken++;
		l->taken++;
	}
	if (l->written[grain] > l->lost[core] && l->written[grain] < l->got[core])
		l->waits &= (uint16_t)~me;
	l->holders |= me;
	if (!stores) {
		if (l->owner != core)
			l->dirty = false;
		return;
	}
	take_from(l, others);
	l->holders = me;
	l->dirty = true;
	l->owner = (uint8_t)core;
	l->written[grain] = moment;
}

static void accessed(unsigned core, uint32_t info, uint64_t address, void *arg)
{
	struct qemu_plugin_hwaddr *place = qemu_plugin_get_hwaddr(info, address);
	bool stores = qemu_plugin_mem_is_store(info), device = qemu_plugin_hwaddr_is_io(place);

	(void)arg;
	pthread_spin_lock(&lock);
	if (stores && address == gate) {
		section_begins();
	} else if (stores && address == gate + 4) {
		section_ends();
	} else {
		now.loads += !stores;
		now.stores += stores;
		now.device += device;
		if (!device && core < CORES)
			touch(line_of(qemu_plugin_hwaddr_phys_addr(place)), core, address, stores);
	}
	pthread_spin_unlock(&lock);
}

/* QEMU shows only the load of a load-exclusive and its store-exclusive, and the load takes the line.
 * It shows no access of an atomic instruction of RISC-V. */
static void accessed_alone(unsigned core, uint32_t info, uint64_t address, void *arg)
{
	accessed(core, info, address, arg);
	if (qemu_plugin_mem_is_store(info))
		return;
	pthread_spin_lock(&lock);
	touch(line_of(qemu_plugin_hwaddr_phys_addr(qemu_plugin_get_hwaddr(info, address))), core,
	      address, true);
	pthread_spin_unlock(&lock);
}

static void executed(unsigned core, void *kind)
{
	(void)core;
	pthread_spin_lock(&lock);
	now.instructions++;
	now.kind[(uintptr_t)kind]++;
	pthread_spin_unlock(&lock);
}

static enum kind a64_kind(uint32_t w)
{
	if ((w & 0x3f000000) == 0x08000000) /* exclusive, ordered, compare-and-swap */
		return (w & 0x00a00000) == 0x00800000 ? BARRIER : EXCLUSIVE;
	if ((w & 0x3b200c00) == 0x38200000) /* atomic */
		return EXCLUSIVE;
	if ((w & 0xfffff01f) == 0xd503301f) /* dmb, dsb, isb */
		return BARRIER;
	if ((w & 0xffd00000) == 0xd5100000 || (w & 0xfff8f01f) == 0xd500401f) /* mrs, msr */
		return SYSTEM;
	return PLAIN;
}

static enum kind a32_kind(uint32_t w) /* Thumb; the first halfword is the upper one */
{
	if ((w & 0xffe00000) == 0xe8400000 && (w & 0x0000f000) != 0xf000) /* ldrex, strex */
		return EXCLUSIVE;
	if ((w & 0xffe000c0) == 0xe8c000c0) /* ldaexb and the like, stlex */
		return EXCLUSIVE;
	if ((w & 0xffe000c0) == 0xe8c00040) /* ldrexb and the like */
		return EXCLUSIVE;
	if ((w & 0xffe000c0) == 0xe8c00080) /* lda, stl */
		return BARRIER;
	if ((w & 0xffffff00) == 0xf3bf8f00) /* dmb, dsb, isb */
		return BARRIER;
	if ((w & 0xfff0d000) == 0xf3808000 || (w & 0xffff0000) == 0xf3ef0000) /* msr, mrs */
		return SYSTEM;
	return PLAIN;
}

static enum kind riscv_kind(uint32_t w)
{
	switch (w & 0x7f) {
	case 0x2f:
		return EXCLUSIVE;
	case 0x0f:
		return BARRIER;
	case 0x73:
		return w >> 12 & 7 ? SYSTEM : PLAIN;
	default:
		return PLAIN;
	}
}

static enum kind kind_of(const struct qemu_plugin_insn *insn)
{
	const uint16_t *half = qemu_plugin_insn_data(insn);

	if (qemu_plugin_insn_size(insn) < 4) /* cpsid, cpsie */
		return machine == A32 && (half[0] & 0xffe8) == 0xb660 ? SYSTEM : PLAIN;
	switch (machine) {
	case A64:
		return a64_kind(half[0] | (uint32_t)half[1] << 16);
	case A32:
		return a32_kind((uint32_t)half[0] << 16 | half[1]);
	default:
		return riscv_kind(half[0] | (uint32_t)half[1] << 16);
	}
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		enum kind kind = kind_of(insn);

		qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, 0, (void *)(uintptr_t)kind);
		qemu_plugin_register_vcpu_mem_cb(
		    insn, kind == EXCLUSIVE ? accessed_alone : accessed, 0, LOADS_AND_STORES, 0);
	}
}

static void ends(uint64_t id, void *arg)
{
	(void)id, (void)arg;
	for (unsigned i = 0; i < BUCKETS; i++)
		for (struct page *p = pages[i]; p; p = p->next)
			for (unsigned k = 0; k < PAGE_LINES; k++) {
				struct line *l = &p->lines[k];

				if (!l->moved && !l->taken)
					continue;
				l->apart += (unsigned)__builtin_popcount(l->waits);
				fprintf(out, "line %" PRIx64 " %u %u %u", l->address, l->moved,
				        l->taken, l->apart);
				for (unsigned grain = 0; grain < GRAINS; grain++)
					fprintf(out, " %u", l->asked[grain]);
				fprintf(out, "\n");
			}
	fclose(out);
}

PUBLIC int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		const char *value = strchr(argv[i], '=');

		if (!value)
			return -1;
		value++;
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(value, "w");
		else if (!strncmp(argv[i], "gate=", 5))
			gate = strtoull(value, 0, 16);
		else if (!strncmp(argv[i], "machine=", 8))
			machine = (enum machine)atoi(value);
		else
			return -1;
	}
	if (!out)
		return -1;
	pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ends, 0);
	return 0;
}
