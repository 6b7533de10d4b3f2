/* board_console_write: all of a text arrives, masked or not, nothing of an empty one; board_exit
 * gives the status. */
// test: check=0 match='\A\[masked\]\[open\]a{5000}\[0123456789 !"#%&()*+,-./:;<=>?@^_`{|}~\]\n\Z'
#include "board.h"
#include "arch.h"

static void write_text(const char *text)
{
	board_console_write(text, __builtin_strlen(text));
}

int main(void)
{
	static char many[5000];
	unsigned long was = arch_irq_off();

	write_text("[masked]");
	arch_irq_restore(was);
	write_text("[open]");
	board_console_write("never seen", 0);
	for (unsigned i = 0; i < sizeof(many); i++)
		many[i] = 'a';
	board_console_write(many, sizeof(many));
	write_text("[0123456789 !\"#%&()*+,-./:;<=>?@^_`{|}~]\n");
	arch_irq_off();
	board_exit(0);
}
