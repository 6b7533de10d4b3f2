/* Park, leave, load, capture: all of a switch but the choice. Interrupts are masked throughout.
 *
 * A debugger's backtrace ends where a stack begins: there the caller is undefined. */
#include "offsets.h"

	.cfi_sections .debug_frame
	.text
	.balign	64
/* arch_park(a0 = save, a1 = fn, a2 = its argument), on the goroutine's stack */
	.global arch_park
arch_park:
	.cfi_startproc
	IF_FP(csrr t0, xstatus)
	IF_FP(bltz t0, park_fp)
1:	REG_S	s0, CONTEXT_S(0)(a0)
	REG_S	s1, CONTEXT_S(1)(a0)
	REG_S	s2, CONTEXT_S(2)(a0)
	REG_S	s3, CONTEXT_S(3)(a0)
	REG_S	s4, CONTEXT_S(4)(a0)
	REG_S	s5, CONTEXT_S(5)(a0)
	REG_S	s6, CONTEXT_S(6)(a0)
	REG_S	s7, CONTEXT_S(7)(a0)
	REG_S	s8, CONTEXT_S(8)(a0)
	REG_S	s9, CONTEXT_S(9)(a0)
	REG_S	s10, CONTEXT_S(10)(a0)
	REG_S	s11, CONTEXT_S(11)(a0)
	REG_S	sp, CONTEXT_SP(a0)
	REG_S	ra, CONTEXT_PC(a0)
	mv	a0, a2
	.cfi_endproc
enter_core_stack:                               # a1 = fn, a0 = its argument
	.cfi_startproc
	.cfi_undefined ra
	REG_L	sp, CORE_STACK_TOP(gp)
	jalr	a1                              # fn does not return; a backtrace finds the end here
	.cfi_endproc

/* fcsr and FS become what the next goroutine expects. */
	.macro	forget_fp
	IF_FP(fscsr zero)
	IF_FP(li t0, STATUS_FS_DIRTY)
	IF_FP(csrc xstatus, t0)                 # Dirty to Initial
	.endm

#ifdef __riscv_flen
park_fp:
	.cfi_startproc
	addi	sp, sp, -PARK_AREA
	.cfi_def_cfa_offset PARK_AREA
	fsd	fs0, 0(sp)
	fsd	fs1, 8(sp)
	fsd	fs2, 16(sp)
	fsd	fs3, 24(sp)
	fsd	fs4, 32(sp)
	fsd	fs5, 40(sp)
	fsd	fs6, 48(sp)
	fsd	fs7, 56(sp)
	fsd	fs8, 64(sp)
	fsd	fs9, 72(sp)
	fsd	fs10, 80(sp)
	fsd	fs11, 88(sp)
	frcsr	t0
	REG_S	t0, PARK_FCSR(sp)
	REG_S	ra, PARK_PC(sp)
	.cfi_offset ra, PARK_PC - PARK_AREA
	forget_fp
	la	ra, arch_restore_fp
	j	1b
	.cfi_endproc

	.global arch_restore_fp                 # arch_context_pc looks through it
arch_restore_fp:
	.cfi_startproc
	.cfi_def_cfa_offset PARK_AREA
	.cfi_offset ra, PARK_PC - PARK_AREA
	REG_L	t0, PARK_FCSR(sp)
	REG_L	ra, PARK_PC(sp)
	.cfi_restore ra
	fscsr	t0                              # this makes FS dirty again
	fld	fs0, 0(sp)
	fld	fs1, 8(sp)
	fld	fs2, 16(sp)
	fld	fs3, 24(sp)
	fld	fs4, 32(sp)
	fld	fs5, 40(sp)
	fld	fs6, 48(sp)
	fld	fs7, 56(sp)
	fld	fs8, 64(sp)
	fld	fs9, 72(sp)
	fld	fs10, 80(sp)
	fld	fs11, 88(sp)
	addi	sp, sp, PARK_AREA
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
#endif

/* arch_leave(a0 = fn, a1 = its argument): parks nothing */
	.global arch_leave
arch_leave:
	.cfi_startproc
	forget_fp
	mv	t0, a0
	mv	a0, a1
	mv	a1, t0
	j	enter_core_stack
	.cfi_endproc

/* arch_load(a0 = context), on the core stack */
	.global arch_load
arch_load:
	.cfi_startproc
	.cfi_undefined ra
	REG_L	ra, CONTEXT_PC(a0)
	REG_L	sp, CONTEXT_SP(a0)
	REG_L	s0, CONTEXT_S(0)(a0)
	REG_L	s1, CONTEXT_S(1)(a0)
	REG_L	s2, CONTEXT_S(2)(a0)
	REG_L	s3, CONTEXT_S(3)(a0)
	REG_L	s4, CONTEXT_S(4)(a0)
	REG_L	s5, CONTEXT_S(5)(a0)
	REG_L	s6, CONTEXT_S(6)(a0)
	REG_L	s7, CONTEXT_S(7)(a0)
	REG_L	s8, CONTEXT_S(8)(a0)
	REG_L	s9, CONTEXT_S(9)(a0)
	REG_L	s10, CONTEXT_S(10)(a0)
	REG_L	s11, CONTEXT_S(11)(a0)
	.cfi_restore ra
	ret
	.cfi_endproc

/* Where a fresh context's pc leads: arch_context_init put the arguments and the entry there. */
	.global arch_begin
arch_begin:
	.cfi_startproc
	.cfi_undefined ra
	mv	a0, s1
	mv	a1, s2
	mv	a2, s3
	mv	a3, s4
	IF_32(mv a4, s5)
	IF_32(mv a5, s6)
	IF_32(mv a6, s7)
	IF_32(mv a7, s8)
	csrsi	xstatus, STATUS_IE
	jalr	S_ENTRY
	.global arch_begun
arch_begun:                                     # tools/gdb: where the entry returns to
	tail	g_end
	.cfi_endproc

/* Called through any function type: keeps the words of the arguments and its caller for
 * arch_captured. */
	.global go_capture
go_capture:
	.cfi_startproc
	REG_S	a0, CONTEXT_S(0)(tp)
	REG_S	a1, CONTEXT_S(1)(tp)
	REG_S	a2, CONTEXT_S(2)(tp)
	REG_S	a3, CONTEXT_S(3)(tp)
	IF_32(REG_S a4, CONTEXT_S(4)(tp))
	IF_32(REG_S a5, CONTEXT_S(5)(tp))
	IF_32(REG_S a6, CONTEXT_S(6)(tp))
	IF_32(REG_S a7, CONTEXT_S(7)(tp))
	REG_S	ra, CONTEXT_S(ARGUMENTS)(tp)
	ret
	.cfi_endproc

/* arch_semihost(a0 = operation, a1 = block). The host knows the ebreak by its neighbours, which
 * must lie in the same page. Where no host answers, arch_fault makes the result -1. */
	.global arch_semihost, arch_semihost_ebreak
	.balign	16
	.option	push
	.option	norvc
arch_semihost:
	.cfi_startproc
	slli	zero, zero, 0x1f
arch_semihost_ebreak:
	ebreak
	srai	zero, zero, 7
	ret
	.cfi_endproc
	.option	pop

/* arch_call_on(a1 = stack top, a2 = fn, a3 = its argument): fn on another stack */
	.global arch_call_on
arch_call_on:
	.cfi_startproc
	addi	sp, sp, -16
	.cfi_def_cfa_offset 16
	REG_S	ra, 16 - REG_SIZE(sp)
	REG_S	s0, 16 - 2 * REG_SIZE(sp)   # the frame record
	.cfi_offset ra, -REG_SIZE
	.cfi_offset s0, -2 * REG_SIZE
	addi	s0, sp, 16
	.cfi_def_cfa s0, 0
	mv	sp, a1
	mv	a0, a3
	jalr	a2
	addi	sp, s0, -16             # the way back
	.cfi_def_cfa sp, 16
	REG_L	s0, 16 - 2 * REG_SIZE(sp)
	REG_L	ra, 16 - REG_SIZE(sp)
	.cfi_restore s0
	.cfi_restore ra
	addi	sp, sp, 16
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
