/* Offsets that assembly uses, and bits of registers. Nothing but macros: assembly includes this.
 * arch.c proves the offsets. */
#ifndef SKEIN_OFFSETS_H
#define SKEIN_OFFSETS_H

/* struct arch_core */
#define CORE_STACK_TOP 0
#define CORE_SPARE 8
#define CORE_FAULT_STACK_TOP 16
#define CORE_FAULT_FRAME 24

/* struct arch_context: s0 to s11, sp, pc */
#define CONTEXT_S(n) (8 * (n))
#define CONTEXT_SP 96
#define CONTEXT_PC 104

/* struct arch_frame: x1 to x31, and the pc in the place of x0 */
#define FRAME_PC 0
#define FRAME_X(n) (8 * (n))
#define FRAME_STATUS 256
#define FRAME_SCRATCH 264 /* two words */
#define FRAME_FCSR 280
#define FRAME_F(n) (288 + 8 * (n))

/* What arch_park pushes when floating point is dirty: fs0 to fs11, fcsr, the return address. */
#define PARK_AREA 112
#define PARK_FCSR 96
#define PARK_PC 104

#define STATUS_SIE 2 /* interrupts are on */
#define STATUS_FS_INITIAL 0x2000
#define STATUS_FS_DIRTY 0x4000 /* this and the bit before; then bit 63 is set too: negative */

/* Of sip and sie: */
#define SIP_SOFTWARE (1 << 1)
#define SIP_TIMER (1 << 5)
#define SIP_EXTERNAL (1 << 9)
#define SIE_ALL (SIP_SOFTWARE | SIP_TIMER | SIP_EXTERNAL)

#endif
