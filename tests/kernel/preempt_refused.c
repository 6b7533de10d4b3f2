/* Without memory for a frame nobody can be preempted. The one that should have been is asked again soon: as
 * soon as there is a frame, its slice ends. Under exact replay, on one core, with no timer that would
 * interrupt. */
// test: cores=1 icount=3 mem=32M
#include "base/clock.h"
#include "memory/mem.h"
#include "sched/core.h"
#include "sched/preempt.h"
#include "test.h"

static volatile bool ran;
static struct waitgroup done;

static void other(void)
{
	ran = true;
	wg_done(&done);
}

/* Takes all frames that there are, chained by their first word, and the memory for more. */
static void **take_frames(struct core *core)
{
	void **all = 0, **frame = (void **)core->fresh;

	core->fresh = 0;
	while (mem_pages(0))
		;
	for (; frame || (frame = slab_get(&preempt_frames)); frame = 0) {
		*frame = all;
		all = frame;
	}
	return all;
}

static void give_frames(void **frame)
{
	for (void **next; frame; frame = next) {
		next = *frame;
		slab_put(&preempt_frames, frame);
	}
}

static void compute(go_time t)
{
	for (go_time start = go_now(); go_now() - start < t && !ran;)
		;
}

int main(void)
{
	unsigned long was;
	void **frames;

	wg_add(&done, 1);
	go(other);
	was = arch_irq_off();
	frames = take_frames(arch_core());
	arch_irq_restore(was);
	compute(ms(50));
	check(!ran && go_stats_read().core[0].refused > 0);
	was = arch_irq_off();
	give_frames(frames);
	arch_irq_restore(was);
	compute(ms(50));
	check(ran);
	wg_wait(&done);
	return test_done();
}
