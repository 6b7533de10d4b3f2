/* The clock goes on when the low half of its count begins anew, however the two halves are read: no reading
 * around that moment is a whole turn off. Under exact replay, where minutes of sleep pass at once. */
// test: boards=virt-riscv32,mps2-an521 check=0 cores=1 icount=3
#include "arch.h"
#include "base/clock.h"
#include "board.h"
#include "test.h"

enum { TURNS = 64, AROUND = 400 }; /* ticks */

/* Reads from before the turn to after it, in a loop as short as can be: the moment falls anywhere in it. */
#define read_around(now, turn)                                                            \
	({                                                                                \
		uint64_t last_ = now(), next_;                                            \
                                                                                          \
		for (; (next_ = now()) >= last_ && next_ - last_ < AROUND; last_ = next_) \
			if (next_ >= (turn) + AROUND)                                     \
				break;                                                    \
		next_ >= last_ &&next_ - last_ < AROUND;                                  \
	})

/* By n instructions, below 32, more than with 0. */
static void later_by(unsigned n)
{
	if (n & 1)
		__asm__ volatile("nop");
	if (n & 2)
		__asm__ volatile(".rept 2\n\tnop\n\t.endr");
	if (n & 4)
		__asm__ volatile(".rept 4\n\tnop\n\t.endr");
	if (n & 8)
		__asm__ volatile(".rept 8\n\tnop\n\t.endr");
	if (n & 16)
		__asm__ volatile(".rept 16\n\tnop\n\t.endr");
}

static uint64_t sleep_to_turn(void)
{
	uint64_t turn = ((board_clock() >> 32) + 1) << 32;

	go_sleep(clock_ns(turn - AROUND - board_clock()));
	return turn;
}

int main(void)
{
	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t turn = sleep_to_turn();

		later_by(i / 2); /* so that the loop below is elsewhere each time */
		if (i % 2 ? !check(read_around(board_clock, turn))
		          : !check(read_around(arch_cycles, turn)))
			kprintf("turn %u\n", i);
	}
	return test_done();
}
