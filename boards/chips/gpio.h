/* What a driver asks of a chip with pins, 32 at most. The registers begin at base. One call at a
 * time. */
#ifndef SKEIN_GPIO_CHIP_H
#define SKEIN_GPIO_CHIP_H
#include <stdbool.h>
#include <stdint.h>

enum gpio_chip_pull { PULL_NONE, PULL_UP, PULL_DOWN };

struct gpio_chip {
	/* The pin is an output from now on, and has this level from its first moment. False: it
	 * cannot be one. */
	bool (*output)(uintptr_t base, unsigned pin, bool level);
	/* The pin is an input. False: it cannot be one, or not with this pull. */
	bool (*input)(uintptr_t base, unsigned pin, enum gpio_chip_pull);
	void (*set)(uintptr_t base, unsigned pin, bool level); /* of an output */
	bool (*get)(uintptr_t base, unsigned pin);             /* the level at the pin */
	/* Which edges of the pin raise the line, those to come only. Null: the chip has no line */
	void (*watch)(uintptr_t base, unsigned pin, bool rising, bool falling);
	/* a bit for each pin of which an edge raised the line since the last call; it falls */
	uint32_t (*taken)(uintptr_t base);
};
#endif
