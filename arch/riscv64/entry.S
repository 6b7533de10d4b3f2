/* Where cores begin: in S-mode, masked, address translation off, a0 = the hart's number. */
#include "config.h"
#include "offsets.h"

	.section .text.start, "ax"
	.global _start
_start:                                         # a1 = the device tree
	la	t0, bss_start
	la	t1, bss_end
1:	sd	zero, 0(t0)
	sd	zero, 8(t0)
	addi	t0, t0, 16
	bltu	t0, t1, 1b
	la	t0, arch_boot_hart
	sd	a0, 0(t0)
	mv	a0, a1
	li	a1, 0
	call	own_stack
	tail	kernel_start

	.text
	.global arch_secondary_entry
arch_secondary_entry:                           # a1 = the core's index
	mv	a0, a1
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
