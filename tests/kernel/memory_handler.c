/* A fault in an interrupt handler says so; so does one under a spin_lock. */
// test: check=0 cores=1,4 args=handler expect=71 match='(?s)^fault: write to an unmapped address, address 0x10, in the kernel or an interrupt handler on core 0\ncore 0, on its own stack[^\n]*\n    at 0x[0-9a-f]+ handler\+.*"main" \[.*made at'
// test: check=0 cores=1,4 args=masked expect=71 match='(?s)^fault: write to an unmapped address, address 0x10\b.*goroutine \d+ "main".*at 0x[0-9a-f]+ handler\+'
#include <string.h>
#include "device.h"
#include "test.h"

static struct spinlock lock;
static int *volatile bad = (int *)0x10;

static __attribute__((__noinline__)) void handler(void *arg)
{
	(void)arg;
	device_drop();
	*bad = 1;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	kprintf("%s\n", argv[1]);
	if (!strcmp(argv[1], "masked")) {
		spin_lock(&lock);
		handler(0);
	}
	irq_attach(DEVICE_LINE, handler, 0, 0);
	device_raise();
	go_sleep(sec(1));
	return 1;
}
