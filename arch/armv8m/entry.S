/* The vectors, and where cores begin: masked from their first instruction on. The hardware has taken
 * the stack pointer from the first word of a table and the address from the second: core 0 from the
 * vectors or from what a board's flash begins with, so it sets its stack itself; another one from its
 * arch_reset_table. That is constant: QEMU takes it from the file. */
#include "base/config.h"
#include "macros.inc"

	.section .entry, "ax"
	.balign	1024
	.global arch_vectors
arch_vectors:
	.word	core_stacks + CONFIG_CORE_STACK, _start
	.rept	9
	.word	arch_exception
	.endr
	.word	arch_svc
	.rept	3
	.word	arch_exception
	.endr
	.rept	256 - 15
	.word	arch_interrupt
	.endr

	.balign	128
	.global arch_reset_table
arch_reset_table:
	.set	i, 1
	.rept	CONFIG_CORES
	.word	core_stacks + i * CONFIG_CORE_STACK, arch_secondary_entry
	.balign	128
	.set	i, i + 1
	.endr

	.macro	set_vectors                     // board_init may ask a host that does not answer
	ldr	r0, =VTOR
	ldr	r1, =arch_vectors
	str	r1, [r0]
	dsb
	.endm

	function _start
	cpsid	i
	set_vectors
	ldr	sp, =core_stacks + CONFIG_CORE_STACK
	movs	r0, #0
	ldr	r1, =bss_start
	ldr	r2, =bss_end
	mov	r9, r0                          // no goroutine
1:	stm	r1!, {r0}
	cmp	r1, r2
	blo	1b
	b	kernel_start

	function arch_secondary_entry
	cpsid	i
	set_vectors
	movs	r0, #0
	mov	r9, r0
	ldr	r0, =core_stacks + CONFIG_CORE_STACK
	ldr	r1, =CONFIG_CORE_STACK
	sub	r0, sp, r0
	udiv	r0, r0, r1                      // the core's index
	b	kernel_start_core
