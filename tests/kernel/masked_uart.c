/* Reads stdin to its end, with a pause now and then in which the ring of the port fills, and the chip. masked_uart.sh counts for
 * how long interrupts are masked meanwhile, and gives it its input. */
// test: boards=none
#include <unistd.h>
#include <skein/uart.h>
#include "test.h"

enum { ALL = 20000, PAUSES = 4 };

int main(void)
{
	char bytes[100];
	size_t all = 0, pauses = 1;

	for (ssize_t n; (n = read(0, bytes, sizeof(bytes))) > 0; all += n) {
		if (all < pauses * (ALL / (PAUSES + 1)) || pauses > PAUSES)
			continue;
		while (chan_len(uart_chan(uart_open(0, 0))) < UART_RING)
			go_sleep(ms(1));
		pauses++;
	}
	check(all == ALL);
	return test_done();
}
