/* What each core's own registers and tables say of memory, read as the manuals have it: caching and
 * sharing, which QEMU does not heed, and rights. */
// test: check=0 cores=1,4
#include "board.h"
#include "test.h"

struct memory {
	bool mapped, write, execute;
	bool device; /* not cached, not reordered */
	bool shared; /* coherent with the other cores */
};

#ifdef __aarch64__
#define read_register(name)                                        \
	({                                                         \
		uint64_t value_;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)); \
		value_;                                            \
	})

static uint64_t leaf(uintptr_t address)
{
	const uint64_t *table = (const uint64_t *)(read_register(ttbr0_el1) & 0xfffffffff000);

	for (unsigned shift = 30;; shift -= 9) {
		uint64_t entry = table[address >> shift & 511];

		if (!(entry & 1) || shift == 12 || !(entry & 2))
			return entry;
		table = (const uint64_t *)(entry & 0xfffffffff000);
	}
}

static struct memory look(uintptr_t address)
{
	uint64_t entry = leaf(address);
	uint8_t kind = read_register(mair_el1) >> (8 * (entry >> 2 & 7));

	if (!(entry & 1))
		return (struct memory){.mapped = false};
	check(kind == 0xff || kind == 0x04); /* write-back, or device that is not reordered */
	check(entry >> 10 & 1);              /* accessed: or else the first access faults */
	check(entry >> 54 & 1);              /* not for what is below */
	check((entry >> 6 & 1) == 0);
	return (struct memory){true, !(entry >> 7 & 1), !(entry >> 53 & 1), kind == 0x04,
	                       kind == 0xff && (entry >> 8 & 3) == 3};
}

static void look_around(void)
{
	uint64_t tcr = read_register(tcr_el1), sctlr = read_register(sctlr_el1);

	check((tcr & 63) == 25 && !(tcr >> 7 & 1) &&
	      (tcr >> 23 & 1));                                      /* 39 bits from TTBR0 alone */
	check((tcr >> 8 & 3) == 1 && (tcr >> 10 & 3) == 1);          /* tables: write-back */
	check((tcr >> 12 & 3) == 3 && (tcr >> 14 & 3) == 0);         /* shared, of 4 KB */
	check((sctlr & 1) && (sctlr >> 2 & 1) && (sctlr >> 12 & 1)); /* MMU, caches of both kinds */
}
#elif __riscv_xlen == 64
#include "arch.h"

static struct memory look(uintptr_t address)
{
	const uint64_t *table = (const uint64_t *)(csr_read(satp) << 12);
	uint64_t entry;

	for (unsigned shift = 30;; shift -= 9) {
		entry = table[address >> shift & 511];
		if (!(entry & 1))
			return (struct memory){.mapped = false};
		if (entry & 0xe)
			break;
		table = (const uint64_t *)(entry >> 10 << 12);
	}
	check(entry & 2);              /* no right without reading */
	check(!(entry & 1 << 4));      /* not the user's */
	check((entry & 0xc0) == 0xc0); /* accessed and dirty: or else it may fault */
	check(entry >> 54 == 0);       /* what memory is, the machine says */
	return (struct memory){true, entry >> 2 & 1, entry >> 3 & 1, address < board.ram_start,
	                       address >= board.ram_start};
}

static void look_around(void)
{
	check(csr_read(satp) >> 60 == 8); /* Sv39 */
}
#elif __riscv_xlen == 32
#include "arch.h"

static unsigned pmp(unsigned i, uintptr_t *end)
{
	unsigned config[4] = {csr_read(pmpcfg0), csr_read(pmpcfg1), csr_read(pmpcfg2),
	                      csr_read(pmpcfg3)};
	uintptr_t address[16] = {
	    csr_read(pmpaddr0),  csr_read(pmpaddr1),  csr_read(pmpaddr2),  csr_read(pmpaddr3),
	    csr_read(pmpaddr4),  csr_read(pmpaddr5),  csr_read(pmpaddr6),  csr_read(pmpaddr7),
	    csr_read(pmpaddr8),  csr_read(pmpaddr9),  csr_read(pmpaddr10), csr_read(pmpaddr11),
	    csr_read(pmpaddr12), csr_read(pmpaddr13), csr_read(pmpaddr14), csr_read(pmpaddr15)};

	*end = address[i];
	return config[i / 4] >> i % 4 * 8 & 255;
}

static struct memory look(uintptr_t address)
{
	uintptr_t start = 0, end;

	for (unsigned i = 0; i < 16; i++, start = end) {
		unsigned entry = pmp(i, &end), match = entry >> 3 & 3;

		if (match == 3 || (match == 1 && start <= address >> 2 && address >> 2 < end)) {
			check(match == 1 || end >= 0x1fffffff); /* the last one: everywhere */
			check(entry & 1 << 7);                  /* machine mode obeys */
			return (struct memory){entry & 1, entry >> 1 & 1, entry >> 2 & 1,
			                       address < board.ram_start,
			                       address >= board.ram_start};
		}
	}
	check(!"an entry matches");
	return (struct memory){.mapped = false};
}

static void look_around(void)
{
}
#else
static uint32_t *word(uintptr_t address)
{
	return (uint32_t *)address;
}

static struct memory look(uintptr_t address)
{
	for (unsigned i = 0; i < 8; i++) {
		volatile uint32_t *mpu = word(0xe000ed90);
		uint32_t base, limit, kind;

		go_preempt_off();
		mpu[2] = i; /* RNR */
		base = mpu[3];
		limit = mpu[4];
		kind = mpu[12] >> (8 * (limit >> 1 & 7)) & 255; /* MAIR0 */
		go_preempt_on();
		if (!(limit & 1) || address < (base & ~31u) || address > (limit | 31))
			continue;
		check(kind == 0xff || kind == 0x04);
		return (struct memory){true, !(base >> 2 & 1), !(base & 1), kind == 0x04,
		                       kind == 0xff && (base >> 3 & 3) == 3};
	}
	return (struct memory){.mapped = false};
}

static void look_around(void)
{
	volatile uint32_t *mpu = word(0xe000ed90);

	check((mpu[1] & 7) == 1); /* on, off in faults, and nothing for what no region covers */
}
#endif

static const int constant = 1;
static int data = 1;

static void expect(int core, const char *what, uintptr_t address, bool write, bool execute,
                   bool device)
{
	struct memory m = look(address);

	if (!check(m.mapped && m.write == write && m.execute == execute && m.device == device) ||
	    !check(!write || device || m.shared))
		kprintf("core %d: %s at %p\n", core, what, (void *)address);
}

static void each(int core, struct waitgroup *wg)
{
	int local = 0;

	look_around();
	expect(core, "text", (uintptr_t)each, false, true, false);
	expect(core, "rodata", (uintptr_t)&constant, false, false, false);
	expect(core, "data", (uintptr_t)&data, true, false, false);
	expect(core, "stack", (uintptr_t)&local, true, false, false);
	expect(core, "the end of RAM", board.ram_end - 1, true, false, false);
	expect(core, "registers", (uintptr_t)DEVICE_BASE, true, false, true);
	check(!look(0).mapped);
	check(!look(board.ram_end).mapped);
	wg_done(wg);
}

int main(void)
{
	struct waitgroup wg = {0};

	for (unsigned i = 0; i < go_cores(); i++) {
		wg_add(&wg, 1);
		go_with(go_attr(.core = (int)i, .name = "looks"), each, (int)i, &wg);
	}
	wg_wait(&wg);
	return test_done();
}
