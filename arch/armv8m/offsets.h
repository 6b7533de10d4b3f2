/* Offsets that assembly uses, and bits. Nothing but macros: assembly includes this. arch.c proves
 * the offsets. */
#ifndef SKEIN_OFFSETS_H
#define SKEIN_OFFSETS_H

/* Instructions that are there only if floating-point registers are. */
#ifdef __ARM_FP
#define IF_FP(...) __VA_ARGS__
#else
#define IF_FP(...)
#endif

#define VTOR 0xe000ed08
#define CFSR 0xe000ed28
#define NOT_PUSHED (1 << 4 | 1 << 12) /* the stack pointer leads nowhere */

/* struct arch_core; and from the limit of the core stack, where its address stands, and the number of
 * the exception that arch_interrupt was taken for */
#define CORE_STACK_TOP 0
#define CORE_SPARE 4
#define CORE_FAULT_STACK_TOP 8
#define CORE_FAULT_FRAME 12
#define LIMIT_CORE -4
#define LIMIT_TAKEN -8
#define STACK_RESERVED 8 /* below the limit of a stack */

/* struct arch_context: r4 to r8, r10, r11, sp, pc, limit */
#define CONTEXT_R4 0
#define CONTEXT_LIMIT 36

/* struct arch_frame: r4 to r11, then */
#define FRAME_PUSHED 32
#define FRAME_RETURN 36
#define FRAME_PC 40
#define FRAME_FP 44
#define FRAME_S 48

/* What the hardware pushes: r0 to r3, r12, lr, pc, xpsr; then, with a floating-point unit in use, s0
 * to s15, fpscr and a word more. */
#define PUSHED_PC 24
#define PUSHED_SIZE 32
#define PUSHED_FP_SIZE 72

/* What arch_park pushes when floating point is in use: fpscr, the return address, s16 to s31. */
#define PARK_PC 4

/* EXC_RETURN */
#define RETURN_PSP (1 << 2)
#define RETURN_THREAD (1 << 3)
#define RETURN_NO_FP (1 << 4)

#define XPSR_THUMB (1 << 24)
#define XPSR_PADDED (1 << 9) /* a word more was pushed, to align the stack */
#define CONTROL_PSP 2
#define CONTROL_FP 4
#define IRQ_PRIORITY 0x80 /* of every interrupt; faults and SVC are above it */

#endif
