/* Serial ports: see skein/uart.h.
 *
 * The ring between handler and readers is a channel: the handler moves bytes from the chip to it,
 * a goroutine receives. So a wait can have a limit or stand in a select, a waiter is woken by its
 * first byte, and one that waits on an open port is no deadlock (irq_attach_sender).
 *
 * When the ring is full the handler drops what comes, and counts it: then what is lost is known. A
 * port that holds (uart_hold) turns the chip's interrupt off instead and leaves the bytes in the
 * chip. The reader that makes room turns it on again, and moves what the chip has by then, for
 * which some chips would not interrupt. No wake is lost: `lock` guards `held`, and the reader
 * looks at it after it has taken its bytes. If the handler held before, the reader finds `held`.
 * If the handler comes after, it finds the room.
 *
 * `lock` also keeps the bytes in order: whoever holds it, the handler or such a reader, is the
 * only one to move bytes. Interrupts are masked meanwhile, so it moves PIECE bytes at most: if there
 * are more the line is still up, and interrupts again. */
#include "uart.h"
#include "base/panic.h"
#include "chips/uart.h"
#include "arch.h"
#include "board.h"
#include "boot/options.h"
#include "sched/irq.h"
#include "sync/irq_chan.h"

enum {
	PORTS = sizeof(board.uart) / sizeof(board.uart[0]),
	PIECE = 4, /* a byte takes 80 instructions */
};

static struct uart {
	const struct board_uart *port; /* null: not open */
	chan(uint8_t) ring;
	struct spinlock lock;
	/* guarded by lock */
	uint64_t lost;
	bool holds, held; /* held: the interrupt is off, for the ring is full */
} uarts[PORTS];

static struct mutex opening;

static size_t room(struct uart *u)
{
	return chan_cap(u->ring) - chan_len(u->ring);
}

/* Moves a piece to the ring, as much of it as has room if the port holds. Under the lock. */
static void move_piece(struct uart *u)
{
	uint8_t piece[PIECE];
	size_t most = u->holds && room(u) < PIECE ? room(u) : PIECE, n;
	bool overrun = false;

	/* stack: calls pl011_receive, ns16550_receive, cadence_uart_receive,
	 * sifive_uart_receive, cmsdk_uart_receive */
	n = u->port->chip->receive(u->port->base, piece, most, &overrun);
	u->lost += overrun;
	for (size_t i = 0; i < n; i++)
		if (chan_try_send(u->ring, piece[i]) != CHAN_OK)
			u->lost++;
}

/* Under the lock. */
static void switch_to(struct uart *u, bool on)
{
	u->held = !on;
	/* stack: calls pl011_receive_on, ns16550_receive_on, cadence_uart_receive_on,
	 * sifive_uart_receive_on, cmsdk_uart_receive_on */
	u->port->chip->receive_on(u->port->base, on);
}

/* Under the lock. */
static void move(struct uart *u)
{
	move_piece(u);
	if (u->holds && room(u) == 0)
		switch_to(u, false);
}

static void handler(void *arg)
{
	struct uart *u = arg;

	spin_lock(&u->lock);
	move(u);
	spin_unlock(&u->lock);
}

void uart_ask(void)
{
	if (options.input)
		kprintf("\021");
}

static bool waited(void *arg)
{
	struct uart *u = arg;

	return irq_chan_waited((struct channel *)u->ring);
}

/* After bytes were taken. */
static void resume(struct uart *u)
{
	spin_lock(&u->lock);
	if (u->held) {
		switch_to(u, true);
		move(u);
	}
	spin_unlock(&u->lock);
}

static void attach(struct uart *u, const struct board_uart *port, uintptr_t site)
{
	u->ring = (chan(uint8_t))(void *)irq_chan_new(chan_size(uint8_t), chan_kind(uint8_t),
	                                              UART_RING, site);
	u->port = port;
	/* stack: calls pl011_receive_init, ns16550_receive_init, cadence_uart_receive_init,
	 * sifive_uart_receive_init, cmsdk_uart_receive_init */
	port->chip->receive_init(port->base);
	irq_attach_sender(port->line, handler, u, waited);
	u->held = true;
	resume(u);
	if (u == uarts)
		uart_ask();
}

struct uart *uart_open(unsigned port, uint32_t baud)
{
	uintptr_t site = (uintptr_t)__builtin_return_address(0);
	unsigned ports = 0;
	struct uart *u;

	while (ports < PORTS && board.uart[ports].chip)
		ports++;
	assert_that(port < ports, "uart_open: there is no port %u: %s has ports 0 to %u", port,
	            board.name, ports - 1);
	assert_that(!baud, "uart_open: port %u at %u baud: give 0, its speed is the board's", port,
	            (unsigned)baud);
	u = &uarts[port];
	mutex_lock(&opening);
	if (!u->port)
		attach(u, &board.uart[port], site);
	mutex_unlock(&opening);
	return u;
}

size_t uart_read_for(struct uart *u, void *to, size_t n, go_time limit)
{
	uint8_t *bytes = to;
	size_t got = 0;

	if (n && chan_recv_for(u->ring, bytes, limit) == CHAN_OK)
		got = 1;
	while (got && got < n && chan_try_recv(u->ring, bytes + got) == CHAN_OK)
		got++;
	if (got)
		resume(u);
	return got;
}

size_t uart_read(struct uart *u, void *to, size_t n)
{
	return uart_read_for(u, to, n, GO_FOREVER);
}

chan(uint8_t) uart_chan(struct uart *u)
{
	return u->ring;
}

uint64_t uart_lost(struct uart *u)
{
	uint64_t lost;

	spin_lock(&u->lock);
	lost = u->lost;
	spin_unlock(&u->lock);
	return lost;
}

void uart_hold(struct uart *u)
{
	spin_lock(&u->lock);
	u->holds = true;
	spin_unlock(&u->lock);
}
