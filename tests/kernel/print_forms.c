/* What kprintf makes of each conversion, with widths and precisions; a text longer than a piece.
 * The same on every machine. */
// test: cores=1 match='^\[0\]\[   42\]\[42   \]\[00042\]\[-42\]\[  -42\]\[-0042\]\[-42  \]$'
// test: cores=1 match='^\[4294967295\]\[beef\]\[BEEF\]\[0000beef\]\[ffffffffffffffff\]\[18446744073709551615\]$'
// test: cores=1 match='^\[-9223372036854775808\]\[-2147483648\]\[-00000000000000000000001\]\[7\]\[-5\]\[0x1234\]\[  0x12\]$'
// test: cores=1 match='^\[abc\]\[       abc\]\[abc       \]\[ab\]\[  abc\]\[a\]\[\(null\)\]\[x\]\[  y\]\[%\]\[\]$'
// test: cores=1 match='^0{47}1, and text 123456789012345678901234567890123456789012345678 of more than one piece$'
// test: cores=1 args=ends boards=virt-aarch64,virt-riscv64,virt-riscv32 match='^out before kprintf returns\n\Z'
#include <limits.h>
#include "board.h"
#include "arch.h"
#include "skein.h"

int main(int argc, char **argv)
{
	const char *volatile none = NULL;

	(void)argv;
	if (argc > 1) {
		kprintf("out before kprintf returns\n");
		arch_irq_off();
		board_exit(0);
	}
	kprintf("[%d][%5d][%-5d][%05d][%d][%5d][%05d][%-5d]\n", 0, 42, 42, 42, -42, -42, -42, -42);
	kprintf("[%u][%x][%X][%08x][%llx][%llu]\n", UINT_MAX, 0xbeefu, 0xbeefu, 0xbeefu, ULLONG_MAX,
	        ULLONG_MAX);
	kprintf("[%lld][%i][%024d][%zu][%ld][%p][%6p]\n", LLONG_MIN, INT_MIN, -1, (size_t)7, -5l,
	        (void *)0x1234, (void *)0x12);
	kprintf("[%s][%10s][%-10s][%.2s][%*s][%.*s][%s][%c][%3c][%%][%s]\n", "abc", "abc", "abc",
	        "abc", 5, "abc", 1, "abc", none, 'x', 'y', "");
	kprintf("%048d, and text %s of more than one piece\n", 1,
	        "123456789012345678901234567890123456789012345678");
}
