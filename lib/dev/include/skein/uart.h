/* Serial ports. A port is a number of the board's; README lists them. Port 0 is the console's:
 * what is typed there goes to stdin while the program reads that, and here while it reads here.
 *
 * What is received is kept until somebody reads it, up to UART_RING bytes. A byte that then comes
 * is lost and counted; so is one for which the chip had no room because the handler came too late.
 * Some chips (sifive_uart) do not tell of the latter. Every call is for goroutines, but for
 * uart_lost. */
#ifndef SKEIN_DEV_UART_H
#define SKEIN_DEV_UART_H
#include <skein.h>
#ifdef __cplusplus
extern "C" {
#endif

#define UART_RING 2048 /* at 115200 baud a sixth of a second */

struct uart;

/* Begins to receive, by interrupt, on the core that the board chooses. Only the first call for a
 * port does; each returns the same. baud must be 0: the port keeps the speed that it has. Panics
 * when the board has no such port, when out of memory, and when the program itself has attached the
 * port's line. */
struct uart *uart_open(unsigned port, uint32_t baud);
/* Waits until there is a byte, then reads what there is, up to n bytes. Returns how many; n if that
 * is 0. All goroutines asleep, and one in this call, is no deadlock. */
size_t uart_read(struct uart *, void *to, size_t n);
/* The same; 0 when limit has passed. */
size_t uart_read_for(struct uart *, void *to, size_t n, go_time limit);
/* The channel that the bytes come through, for select: a byte goes to whoever receives it first,
 * here or in uart_read. It is the port's: nobody may close or free it, or send to it. */
chan(uint8_t) uart_chan(struct uart *);
/* How many bytes were lost so far. Of those that the chip lost, as many as it tells: one at least
 * for each time that it had no room. Handlers too */
uint64_t uart_lost(struct uart *);

#ifdef __cplusplus
}
#endif
#endif
