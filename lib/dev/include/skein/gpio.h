/* Pins. A pin is a number of the board's; README lists them. Every call panics on a pin that the
 * board has not got, with a sentence that says which it has. Calls for one pin or for several may
 * come from several goroutines at once. */
#ifndef SKEIN_DEV_GPIO_H
#define SKEIN_DEV_GPIO_H
#include <skein.h>
#ifdef __cplusplus
extern "C" {
#endif

/* The pin becomes an output, with this level from the start. Panics where it can be an input
 * only. */
void gpio_output(unsigned pin, bool level);
/* Of an output; others panic. Handlers too */
void gpio_set(unsigned pin, bool level);
void gpio_toggle(unsigned pin);

enum gpio_pull { GPIO_NO_PULL, GPIO_PULL_UP, GPIO_PULL_DOWN };
/* The pin becomes an input. Panics where it has no such pull, or can be an output only. */
void gpio_input(unsigned pin, enum gpio_pull);
/* the level at the pin, of an input or an output. Handlers too */
bool gpio_get(unsigned pin);

enum gpio_trigger { GPIO_RISING = 1, GPIO_FALLING = 2, GPIO_BOTH = 3 };
struct gpio_edge {
	go_time time; /* when the handler saw it */
	bool level;   /* behind the edge; with GPIO_BOTH the pin's at that time */
	uint32_t
	    lost; /* edges before it that found the channel full, since the one received before */
};
/* A channel with room for n edges, n > 0: the pin's edges to come, by interrupt. Edges of a pin
 * that follow each other before the handler has run count as one. While a goroutine waits on the
 * channel it is no deadlock when all are asleep. The channel stays: nobody may close or free it.
 * Panics when the pin has such a channel already, when the board's pins have no interrupt, and
 * when out of memory. */
chan(struct gpio_edge) gpio_edges(unsigned pin, enum gpio_trigger, size_t n);

#ifdef __cplusplus
}
#endif
#endif
