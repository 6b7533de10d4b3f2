// test: cflags="-iquote tests/unit/host"
/* The plugin that counts what silicon pays for (tests/cost.c): which instruction is of what kind, and
 * what moves between the caches. */
#include "../cost.c"
#include "unit.h"

/* QEMU. */
struct qemu_plugin_insn {
	uint16_t half[2];
	size_t size;
};

static bool stores_now, device_now;
static uint64_t address_now;

const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn)
{
	return insn->half;
}

size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn)
{
	return insn->size;
}

bool qemu_plugin_mem_is_store(uint32_t info)
{
	(void)info;
	return stores_now;
}

struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t info, uint64_t address)
{
	(void)info, (void)address;
	return (void *)&device_now;
}

bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *place)
{
	return *(const bool *)(const void *)place;
}

uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *place)
{
	(void)place;
	return address_now;
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
	(void)tb;
	return 0;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i)
{
	(void)tb, (void)i;
	return 0;
}

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                           void (*f)(uint64_t id, struct qemu_plugin_tb *))
{
	(void)id, (void)f;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*f)(unsigned, void *), int flags, void *arg)
{
	(void)insn, (void)f, (void)flags, (void)arg;
}

void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
                                      void (*f)(unsigned, uint32_t info, uint64_t address, void *),
                                      int flags, int which, void *arg)
{
	(void)insn, (void)f, (void)flags, (void)which, (void)arg;
}

void qemu_plugin_register_atexit_cb(uint64_t id, void (*f)(uint64_t id, void *), void *arg)
{
	(void)id, (void)f, (void)arg;
}

/* Kinds. The words are what objdump prints. */

static void is(enum machine m, uint16_t first, uint16_t second, size_t size, enum kind kind)
{
	struct qemu_plugin_insn insn = {{first, second}, size};

	machine = m;
	must(kind_of(&insn) == kind);
}

static void a64(uint32_t word, enum kind kind)
{
	is(A64, (uint16_t)word, (uint16_t)(word >> 16), 4, kind);
}

static void riscv(uint32_t word, enum kind kind)
{
	is(RISCV, (uint16_t)word, (uint16_t)(word >> 16), 4, kind);
}

static void kinds_of_a64(void)
{
	a64(0xc85ffc20, EXCLUSIVE); /* ldaxr */
	a64(0xc800fc22, EXCLUSIVE); /* stlxr */
	a64(0x885f7c20, EXCLUSIVE); /* ldxr */
	a64(0x88e07c41, EXCLUSIVE); /* casa */
	a64(0xf8200041, EXCLUSIVE); /* ldadd */
	a64(0xb8e08041, EXCLUSIVE); /* swpal */
	a64(0xc8dffc20, BARRIER);   /* ldar */
	a64(0x889ffc20, BARRIER);   /* stlr */
	a64(0xd5033bbf, BARRIER);   /* dmb ish */
	a64(0xd5033fdf, BARRIER);   /* isb */
	a64(0xd53be040, SYSTEM);    /* mrs x0, cntvct_el0 */
	a64(0xd51bd040, SYSTEM);    /* msr tpidr_el0, x0 */
	a64(0xd50342df, SYSTEM);    /* msr daifset, #2 */
	a64(0xd503201f, PLAIN);     /* nop */
	a64(0xf8626820, PLAIN);     /* ldr x0, [x1, x2] */
	a64(0xa94007e0, PLAIN);     /* ldp */
	a64(0x8b020020, PLAIN);     /* add */
}

static void kinds_of_a32(void)
{
	is(A32, 0xe851, 0x0f00, 4, EXCLUSIVE); /* ldrex */
	is(A32, 0xe841, 0x2000, 4, EXCLUSIVE); /* strex */
	is(A32, 0xe8d1, 0x0f4f, 4, EXCLUSIVE); /* ldrexb */
	is(A32, 0xe8c1, 0x2f50, 4, EXCLUSIVE); /* strexh */
	is(A32, 0xe8d1, 0x0fef, 4, EXCLUSIVE); /* ldaex */
	is(A32, 0xe8c1, 0x2fe0, 4, EXCLUSIVE); /* stlex */
	is(A32, 0xe8d1, 0x0faf, 4, BARRIER);   /* lda */
	is(A32, 0xe8c1, 0x0f8f, 4, BARRIER);   /* stlb */
	is(A32, 0xf3bf, 0x8f5f, 4, BARRIER);   /* dmb sy */
	is(A32, 0xf3bf, 0x8f6f, 4, BARRIER);   /* isb sy */
	is(A32, 0xf3ef, 0x8010, 4, SYSTEM);    /* mrs r0, primask */
	is(A32, 0xf380, 0x8811, 4, SYSTEM);    /* msr basepri, r0 */
	is(A32, 0xb672, 0, 2, SYSTEM);         /* cpsid i */
	is(A32, 0xb662, 0, 2, SYSTEM);         /* cpsie i */
	is(A32, 0xb510, 0, 2, PLAIN);          /* push */
	is(A32, 0xe9d2, 0x0100, 4, PLAIN);     /* ldrd */
	is(A32, 0xe8d0, 0xf001, 4, PLAIN);     /* tbb */
	is(A32, 0xe841, 0xf000, 4, PLAIN);     /* tt */
}

static void kinds_of_riscv(void)
{
	riscv(0x1005a52f, EXCLUSIVE); /* lr.w */
	riscv(0x18c5a52f, EXCLUSIVE); /* sc.w */
	riscv(0x00b6352f, EXCLUSIVE); /* amoadd.d */
	riscv(0x0330000f, BARRIER);   /* fence rw, rw */
	riscv(0xc0102573, SYSTEM);    /* rdtime */
	riscv(0x30047073, SYSTEM);    /* csrci mstatus, 8 */
	riscv(0x00000073, PLAIN);     /* ecall */
	riscv(0x0005b503, PLAIN);     /* ld */
}

/* The caches. */

static void pass(unsigned core, uint64_t address, bool stores)
{
	stores_now = stores;
	address_now = address;
	accessed(core, 0, address, 0);
}

static void reads(unsigned core, uint64_t address)
{
	pass(core, address, false);
}

static void writes(unsigned core, uint64_t address)
{
	pass(core, address, true);
}

enum { X = 0x40001000, GATE = 0x40000000 };

static void counted(uint64_t lines, uint64_t moved, uint64_t taken, uint32_t apart)
{
	must(now.lines == lines && now.moved == moved && now.taken == taken);
	must(line_of(X)->apart == apart);
}

static void caches(void)
{
	gate = GATE;
	reads(0, X);
	counted(0, 0, 0, 0); /* no section yet */
	writes(0, GATE);
	must(counts && section == 1);
	reads(0, X);
	writes(0, X);
	reads(0, X);
	counted(1, 0, 0, 0); /* a core alone moves nothing */
	must(now.loads == 2 && now.stores == 1 && now.device == 0);

	reads(1, X);
	counted(1, 1, 0, 0); /* it was dirty */
	reads(0, X);
	reads(2, X);
	counted(1, 1, 0, 0); /* now it is not: it comes from memory */
	writes(1, X);
	counted(1, 1, 1, 0);
	writes(0, X);
	counted(1, 2, 1, 0); /* who stores, and has it not, moves it */
	writes(0, X + 8);
	reads(1, X + 16);
	must(line_of(X)->asked[2] == 1);
	writes(0, X + 24);
	counted(1, 3, 2, 1); /* what core 1 asked for had not changed since it lost the line */
	reads(1, X + 16);
	reads(1, X + 24);
	writes(0, X + 24);
	counted(1, 4, 3, 1); /* this time it came to what had */
	reads(1, X + 16);
	writes(1, X + 16);
	reads(1, X + 16);
	reads(0, X + 24);
	counted(1, 6, 4, 1); /* not yet known: both still have the line */
	writes(0, X + 24);
	counted(1, 6, 5, 2); /* its own store was no news to core 1 */
	writes(0, X + 8);
	writes(0, X + 16);
	reads(1, X + 8);
	writes(0, X);
	counted(1, 7, 6, 2); /* a later store than the one that took the line is news too */
	reads(3, X + 32);
	writes(0, X);
	counted(1, 8, 7, 2); /* to who has never had the line all is news */

	address_now = X;
	stores_now = false;
	accessed_alone(1, 0, X, 0);
	counted(1, 9, 8, 2); /* a load-exclusive moves the line, and takes it from who has it */
	reads(0, X);
	counted(1, 10, 8, 2);

	reads(0, X + 64);
	counted(2, 10, 8, 2);
	device_now = true;
	writes(0, X);
	counted(2, 10, 8, 2);
	must(now.device == 1);
	device_now = false;
	writes(0, GATE + 4);
	must(!counts);
}

int main(void)
{
	out = fopen("/dev/null", "w");
	must(out != NULL);
	pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
	kinds_of_a64();
	kinds_of_a32();
	kinds_of_riscv();
	caches();
	ends(0, 0);
	return 0;
}
