/* Each line that irq_attach takes reaches its handler, and no other one: set pending in the controller, as not every line has a
 * device. */
// test: boards=virt-aarch64,zcu102,mps2-an521,musca-b1 cores=1 check=0
#include "board.h"
#include "test.h"

#ifdef __arm__
#define SET_PENDING 0xe000e200
#else
/* Of the distributor, where a range of registers begins. */
#define SET_PENDING ((board.device[0].start == 0x08000000 ? 0x08000000 : 0xf9010000) + 0x200)
#endif

enum { DONE = 256 };

static volatile unsigned handled; /* the line that was set pending, then DONE */
static unsigned lines[DONE + 1];

static void handler(void *line)
{
	check(line == &lines[handled]);
	handled = DONE;
}

int main(void)
{
	unsigned tried = 0;

	for (unsigned line = board.lines.first; line <= board.lines.last; line++) {
		if (line == board.lines.wake)
			continue;
		handled = line;
		irq_attach(line, handler, &lines[line], IRQ_EDGE);
		*(volatile uint32_t *)((uintptr_t)SET_PENDING + line / 32 * 4) = 1u << line % 32;
		for (go_time start = go_now(); handled == line && go_now() - start < ms(200);)
			;
		check(handled == DONE);
		irq_detach(line);
		tried++;
	}
	check(tried >= board.lines.last - board.lines.first);
	return test_done();
}
