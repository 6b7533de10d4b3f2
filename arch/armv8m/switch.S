/* Park, leave, load, capture: all of a switch but the choice. Interrupts are masked throughout. */
#include "macros.inc"

	.text

/* arch_park(r0 = save, r1 = fn, r2 = its argument), on the goroutine's stack */
	function arch_park
	IF_FP(mrs r3, control)
	IF_FP(lsls r3, r3, #29)                 // CONTROL_FP
	IF_FP(bmi park_fp)
1:	mov	r12, sp
	stm	r0, {r4-r8, r10-r12, lr}
	mov	r0, r2
enter_core_stack:                               // r1 = fn, r0 = its argument
	this_core r2
	ldr	r2, [r2, #CORE_STACK_TOP]
	movs	r3, #0
	msr	msp, r2
	msr	control, r3                     // off the goroutine's stack, no floating point in use
	isb
	bx	r1

#ifdef __ARM_FP
park_fp:
	vpush	{s16-s31}
	vmrs	r3, fpscr
	push	{r3, lr}
	ldr	lr, =arch_restore_fp
	b	1b

	function arch_restore_fp                // arch_context_pc looks through it
	pop	{r3, lr}
	vmsr	fpscr, r3
	vpop	{s16-s31}
	bx	lr
#endif

/* arch_leave(r0 = fn, r1 = its argument): parks nothing */
	function arch_leave
	mov	r2, r0
	mov	r0, r1
	mov	r1, r2
	b	enter_core_stack

/* arch_load(r0 = context), on the core stack */
	function arch_load
	ldr	r1, [r0, #CONTEXT_LIMIT]
	ldm	r0, {r4-r8, r10-r12, lr}
	movs	r2, #CONTROL_PSP
	msr	psplim, r1
	msr	psp, r12
	msr	control, r2                     // on the goroutine's stack
	isb
	bx	lr

/* Where a fresh context's pc leads: arch_context_init put the arguments and the entry there. */
	function arch_begin
	mov	r0, r4
	mov	r1, r5
	mov	r2, r6
	mov	r3, r7
	cpsie	i
	blx	r8
	b	g_end

/* Called through any function type: keeps the words of the arguments and its caller for
 * arch_captured. */
	function go_capture
	stm	r9, {r0-r3}
	ldm	sp, {r0-r3}
	add	r12, r9, #CONTEXT_R4 + 16
	stm	r12, {r0-r3, lr}
	bx	lr

/* arch_semihost(r0 = operation, r1 = block). Where no host answers this is a fault, and the stub
 * makes the result -1. */
	function arch_semihost
	.global	arch_semihost_bkpt
arch_semihost_bkpt:
	bkpt	0xab
	bx	lr

/* arch_call_on(r0 = stack's low end, r1 = its top, r2 = fn, r3 = its argument): fn on another stack.
 * Interrupts are on: whatever the goroutine is resumed with, context->limit, suits both stacks. */
	function arch_call_on
	push	{r4, r5, r6, lr}
	ldr	r5, [r9, #CONTEXT_LIMIT]
	mov	r4, sp                          // the way back
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
	str	r5, [r9, #CONTEXT_LIMIT]
	msr	psplim, r5
	pop	{r4, r5, r6, pc}
