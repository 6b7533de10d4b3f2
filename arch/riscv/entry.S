/* Where cores begin: masked, address translation off, a0 = the hart's number, a1 = the device tree.
 *
 * Without firmware all harts begin at _start together. OpenSBI 1.1 announces that a hart is to
 * start before it stores where: a hart that looks in between comes to _start, as the boot hart did.
 * So only the first one there is the boot hart; the others go on when the board has entered their
 * number in arch_hart, which tells them their index, and woken them. */
#include "base/config.h"
#include "offsets.h"

	.section .entry, "ax"
	.global _start
_start:
	la	t0, booted
	li	t1, 1
	amoswap.w t1, t1, (t0)          # nothing else is read because of it
	bnez	t1, arch_secondary_entry
	la	t0, bss_start
	la	t1, bss_end
1:	REG_S	zero, 0(t0)
	REG_S	zero, REG_SIZE(t0)
	addi	t0, t0, 2 * REG_SIZE
	bltu	t0, t1, 1b
	la	t0, arch_hart
	REG_S	a0, 0(t0)
	mv	a0, a1
	li	a1, 0
	call	own_stack
	tail	kernel_start

	.global arch_secondary_entry
arch_secondary_entry:
	csrwi	xie, IP_SOFTWARE                # what ends the wfi
1:	la	t0, arch_hart
	li	a1, 0
	li	t1, CONFIG_CORES
2:	REG_L	t2, 0(t0)
	beq	t2, a0, 3f
	addi	t0, t0, REG_SIZE
	addi	a1, a1, 1
	bltu	a1, t1, 2b
	wfi                                     # nobody asked for this hart yet
	j	1b
3:	fence	r, rw                           # H2
	mv	a0, a1
	call	own_stack
	tail	kernel_start_core

own_stack:                                      # a1 = the core's index; keeps a0
	li	t0, IP_SOFTWARE | IP_TIMER | IP_EXTERNAL
	csrw	xie, t0
	li	gp, 0                           # no core, no goroutine, no caller
	li	tp, 0
	li	s0, 0
	li	t0, CONFIG_CORE_STACK
	addi	a1, a1, 1
	mul	t0, t0, a1
	la	sp, core_stacks
	add	sp, sp, t0
	ret

	.data
	.balign	4
booted:
	.word	0
