/* Machine mode: which registers and bits stand behind the x of the manual. Nothing but macros. */
#ifndef SKEIN_CSR_H
#define SKEIN_CSR_H

#define xstatus mstatus
#define xscratch mscratch
#define xtvec mtvec
#define xepc mepc
#define xcause mcause
#define xtval mtval
#define xie mie
#define xip mip
#define xret mret

#define STATUS_IE 8 /* interrupts are on */

/* Of mip and mie: */
#define IP_SOFTWARE (1 << 3)
#define IP_TIMER (1 << 7)
#define IP_EXTERNAL (1 << 11)

#endif
