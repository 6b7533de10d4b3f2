/* A plugin for QEMU 7.2: the longest stretches of instructions that a core runs with interrupts
 * masked. Built and run by tests/masked, which says where the kernel's vector, arch_load and the
 * image lie.
 *
 * Followed without the registers, which a plugin cannot see: what masks remembers the state before,
 * what restores goes back to it; arch_load and a return from an interrupt lead to a goroutine that
 * was last unmasked when it left. A stretch begins when a core that has been unmasked before masks.
 * What is not counted:
 *   idling: at a wfi the count begins again, and where a core asks whether an interrupt is pending,
 *   to take it then; waits for another core: a loop with a hint for spinning (arch_relax) counts
 *   once; the firmware, and a stretch in a panic or at the program's end, which never ends. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The header is not packaged. */
#define PUBLIC __attribute__((visibility("default")))
struct qemu_plugin_tb;
struct qemu_plugin_insn;
PUBLIC int qemu_plugin_version = 1;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                           void (*)(uint64_t id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *),
                                            int flags, void *);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*)(uint64_t id, void *), void *);

enum kind { PLAIN, MASK, UNMASK, RESTORE, ENTRY, RETURN, LOAD, POLL, HINT, SLEEP, ARM_HINT };
enum { LONGEST = 4096, KINDS = 1024, DEPTH = 16 };

static bool is_arm;
static uint64_t vector, load, start, end;
static FILE *out;

struct core {
	bool masked, begun, armed;
	bool before[DEPTH];
	unsigned depth;
	uint64_t last;        /* the last instruction */
	unsigned n;           /* masked so far */
	uint64_t pc[LONGEST]; /* they, as far as there is room */
	uint64_t hint;        /* the last hint, and n then */
	unsigned hint_n;
} cores[16];

/* The longest stretch of each pair of first and last instruction. */
static struct stretch {
	uint64_t first, last;
	unsigned n;
	uint64_t *pc;
} stretches[KINDS];
static unsigned nstretches;

static void stretch_ends(struct core *c, uint64_t pc)
{
	unsigned i = 0;

	while (i < nstretches && (stretches[i].first != c->pc[0] || stretches[i].last != pc))
		i++;
	if (i == KINDS || c->n == 0)
		return;
	if (i == nstretches)
		stretches[nstretches++] =
		    (struct stretch){c->pc[0], pc, 0, malloc(LONGEST * sizeof(uint64_t))};
	if (c->n <= stretches[i].n)
		return;
	stretches[i].n = c->n;
	memcpy(stretches[i].pc, c->pc, sizeof(c->pc));
}

static void set(struct core *c, bool masked, uint64_t pc)
{
	if (c->masked && !masked) {
		if (c->begun)
			stretch_ends(c, pc);
		c->begun = true;
	}
	if (!c->masked || !masked) {
		c->n = 0;
		c->hint = 0;
	}
	c->masked = masked;
}

/* Before the instruction is executed. */
static void executed(unsigned index, uint64_t pc, enum kind kind)
{
	struct core *c = &cores[index];

	if (kind == ENTRY)
		set(c, true, pc);
	if (kind == POLL && c->masked && c->begun) {
		stretch_ends(c, pc);
		c->n = 0;
	}
	if (c->masked) {
		if (c->n < LONGEST)
			c->pc[c->n] = pc;
		c->n++;
	}
	switch (kind) {
	case MASK:
		if (c->depth < DEPTH)
			c->before[c->depth++] = c->masked;
		set(c, true, pc);
		break;
	case RESTORE:
		set(c, c->depth && c->before[--c->depth], pc);
		break;
	case UNMASK:
	case RETURN:
		c->depth = 0;
		set(c, false, pc);
		break;
	case LOAD:
		c->depth = 1;
		c->before[0] = false;
		break;
	case SLEEP:
		if (!c->armed) {
			c->n = 0;
			break;
		} /* fall through */
	case HINT:
		if (c->hint == pc)
			c->n = c->hint_n;
		c->hint = pc;
		c->hint_n = c->n;
		break;
	default:
		break;
	}
	c->armed = kind == ARM_HINT;
	c->last = pc;
}

static enum kind kind_of(uint64_t pc, uint32_t word)
{
	if (pc == load)
		return LOAD;
	if (is_arm) {
		if (pc >= vector && pc < vector + 2048 && pc % 128 == 0)
			return ENTRY;
		switch (word) {
		case 0xd50342df:
			return MASK; /* msr daifset, #2 */
		case 0xd50342ff:     /* msr daifclr, #2 */
		case 0xd50346ff:
			return UNMASK; /* msr daifclr, #6 */
		case 0xd69f03e0:
			return RETURN; /* eret */
		case 0xd503203f:
			return HINT; /* yield */
		case 0xd503207f:
			return SLEEP; /* wfi */
		}
		if ((word & 0xffffffe0) == 0xd538c100)
			return POLL;                                        /* mrs x, isr_el1 */
		return (word & 0xffffffe0) == 0xd51b4220 ? RESTORE : PLAIN; /* msr daif, x */
	}
	if (pc == vector)
		return ENTRY;
	if (word == 0x10200073 || word == 0x30200073)
		return RETURN; /* sret, mret */
	if (word == 0x10500073)
		return SLEEP; /* wfi */
	if (word == 0x0100000f)
		return HINT; /* pause */
	if ((word & 0xdffff07f) == 0x14402073)
		return POLL; /* csrr x, sip; mip */
	if ((word & 0xfffff07f) == 0x10017073 || (word & 0xfffff07f) == 0x30047073)
		return MASK; /* csrrci x, sstatus, 2; mstatus, 8 */
	if (word == 0x10016073 || word == 0x30046073)
		return UNMASK; /* csrsi sstatus, 2; mstatus, 8 */
	if ((word & 0xdff07fff) == 0x10002073 && (word >> 15 & 31))
		return RESTORE; /* csrs sstatus, x; mstatus */
	if (word == 0x30416073)
		return ARM_HINT;                                     /* csrsi mie, 2 */
	return (word & 0xfff0707f) == 0x14d01073 ? ARM_HINT : PLAIN; /* csrrw x, stimecmp, x */
}

static void on_execute(unsigned core, void *data)
{
	executed(core, (uintptr_t)data & ~(15ull << 60), (uintptr_t)data >> 60);
}

static void on_translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t pc = qemu_plugin_insn_vaddr(insn);
		uint32_t word = 0;
		enum kind kind;

		if (pc < start || pc >= end)
			continue;
		memcpy(&word, qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));
		kind = kind_of(pc, word);
		qemu_plugin_register_vcpu_insn_exec_cb(
		    insn, on_execute, 0, (void *)(uintptr_t)(pc | (uint64_t)kind << 60));
	}
}

static void on_exit_of_qemu(uint64_t id, void *arg)
{
	(void)id;
	(void)arg;
	for (unsigned i = 0; i < nstretches; i++) {
		fprintf(out, "%u", stretches[i].n);
		for (unsigned k = 0; k < stretches[i].n && k < LONGEST; k++)
			fprintf(out, " %" PRIx64, stretches[i].pc[k]);
		fprintf(out, " %" PRIx64 "\n", stretches[i].last);
	}
	fclose(out);
}

struct qemu_info;

PUBLIC int qemu_plugin_install(uint64_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		uint64_t number;

		if (!value++)
			return 1;
		number = strtoull(value, 0, 16);
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(value, "w");
		else if (!strncmp(argv[i], "arm=", 4))
			is_arm = number;
		else if (!strncmp(argv[i], "vector=", 7))
			vector = number;
		else if (!strncmp(argv[i], "load=", 5))
			load = number;
		else if (!strncmp(argv[i], "start=", 6))
			start = number;
		else if (!strncmp(argv[i], "end=", 4))
			end = number;
	}
	if (!out)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, 0);
	return 0;
}
