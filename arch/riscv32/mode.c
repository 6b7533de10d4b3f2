/* RV32 in machine mode: rights by physical memory protection, and the hint for spinning.
 *
 * An entry of the PMP matches from the address in the entry before it up to its own; the first that
 * matches decides. Machine mode is held to locked entries only, which stay until the next reset. */
#include "arch.h"

/* Of an entry, beside the rights, which stand there one bit lower than impl.h numbers them: */
enum { UP_TO = 1 << 3, EVERYWHERE = 3 << 3, LOCKED = 1 << 7 };
enum { ENTRIES = 16 };
#define MISA_SUPERVISOR (1ul << ('s' - 'a'))

static struct {
	uint32_t address[ENTRIES]; /* divided by 4 */
	uint8_t config[ENTRIES] __attribute__((aligned(4)));
	unsigned n;
} pmp;

static bool add(uintptr_t address, unsigned rights, unsigned match)
{
	if (pmp.n == ENTRIES)
		return false;
	pmp.address[pmp.n] = address >> 2;
	pmp.config[pmp.n++] = rights >> 1 | match | LOCKED;
	return true;
}

static bool add_region(const struct arch_region *region)
{
	static const uint8_t bits[] = {
	    [ARCH_TEXT] = RIGHT_READ | RIGHT_EXECUTE,
	    [ARCH_RODATA] = RIGHT_READ,
	    [ARCH_DATA] = RIGHT_READ | RIGHT_WRITE,
	    [ARCH_DEVICE] = RIGHT_READ | RIGHT_WRITE,
	};

	if (!pmp.n || pmp.address[pmp.n - 1] != region->start >> 2)
		if (!add(region->start, 0, 0))
			return false;
	return add(region->end, bits[region->rights], UP_TO);
}

static bool have_hint(void)
{
	return csr_read(misa) & MISA_SUPERVISOR;
}

static void hint_init(void)
{
	csr_set(mideleg, MIP_SUPERVISOR);
	csr_set(mip, MIP_SUPERVISOR);
}

/* Context: boot core. */
bool arch_memory(const struct arch_region *region, unsigned n)
{
	if (have_hint()) {
		hint_init();
		arch_measure_wfi();
	}
	for (unsigned i = 0; i < n; i++)
		if (!add_region(&region[i]))
			return false;
	return add(UINTPTR_MAX, 0, EVERYWHERE); /* the rest: no rights */
}

#define write_address(i) ({ csr_write(pmpaddr##i, pmp.address[i]); })

/* Context: core stack, masked. */
void mode_core_init(void)
{
	const uint32_t *config = (const uint32_t *)pmp.config;

	if (have_hint())
		hint_init();
	write_address(0), write_address(1), write_address(2), write_address(3);
	write_address(4), write_address(5), write_address(6), write_address(7);
	write_address(8), write_address(9), write_address(10), write_address(11);
	write_address(12), write_address(13), write_address(14), write_address(15);
	csr_write(pmpcfg0, config[0]); /* locked: what they match stands */
	csr_write(pmpcfg1, config[1]);
	csr_write(pmpcfg2, config[2]);
	csr_write(pmpcfg3, config[3]);
}

/* Context: any. */
unsigned mode_rights(uintptr_t address)
{
	for (unsigned i = 1; i < pmp.n; i++)
		if (pmp.config[i] & UP_TO && pmp.address[i - 1] <= address >> 2 &&
		    address >> 2 < pmp.address[i])
			return pmp.config[i] << 1 & (RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE);
	return 0;
}
