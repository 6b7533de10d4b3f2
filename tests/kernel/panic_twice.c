/* Of several cores that panic at once one reports, and the others stop for it. Their goroutines are listed, and
 * nothing is taken for their registers that was stored before. */
// test: cores=2,4 expect=70 match='(?s)\A((?!panic:|fault:).)*panic: at once\n((?!panic:|fault:).)*"main"((?!panic:|fault:).)*\Z'
#include "arch.h"
#include "base/atomic.h"
#include "base/panic.h"
#include "test.h"

static uint32_t ready; /* atomic */

/* Masked, so that none is stopped by an interrupt before it panics. */
static void panics(void)
{
	arch_irq_off();
	fetch_add_relaxed(&ready, 1);
	while (load_relaxed(&ready) != go_cores())
		arch_relax();
	panic("at once");
}

int main(void)
{
	for (unsigned i = 0; i < go_cores(); i++)
		go_with(go_attr(.core = (int)i), panics);
	go_sleep(sec(10));
	return test_done();
}
