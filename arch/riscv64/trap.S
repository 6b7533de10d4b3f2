/* The vector. A trap is stored in the core's spare frame, which sscratch points to, and handled on
 * the core stack. One that hit the core stack itself, always a fault, is stored in the fault frame
 * and handled on the fault stack; the spare frame then holds a goroutine's registers, so until that
 * is clear only its two scratch words are written. */
#include "config.h"
#include "offsets.h"

/* All but sp, t0 and t1 at sp, the frame. The last two may be used after. */
	.macro	save_rest
	sd	ra, FRAME_X(1)(sp)
	sd	gp, FRAME_X(3)(sp)
	sd	tp, FRAME_X(4)(sp)
	sd	t2, FRAME_X(7)(sp)
	sd	s0, FRAME_X(8)(sp)
	sd	s1, FRAME_X(9)(sp)
	sd	a0, FRAME_X(10)(sp)
	sd	a1, FRAME_X(11)(sp)
	sd	a2, FRAME_X(12)(sp)
	sd	a3, FRAME_X(13)(sp)
	sd	a4, FRAME_X(14)(sp)
	sd	a5, FRAME_X(15)(sp)
	sd	a6, FRAME_X(16)(sp)
	sd	a7, FRAME_X(17)(sp)
	sd	s2, FRAME_X(18)(sp)
	sd	s3, FRAME_X(19)(sp)
	sd	s4, FRAME_X(20)(sp)
	sd	s5, FRAME_X(21)(sp)
	sd	s6, FRAME_X(22)(sp)
	sd	s7, FRAME_X(23)(sp)
	sd	s8, FRAME_X(24)(sp)
	sd	s9, FRAME_X(25)(sp)
	sd	s10, FRAME_X(26)(sp)
	sd	s11, FRAME_X(27)(sp)
	sd	t3, FRAME_X(28)(sp)
	sd	t4, FRAME_X(29)(sp)
	sd	t5, FRAME_X(30)(sp)
	sd	t6, FRAME_X(31)(sp)
	csrr	t0, sepc
	sd	t0, FRAME_PC(sp)
	csrr	t0, sstatus
	sd	t0, FRAME_STATUS(sp)
	mv	a0, sp
	.endm

	.text
	.balign	64
	.global arch_trap
arch_trap:
	csrrw	sp, sscratch, sp
	sd	t0, FRAME_SCRATCH(sp)
	sd	t1, FRAME_SCRATCH + 8(sp)
	ld	t0, CORE_STACK_TOP(gp)
	csrr	t1, sscratch
	sub	t0, t0, t1                      # depth of the core stack, if it is that
	li	t1, CONFIG_CORE_STACK
	bleu	t0, t1, trap_on_core_stack
	ld	t0, FRAME_SCRATCH(sp)
	ld	t1, FRAME_SCRATCH + 8(sp)
	sd	t0, FRAME_X(5)(sp)
	sd	t1, FRAME_X(6)(sp)
	csrrw	t0, sscratch, sp                # the spare again: the next trap may be a fault
	sd	t0, FRAME_X(2)(sp)
	save_rest
	ld	sp, CORE_STACK_TOP(gp)
	csrr	t0, scause
	bgez	t0, 1f
	call	kernel_interrupt
	j	leave_trap
1:	li	a1, 0
	call	arch_fault                      # returns when it has mended the frame
	j	leave_trap

trap_on_core_stack:
	ld	t0, FRAME_SCRATCH(sp)
	ld	t1, CORE_FAULT_FRAME(gp)
	sd	t0, FRAME_X(5)(t1)
	ld	t0, FRAME_SCRATCH + 8(sp)
	sd	t0, FRAME_X(6)(t1)
	csrrw	t0, sscratch, sp
	sd	t0, FRAME_X(2)(t1)
	mv	sp, t1
	save_rest
	ld	sp, CORE_FAULT_STACK_TOP(gp)
	li	a1, 1
	call	arch_fault                      # the same
	ld	sp, CORE_FAULT_FRAME(gp)
	j	leave_frame

/* arch_resume(a0 = frame) */
	.global arch_resume
arch_resume:
	sd	a0, CORE_SPARE(gp)
	csrw	sscratch, a0
	ld	t0, FRAME_STATUS(a0)
	ld	s0, FRAME_X(8)(a0)
	ld	s1, FRAME_X(9)(a0)
	ld	s2, FRAME_X(18)(a0)
	ld	s3, FRAME_X(19)(a0)
	ld	s4, FRAME_X(20)(a0)
	ld	s5, FRAME_X(21)(a0)
	ld	s6, FRAME_X(22)(a0)
	ld	s7, FRAME_X(23)(a0)
	ld	s8, FRAME_X(24)(a0)
	ld	s9, FRAME_X(25)(a0)
	ld	s10, FRAME_X(26)(a0)
	ld	s11, FRAME_X(27)(a0)
	bltz	t0, resume_fp

/* Back to the goroutine: C has kept all but these. Not gp, which is the core's, nor tp, which the
 * scheduler has set. */
leave_trap:
	ld	sp, CORE_SPARE(gp)
leave_frame:                                    # sp = frame
	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	ld	ra, FRAME_X(1)(sp)
	ld	t0, FRAME_X(5)(sp)
	ld	t1, FRAME_X(6)(sp)
	ld	t2, FRAME_X(7)(sp)
	ld	a0, FRAME_X(10)(sp)
	ld	a1, FRAME_X(11)(sp)
	ld	a2, FRAME_X(12)(sp)
	ld	a3, FRAME_X(13)(sp)
	ld	a4, FRAME_X(14)(sp)
	ld	a5, FRAME_X(15)(sp)
	ld	a6, FRAME_X(16)(sp)
	ld	a7, FRAME_X(17)(sp)
	ld	t3, FRAME_X(28)(sp)
	ld	t4, FRAME_X(29)(sp)
	ld	t5, FRAME_X(30)(sp)
	ld	t6, FRAME_X(31)(sp)
	ld	sp, FRAME_X(2)(sp)
	sret

	.macro	all_fp instruction
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\instruction f\n, FRAME_F(\n)(a0)
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\instruction f\n, FRAME_F(\n)(a0)
	.endr
	.endm

resume_fp:
	ld	t0, FRAME_FCSR(a0)
	fscsr	t0
	all_fp	fld
	j	leave_trap

/* arch_frame_keep(a0 = frame) */
	.global arch_frame_keep
arch_frame_keep:
	ld	t0, FRAME_STATUS(a0)
	bgez	t0, 1f                          # FS is not dirty
	all_fp	fsd
	fscsr	t0, zero                        # the next goroutine expects zero, and Initial
	sd	t0, FRAME_FCSR(a0)
	li	t0, STATUS_FS_DIRTY
	csrc	sstatus, t0
1:	ret

/* arch_frame_unkeep(a0 = frame) */
	.global arch_frame_unkeep
arch_frame_unkeep:
	ld	t0, FRAME_STATUS(a0)
	bgez	t0, 1f                          # the goroutine has no FP state
	ld	t0, FRAME_FCSR(a0)
	fscsr	t0
	all_fp	fld
	ret
1:	csrr	t0, sstatus
	bgez	t0, 2f                          # nor has the handler
	fscsr	zero
	li	t0, STATUS_FS_DIRTY
	csrc	sstatus, t0
2:	ret
