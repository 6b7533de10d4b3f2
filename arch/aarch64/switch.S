/* Park, leave, load, capture: all of a switch but the choice. Interrupts are masked throughout.
 *
 * The goroutine's stack after arch_park:   sp -> d8 d9 .. d15, and above, when its FPCR was not
 * zero, FPCR and the return address, which the context then replaces by restore_fpcr.
 *
 * A debugger's backtrace ends where a stack begins: there the caller is undefined. */
#include "offsets.h"

	.cfi_sections .debug_frame
	.text
	.balign	64
/* arch_park(x0 = save, x1 = fn, x2 = its argument), on the goroutine's stack */
	.global arch_park
arch_park:
	.cfi_startproc
	mrs	x3, fpcr
	cbnz	x3, park_fpcr
1:	stp	d8, d9, [sp, #-PARK_AREA]!
	.cfi_adjust_cfa_offset PARK_AREA
	stp	d10, d11, [sp, #16]
	stp	d12, d13, [sp, #32]
	stp	d14, d15, [sp, #48]
	mov	x3, sp
	stp	x19, x20, [x0, #CONTEXT_X]
	stp	x21, x22, [x0, #CONTEXT_X + 16]
	stp	x23, x24, [x0, #CONTEXT_X + 32]
	stp	x25, x26, [x0, #CONTEXT_X + 48]
	stp	x27, x28, [x0, #CONTEXT_X + 64]
	stp	x29, x3, [x0, #CONTEXT_FP]
	str	x30, [x0, #CONTEXT_PC]
	.cfi_endproc
enter_core_stack:                       // x1 = fn, x2 = its argument
	.cfi_startproc
	.cfi_undefined x30
	mrs	x3, tpidrro_el0
	ldr	x4, [x3, #CORE_STACK_TOP]
	msr	spsel, #1               // off the goroutine's stack
	mov	sp, x4
	mov	x0, x2
	blr	x1                      // fn does not return; a backtrace finds the end here
	.cfi_endproc

park_fpcr:
	.cfi_startproc
	stp	x3, x30, [sp, #-16]!
	.cfi_adjust_cfa_offset 16
	.cfi_offset x30, -8
	msr	fpcr, xzr               // the next goroutine has its own
	adr	x30, arch_restore_fpcr
	b	1b
	.cfi_endproc

	.global arch_restore_fpcr       // arch_context_pc looks through it
arch_restore_fpcr:
	.cfi_startproc
	.cfi_def_cfa_offset 16
	.cfi_offset x30, -8
	ldp	x0, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore x30
	msr	fpcr, x0
	ret
	.cfi_endproc

/* arch_leave(x0 = fn, x1 = its argument): parks nothing */
	.global arch_leave
arch_leave:
	.cfi_startproc
	msr	fpcr, xzr
	mov	x2, x1
	mov	x1, x0
	b	enter_core_stack
	.cfi_endproc

/* arch_load(x0 = context), on the core stack */
	.global arch_load
arch_load:
	.cfi_startproc
	.cfi_undefined x30
	mrs	x1, tpidrro_el0
	ldr	x2, [x1, #CORE_SPARE]
	ldp	x29, x3, [x0, #CONTEXT_FP]
	ldr	x30, [x0, #CONTEXT_PC]
	mov	sp, x2                  // where the next interrupt is stored
	msr	spsel, #0               // on the goroutine's stack
	mov	sp, x3
	ldp	x19, x20, [x0, #CONTEXT_X]
	ldp	x21, x22, [x0, #CONTEXT_X + 16]
	ldp	x23, x24, [x0, #CONTEXT_X + 32]
	ldp	x25, x26, [x0, #CONTEXT_X + 48]
	ldp	x27, x28, [x0, #CONTEXT_X + 64]
	ldp	d10, d11, [sp, #16]
	ldp	d12, d13, [sp, #32]
	ldp	d14, d15, [sp, #48]
	ldp	d8, d9, [sp], #PARK_AREA
	.cfi_restore x30
	ret
	.cfi_endproc

/* Where a fresh context's pc leads: arch_context_init put the arguments and the entry there. */
	.global arch_begin
arch_begin:
	.cfi_startproc
	.cfi_undefined x30
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	mov	x3, x22
	msr	daifclr, #6             // interrupts on, and SError
	blr	x23
	.global	arch_begun
arch_begun:                             // tools/gdb: where the entry returns to
	b	g_end
	.cfi_endproc

/* Called through any function type: keeps the four argument registers and its caller for
 * arch_captured. */
	.global go_capture
go_capture:
	.cfi_startproc
	mrs	x9, tpidr_el1
	stp	x0, x1, [x9, #CONTEXT_X]
	stp	x2, x3, [x9, #CONTEXT_X + 16]
	str	x30, [x9, #CONTEXT_X + 32]
	ret
	.cfi_endproc

/* arch_semihost(x0 = operation, x1 = block). Where no host answers this is an undefined
 * instruction, and arch_fault makes the result -1. */
	.global arch_semihost
arch_semihost:
	.cfi_startproc
	hlt	#0xf000
	ret
	.cfi_endproc

/* arch_call_on(x1 = stack top, x2 = fn, x3 = its argument): fn on another stack */
	.global arch_call_on
arch_call_on:
	.cfi_startproc
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset x29, -16
	.cfi_offset x30, -8
	mov	x29, sp                 // the frame record, and the way back
	.cfi_def_cfa_register x29
	mov	sp, x1
	mov	x0, x3
	blr	x2
	mov	sp, x29
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa sp, 0
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
