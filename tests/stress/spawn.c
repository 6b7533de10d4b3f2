/* Trees of goroutines, started in every way there is: each runs once, with its arguments, and
 * all of them end. */
#include <string.h>
#include "stress.h"

enum { ROUNDS = 12, NODES = 1500, LIVE = NODES + 1 };

struct job {
	uint32_t from, to, check[12];
};

static uint32_t started[tally_words(NODES)];
static struct waitgroup nodes;

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

	tally(started, from++, NODES);
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
	wg_add(&nodes, NODES);
	go(node, 0u, (uint32_t)NODES);
	wg_wait(&nodes);
	tally_full(started, NODES);
}

int main(int argc, char **argv)
{
	stress_begin(argc, argv);
	stress_rounds(ROUNDS, work);
	return stress_end(NODES);
}
