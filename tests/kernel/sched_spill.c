/* A ring is handed to the global queue in parts. Thieves may have emptied it meanwhile: then nothing is
 * handed over, and what comes later is not lost. */
// test: cores=1 check=0
#include "arch.h"
#include "sched/core.h"
#include "sched/global.h"
#include "test.h"

enum { PARTS = 3 };

static struct waitgroup done;
static unsigned order[PARTS], ran;

static void note(unsigned i)
{
	order[ran++] = i;
	wg_done(&done);
}

int main(void)
{
	unsigned long was = arch_irq_off();

	wg_add(&done, PARTS);
	for (unsigned i = 0; i < PARTS; i++) {
		go(note, i);
		global_spill(arch_core());
		check(runq_looks_empty(&arch_core()->runq) && global.n == i + 1);
		global_spill(arch_core());
		check(global.n == i + 1);
	}
	arch_irq_restore(was);
	wg_wait(&done);
	for (unsigned i = 0; i < PARTS; i++)
		check(order[i] == i);
	return test_done();
}
