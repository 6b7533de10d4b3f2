/* QEMU's virt machine for RV64. */
#ifndef SKEIN_FACTS_H
#define SKEIN_FACTS_H
#include "board.h"
#include "chips/ns16550.h"
#include "chips/plic.h"
#include "chips/sifive_test.h"

#define TEST 0x00100000
#define PLIC 0x0c000000
#define PLIC_LINES 95
#define MONITORS 0
#define UART 0x10000000

struct board board = {
    .name = "virt-riscv64",
    .ram_start = 0x80200000,
    /* The first: the clock too. The last: the UART and eight virtio devices. */
    .device = {{TEST, 0x00102000}, {PLIC, PLIC + PLIC_SIZE}, {UART, 0x10009000}},
    .lines = {1, PLIC_LINES},
    .uart = {{&ns16550, UART, 10}},
};

static inline void facts_console_init(void)
{
	ns16550_init(UART, 0);
}

static inline void facts_console_write(const char *text, size_t n)
{
	ns16550_write(text, n);
}

static inline void facts_console_flush(void)
{
	ns16550_flush();
}

static inline void facts_exit(int status)
{
	sifive_test_exit(TEST, status);
}
#endif
