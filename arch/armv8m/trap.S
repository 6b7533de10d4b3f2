/* The vectors. What the hardware has not pushed on the goroutine's stack is stored in the core's
 * spare frame; then the stub forges a return to thread mode, masked, on the core stack. A fault on
 * the core stack itself is stored in the fault frame and handled on the fault stack.
 *
 * An interrupt is over for the interrupt controller when the kernel asks which one it was, and pending
 * again only if its line is up still. So its number is stored while it is active (arch_taken). */
#include "base/config.h"
#include "macros.inc"

	.cfi_sections .debug_frame
	.section .text.trap, "ax"
	.cfi_startproc                          // what was interrupted: tools/gdb
	.cfi_undefined lr

	function arch_interrupt
	cpsid	i
	mrs	r2, psp
	ldr	r3, =interrupted
	mrs	r1, msplim
	mrs	r0, ipsr
	str	r0, [r1, #LIMIT_TAKEN]
	ldr	r1, [r1, #LIMIT_CORE]
	ldr	r0, [r1, #CORE_SPARE]
	ldr	sp, [r1, #CORE_STACK_TOP]

enter_thread:                                   // r0 = frame, r1 = argument, r2 = pushed, r3 = where to go on
	stm	r0, {r4-r11}
	ldr	r12, [r2, #PUSHED_PC]
	strd	r2, lr, [r0, #FRAME_PUSHED]
	add	r2, r2, #PUSHED_SIZE
	IF_FP(tst lr, #RETURN_NO_FP)
	IF_FP(it eq)
	IF_FP(addeq r2, r2, #PUSHED_FP_SIZE)
	strd	r12, r2, [r0, #FRAME_PC]
	mov	r12, #XPSR_THUMB
	push	{r3, r12}
	sub	sp, sp, #PUSHED_PC - 8
	push	{r0, r1}
	bic	lr, lr, #RETURN_PSP
	orr	lr, lr, #RETURN_THREAD | RETURN_NO_FP
	bx	lr

	.balign	4
interrupted:
	bl	kernel_interrupt
	this_core r1                            // the goroutine goes on; C has kept r9
	b	leave_interrupt

/* arch_resume(r0 = frame) */
	function arch_resume
	IF_FP(mov r4, r0)
	IF_FP(bl arch_frame_unkeep)
	IF_FP(mov r0, r4)
	this_core r1
	str	r0, [r1, #CORE_SPARE]
	ldr	r2, [r9, #CONTEXT_LIMIT]
	msr	psplim, r2
leave_interrupt:
	movs	r2, #IRQ_PRIORITY
	msr	basepri, r2
	cpsie	i
	isb
	svc	#0                              // does not return

	function arch_svc
	tst	lr, #RETURN_PSP
	bne	arch_exception                  // a goroutine's own
	this_core r1
	ldr	r0, [r1, #CORE_SPARE]
	movs	r3, #0
	ldrd	r2, lr, [r0, #FRAME_PUSHED]
	ldm	r0, {r4-r11}
	msr	psp, r2
	msr	basepri, r3
	bx	lr

/* Every exception but those two. */
	function arch_exception
	tst	lr, #RETURN_PSP
	ite	eq
	mrseq	r2, msp
	mrsne	r2, psp
	ldr	r0, =CFSR
	movw	r1, #NOT_PUSHED
	ldr	r0, [r0]
	tst	r0, r1
	it	ne
	ldrne	r2, =arch_nothing_pushed        // at a wild stack pointer the next fault would lock up
	ldr	r0, [r2, #PUSHED_PC]
	ldr	r1, =arch_semihost_bkpt
	cmp	r0, r1
	beq	no_host
	cpsid	i
	ldr	r3, =faulted
	this_core r1
	tst	lr, #RETURN_PSP
	beq	1f
	ldr	r0, [r1, #CORE_SPARE]
	ldr	sp, [r1, #CORE_STACK_TOP]
	movs	r1, #0
	b	enter_thread
1:	ldr	r0, [r1, #CORE_FAULT_FRAME]
	ldr	r12, [r1, #CORE_FAULT_STACK_TOP]
	movs	r1, #0
	msr	msplim, r1
	mov	sp, r12
	sub	r12, r12, #CONFIG_FAULT_STACK
	add	r12, r12, #STACK_RESERVED
	msr	msplim, r12
	movs	r1, #1
	b	enter_thread

no_host:
	adds	r0, r0, #2
	str	r0, [r2, #PUSHED_PC]
	mov	r0, #-1
	str	r0, [r2]
	bx	lr

	.balign	4
faulted:
	bl	arch_fault                      // r0 = frame, r1 = on the core stack; does not return
	.cfi_endproc

#ifdef __ARM_FP
/* arch_frame_keep(r0 = frame). The hardware has only made room for s0 to s15 and fpscr yet: the store
 * of the others makes it store those first. */
	function arch_frame_keep
	ldr	r1, [r0, #FRAME_RETURN]
	tst	r1, #RETURN_NO_FP
	bne	forget_fp
	adds	r0, r0, #FRAME_S
	vstm	r0, {s16-s31}
forget_fp:                                      // nobody has floating point in use
	mrs	r1, control
	bic	r1, r1, #CONTROL_FP
	msr	control, r1
	isb
	bx	lr

/* arch_frame_unkeep(r0 = frame): what the hardware has stored, it loads */
	function arch_frame_unkeep
	ldr	r1, [r0, #FRAME_RETURN]
	tst	r1, #RETURN_NO_FP
	bne	forget_fp
	adds	r0, r0, #FRAME_S
	vldm	r0, {s16-s31}
	b	forget_fp
#else
	function arch_frame_keep
	function arch_frame_unkeep
	bx	lr
#endif
