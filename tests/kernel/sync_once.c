/* once_do: f runs once, and whoever returns from any call sees what it did. */
#include "room.h"
#include "test.h"

enum { CALLERS = 100, ROUNDS = 20 };
static struct once once[ROUNDS];
static unsigned runs; /* atomic */
static int effect, current;

static void set(void)
{
	go_yield(); /* the others come meanwhile */
	go_sleep(us(20));
	effect = current;
	__atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
}

static void caller(struct once *o, int expected)
{
	once_do(o, set);
	check(effect == expected);
	once_do(o, set);
}

int main(void)
{
	unsigned callers = room_for(CALLERS);

	for (int i = 0; i < ROUNDS; i++) {
		struct waitgroup wg = {0};

		current = i + 1;
		for (unsigned k = 0; k < callers; k++)
			wg_go(&wg, caller, &once[i], i + 1);
		wg_wait(&wg);
		check(runs == (unsigned)i + 1 && effect == i + 1);
	}
	return test_done();
}
