/* The CLINT, or ACLINT: one counter for all harts, an alarm and a software interrupt for each. */
#ifndef SKEIN_CLINT_H
#define SKEIN_CLINT_H
#include <stdint.h>

#define CLINT_SIZE 0x10000

void clint_init(uintptr_t base);
void clint_wake(unsigned hart);     /* its software interrupt becomes pending */
void clint_wake_end(unsigned hart); /* and no longer is */
uint64_t clint_now(void);
/* UINT64_MAX: none. It stays pending until it is set again */
void clint_alarm(unsigned hart, uint64_t when);
#endif
