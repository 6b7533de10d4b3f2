/* How a select that is misused, or that can never run, ends the program. A target that cannot be
 * written is a fault of the goroutine whose case runs, and of no other.
 * test: cores=2 check=0 args=send-closed expect=70 match="panic: chan: send on closed channel"
 * test: cores=2 check=0 args=try-send-closed expect=70 match="panic: chan: send on closed channel"
 * test: cores=2 check=0 args=for-send-closed expect=70 match="panic: chan: send on closed channel"
 * test: cores=1,4 args=send-while-closing expect=70 match="panic: chan: send on closed channel"
 * test: cores=1,4 args=large-send-while-closing expect=70 match="panic: chan: send on closed channel"
 * test: cores=2 check=0 args=too-many expect=70 match="panic: chan_select_array: 65537 cases: a select has at most 65536"
 * test: cores=1,4 args=no-case expect=70 match="(?s)deadlock: all goroutines are asleep.*no live channel, for ever"
 * test: cores=1,4 args=no-case-array expect=70 match="(?s)deadlock: all goroutines are asleep.*no live channel, for ever"
 * test: cores=1,4 args=bad-ready expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-single expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-try expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-timed expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-timed-waits expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-waits expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-waits-buffered expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-closed expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-constant expect=71 match="(?s)^fault: write to read-only memory, address 0x[0-9a-f]+\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-large expect=71 match="(?s)^fault: write to an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-send expect=71 match="(?s)^fault: read of an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=bad-send-single expect=71 match="(?s)^fault: read of an unmapped address, address 0x8\n+goroutine \d+ .bad. .running"
 * test: cores=1,4 args=all-nil expect=70 match="(?s)deadlock: all goroutines are asleep.*no live channel, for ever"
 * test: cores=1,4 args=large-all-nil expect=70 match="(?s)deadlock: all goroutines are asleep"
 * test: cores=1,4 args=nobody expect=70 match="(?s)deadlock: all 2 goroutines are asleep.*select" */
#include <string.h>
#include "chan_waiting.h"
#include "test.h"

static const chan(int) nil = 0;
static const char *what;
#define is(name) (!strcmp(what, name))

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

struct large {
	char b[100];
};

static chan(int) ints;
static chan(struct large) larges;

static void gives(void)
{
	go_sleep(ms(1));
	if (is("bad-closed"))
		chan_close(ints);
	else if (is("bad-large"))
		chan_send(larges, (struct large){{1}});
	else
		chan_send(ints, 1);
}

static void bad(void)
{
	static const int constant = 3;
	int *p = (int *)8;
	bool full = is("bad-ready") || is("bad-single") || is("bad-try") || is("bad-timed");

	go_name("bad");
	ints = chan_make(int, full || is("bad-waits-buffered"));
	larges = chan_make(struct large, 0);
	if (full)
		chan_send(ints, 1);
	else
		go(gives);
	if (is("bad-ready"))
		chan_try_select(on_recv(nil, p), on_recv(ints, p));
	else if (is("bad-single"))
		chan_try_select(on_recv(ints, p));
	else if (is("bad-try"))
		chan_try_recv(ints, p);
	else if (is("bad-timed") || is("bad-timed-waits"))
		chan_recv_for(ints, p, sec(1));
	else if (is("bad-constant"))
		chan_select(on_recv(nil, p), on_recv(ints, (int *)(uintptr_t)&constant));
	else if (is("bad-large"))
		chan_select(on_recv(larges, (struct large *)p), on_recv(nil, p));
	else if (is("bad-send"))
		chan_select(on_send_from(chan_make(int, 1), p), on_recv(nil, p));
	else if (is("bad-send-single"))
		chan_try_select(on_send_from(chan_make(int, 1), p));
	else
		chan_select(on_recv(nil, p), on_recv(ints, p));
}

int main(int argc, char **argv)
{
	static struct chan_case cases[20];
	chan(int) c = chan_make(int, 1), closed = chan_make(int, 1);

	what = argc > 1 ? argv[1] : "";
	chan_close(closed);
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
		chan_select();
	else if (is("no-case-array"))
		chan_select_array(cases, 0, GO_FOREVER);
	else if (is("too-many"))
		chan_select_array(cases, CHAN_CASES_MAX + 1, 0);
	else if (!strncmp(what, "bad-", 4))
		bad();
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
