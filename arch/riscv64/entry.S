/* Where cores begin: in S-mode, masked, address translation off, a0 = the hart's number.
 *
 * OpenSBI 1.1 announces that a hart is to start before it stores where: a hart that looks in
 * between comes to _start, as the boot hart did. So only the first one there is the boot hart, and
 * a secondary core finds its index by its number, not in a1. */
#include "config.h"
#include "offsets.h"

	.section .text.start, "ax"
	.global _start
_start:                                         # a1 = the device tree
	la	t0, booted
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	bnez	t1, arch_secondary_entry
	la	t0, bss_start
	la	t1, bss_end
1:	sd	zero, 0(t0)
	sd	zero, 8(t0)
	addi	t0, t0, 16
	bltu	t0, t1, 1b
	la	t0, arch_hart
	sd	a0, 0(t0)
	mv	a0, a1
	li	a1, 0
	call	own_stack
	tail	kernel_start

	.global arch_secondary_entry
arch_secondary_entry:
	la	t0, arch_hart
	li	a1, 0
	li	t1, CONFIG_CORES
1:	ld	t2, 0(t0)
	beq	t2, a0, 2f
	addi	t0, t0, 8
	addi	a1, a1, 1
	bltu	a1, t1, 1b
	tail	arch_halt                       # nobody asked for this hart
2:	mv	a0, a1
	call	own_stack
	tail	kernel_start_core

own_stack:                                      # a1 = the core's index; keeps a0
	li	t0, SIE_ALL
	csrw	sie, t0
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
