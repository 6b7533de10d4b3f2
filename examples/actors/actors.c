/* Actors: each has a state that nobody else touches, and a mailbox. It handles one message after
 * the other. An actor that fails ends alone: its supervisor starts it again with a fresh state, and
 * the messages that wait in its mailbox are not lost.
 *
 * Use actors where parts live long, have a state each, and must survive each other's failures:
 * devices, connections, accounts. For a stream of values between stages a goroutine and a channel
 * for each stage are less to write (sieve). For one state that many events change see eventloop,
 * for jobs that have no state see workers.
 *
 * A failure is go_exit, from any depth of calls. It does not undo a wild pointer: there is no wall
 * between goroutines. So an actor fails on purpose, when it finds that its state cannot be right.
 *
 * Here two accounts take deposits. A deposit below 0 makes an account fail. */
#include <stdio.h>
#include "skein.h"

enum { RESTARTS = 2 }; /* what fails more often is not mended by a restart */

struct answer {
	bool failed;
	int balance;
};

struct message {
	int deposit;
	chan(struct answer) reply; /* with room for one answer: who answers never waits */
};

struct actor {
	const char *name;
	void (*behave)(struct actor *);
	chan(struct message) mailbox;
	struct message current; /* the one that is being handled */
	bool over;              /* behave has returned: the mailbox is closed and empty */
};

/* The machinery. */

/* A failing actor does not come to the second line. */
static void live(struct actor *a)
{
	a->behave(a); /* stack: calls account */
	a->over = true;
}

static void answer(const struct message *m, bool failed, int balance)
{
	chan_send(m->reply, (struct answer){failed, balance});
}

/* In the place of an actor that is not started again. */
static void refuse_all(struct actor *a)
{
	for (struct message m; chan_recv(a->mailbox, &m);)
		answer(&m, true, 0);
}

/* One supervisor for each actor, so that one that fails does not stop another. wg_go counts a
 * goroutine that ends in go_exit like one that returns. */
static void supervise(struct actor *a)
{
	for (int restarts = 0;; restarts++) {
		struct waitgroup life = {0};

		wg_go(&life, live, a);
		wg_wait(&life);
		if (a->over)
			return;
		answer(&a->current, true, 0);
		if (restarts == RESTARTS)
			return refuse_all(a);
	}
}

static bool next_message(struct actor *a)
{
	return chan_recv(a->mailbox, &a->current);
}

/* Sends a message and waits for the answer. */
static struct answer ask(struct actor *a, int deposit)
{
	struct message m = {deposit, chan_make(struct answer, 1)};
	struct answer result;

	chan_send(a->mailbox, m);
	chan_recv(m.reply, &result);
	chan_free(m.reply);
	return result;
}

/* The program. */

static int checked(int deposit)
{
	if (deposit < 0)
		go_exit(); /* the actor ends here */
	return deposit;
}

static void account(struct actor *a)
{
	int balance = 0; /* of this life: the state goes with the failure */

	while (next_message(a)) {
		balance += checked(a->current.deposit);
		answer(&a->current, false, balance);
	}
}

static void deposit(struct actor *a, int amount)
{
	struct answer result = ask(a, amount);

	if (result.failed)
		printf("%s: %d, failed\n", a->name, amount);
	else
		printf("%s: %d, balance %d\n", a->name, amount, result.balance);
}

int main(void)
{
	static struct actor actors[] = {{.name = "ann", .behave = account},
	                                {.name = "bob", .behave = account}};
	static const int amounts[] = {5, 7, -1, 1, -1, -1, 2};
	struct waitgroup supervisors = {0};

	for (unsigned i = 0; i < 2; i++) {
		actors[i].mailbox = chan_make(struct message, 8);
		wg_go(&supervisors, supervise, &actors[i]);
	}
	for (unsigned i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
		deposit(&actors[0], amounts[i]);
	deposit(&actors[1], 3); /* ann's failures are not bob's */
	for (unsigned i = 0; i < 2; i++)
		chan_close(actors[i].mailbox);
	wg_wait(&supervisors);
}
