/* The RISC-V Supervisor Binary Interface, version 0.2 or later (the end: 0.3): calls of the
 * firmware. */
#ifndef SKEIN_SBI_H
#define SKEIN_SBI_H
#include <stdint.h>

/* 0, or a negative error. entry runs in S-mode, masked, address translation off: a0 = hart, a1 =
 * arg. */
long sbi_hart_start(uint64_t hart, void (*entry)(void), uintptr_t arg);
void sbi_wake(uint64_t hart); /* makes its software interrupt pending */
void sbi_wake_end(void);      /* it is no longer, before what it announces is looked at */
/* this hart's timer interrupt is pending from then on, and not before */
void sbi_alarm(uint64_t when);
void sbi_at_exit(void); /* CONFIG_AT_EXIT; returns when the firmware cannot */
#endif
