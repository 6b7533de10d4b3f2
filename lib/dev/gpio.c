/* Pins: see skein/gpio.h.
 *
 * One lock guards the chip's registers, which several pins share, and what is known of the pins. It
 * is held for some register accesses; only a Raspberry Pi's pull takes longer, 15 us.
 *
 * The handler of a line sends an edge for each pin that the chip names. A chip has one line for all
 * pins, or one for each; then any handler serves all of them, and those of the others find nothing.
 * A line is attached with the first channel that needs it. A channel is known under the lock before
 * its pin can interrupt. */
#include "skein/gpio.h"
#include "arch.h"
#include "base/panic.h"
#include "board.h"
#include "chips/gpio.h"
#include "sched/irq.h"
#include "sync/irq_chan.h"

enum { PINS = 32 };

static struct spinlock guard; /* of the chip, and of what follows */
static uint32_t outputs, levels;
static struct watched {
	chan(struct gpio_edge) edges; /* null: none yet */
	enum gpio_trigger trigger;
	uint32_t lost;
} watched[PINS];

static struct mutex attaching; /* guards attached */
static uint32_t attached;      /* lines, from the board's first one */

static void check_pin(const char *who, unsigned pin)
{
	assert_that(board.gpio.pins, "%s: pin %u: %s has no pins that Skein knows", who, pin,
	            board.name);
	assert_that(pin < board.gpio.pins, "%s: there is no pin %u: %s has pins 0 to %u", who, pin,
	            board.name, board.gpio.pins - 1);
}

/* Under the lock. */
static void note_output(unsigned pin, bool level)
{
	outputs |= 1u << pin;
	levels = (levels & ~(1u << pin)) | (uint32_t)level << pin;
}

void gpio_output(unsigned pin, bool level)
{
	bool can;

	check_pin("gpio_output", pin);
	spin_lock(&guard);
	/* stack: calls pl061_output, sifive_gpio_output, bcm2835_gpio_output,
	 * mps2_fpgaio_output, rp2350_gpio_output */
	can = board.gpio.chip->output(board.gpio.base, pin, level);
	if (can)
		note_output(pin, level);
	spin_unlock(&guard);
	assert_that(can, "gpio_output: pin %u of %s is an input only", pin, board.name);
}

static void change(const char *who, unsigned pin, bool level, bool toggle)
{
	bool is_output;

	check_pin(who, pin);
	spin_lock(&guard);
	is_output = outputs >> pin & 1;
	if (toggle)
		level = !(levels >> pin & 1);
	if (is_output) {
		note_output(pin, level);
		/* stack: calls pl061_set, sifive_gpio_set, bcm2835_gpio_set, mps2_fpgaio_set,
		 * rp2350_gpio_set */
		board.gpio.chip->set(board.gpio.base, pin, level);
	}
	spin_unlock(&guard);
	assert_that(is_output, "%s: pin %u is no output: call gpio_output first", who, pin);
}

void gpio_set(unsigned pin, bool level)
{
	change("gpio_set", pin, level, false);
}

void gpio_toggle(unsigned pin)
{
	change("gpio_toggle", pin, false, true);
}

void gpio_input(unsigned pin, enum gpio_pull pull)
{
	static const enum gpio_chip_pull pulls[] = {PULL_NONE, PULL_UP, PULL_DOWN};
	static const char *const names[] = {"", " with a pull-up", " with a pull-down"};
	bool can;

	check_pin("gpio_input", pin);
	assert_that(pull <= GPIO_PULL_DOWN, "gpio_input: %d is no pull", (int)pull);
	spin_lock(&guard);
	/* stack: calls pl061_input, sifive_gpio_input, bcm2835_gpio_input, mps2_fpgaio_input,
	 * rp2350_gpio_input */
	can = board.gpio.chip->input(board.gpio.base, pin, pulls[pull]);
	if (can)
		outputs &= ~(1u << pin);
	spin_unlock(&guard);
	assert_that(can, "gpio_input: pin %u of %s cannot be an input%s", pin, board.name,
	            names[pull]);
}

bool gpio_get(unsigned pin)
{
	bool level;

	check_pin("gpio_get", pin);
	spin_lock(&guard);
	/* stack: calls pl061_get, sifive_gpio_get, bcm2835_gpio_get, mps2_fpgaio_get,
	 * rp2350_gpio_get */
	level = board.gpio.chip->get(board.gpio.base, pin);
	spin_unlock(&guard);
	return level;
}

/* Under the lock. */
static void send_edge(unsigned pin, go_time now)
{
	struct watched *w = &watched[pin];
	struct gpio_edge edge = {now, w->trigger == GPIO_RISING, w->lost};

	if (w->trigger == GPIO_BOTH)
		edge.level = board.gpio.chip->get(board.gpio.base, pin);
	w->lost = chan_try_send(w->edges, edge) == CHAN_OK ? 0 : w->lost + 1;
}

static void handler(void *unused)
{
	go_time now = go_now();
	uint32_t pins;

	(void)unused;
	spin_lock(&guard);
	for (pins = board.gpio.chip->taken(board.gpio.base); pins; pins &= pins - 1)
		if (watched[__builtin_ctz(pins)].edges)
			send_edge((unsigned)__builtin_ctz(pins), now);
	spin_unlock(&guard);
}

static bool any_waited(void *unused)
{
	bool any = false;

	(void)unused;
	spin_lock(&guard);
	for (unsigned pin = 0; pin < board.gpio.pins && !any; pin++)
		any = watched[pin].edges && irq_chan_waited((struct channel *)watched[pin].edges);
	spin_unlock(&guard);
	return any;
}

static void attach_line_of(unsigned pin)
{
	unsigned i = board.gpio.lines > 1 ? pin : 0;

	mutex_lock(&attaching);
	if (!(attached >> i & 1)) {
		attached |= 1u << i;
		irq_attach_sender(board.gpio.line + i, handler, 0, any_waited);
	}
	mutex_unlock(&attaching);
}

static void watch_pin(unsigned pin, enum gpio_trigger trigger)
{
	spin_lock(&guard);
	/* stack: calls pl061_watch, sifive_gpio_watch, bcm2835_gpio_watch, rp2350_gpio_watch */
	board.gpio.chip->watch(board.gpio.base, pin, trigger & GPIO_RISING, trigger & GPIO_FALLING);
	spin_unlock(&guard);
}

chan(struct gpio_edge) gpio_edges(unsigned pin, enum gpio_trigger trigger, size_t n)
{
	chan(struct gpio_edge) edges;
	bool taken;

	check_pin("gpio_edges", pin);
	assert_that(board.gpio.chip->watch,
	            "gpio_edges: the pins of %s raise no interrupt: look at them with gpio_get",
	            board.name);
	assert_that(trigger >= GPIO_RISING && trigger <= GPIO_BOTH,
	            "gpio_edges: pin %u: %d is no trigger", pin, (int)trigger);
	assert_that(n, "gpio_edges: pin %u: a channel with room for 0 edges would lose them", pin);
	edges = (chan(struct gpio_edge))(void *)irq_chan_new(
	    chan_size(struct gpio_edge), chan_kind(struct gpio_edge), n,
	    (uintptr_t)__builtin_return_address(0));
	spin_lock(&guard);
	taken = watched[pin].edges;
	if (!taken)
		watched[pin] = (struct watched){edges, trigger, 0};
	spin_unlock(&guard);
	assert_that(!taken, "gpio_edges: pin %u has a channel already", pin);
	attach_line_of(pin);
	watch_pin(pin, trigger);
	return edges;
}
