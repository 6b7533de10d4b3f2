/* THE BOARD CONTRACT: ten functions and a datum. Each body is a call or two of a chip
 * (boards/chips/). They stand in the board's board.c, or in its family's file (boards/families/),
 * which takes what differs from the board's facts.h.
 * Context: every function but board_clock and board_console_write runs with interrupts masked. */
#ifndef SKEIN_BOARD_H
#define SKEIN_BOARD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uart_chip; /* chips/uart.h */
struct gpio_chip; /* chips/gpio.h */

struct board {
	const char *name;
	/* cores that can be started: board_init corrects it from the device tree */
	unsigned cores;
	uint64_t clock_hz; /* of board_clock and arch_cycles; 0: board_init was not told */
	/* RAM that the image lies in; board_init corrects ram_end from the device tree */
	uintptr_t ram_start;
	uintptr_t ram_end;
	struct board_range {
		uintptr_t start, end;
	} device[12]; /* registers, page aligned; an unused one ends at 0 */
	struct board_lines {
		unsigned first, last; /* of interrupts, that a device may have */
		unsigned wake;        /* between them, the one that board_wake raises; or another */
		bool together;        /* one core takes all of them */
	} lines;
	/* serial ports that a driver may read: port 0 is the console's. The rest lack a chip */
	struct board_uart {
		const struct uart_chip *chip;
		uintptr_t base; /* of its registers, which are in `device` */
		unsigned line;  /* that it raises when it has received something */
	} uart[4];
	/* pins, numbered from 0; 0 of them: the board has none */
	struct board_gpio {
		const struct gpio_chip *chip;
		uintptr_t base;
		unsigned pins;
		unsigned line, lines; /* the first of so many: one for all pins, or one for each */
	} gpio;
	/* the command line, or null: "skein.seed=7 skein.cores=2 word"; the C library cuts it into
	 * words where it lies */
	char *args;
	bool args_long; /* there is one, and it does not fit into CONFIG_ARGS */
	/* why the program cannot run here, a sentence that board_init found, or null */
	const char *refusal;
	/* tells the controller which core takes a line, and whether the line interrupts by an edge
	 * or by its level; null: the controller need not be told. The line is masked. One core at a
	 * time */
	void (*irq_route)(unsigned line, unsigned core, bool edge);
};
extern struct board board;

/* boot core, before the address space: console, device tree */
void board_init(uintptr_t firmware_arg);
/* each core on itself: interrupt controller and timer ready, alarm off */
void board_core_init(unsigned core);
/* entry will run on that core with its index as argument; false: the firmware refuses */
bool board_start_core(unsigned core, void (*entry)(void));
/* makes an interrupt pending on that core */
void board_wake(unsigned core);
/* claims and dispatches what is pending, perhaps nothing: kernel_tick for the alarm, nothing for
 * board_wake, kernel_irq for a device's line. One line will do, others interrupt again */
void board_interrupt(void);
/* ticks since some moment, the same on every core; may be slow */
uint64_t board_clock(void);
/* one shot, this core, at or soon after board_clock() == when; UINT64_MAX: none. The past: at
 * once */
void board_alarm(uint64_t when);
/* Unmasks or masks a device's line, which this core takes. From any core, one at a time. A line
 * that is masked while its core serves it may interrupt again once it is unmasked, not before. */
void board_irq(unsigned line, unsigned core, bool on);
void board_console_write(const char *, size_t); /* polled, any context: works in a panic */
/* Once all text is on the line: tells a host the status, which ends the run. Where none answers,
 * does what CONFIG_AT_EXIT says, as far as the board can. */
_Noreturn void board_exit(int status);

/* Upward, on the core stack. */
void kernel_tick(void);         /* the alarm rang; calls board_alarm */
void kernel_irq(unsigned line); /* a device's line fired */
#endif
