/* The vector. A trap is stored in the core's spare frame, which xscratch points to, and handled on
 * the core stack. One that hit the core stack itself, always a fault, is stored in the fault frame
 * and handled on the fault stack; the spare frame then holds a goroutine's registers, so until that
 * is clear only its two scratch words are written. */
#include "base/config.h"
#include "offsets.h"

/* All but sp, t0 and t1 at sp, the frame. The last two may be used after. */
	.macro	save_rest
	REG_S	ra, FRAME_X(1)(sp)
	REG_S	gp, FRAME_X(3)(sp)
	REG_S	tp, FRAME_X(4)(sp)
	REG_S	t2, FRAME_X(7)(sp)
	REG_S	s0, FRAME_X(8)(sp)
	REG_S	s1, FRAME_X(9)(sp)
	REG_S	a0, FRAME_X(10)(sp)
	REG_S	a1, FRAME_X(11)(sp)
	REG_S	a2, FRAME_X(12)(sp)
	REG_S	a3, FRAME_X(13)(sp)
	REG_S	a4, FRAME_X(14)(sp)
	REG_S	a5, FRAME_X(15)(sp)
	REG_S	a6, FRAME_X(16)(sp)
	REG_S	a7, FRAME_X(17)(sp)
	REG_S	s2, FRAME_X(18)(sp)
	REG_S	s3, FRAME_X(19)(sp)
	REG_S	s4, FRAME_X(20)(sp)
	REG_S	s5, FRAME_X(21)(sp)
	REG_S	s6, FRAME_X(22)(sp)
	REG_S	s7, FRAME_X(23)(sp)
	REG_S	s8, FRAME_X(24)(sp)
	REG_S	s9, FRAME_X(25)(sp)
	REG_S	s10, FRAME_X(26)(sp)
	REG_S	s11, FRAME_X(27)(sp)
	REG_S	t3, FRAME_X(28)(sp)
	REG_S	t4, FRAME_X(29)(sp)
	REG_S	t5, FRAME_X(30)(sp)
	REG_S	t6, FRAME_X(31)(sp)
	csrr	t0, xepc
	REG_S	t0, FRAME_PC(sp)
	csrr	t0, xstatus
	REG_S	t0, FRAME_STATUS(sp)
	mv	a0, sp
	.endm

	.cfi_sections .debug_frame
	.section .text.trap, "ax"
	.balign	64
	.global arch_trap
	.cfi_startproc                          # what was interrupted: tools/gdb
	.cfi_undefined ra
arch_trap:
	csrrw	sp, xscratch, sp
	REG_S	t0, FRAME_SCRATCH(sp)
	REG_S	t1, FRAME_SCRATCH + REG_SIZE(sp)
	REG_L	t0, CORE_STACK_TOP(gp)
	csrr	t1, xscratch
	sub	t0, t0, t1                      # depth of the core stack, if it is that
	li	t1, CONFIG_CORE_STACK
	bleu	t0, t1, trap_on_core_stack
	REG_L	t0, FRAME_SCRATCH(sp)
	REG_L	t1, FRAME_SCRATCH + REG_SIZE(sp)
	REG_S	t0, FRAME_X(5)(sp)
	REG_S	t1, FRAME_X(6)(sp)
	csrrw	t0, xscratch, sp                # the spare again: the next trap may be a fault
	REG_S	t0, FRAME_X(2)(sp)
	save_rest
	REG_L	sp, CORE_STACK_TOP(gp)
	csrr	t0, xcause
	bgez	t0, 1f
	call	kernel_interrupt
	j	leave_trap
1:	li	a1, 0
	call	arch_fault                      # returns when it has mended the frame
	j	leave_trap

trap_on_core_stack:
	REG_L	t0, FRAME_SCRATCH(sp)
	REG_L	t1, CORE_FAULT_FRAME(gp)
	REG_S	t0, FRAME_X(5)(t1)
	REG_L	t0, FRAME_SCRATCH + REG_SIZE(sp)
	REG_S	t0, FRAME_X(6)(t1)
	csrrw	t0, xscratch, sp
	REG_S	t0, FRAME_X(2)(t1)
	mv	sp, t1
	save_rest
	REG_L	sp, CORE_FAULT_STACK_TOP(gp)
	li	a1, 1
	call	arch_fault                      # the same
	REG_L	sp, CORE_FAULT_FRAME(gp)
	j	leave_frame

/* arch_resume(a0 = frame) */
	.global arch_resume
arch_resume:
	REG_S	a0, CORE_SPARE(gp)
	csrw	xscratch, a0
	REG_L	t0, FRAME_STATUS(a0)
	REG_L	s0, FRAME_X(8)(a0)
	REG_L	s1, FRAME_X(9)(a0)
	REG_L	s2, FRAME_X(18)(a0)
	REG_L	s3, FRAME_X(19)(a0)
	REG_L	s4, FRAME_X(20)(a0)
	REG_L	s5, FRAME_X(21)(a0)
	REG_L	s6, FRAME_X(22)(a0)
	REG_L	s7, FRAME_X(23)(a0)
	REG_L	s8, FRAME_X(24)(a0)
	REG_L	s9, FRAME_X(25)(a0)
	REG_L	s10, FRAME_X(26)(a0)
	REG_L	s11, FRAME_X(27)(a0)
	IF_FP(bltz t0, resume_fp)

/* Back to the goroutine: C has kept all but these. Not gp, which is the core's, nor tp, which the
 * scheduler has set. The sc ends a reservation that a handler, or who ran meanwhile, has left: with it
 * the goroutine's own sc, if it was interrupted before that, would succeed whatever was stored. */
leave_trap:
	REG_L	sp, CORE_SPARE(gp)
leave_frame:                                    # sp = frame
	REG_L	t0, FRAME_PC(sp)
	REG_L	t1, FRAME_STATUS(sp)
	REG_SC	zero, t0, (sp)                  # FRAME_PC is 0
	csrw	xepc, t0
	csrw	xstatus, t1
	REG_L	ra, FRAME_X(1)(sp)
	REG_L	t0, FRAME_X(5)(sp)
	REG_L	t1, FRAME_X(6)(sp)
	REG_L	t2, FRAME_X(7)(sp)
	REG_L	a0, FRAME_X(10)(sp)
	REG_L	a1, FRAME_X(11)(sp)
	REG_L	a2, FRAME_X(12)(sp)
	REG_L	a3, FRAME_X(13)(sp)
	REG_L	a4, FRAME_X(14)(sp)
	REG_L	a5, FRAME_X(15)(sp)
	REG_L	a6, FRAME_X(16)(sp)
	REG_L	a7, FRAME_X(17)(sp)
	REG_L	t3, FRAME_X(28)(sp)
	REG_L	t4, FRAME_X(29)(sp)
	REG_L	t5, FRAME_X(30)(sp)
	REG_L	t6, FRAME_X(31)(sp)
	REG_L	sp, FRAME_X(2)(sp)
	xret
	.cfi_endproc

#ifdef __riscv_flen
	.macro	all_fp instruction
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\instruction f\n, FRAME_F(\n)(a0)
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\instruction f\n, FRAME_F(\n)(a0)
	.endr
	.endm

resume_fp:
	REG_L	t0, FRAME_FCSR(a0)
	fscsr	t0
	all_fp	fld
	j	leave_trap

/* arch_frame_keep(a0 = frame) */
	.global arch_frame_keep
arch_frame_keep:
	REG_L	t0, FRAME_STATUS(a0)
	bgez	t0, 1f                          # FS is not dirty
	all_fp	fsd
	fscsr	t0, zero                        # the next goroutine expects zero, and Initial
	REG_S	t0, FRAME_FCSR(a0)
	li	t0, STATUS_FS_DIRTY
	csrc	xstatus, t0
1:	ret

/* arch_frame_unkeep(a0 = frame) */
	.global arch_frame_unkeep
arch_frame_unkeep:
	REG_L	t0, FRAME_STATUS(a0)
	bgez	t0, 1f                          # the goroutine has no FP state
	REG_L	t0, FRAME_FCSR(a0)
	fscsr	t0
	all_fp	fld
	ret
1:	csrr	t0, xstatus
	bgez	t0, 2f                          # nor has the handler
	fscsr	zero
	li	t0, STATUS_FS_DIRTY
	csrc	xstatus, t0
2:	ret
#else
	.global arch_frame_keep, arch_frame_unkeep
arch_frame_keep:
arch_frame_unkeep:
	ret
#endif
