/* Waiters that others have claimed still stand in a list: nobody waits behind them, whatever is
 * free or there. */
#include "test.h"
#include "sync/waiter.h"

enum { DEAD = 10 }; /* more than one critical section passes */

static struct g claimed = {.claim = CLAIM_TAKEN};
static struct chan_case dead[DEAD];

static void list_dead(void *channel, enum chan_direction d)
{
	struct channel *c = channel;
	unsigned long was = arch_irq_off();

	chan_lock(c);
	for (int i = 0; i < DEAD; i++) {
		dead[i] = (struct chan_case){.channel = c, .g = &claimed, .direction = d};
		enlist(c, d, &dead[i]);
	}
	chan_unlock(c);
	arch_irq_restore(was);
}

/* All forms of a send with room and of a receive with a value: were one to wait, this would be a
 * deadlock. */
#define TEST(T)                                                            \
	static void test_##T(void)                                         \
	{                                                                  \
		chan(T) c = chan_make(T, 3);                               \
		T v = 0;                                                   \
                                                                           \
		list_dead(c, CHAN_SENDS);                                  \
		chan_send(c, 1);                                           \
		check(chan_try_send(c, 2) == CHAN_OK);                     \
		check(chan_select(on_send(c, 3)) == 0);                    \
		check(chan_try_send(c, 4) == CHAN_NOT_READY);              \
		check(chan_recv(c, &v) && v == 1);                         \
		check(((struct channel *)(void *)c)->dropped == DEAD);     \
		list_dead(c, CHAN_RECEIVES);                               \
		check(chan_recv(c, &v) && v == 2);                         \
		check(chan_select(on_recv(c, &v)) == 0 && v == 3);         \
		chan_send(c, 5);                                           \
		check(((struct channel *)(void *)c)->dropped == 2 * DEAD); \
		check(chan_try_recv(c, &v) == CHAN_OK && v == 5);          \
		list_dead(c, CHAN_RECEIVES);                               \
		chan_close(c);                                             \
		check(((struct channel *)(void *)c)->dropped == 3 * DEAD); \
		check(chan_try_recv(c, &v) == CHAN_CLOSED && v == 0);      \
	}
TEST(long)
TEST(char)

int main(void)
{
	test_long();
	test_char();
	return test_done();
}
