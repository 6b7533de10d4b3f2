/* ARM's Power State Coordination Interface (ARM DEN 0022): the firmware call that starts cores. */
#ifndef SKEIN_PSCI_H
#define SKEIN_PSCI_H
#include <stdbool.h>
#include <stdint.h>

/* The firmware answers SMC, else HVC. A core that began at EL3 has none: the board refuses. */
void psci_init(unsigned boot_el, bool smc);
long psci_cpu_on(uint64_t mpidr, void (*entry)(void), uintptr_t arg); /* 0, or a negative error */
void psci_at_exit(void); /* CONFIG_AT_EXIT; returns when the firmware cannot */
#endif
