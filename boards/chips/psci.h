/* ARM's Power State Coordination Interface (ARM DEN 0022): the firmware call that starts cores. */
#ifndef SKEIN_PSCI_H
#define SKEIN_PSCI_H
#include <stdbool.h>
#include <stdint.h>

/* the firmware answers SMC, else HVC */
void psci_init(bool smc);
long psci_cpu_on(uint64_t mpidr, void (*entry)(void), uintptr_t arg); /* 0, or a negative error */
/* returns when the firmware cannot */
void psci_system_off(void);
#endif
