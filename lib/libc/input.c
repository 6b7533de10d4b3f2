/* stdin: what the console's serial port receives, a line at a time. A read returns a line, or what
 * is left of it, as POSIX's terminals do in canonical mode. Until a line ends it can be edited:
 *   backspace, delete   erase a character
 *   ^U                  erases the line
 *   ^D                  hands on what there is; where there is nothing, the input has ended
 *   ^V                  the next byte has no such meaning
 *   return              is a line feed
 * A line that is longer than the buffer is handed on in pieces, so nothing is lost.
 *
 * The goroutine that reads edits, and echoes. So what is typed while nobody reads is echoed when
 * somebody does. Where a host reads the console (console_hosted) there is no echo: the terminal of
 * the host edits and echoes. The host sends only what it is asked for by a ^Q (uart_ask), and a ^D
 * at the end of its input; before the bytes above it puts a ^V, if they are not typed. A read
 * after the end asks again. Without a host that does so (skein.stdin=1), stdin is empty.
 *
 * The port holds (uart_hold): if nobody reads, the bytes wait in the port's ring, in the chip, and
 * then with the host.
 *
 * A goroutine that waits in getchar has locked stdin, and exit must not wait for it to flush
 * stdin. So exit looks whether a goroutine waits here. If so it takes the lock off stdin (__SNLK),
 * and the goroutine will not come back. If a goroutine comes to wait here later, its read fails
 * instead. */
#include <errno.h>
#include <reent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "boot/options.h"
#include "../dev/uart.h"
#include "libc.h"
#include "report/console.h"
#include "skein.h"

enum { END = 'D' & 31, KILL = 'U' & 31, LITERAL = 'V' & 31, DELETE = 127 };
enum { LINE = 256, PIECE = 64 };

static struct mutex reading; /* guards what follows, to the next lock */
static struct uart *port;
static bool again;   /* the input has ended: the next read asks for more */
static bool literal; /* behind a ^V */
static uint8_t typed[PIECE];
static size_t typed_n, typed_taken;
static struct {
	uint8_t text[LINE];
	size_t n, taken;
	bool whole; /* handed on: it is edited no more */
} line;

static struct spinlock leave; /* guards: */
static bool waits, leaving;

/* Echo, on a terminal without a host. */

static void echo(const char *text, size_t n)
{
	if (!console_hosted())
		console_write(text, n);
}

static bool is_control(uint8_t c)
{
	return c < ' ' || c == DELETE;
}

/* Behind the first byte of a character in UTF-8. */
static bool is_behind(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

static void show(uint8_t c)
{
	char text[2] = {'^', (char)(c ^ 64)};

	if (c == '\n')
		echo("\n", 1);
	else if (is_control(c))
		echo(text, 2);
	else
		echo((const char *)&c, 1);
}

static void erase(void)
{
	uint8_t c;

	if (!line.n)
		return;
	do
		c = line.text[--line.n];
	while (is_behind(c) && line.n);
	echo("\b \b", 3);
	if (is_control(c))
		echo("\b \b", 3);
}

/* Editing, under `reading`. */

static void add(uint8_t c)
{
	line.text[line.n++] = c;
	show(c);
	if (line.n == LINE)
		line.whole = true;
}

static void edit(uint8_t c)
{
	switch (c) {
	case LITERAL:
		literal = true;
		break;
	case '\b':
	case DELETE:
		erase();
		break;
	case KILL:
		while (line.n)
			erase();
		break;
	case END:
		line.whole = true;
		break;
	case '\r':
	case '\n':
		add('\n');
		line.whole = true;
		break;
	default:
		add(c);
	}
}

static void take(uint8_t c)
{
	if (literal)
		add(c);
	else
		return edit(c);
	literal = false;
}

/* Waiting, under `reading`. */

/* False: the program ends. */
static bool may_wait(void)
{
	spin_lock(&leave);
	waits = !leaving;
	spin_unlock(&leave);
	return waits;
}

static void waited(void)
{
	bool left;

	spin_lock(&leave);
	waits = false;
	left = leaving;
	spin_unlock(&leave);
	while (left)
		go_sleep(GO_FOREVER);
}

static bool fill(void)
{
	if (!may_wait())
		return false;
	typed_n = uart_read(port, typed, PIECE);
	typed_taken = 0;
	waited();
	return true;
}

static bool read_line(void)
{
	while (!line.whole) {
		if (typed_taken == typed_n && !fill())
			return false;
		take(typed[typed_taken++]);
	}
	return true;
}

static void open_port(void)
{
	if (!port) {
		port = uart_open(0, 0);
		uart_hold(port);
	} else if (again) {
		uart_ask();
	}
	again = false;
}

static size_t hand_on(void *to, size_t n)
{
	size_t left = line.n - line.taken;

	again = line.n == 0;
	if (n > left)
		n = left;
	memcpy(to, line.text + line.taken, n);
	line.taken += n;
	if (line.taken == line.n) {
		line.n = line.taken = 0;
		line.whole = false;
	}
	return n;
}

/* Context: goroutine; may park. */
int libc_input(void *to, size_t n)
{
	int got = -1;

	if (!n || (console_hosted() && !options.input))
		return 0;
	mutex_lock(&reading);
	open_port();
	if (read_line())
		got = (int)hand_on(to, n);
	mutex_unlock(&reading);
	if (got < 0)
		errno = ECANCELED;
	return got;
}

/* Context: goroutine. */
void libc_input_leave(void)
{
	bool waiting;

	spin_lock(&leave);
	leaving = true;
	waiting = waits;
	spin_unlock(&leave);
	if (waiting)
		_GLOBAL_REENT->_stdin->_flags2 |= __SNLK;
}
