/* Pins: outputs, inputs and pulls as far as the board has them, misuse; and edges, on sifive-u, whose
 * outputs are inputs too: each comes once, in order, with its time and level, and those without room
 * are counted. */
// test: boards=virt-aarch64,raspi3,sifive-u,mps2-an521 cores=1,4 check=0 args=use limit=20
// test: boards=sifive-u cores=1,4 args=edges limit=20
// test: boards=sifive-u check=0 cores=4 args=deadlock expect=70 match='^panic: deadlock: all goroutines are asleep'
// test: boards=mps2-an521 check=0 cores=2 args=none expect=70 match='^panic: gpio_edges: the pins of mps2-an521 raise no interrupt'
// test: boards=mps2-an521 check=0 cores=2 args=button expect=70 match='^panic: gpio_output: pin 2 of mps2-an521 is an input only'
// test: boards=virt-aarch64 check=0 cores=1 args=pull expect=70 match='^panic: gpio_input: pin 1 of virt-aarch64 cannot be an input with a pull-up'
// test: boards=virt-aarch64 check=0 cores=1 args=pin expect=70 match='^panic: gpio_set: there is no pin 8: virt-aarch64 has pins 0 to 7'
// test: boards=virt-aarch64 check=0 cores=1 args=set expect=70 match='^panic: gpio_set: pin 1 is no output'
// test: boards=virt-riscv64 check=0 cores=1 args=pin expect=70 match='^panic: gpio_set: pin 8: virt-riscv64 has no pins'
// test: boards=sifive-u check=0 cores=1 args=twice expect=70 match='^panic: gpio_edges: pin 4 has a channel already'
#include <string.h>
#include <skein/gpio.h>
#include "board.h"
#include "test.h"

enum { A = 0, B = 1, N = 50 };

/* Two pins that share a register. */
static void use(void)
{
	gpio_output(A, true);
	check(gpio_get(A));
	gpio_output(B, false);
	check(gpio_get(A) && !gpio_get(B));
	gpio_toggle(B);
	gpio_set(A, false);
	check(!gpio_get(A) && gpio_get(B));
	gpio_toggle(B);
	gpio_toggle(A);
	check(gpio_get(A) && !gpio_get(B));
	gpio_input(board.gpio.pins - 1, GPIO_NO_PULL);
	gpio_get(board.gpio.pins - 1);
	if (strcmp(board.name, "sifive-u") == 0) {
		gpio_input(3, GPIO_PULL_UP);
		check(gpio_get(3));
		gpio_input(3, GPIO_NO_PULL);
		check(!gpio_get(3));
	}
}

/* One edge, and all that was before it: the handler takes those that rise at once. */
static void edge_of_4(chan(struct gpio_edge) both, bool level)
{
	go_time before = go_now();
	struct gpio_edge edge;

	gpio_toggle(4);
	check(chan_recv(both, &edge) && edge.level == level && edge.lost == 0);
	check(edge.time >= before && edge.time <= go_now());
}

static void edges(void)
{
	chan(struct gpio_edge) both, rising;
	struct gpio_edge edge;

	gpio_output(4, false);
	gpio_output(5, true);
	both = gpio_edges(4, GPIO_BOTH, 1);
	rising = gpio_edges(5, GPIO_RISING, 2);
	check(chan_try_recv(both, &edge) == CHAN_NOT_READY);
	for (int i = 0; i < N; i++)
		edge_of_4(both, i % 2 == 0);
	check(chan_len(rising) == 0);
	/* Two fit, then three are lost. */
	for (int i = 0; i < 5; i++) {
		gpio_set(5, false);
		gpio_set(5, true);
		edge_of_4(both, true);
		edge_of_4(both, false);
	}
	check(chan_recv(rising, &edge) && edge.level && edge.lost == 0);
	check(chan_recv(rising, &edge) && edge.level && edge.lost == 0);
	check(chan_recv_for(rising, &edge, ms(2)) == CHAN_NOT_READY);
	gpio_toggle(5);
	gpio_toggle(5);
	check(chan_select(on_recv(both, &edge), on_recv(rising, &edge)) == 1);
	check(edge.level && edge.lost == 3);
}

static void receiver(chan(struct gpio_edge) c, chan(void) done)
{
	chan_recv(c, NULL);
	chan_send(done);
}

/* One waits for an edge: none. Nobody does any more: a deadlock, though the pin is watched. */
static void deadlock(void)
{
	chan(void) done = chan_make(void, 0);

	gpio_output(4, false);
	go(receiver, gpio_edges(4, GPIO_RISING, 1), done);
	go_sleep(ms(20));
	gpio_set(4, true);
	chan_recv(done, NULL);
	kprintf("received\n");
	chan_recv(done, NULL);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "use";

	if (!strcmp(what, "use"))
		use();
	if (!strcmp(what, "edges"))
		edges();
	if (!strcmp(what, "deadlock"))
		deadlock();
	if (!strcmp(what, "none"))
		gpio_edges(2, GPIO_BOTH, 1);
	if (!strcmp(what, "button"))
		gpio_output(2, true);
	if (!strcmp(what, "pull"))
		gpio_input(1, GPIO_PULL_UP);
	if (!strcmp(what, "pin"))
		gpio_set(8, true);
	if (!strcmp(what, "set"))
		gpio_set(1, true);
	if (!strcmp(what, "twice"))
		gpio_edges(4, GPIO_BOTH, 1), gpio_edges(4, GPIO_BOTH, 1);
	return test_done();
}
