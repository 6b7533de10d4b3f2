/* Semihosting (ARM's Semihosting for AArch32 and AArch64; RISC-V's is the same). Every block is
 * of words of the machine. */
#include "semihost.h"
#include "arch.h"
#include "board.h"
#include "base/config.h"

enum { ERRNO = 0x13, GET_COMMAND_LINE = 0x15, HEAP_INFO = 0x16, EXIT_EXTENDED = 0x20 };
enum { HOST_E2BIG = 7 };
enum { APPLICATION_EXIT = 0x20026 };

/* Context: boot core, before the address space. */
char *semihost_args(void)
{
	static char line[CONFIG_ARGS];
	uintptr_t block[2] = {(uintptr_t)line, sizeof(line)};
	char *p = line;

	if (arch_semihost(GET_COMMAND_LINE, block)) {
		board.args_long = arch_semihost(ERRNO, NULL) == HOST_E2BIG;
		return NULL;
	}
	while (*p && *p++ != ' ')
		;
	return p;
}

/* Context: boot core, before the address space. */
uintptr_t semihost_ram_end(uintptr_t unknown)
{
	struct {
		uintptr_t heap, heap_end, stack_top, stack_end;
	} volatile info = {.heap_end = 0};
	uintptr_t block = (uintptr_t)&info;

	/* The host does not answer with a status; what it knows, it stores. */
	arch_semihost(HEAP_INFO, &block);
	return info.heap_end ? info.heap_end : unknown;
}

/* Context: any. */
void semihost_exit(int status)
{
	const uintptr_t block[2] = {APPLICATION_EXIT, status};

	arch_semihost(EXIT_EXTENDED, block);
}
