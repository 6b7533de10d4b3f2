/* How a select that is misused, or that can never run, ends the program.
 * test: cores=2 check=0 args=send-closed expect=70 match="panic: chan: send on closed channel"
 * test: cores=2 check=0 args=try-send-closed expect=70 match="panic: chan: send on closed channel"
 * test: cores=2 check=0 args=for-send-closed expect=70 match="panic: chan: send on closed channel"
 * test: cores=1,4 args=send-while-closing expect=70 match="panic: chan: send on closed channel"
 * test: cores=1,4 args=large-send-while-closing expect=70 match="panic: chan: send on closed channel"
 * test: cores=2 check=0 args=no-case expect=70 match="panic: chan_select_array: 0 cases: a select needs at least one"
 * test: cores=1,4 args=all-nil expect=70 match="(?s)deadlock: all goroutines are asleep.*nil channel, for ever"
 * test: cores=1,4 args=large-all-nil expect=70 match="(?s)deadlock: all goroutines are asleep"
 * test: cores=1,4 args=nobody expect=70 match="(?s)deadlock: all 2 goroutines are asleep.*select" */
#include <string.h>
#include "chan_waiting.h"
#include "test.h"

static const chan(int) nil = 0;

static void sender(chan(int) c)
{
	chan_select(on_recv(nil, NULL), on_send(c, 1), on_recv(chan_make(int, 0), NULL));
}

static void large(struct chan_case *cases, chan(int) c)
{
	static int one = 1;

	for (int i = 0; i < 20; i++)
		cases[i] = i == 13 ? on_send_from(c, &one) : on_recv(nil, NULL);
	chan_select_array(cases, 20, GO_FOREVER);
}

static void large_sender(chan(int) c)
{
	static struct chan_case cases[20];

	large(cases, c);
}

static void closes_under(void (*f)(chan(int)))
{
	chan(int) c = chan_make(int, 0);

	go(f, c);
	await_senders(c, 1);
	chan_close(c);
	go_exit();
}

int main(int argc, char **argv)
{
	static struct chan_case cases[20];
	chan(int) c = chan_make(int, 1), closed = chan_make(int, 1);

	chan_close(closed);
#define is(name) (argc > 1 && !strcmp(argv[1], name))
	if (is("send-closed"))
		chan_select(on_recv(c, NULL), on_send(closed, 1));
	else if (is("try-send-closed"))
		chan_try_select(on_send(closed, 1));
	else if (is("for-send-closed"))
		chan_select_for(ms(1), on_recv(c, NULL), on_send(closed, 1));
	else if (is("send-while-closing"))
		closes_under(sender);
	else if (is("large-send-while-closing"))
		closes_under(large_sender);
	else if (is("no-case"))
		chan_select_array(cases, 0, 0);
	else if (is("all-nil"))
		chan_select(on_recv(nil, NULL), on_send(nil, 1));
	else if (is("large-all-nil"))
		large(cases, nil);
	else if (is("nobody")) {
		go(sender, chan_make(int, 0));
		chan_select(on_recv(c, NULL), on_recv(nil, NULL));
	}
	return 1;
}
