/* The timer of the RISC-V privileged architecture: one counter for all cores, an alarm for each. */
#ifndef SKEIN_RISCV_TIMER_H
#define SKEIN_RISCV_TIMER_H
#include <stdint.h>

uint64_t riscv_timer_now(void);
void riscv_timer_alarm(uint64_t when); /* UINT64_MAX: none. It stays pending until it is set again */
#endif
