/* A panic in the midst of a line that a goroutine writes goes on behind what has been written of it: no
 * character is lost, and at most the last one, of which the writer has not said yet that it went out, comes
 * twice. */
// test: cores=1 icount=3 expect=70 match='^(?:0+1+2+3+4+5+6+7+8+9+a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q+r+s+t+u+v+w+x+y+z+ -\n)+\npanic: in the midst of a line\n'
#include <string.h>
#include "base/clock.h"
#include "base/panic.h"
#include "report/symbols.h"
#include "sched/core.h"
#include "sched/timer.h"
#include "test.h"

static bool writes(const struct arch_frame *frame)
{
	uintptr_t start;
	const char *name = symbol_find(frame->pc, &start);

	return name && strstr(name, "write");
}

/* It may interrupt the first character too, so the fifth time it must be another one. */
static void interrupt(struct timer_node *timer)
{
	static unsigned times;

	if (writes(arch_core()->arch.spare) && ++times == 5)
		panic("in the midst of a line");
	timer_call(timer, interrupt, board_clock() + clock_ticks(us(7)));
}

int main(void)
{
	static struct timer_node timer;
	unsigned long was = arch_irq_off();

	timer_call(&timer, interrupt, board_clock() + clock_ticks(us(100)));
	arch_irq_restore(was);
	for (;;)
		kprintf("0123456789abcdefghijklmnopqrstuvwxyz -\n");
}
