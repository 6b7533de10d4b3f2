/* What goroutines used of their stacks, for tools/stack: a line for each creation site. */
#include "sched/marks.h"
#include "report/report.h"
#include "sched/g.h"
#include "skein.h"

/* Context: any, masked; the other cores have stopped. */
void dump_marks(void)
{
	for (struct g *g = g_next(0); g; g = g_next(g))
		if (g_why(g) != G_FREE)
			mark_stack(g);
	for (const struct mark *mark = mark_next(0); mark; mark = mark_next(mark))
		kprintf("stack %lx %u %u\n", (unsigned long)mark->site, (unsigned)mark->used,
		        (unsigned)mark->size);
}
