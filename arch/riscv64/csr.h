/* Supervisor mode: which registers and bits stand behind the x of the manual. Nothing but
 * macros. */
#ifndef SKEIN_CSR_H
#define SKEIN_CSR_H

#define xstatus sstatus
#define xscratch sscratch
#define xtvec stvec
#define xepc sepc
#define xcause scause
#define xtval stval
#define xie sie
#define xip sip
#define xret sret

#define STATUS_IE 2 /* interrupts are on */

/* Of sip and sie: */
#define IP_SOFTWARE (1 << 1)
#define IP_TIMER (1 << 5)
#define IP_EXTERNAL (1 << 9)

#endif
