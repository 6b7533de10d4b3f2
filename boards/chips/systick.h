/* SysTick: the timer of each core of ARMv8-M, counting down from 24 bits at the rate of
 * arch_cycles. */
#ifndef SKEIN_SYSTICK_H
#define SKEIN_SYSTICK_H
#include <stdbool.h>
#include <stdint.h>

void systick_alarm(unsigned core, uint64_t when); /* this core's; UINT64_MAX: none */
bool systick_rang(unsigned core);                 /* it is due; stays so until it is set again */
#endif
