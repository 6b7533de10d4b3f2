/* SiFive's test finisher: one register. */
#include "sifive_test.h"
#include "mmio.h"

enum { FAIL = 0x3333, PASS = 0x5555 };

/* Context: any. */
void sifive_test_exit(uintptr_t base, int status)
{
	write32(base, status ? (uint32_t)status << 16 | FAIL : PASS);
}
