/* Misuse of a channel ends the program with a sentence.
 * test: cores=2 check=0 args=close-nil expect=70 match="panic: chan: close of a nil channel"
 * test: cores=2 check=0 args=close-closed expect=70 match="panic: chan: close of closed channel"
 * test: cores=2 check=0 args=send-closed expect=70 match="panic: chan: send on closed channel"
 * test: cores=1,4 args=send-while-closing expect=70 match="panic: chan: send on closed channel"
 * test: cores=2 check=0 args=send-closed-full expect=70 match="panic: chan: send on closed channel"
 * test: cores=2 check=0 args=free-waited-recv expect=70 match="panic: chan_free: a goroutine waits on channel"
 * test: cores=2 check=0 args=free-waited-send expect=70 match="panic: chan_free: a goroutine waits on channel"
 * test: cores=2 check=0 args=free-waited-select expect=70 match="panic: chan_free: a goroutine waits on channel"
 * test: cores=2 check=0 args=free-static expect=70 match="panic: chan_free: .* is a CHAN_STATIC"
 * test: cores=2 check=0 args=make-absurd expect=70 match="panic: chan_make: out of memory"
 * test: cores=2 check=0 args=send-nil expect=70 match="(?s)deadlock.*no live channel, for ever"
 * test: cores=2 check=0 args=recv-nil expect=70 match="(?s)deadlock.*no live channel, for ever"
 * test: cores=1,4 args=recv-nobody expect=70 match="(?s)deadlock.*chan receive" */
#include <string.h>
#include "chan_waiting.h"
#include "test.h"

CHAN_STATIC(fixed, int, 1);

static void receiver(chan(int) c)
{
	chan_recv(c, NULL);
}

static void sender(chan(int) c)
{
	chan_send(c, 1);
}

static void selecter(chan(int) c)
{
	chan(int) other = chan_make(int, 0);

	chan_select(on_recv(other, NULL), on_recv(c, NULL));
}

static chan(int) waited(void (*f)(chan(int)))
{
	chan(int) c = chan_make(int, 0);

	go(f, c);
	while (!waiting(chan_of(c), CHAN_RECEIVES) && !waiting(chan_of(c), CHAN_SENDS))
		go_yield();
	return c;
}

static chan(int) closed(size_t cap)
{
	chan(int) c = chan_make(int, cap);

	for (size_t i = 0; i < cap; i++)
		chan_send(c, 1);
	chan_close(c);
	return c;
}

static void send_while_closing(void)
{
	chan_close(waited(sender));
	go_exit();
}

int main(int argc, char **argv)
{
#define is(name) (argc > 1 && !strcmp(argv[1], name))
	if (is("close-nil"))
		chan_close((chan(int))0);
	else if (is("close-closed"))
		chan_close(closed(0));
	else if (is("send-closed"))
		chan_send(closed(0), 1);
	else if (is("send-closed-full"))
		chan_send(closed(2), 1);
	else if (is("send-while-closing"))
		send_while_closing();
	else if (is("free-waited-recv"))
		chan_free(waited(receiver));
	else if (is("free-waited-send"))
		chan_free(waited(sender));
	else if (is("free-waited-select"))
		chan_free(waited(selecter));
	else if (is("free-static"))
		chan_free(fixed);
	else if (is("make-absurd"))
		chan_len(chan_make(int, SIZE_MAX));
	else if (is("send-nil"))
		chan_send((chan(int))0, 1);
	else if (is("recv-nil"))
		chan_recv((chan(int))0, NULL);
	else if (is("recv-nobody"))
		chan_recv(chan_make(int, 0), NULL);
	return 1;
}
