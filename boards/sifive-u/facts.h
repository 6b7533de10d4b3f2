/* SiFive's HiFive Unleashed. Hart 0 is the monitor. */
#ifndef SKEIN_FACTS_H
#define SKEIN_FACTS_H
#include "board.h"
#include "chips/plic.h"
#include "chips/semihost.h"
#include "chips/sifive_gpio.h"
#include "chips/sifive_uart.h"

#define PLIC 0x0c000000
#define PLIC_LINES 53
#define MONITORS 1
#define UART 0x10010000
#define GPIO 0x10060000

struct board board = {
    .name = "sifive-u",
    .ram_start = 0x80200000,
    .device = {{PLIC, PLIC + PLIC_SIZE}, {UART, UART + 0x1000}, {GPIO, GPIO + 0x1000}},
    .lines = {1, PLIC_LINES},
    .uart = {{&sifive_uart, UART, 4}},
    .gpio = {&sifive_gpio, GPIO, 16, 7, 16},
};

static inline void facts_console_init(void)
{
	sifive_uart_init(UART);
}

static inline void facts_console_write(const char *text, size_t n)
{
	sifive_uart_write(text, n);
}

static inline void facts_console_flush(void)
{
	sifive_uart_flush();
}

static inline void facts_exit(int status)
{
	semihost_exit(status);
}
#endif
