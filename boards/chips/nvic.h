/* The interrupt controller of ARMv8-M. Each core has one, which no other core can reach. A device's
 * line comes to all of them, and one core unmasks it. `core` is this core but for nvic_want. */
#ifndef SKEIN_NVIC_H
#define SKEIN_NVIC_H
#include <stdbool.h>

void nvic_unmask(unsigned core, unsigned line); /* for good */
/* of any core; counts once that core has applied it */
void nvic_want(unsigned core, unsigned line, bool on);
void nvic_apply(unsigned core); /* unmasks what is wanted, masks the rest */
void nvic_apply_if_asked(unsigned core);
int nvic_claim(unsigned core);               /* a line that interrupted or is pending, or -1 */
void nvic_end(unsigned core, unsigned line); /* served; pending again if it is up still */
void nvic_at_exit(void);                     /* a reboot, if CONFIG_AT_EXIT asks for it */
#endif
