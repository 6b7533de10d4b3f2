/* ARM Musca-B1. */
#ifndef SKEIN_FACTS_H
#define SKEIN_FACTS_H
#include "board.h"
#include "chips/sse200.h"
#include "chips/pl011.h"

#define CLOCK_HZ 40000000
#define UART 0x50105000

struct board board = {
    .name = "musca-b1",
    .cores = 2,
    .clock_hz = CLOCK_HZ,
    .ram_start = 0x30000000,
    .ram_end = 0x30080000,
    .device = {{SSE200_START, SSE200_END}, {UART, UART + 0x1000}},
    .lines = {0, 127, SSE200_WAKE},
    .uart = {{&pl011, UART, 44}},
};

static inline void facts_console_init(void)
{
	pl011_init(UART, CLOCK_HZ, 115200);
}

static inline void facts_console_write(const char *text, size_t n)
{
	pl011_write(text, n);
}

static inline void facts_console_flush(void)
{
	pl011_flush();
}
#endif
