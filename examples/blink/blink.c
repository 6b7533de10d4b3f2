/* A pin that blinks, and one that is watched. Without a word pin PIN blinks, 0 unless the program is
 * built otherwise: it is an LED of mps2-an521. The LED of a Pico 2 is pin 25,
 * OPT=-DPIN=25. ARGS="4 2" lets pin 4 blink and prints the edges of pin 2; ARGS="4 2 10" does so ten
 * times instead of for ever. */
#include <stdio.h>
#include <stdlib.h>
#include "skein.h"
#include "skein/gpio.h"

#ifndef PIN
#define PIN 0
#endif

static void blink(unsigned pin, int times, chan(void) done)
{
	gpio_output(pin, true);
	for (int i = 0; i != times; i++) {
		go_sleep(ms(250));
		gpio_toggle(pin);
	}
	chan_close(done);
}

int main(int argc, char **argv)
{
	unsigned pin = argc > 1 ? (unsigned)atoi(argv[1]) : PIN;
	chan(struct gpio_edge) edges = 0; /* never ready */
	chan(void) done = chan_make(void, 0);
	struct gpio_edge edge;

	if (argc > 2) {
		gpio_input((unsigned)atoi(argv[2]), GPIO_NO_PULL);
		edges = gpio_edges((unsigned)atoi(argv[2]), GPIO_BOTH, 16);
	}
	go(blink, pin, argc > 3 ? atoi(argv[3]) : -1, done);
	while (chan_select(on_recv(edges, &edge), on_recv(done, NULL)) == 0)
		printf("%8.3f s: %s, %u lost\n", (double)edge.time / 1e9,
		       edge.level ? "up" : "down", (unsigned)edge.lost);
}
