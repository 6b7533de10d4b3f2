/* ARM's Power State Coordination Interface (ARM DEN 0022): the firmware call that starts cores. */
#ifndef SKEIN_PSCI_H
#define SKEIN_PSCI_H
#include <stdbool.h>
#include <stdint.h>

/* the firmware answers SMC, else HVC */
void psci_init(bool smc);
long psci_cpu_on(uint64_t mpidr, void (*entry)(void), uintptr_t arg); /* 0, or a negative error */
void psci_at_exit(void); /* CONFIG_AT_EXIT; returns when the firmware cannot */
#endif
