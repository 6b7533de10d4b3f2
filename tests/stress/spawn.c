/* Trees of goroutines, started in every way there is: each runs once, with its arguments, and
 * all of them end. They are as large as the machine has room for, were all alive at once. */
#include <string.h>
#include "stress.h"

enum { ROUNDS = 12, MOST = 1500, LIVE = MOST + 1 };

struct job {
	uint32_t from, to, check[12];
};

static uint32_t started[tally_words(MOST)];
static struct waitgroup nodes;
static unsigned count;

static void node(uint32_t from, uint32_t to);

static void node_of(struct job *j)
{
	for (unsigned i = 0; i < 12; i++)
		must(j->check[i] == j->from * 31 + i);
	node(j->from, j->to);
}

static void node_of_four(uint32_t from, uint32_t to, const char *sum, uint8_t low)
{
	must(sum == (char *)0 + from + to && low == (uint8_t)from);
	node(from, to);
	go_exit();
}

static void start(struct chance *c, uint32_t from, uint32_t to)
{
	static const size_t sizes[] = {1024, 2048, 4096, 8192};
	struct job j = {from, to, {0}};

	switch (below(c, 7)) {
	case 0:
		for (unsigned i = 0; i < 12; i++)
			j.check[i] = from * 31 + i;
		go_copy(node_of, j);
		break;
	case 1:
		go_with(go_attr(.name = "node", .stack = sizes[below(c, 4)]), node, from, to);
		break;
	case 2:
		go_with(go_attr(.core = (int)below(c, go_cores())), node, from, to);
		break;
	case 3:
		go(node_of_four, from, to, (char *)0 + from + to, from);
		break;
	case 4:
		must(go_try(node, from, to));
		break;
	case 5:
		wg_go(&nodes, node, from, to); /* counts it once more */
		break;
	default:
		go(node, from, to);
	}
}

/* Node `from`, whose descendants are those up to `to`. */
static void node(uint32_t from, uint32_t to)
{
	struct chance c = chance_of(from);

	tally(started, from++, count);
	while (from < to) {
		uint32_t next = from + 1 + below(&c, to - from);

		start(&c, from, next);
		from = next;
		if (below(&c, 8) == 0)
			go_yield();
	}
	if (below(&c, 8) == 0)
		go_sleep(us(below(&c, 100)));
	wg_done(&nodes);
}

static void work(void)
{
	memset(started, 0, sizeof(started));
	wg_add(&nodes, count);
	go(node, 0u, count);
	wg_wait(&nodes);
	tally_full(started, count);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	count = stress_room(MOST, 3500);
	stress_rounds(ROUNDS, work);
	return stress_end(count);
}
