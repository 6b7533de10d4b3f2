/* The vectors. An interrupt of a goroutine is stored in the spare frame, which SP_EL1 points to,
 * and handled on the core stack. Exceptions that nobody expects are stored likewise, or, when they
 * hit the core stack itself, in the core's fault frame; arch_fault tells them apart. */
#include "offsets.h"

/* ldp or stp. x18 and x19 apart: C may change the one and keeps the other. */
	.macro x2_to_x17 instruction, frame
	\instruction	x2, x3, [\frame, #FRAME_X + 16]
	\instruction	x4, x5, [\frame, #FRAME_X + 32]
	\instruction	x6, x7, [\frame, #FRAME_X + 48]
	\instruction	x8, x9, [\frame, #FRAME_X + 64]
	\instruction	x10, x11, [\frame, #FRAME_X + 80]
	\instruction	x12, x13, [\frame, #FRAME_X + 96]
	\instruction	x14, x15, [\frame, #FRAME_X + 112]
	\instruction	x16, x17, [\frame, #FRAME_X + 128]
	.endm

	.macro x20_to_x29 instruction, frame
	\instruction	x20, x21, [\frame, #FRAME_X + 160]
	\instruction	x22, x23, [\frame, #FRAME_X + 176]
	\instruction	x24, x25, [\frame, #FRAME_X + 192]
	\instruction	x26, x27, [\frame, #FRAME_X + 208]
	\instruction	x28, x29, [\frame, #FRAME_X + 224]
	.endm

/* All general registers at sp, the frame. */
	.macro save_goroutine
	stp	x0, x1, [sp, #FRAME_X]
	x2_to_x17 stp, sp
	stp	x18, x19, [sp, #FRAME_X + 144]
	x20_to_x29 stp, sp
	mrs	x1, sp_el0
	stp	x30, x1, [sp, #FRAME_LR]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #FRAME_PC]
	mov	x0, sp
	.endm

	.macro interrupt
	.balign	128
	save_goroutine
	mrs	x1, tpidrro_el0
	ldr	x1, [x1, #CORE_STACK_TOP]
	mov	sp, x1
	bl	kernel_interrupt
	b	leave_interrupt
	.endm

	.macro goroutine_fault vector
	.balign	128
	save_goroutine
	mov	w1, #\vector
	b	fault_on_goroutine
	.endm

/* The same without trusting sp. */
	.macro core_fault vector
	.balign	128
	msr	tpidr_el0, x0
	mrs	x0, tpidrro_el0
	ldr	x0, [x0, #CORE_FAULT_FRAME]
	str	x1, [x0, #FRAME_X + 8]
	x2_to_x17 stp, x0
	stp	x18, x19, [x0, #FRAME_X + 144]
	x20_to_x29 stp, x0
	mov	w1, #\vector
	b	fault_on_core_stack
	.endm

	.cfi_sections .debug_frame
	.section .text.trap, "ax"
	.balign	2048
	.global arch_vectors
	.cfi_startproc                  // what was interrupted: tools/gdb
	.cfi_undefined x30
arch_vectors:
	goroutine_fault 0               // EL1 on SP_EL0: synchronous
	interrupt
	goroutine_fault 2               // FIQ
	goroutine_fault 3               // SError
	core_fault 4                    // EL1 on SP_EL1: the same four; interrupts are masked there
	core_fault 5
	core_fault 6
	core_fault 7
	core_fault 8                    // EL0, in 64 and in 32 bits: nothing runs there
	core_fault 9
	core_fault 10
	core_fault 11
	core_fault 12
	core_fault 13
	core_fault 14
	core_fault 15

	.balign	128
fault_on_goroutine:
	mrs	x2, tpidrro_el0
	ldr	x2, [x2, #CORE_STACK_TOP]
	mov	sp, x2
	bl	arch_fault              // returns when it has mended the frame
	b	leave_interrupt

fault_on_core_stack:
	mov	x2, sp
	stp	x30, x2, [x0, #FRAME_LR]
	mrs	x2, tpidr_el0
	str	x2, [x0, #FRAME_X]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [x0, #FRAME_PC]
	mrs	x19, tpidrro_el0
	ldr	x2, [x19, #CORE_FAULT_STACK_TOP]
	mov	sp, x2
	bl	arch_fault              // the same
	ldr	x0, [x19, #CORE_FAULT_FRAME]
	ldr	x19, [x0, #FRAME_X + 152]
	ldp	x30, x1, [x0, #FRAME_LR]
	mov	sp, x1
	b	leave_frame

	.macro all_q instruction
	\instruction	q0, q1, [x0, #FRAME_Q]
	\instruction	q2, q3, [x0, #FRAME_Q + 32]
	\instruction	q4, q5, [x0, #FRAME_Q + 64]
	\instruction	q6, q7, [x0, #FRAME_Q + 96]
	\instruction	q8, q9, [x0, #FRAME_Q + 128]
	\instruction	q10, q11, [x0, #FRAME_Q + 160]
	\instruction	q12, q13, [x0, #FRAME_Q + 192]
	\instruction	q14, q15, [x0, #FRAME_Q + 224]
	\instruction	q16, q17, [x0, #FRAME_Q + 256]
	\instruction	q18, q19, [x0, #FRAME_Q + 288]
	\instruction	q20, q21, [x0, #FRAME_Q + 320]
	\instruction	q22, q23, [x0, #FRAME_Q + 352]
	\instruction	q24, q25, [x0, #FRAME_Q + 384]
	\instruction	q26, q27, [x0, #FRAME_Q + 416]
	\instruction	q28, q29, [x0, #FRAME_Q + 448]
	\instruction	q30, q31, [x0, #FRAME_Q + 480]
	.endm

	.macro load_fp
	ldp	x1, x2, [x0, #FRAME_FPCR]
	msr	fpcr, x1
	msr	fpsr, x2
	all_q	ldp
	.endm

/* arch_resume(x0 = frame) */
	.global arch_resume
arch_resume:
	mrs	x1, tpidrro_el0
	str	x0, [x1, #CORE_SPARE]
	load_fp
	ldr	x19, [x0, #FRAME_X + 152]
	x20_to_x29 ldp, x0
	ldr	x1, [x0, #FRAME_LR + 8]
	msr	sp_el0, x1
	/* fall through */

/* Back to the goroutine: C has kept all but these, and sp_el0 was never touched. */
leave_interrupt:
	mrs	x0, tpidrro_el0
	ldr	x0, [x0, #CORE_SPARE]
	mov	sp, x0                  // where the next interrupt is stored
	ldr	x30, [x0, #FRAME_LR]
leave_frame:                            // x0 = frame; sp and what C keeps are in place
	ldp	x1, x2, [x0, #FRAME_PC]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	x2_to_x17 ldp, x0
	ldr	x18, [x0, #FRAME_X + 144]
	ldp	x0, x1, [x0, #FRAME_X]
	eret
	.cfi_endproc

/* arch_frame_keep(x0 = frame) */
	.global arch_frame_keep
arch_frame_keep:
	all_q	stp
	mrs	x1, fpcr
	mrs	x2, fpsr
	stp	x1, x2, [x0, #FRAME_FPCR]
	msr	fpcr, xzr               // the next goroutine has its own
	ret

/* arch_frame_unkeep(x0 = frame) */
	.global arch_frame_unkeep
arch_frame_unkeep:
	load_fp
	ret
