/* The interrupt controller of ARMv8-M. Each core has one, which no other core can reach; devices'
 * lines are delivered to core 0. */
#ifndef SKEIN_NVIC_H
#define SKEIN_NVIC_H
#include <stdbool.h>

void nvic_unmask(unsigned line);        /* this core's, for good */
void nvic_want(unsigned line, bool on); /* from any core; counts once core 0 has applied it */
void nvic_apply(void);                  /* core 0: unmasks what is wanted, masks the rest */
int nvic_claim(void);                   /* a line that interrupted or is pending here, or -1 */
void nvic_at_exit(void);                /* a reboot, if CONFIG_AT_EXIT asks for it */
void nvic_end(unsigned line);           /* it has been served; pending again if it is up still */
#endif
