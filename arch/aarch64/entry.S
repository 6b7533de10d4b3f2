/* Power-on to kernel_start. A core arrives with the MMU off, at EL3, EL2 or EL1, and goes on at
 * EL1. Firmware keeps EL3 to itself and brings one core to _start, whatever that core's number is. A
 * core that arrives at EL3 has no firmware below, so all cores arrive: number 0 boots, the others
 * wait until arch_let_in. A board sends cores to arch_wait that its firmware holds in a table. */
#include "base/config.h"

#define SCTLR_OFF 0x30d00802      /* the bits that must be one; MMU and caches off, and alignment checked:
                                   * memory is as devices are until the MMU is on */
#define SCTLR_EL2_OFF 0x30c50830  /* the same of EL2 */
#define SCTLR_ON (1 << 12 | 1 << 4 | 1 << 3 | 1 << 2 | 1) /* I, SA0, SA, C, M */
#define SCTLR_ALIGNED 2
#define MAIR 0x04ff               /* 0: memory, write-back. 1: device, nGnRE */
#define TCR (1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | 25) /* TTBR0, shared, write-back, 39 bits */

	.section .entry, "ax"
	.global _start
_start:
	mov	x20, x0                 // the firmware's argument
	mrs	x0, CurrentEL
	cmp	x0, #3 << 2
	b.ne	1f
	mrs	x0, mpidr_el1
	and	x1, x0, #0xffffff
	and	x0, x0, #0xff00000000
	orr	x0, x0, x1
	cbnz	x0, arch_wait
1:	bl	enter_el1
	mov	x21, x0                 // the level we came from
	ldr	x0, =bss_start
	ldr	x1, =bss_end
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16     // both are multiples of 16
	b	1b
2:	adrp	x0, arch_boot_el
	str	w21, [x0, :lo12:arch_boot_el]
	ldr	x0, =core_stacks + CONFIG_CORE_STACK
	mov	sp, x0
	mov	x29, xzr                // the first frame record
	mov	x30, xzr
	mov	x0, x20
	b	kernel_start

/* The wait is a wfi: a wfe would spin under QEMU, and count as work under exact replay. It is at EL1
 * because an interrupt of EL1 need not end the wfi of a higher level. */
	.global arch_wait
arch_wait:
	bl	enter_el1
	mrs	x0, mpidr_el1
	tbz	x0, #24, 1f
	lsr	x0, x0, #8              // threads: the core's number is one field further up
1:	and	x0, x0, #0xff           // this core's index
	adrp	x1, arch_cores_let_in
wait:	wfi                             // board_wake ends it
	ldr	w2, [x1, :lo12:arch_cores_let_in]
	cmp	w2, w0
	b.lo	wait
	b	arch_secondary_entry

	.data
	.balign	64                      // the line of it alone is written back
	.global arch_cores_let_in
arch_cores_let_in:
	.word	0                       // the highest index that may go on
	.balign	64

/* The address space comes on before the first use of the stack: what this core wrote there uncached
 * would be hidden by lines of it that other cores hold. */
	.text
	.global arch_secondary_entry
arch_secondary_entry:
	mov	x20, x0                 // this core's index
	bl	enter_el1
	bl	arch_mmu_on
	ldr	x0, =core_stacks
	mov	x1, #CONFIG_CORE_STACK
	madd	x1, x1, x20, x1         // (index + 1) stacks above
	add	sp, x0, x1
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x20
	b	kernel_start_core

/* Returns at EL1 on SP_EL1, masked, MMU off, floating point usable; x0 = the level before. */
enter_el1:
	msr	daifset, #0xf
	mrs	x0, CurrentEL
	lsr	x0, x0, #2
	cmp	x0, #3
	b.ne	3f
	mov	x1, #0x5b1              // what is below: not secure, AArch64, may not call this level
	msr	scr_el3, x1
	msr	cptr_el3, xzr           // nothing is trapped
	mrs	x1, id_aa64pfr0_el1
	ubfx	x1, x1, #24, #4
	cbz	x1, 5f                  // no system registers of a GICv3
	mov	x1, #9
	msr	S3_6_C12_C12_5, x1      // ICC_SRE_EL3: what is below may use them
	isb
5:
	adr	x1, 3f
	msr	elr_el3, x1
	mrs	x1, id_aa64pfr0_el1
	tst	x1, #0xf << 8
	mov	x1, #0x3c5              // EL1 on SP_EL1, masked
	b.eq	4f                      // there is no EL2
	ldr	x1, =SCTLR_EL2_OFF
	msr	sctlr_el2, x1
	mov	x1, #0x3c9              // EL2, masked
4:	msr	spsr_el3, x1
	eret
3:	mrs	x2, CurrentEL
	cmp	x2, #2 << 2
	b.ne	1f
	mov	x1, #1 << 31
	msr	hcr_el2, x1             // EL1 is AArch64, nothing is trapped; the names below are EL1's
	isb
1:	ldr	x1, =SCTLR_OFF
	msr	sctlr_el1, x1
	mov	x1, #3 << 20
	msr	cpacr_el1, x1           // floating point is not trapped, SVE is
	isb
	b.eq	1f
	msr	spsel, #1
	ret

1:	mrs	x1, midr_el1
	msr	vpidr_el2, x1           // EL1 sees the core's own identity
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1
	mov	x1, #3
	msr	cnthctl_el2, x1         // and its counter and timer
	msr	cntvoff_el2, xzr
	mov	x1, #0x33ff
	msr	cptr_el2, x1            // floating point is not trapped here either
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr          // one number for all cores' address spaces
	mrs	x1, mdcr_el2
	and	x1, x1, #0x1f           // event counters stay EL1's, and debug events
	msr	mdcr_el2, x1
	mrs	x1, id_aa64pfr0_el1
	ubfx	x1, x1, #24, #4
	cbz	x1, 2f                  // no system registers of a GICv3
	mov	x1, #9
	msr	S3_4_C12_C9_5, x1       // ICC_SRE_EL2: EL1 may use them
	isb
	msr	S3_4_C12_C11_0, xzr     // ICH_HCR_EL2: none of them is virtual
2:	mov	x1, #0x3c5
	msr	spsr_el2, x1            // EL1 on SP_EL1, masked
	msr	elr_el2, x30
	eret

/* Boot core: what was written with the caches off counts, not what they held before. */
	.global arch_mmu_on_first
arch_mmu_on_first:
	mrs	x0, ctr_el0
	ubfx	x0, x0, #16, #4
	mov	x1, #4
	lsl	x1, x1, x0              // bytes of the smallest data cache line
	ldr	x2, =rodata_end
	ldr	x3, =image_end
	dsb	sy                      // the lines are invalid after what was written uncached
1:	dc	ivac, x2
	add	x2, x2, x1
	cmp	x2, x3
	b.lo	1b
	/* fall through */

/* Uses no stack and reads no data but constants beside the code. */
	.global arch_mmu_on
arch_mmu_on:
	ldr	x0, =MAIR
	msr	mair_el1, x0
	mrs	x1, id_aa64mmfr0_el1
	and	x1, x1, #0xf            // physical address bits: the encoding of TCR.IPS
	mov	x2, #5
	cmp	x1, x2
	csel	x1, x1, x2, lo          // 48, the most that 4 KB pages have
	ldr	x0, =TCR
	bfi	x0, x1, #32, #3
	msr	tcr_el1, x0
	ldr	x0, =arch_pagetables
	msr	ttbr0_el1, x0
	dsb	sy
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	sy
	isb
	mrs	x0, sctlr_el1
	and	x0, x0, #~SCTLR_ALIGNED
	mov	x1, #SCTLR_ON
	orr	x0, x0, x1
	msr	sctlr_el1, x0
	isb
	ret
