/* IRQ_ON says which core takes a line: the handler runs there, whichever core attaches the line, and the
 * core before does not run it any more. Without IRQ_ON it is core 0; where one core takes all lines it is that one. A
 * core that cannot take the line is refused. */
// test: boards=virt-aarch64,raspi3,zcu102,virt-riscv64,virt-riscv32,sifive-u cores=4 check=0 limit=20
// test: boards=mps2-an521,musca-b1 cores=2 check=0 limit=20
// test: boards=virt-aarch64,virt-riscv64 cores=4 check=1 limit=20
// test: boards=virt-aarch64 cores=2 check=0 args=lacks expect=70 match='(?s)^panic: irq_attach: line \d+ with IRQ_ON\(2\): this run has cores 0 to 1'
// test: boards=virt-aarch64 cores=1 check=0 args=null expect=70 match='(?s)^panic: irq_attach: line \d+ without a handler'
// test: boards=raspi3 cores=4 check=0 args=bound expect=70 match='(?s)^panic: irq_attach: line \d+ with IRQ_ON\(2\): on raspi3 one core takes all lines, and core 1 has some'
#include <string.h>
#include "arch.h"
#include "base/atomic.h"
#include "board.h"
#include "device.h"
#include "test.h"

enum { FIRES = 10 };

static uint32_t fired;  /* atomic */
static uint32_t on[16]; /* atomic: by core */

static void handler(void *arg)
{
	(void)arg;
	device_drop();
	fetch_add_relaxed(&on[core_index()], 1);
	fetch_add_relaxed(&fired, 1);
}

/* The core that ran all of them. */
static unsigned core_of_fires(void)
{
	unsigned core = 0, ran = 0;

	for (unsigned i = 0; i < 16; i++)
		store_relaxed(&on[i], 0);
	for (unsigned i = 0; i < FIRES; i++) {
		unsigned before = load_relaxed(&fired);

		device_raise();
		while (load_relaxed(&fired) == before)
			arch_relax();
	}
	for (unsigned i = 0; i < 16; i++)
		if (load_relaxed(&on[i]) && ++ran)
			core = i;
	check(ran == 1);
	return core;
}

static bool takes(unsigned core)
{
	bool right;

	irq_attach(DEVICE_LINE, handler, 0, IRQ_ON(core));
	right = core_of_fires() == core;
	irq_detach(DEVICE_LINE);
	return right;
}

/* From this core: to each other one and back, and to what the board chooses. */
static void from_a_core(struct waitgroup *done)
{
	for (unsigned core = 0; core < go_cores(); core++)
		check(takes(core));
	for (unsigned core = go_cores(); core-- > 0;)
		check(takes(core));
	check(takes(go_cores() - 1));
	irq_attach(DEVICE_LINE, handler, 0, 0);
	check(core_of_fires() == 0);
	irq_detach(DEVICE_LINE);
	wg_done(done);
}

/* Another line does not follow, unless it must. */
static void beside_another(void)
{
	unsigned other = board.lines.last;

	irq_attach(other, handler, 0, IRQ_ON(1));
	irq_attach(DEVICE_LINE, handler, 0, 0);
	check(core_of_fires() == (board.lines.together ? 1 : 0));
	irq_detach(DEVICE_LINE);
	check(takes(1));
	irq_detach(other);
}

static void refused(const char *what)
{
	if (!strcmp(what, "null"))
		irq_attach(DEVICE_LINE, 0, 0, 0);
	if (!strcmp(what, "bound"))
		irq_attach(board.lines.last, handler, 0, IRQ_ON(1));
	irq_attach(DEVICE_LINE, handler, 0, IRQ_ON(2));
}

int main(int argc, char **argv)
{
	struct waitgroup done = {0};

	kprintf("the device has sent something\n");
	if (argc > 1 && (argv[1][0] < '0' || argv[1][0] > '9'))
		refused(argv[1]);
	for (unsigned core = 0; core < go_cores(); core++) {
		wg_add(&done, 1);
		go_with(go_attr(.core = (int)core), from_a_core, &done);
		wg_wait(&done);
	}
	if (go_cores() > 1)
		beside_another();
	return test_done();
}
