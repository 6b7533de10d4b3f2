/* Park, leave, load, capture: all of a switch but the choice. Interrupts are masked throughout.
 *
 * A debugger's backtrace ends where a stack begins: there the caller is undefined. */
#include "macros.inc"

	.cfi_sections .debug_frame
	.text

/* arch_park(r0 = save, r1 = fn, r2 = its argument), on the goroutine's stack */
	function arch_park
	.cfi_startproc
	IF_FP(mrs r3, control)
	IF_FP(lsls r3, r3, #29)                 // CONTROL_FP
	IF_FP(bmi park_fp)
1:	mov	r12, sp
	stm	r0, {r4-r8, r10-r12, lr}
	mov	r0, r2
	.cfi_endproc
enter_core_stack:                               // r1 = fn, r0 = its argument
	.cfi_startproc
	.cfi_undefined lr
	this_core r2
	ldr	r2, [r2, #CORE_STACK_TOP]
	movs	r3, #0
	msr	msp, r2
	msr	control, r3                     // off the goroutine's stack, no floating point in use
	isb
	blx	r1                              // fn does not return; a backtrace finds the end here
	.cfi_endproc

#ifdef __ARM_FP
park_fp:
	.cfi_startproc
	vpush	{s16-s31}
	.cfi_adjust_cfa_offset 64
	vmrs	r3, fpscr
	push	{r3, lr}
	.cfi_adjust_cfa_offset 8
	.cfi_offset lr, -68
	ldr	lr, =arch_restore_fp
	b	1b
	.cfi_endproc

	function arch_restore_fp                // arch_context_pc looks through it
	.cfi_startproc
	.cfi_def_cfa_offset 72
	.cfi_offset lr, -68
	pop	{r3, lr}
	.cfi_def_cfa_offset 64
	.cfi_restore lr
	vmsr	fpscr, r3
	vpop	{s16-s31}
	.cfi_def_cfa_offset 0
	bx	lr
	.cfi_endproc
#endif

/* arch_leave(r0 = fn, r1 = its argument): parks nothing */
	function arch_leave
	.cfi_startproc
	mov	r2, r0
	mov	r0, r1
	mov	r1, r2
	b	enter_core_stack
	.cfi_endproc

/* arch_load(r0 = context), on the core stack */
	function arch_load
	.cfi_startproc
	.cfi_undefined lr
	ldr	r1, [r0, #CONTEXT_LIMIT]
	ldm	r0, {r4-r8, r10-r12, lr}
	movs	r2, #CONTROL_PSP
	msr	psplim, r1
	msr	psp, r12
	msr	control, r2                     // on the goroutine's stack
	.cfi_restore lr
	isb
	bx	lr
	.cfi_endproc

/* Where a fresh context's pc leads: arch_context_init put the arguments and the entry there. */
	function arch_begin
	.cfi_startproc
	.cfi_undefined lr
	mov	r0, r4
	mov	r1, r5
	mov	r2, r6
	mov	r3, r7
	cpsie	i
	blx	r8
	.global	arch_begun
arch_begun:                                     // tools/gdb: where the entry returns to
	b	g_end
	.cfi_endproc

/* Called through any function type: keeps the words of the arguments and its caller for
 * arch_captured. */
	function go_capture
	.cfi_startproc
	stm	r9, {r0-r3}
	ldm	sp, {r0-r3}
	add	r12, r9, #CONTEXT_R4 + 16
	stm	r12, {r0-r3, lr}
	bx	lr
	.cfi_endproc

/* arch_semihost(r0 = operation, r1 = block). Where no host answers this is a fault, and the stub
 * makes the result -1. */
	function arch_semihost
	.cfi_startproc
	.global	arch_semihost_bkpt
arch_semihost_bkpt:
	bkpt	0xab
	bx	lr
	.cfi_endproc

/* arch_call_on(r0 = stack's low end, r1 = its top, r2 = fn, r3 = its argument): fn on another stack.
 * Interrupts are on: whatever the goroutine is resumed with, context->limit, suits both stacks. */
	function arch_call_on
	.cfi_startproc
	push	{r4, r5, r6, lr}
	.cfi_def_cfa_offset 16
	.cfi_offset r4, -16
	.cfi_offset r5, -12
	.cfi_offset r6, -8
	.cfi_offset lr, -4
	ldr	r5, [r9, #CONTEXT_LIMIT]
	mov	r4, sp                          // the way back
	.cfi_def_cfa_register r4
	add	r6, r0, #STACK_RESERVED
	movs	r0, #0
	str	r0, [r9, #CONTEXT_LIMIT]
	msr	psplim, r0                      // none
	mov	sp, r1
	str	r6, [r9, #CONTEXT_LIMIT]
	msr	psplim, r6
	mov	r0, r3
	blx	r2
	movs	r0, #0
	str	r0, [r9, #CONTEXT_LIMIT]
	msr	psplim, r0
	mov	sp, r4
	.cfi_def_cfa_register sp
	str	r5, [r9, #CONTEXT_LIMIT]
	msr	psplim, r5
	pop	{r4, r5, r6, pc}
	.cfi_endproc
