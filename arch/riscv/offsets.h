/* Offsets that assembly uses, the size of a register, and bits. Nothing but macros: assembly
 * includes this. arch.c proves the offsets. */
#ifndef SKEIN_OFFSETS_H
#define SKEIN_OFFSETS_H
#include "csr.h"

#if __riscv_xlen == 64
#define REG_SIZE 8
#define REG_S sd
#define REG_L ld
#define REG_SC sc.d
#define ARGUMENTS 4 /* words; ARCH_ARGUMENTS */
#define S_ENTRY s5  /* of a fresh context: what it calls */
#define IF_32(...)
#else
#define REG_SIZE 4
#define REG_S sw
#define REG_L lw
#define REG_SC sc.w
#define ARGUMENTS 8
#define S_ENTRY s9
#define IF_32(...) __VA_ARGS__
#endif

/* Instructions that are there only if floating-point registers are. */
#ifdef __riscv_flen
#define IF_FP(...) __VA_ARGS__
#else
#define IF_FP(...)
#endif

/* struct arch_core */
#define CORE_STACK_TOP 0
#define CORE_SPARE REG_SIZE
#define CORE_FAULT_STACK_TOP (2 * REG_SIZE)
#define CORE_FAULT_FRAME (3 * REG_SIZE)

/* struct arch_context: s0 to s11, sp, pc */
#define CONTEXT_S(n) (REG_SIZE * (n))
#define CONTEXT_SP (12 * REG_SIZE)
#define CONTEXT_PC (13 * REG_SIZE)

/* struct arch_frame: x1 to x31, and the pc in the place of x0 */
#define FRAME_PC 0
#define FRAME_X(n) (REG_SIZE * (n))
#define FRAME_STATUS (32 * REG_SIZE)
#define FRAME_SCRATCH (33 * REG_SIZE) /* two words */
#define FRAME_FCSR (35 * REG_SIZE)
#define FRAME_F(n) (36 * REG_SIZE + 8 * (n))

/* What arch_park pushes when floating point is dirty: fs0 to fs11, fcsr, the return address. */
#define PARK_AREA 112
#define PARK_FCSR 96
#define PARK_PC 104

#define STATUS_FS_INITIAL 0x2000
#define STATUS_FS_DIRTY 0x4000 /* this and the bit before; then the top bit is set too: negative */

#endif
