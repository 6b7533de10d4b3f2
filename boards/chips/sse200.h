/* ARM's SSE-200 subsystem for two Cortex-M33: its own devices, by the secure addresses, which are the
 * same in every chip. */
#ifndef SKEIN_SSE200_H
#define SKEIN_SSE200_H
#include <stdbool.h>

enum {
	SSE200_START = 0x50000000, /* of its registers */
	SSE200_END = 0x50022000,
	SSE200_WAKE = 6, /* the line of sse200_wake, on each core */
};

void sse200_init(void); /* starts the counter behind arch_cycles */
unsigned sse200_core(void);
void sse200_start(unsigned core, const void *reset_table);
void sse200_wake(unsigned core);
void sse200_core_init(void); /* this core can be woken */
/* unmasks or masks a device's line, which comes to both cores, on one */
void sse200_line(unsigned line, unsigned core, bool on);
/* a device's line that is pending on this core, or -1; ends a wake */
int sse200_claim(unsigned core);
#endif
