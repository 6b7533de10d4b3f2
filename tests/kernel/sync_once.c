/* once_do: f runs once, and whoever returns from any call sees what it did, also when f ends in
 * go_exit. */
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

static struct once outer, inner;

static void exits(void)
{
	set();
	go_exit();
}

static void exits_inside(void)
{
	once_do(&inner, exits);
	check(!"once_do returns from go_exit");
}

static void exiter(struct waitgroup *wg)
{
	bool first = __atomic_load_n(&outer.done, __ATOMIC_RELAXED) == 0;

	wg_done(wg);
	once_do(&outer, exits_inside);
	check(!first || effect == current);
}

/* One onion of two calls: both are over, and the others go on. */
static void ends_in_exit(unsigned callers)
{
	unsigned before = runs;
	struct waitgroup begun = {0}, wg = {0};

	current = -1;
	wg_add(&begun, (int)callers);
	for (unsigned k = 0; k < callers; k++)
		wg_go(&wg, exiter, &begun);
	wg_wait(&begun);
	check(wg_wait_for(&wg, sec(10)));
	check(runs == before + 1 && effect == -1);
	once_do(&outer, exits_inside);
	once_do(&inner, exits);
	check(mutex_try_lock(&outer.mutex) && mutex_try_lock(&inner.mutex));
}

static struct once second_outer, second_inner;

static void nothing(void)
{
}

static void exits_after_inner(void)
{
	once_do(&second_inner, nothing);
	go_exit();
}

static void exits_after_call(void)
{
	once_do(&second_outer, exits_after_inner);
}

/* The inner call is over before go_exit, which then ends the outer one, and the call of wg_go. */
static void inner_call_returns(void)
{
	struct waitgroup wg = {0};

	wg_go(&wg, exits_after_call);
	check(wg_wait_for(&wg, sec(10)));
	check(second_outer.done && second_inner.done);
	check(mutex_try_lock(&second_outer.mutex) && mutex_try_lock(&second_inner.mutex));
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
	ends_in_exit(callers);
	inner_call_returns();
	return test_done();
}
