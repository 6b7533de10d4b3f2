/* Offsets that assembly uses, and the system registers' values that it writes. Nothing but macros:
 * assembly includes this. arch.c proves the offsets. */
#ifndef SKEIN_OFFSETS_H
#define SKEIN_OFFSETS_H

/* struct arch_core */
#define CORE_STACK_TOP 0
#define CORE_SPARE 8
#define CORE_FAULT_STACK_TOP 16
#define CORE_FAULT_FRAME 24

/* struct arch_context */
#define CONTEXT_X 0
#define CONTEXT_FP 80
#define CONTEXT_PC 96

/* struct arch_frame */
#define FRAME_X 0
#define FRAME_LR 240 /* lr, sp */
#define FRAME_PC 256 /* pc, pstate */
#define FRAME_FPCR 272
#define FRAME_Q 288

#define PARK_AREA 64 /* what arch_park pushes on the goroutine's stack: d8 to d15 */

#endif
