/* ARM MPS2 with the FPGA image AN521. Core 0 has no floating-point unit. */
#ifndef SKEIN_FACTS_H
#define SKEIN_FACTS_H
#include "board.h"
#include "chips/sse200.h"
#include "chips/cmsdk_uart.h"
#include "chips/mps2_fpgaio.h"

#define CLOCK_HZ 20000000
#define UART 0x50200000
#define GPIO 0x50302000

struct board board = {
    .name = "mps2-an521",
    .cores = 2,
    .clock_hz = CLOCK_HZ,
    .ram_start = 0x10000000,
    .ram_end = 0x10400000,
    .device = {{SSE200_START, SSE200_END}, {UART, UART + 0x1000}, {GPIO, GPIO + 0x1000}},
    .lines = {0, 123, SSE200_WAKE},
    .uart = {{&cmsdk_uart, UART, 32}},
    .gpio = {&mps2_fpgaio, GPIO, 4, 0, 0},
};

static inline void facts_console_init(void)
{
	cmsdk_uart_init(UART, CLOCK_HZ, 115200);
}

static inline void facts_console_write(const char *text, size_t n)
{
	cmsdk_uart_write(text, n);
}

static inline void facts_console_flush(void)
{
	cmsdk_uart_flush();
}
#endif
