/* Every register of a goroutine, general, floating-point and control, survives thousands of
 * preemptions on all cores, and those that a call keeps survive go_yield. */
// test: cores=1,4
#include <string.h>
#include "base/atomic.h"
#include "sched/core.h"
#include "test.h"

enum { PREEMPTIONS = 2000 };

/* hold(io, n): loads all registers but sp and two or three from io[0], loops n times without
 * touching them, stores them to io[1]. Words: the general ones, then the control ones, then the
 * floating-point ones. */
#ifdef __aarch64__
enum { CONTROL = 29, FLOAT = 32, WORDS = 96 };
static const unsigned long control_mask[] = {0x3c00000, 0x800001f, 0xf0000000}; /* fpcr fpsr nzcv */
__asm__(".text\n"
        ".macro pairs op\n"
        "\\op x2, x3, [x0, #0]\n\\op x4, x5, [x0, #16]\n\\op x6, x7, [x0, #32]\n\\op x8, x9, [x0, "
        "#48]\n"
        "\\op x10, x11, [x0, #64]\n\\op x12, x13, [x0, #80]\n\\op x14, x15, [x0, #96]\n"
        "\\op x16, x17, [x0, #112]\n\\op x18, x19, [x0, #128]\n\\op x20, x21, [x0, #144]\n"
        "\\op x22, x23, [x0, #160]\n\\op x24, x25, [x0, #176]\n\\op x26, x27, [x0, #192]\n"
        "\\op x28, x29, [x0, #208]\n"
        ".endm\n"
        ".macro floats op\n"
        ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
        "23, 24, 25, "
        "26, 27, 28, 29, 30, 31\n"
        "\\op q\\n, [x0, #256 + 16 * \\n]\n"
        ".endr\n"
        ".endm\n"
        ".macro kept op\n"
        "\\op x19, x20, [sp, #16]\n\\op x21, x22, [sp, #32]\n\\op x23, x24, [sp, #48]\n"
        "\\op x25, x26, [sp, #64]\n\\op x27, x28, [sp, #80]\n\\op d8, d9, [sp, #96]\n"
        "\\op d10, d11, [sp, #112]\n\\op d12, d13, [sp, #128]\n\\op d14, d15, [sp, #144]\n"
        ".endm\n"
        "hold:\n"
        "stp x29, x30, [sp, #-160]!\n"
        "kept stp\n"
        "floats ldr\n"
        "ldr x2, [x0, #232]\nmsr fpcr, x2\n"
        "ldr x2, [x0, #240]\nmsr fpsr, x2\n"
        "ldr x2, [x0, #248]\nmsr nzcv, x2\n"
        "ldr x30, [x0, #224]\n"
        "pairs ldp\n"
        "1: sub x1, x1, #1\n"
        "cbnz x1, 1b\n"
        "add x0, x0, #768\n"
        "pairs stp\n"
        "str x30, [x0, #224]\n"
        "mrs x2, fpcr\nstr x2, [x0, #232]\n"
        "mrs x2, fpsr\nstr x2, [x0, #240]\n"
        "mrs x2, nzcv\nstr x2, [x0, #248]\n"
        "floats str\n"
        "msr fpcr, xzr\n"
        "kept ldp\n"
        "ldp x29, x30, [sp], #160\n"
        "ret\n");
#elif defined __arm__
#ifdef __ARM_FP
#define FLOATS "1"
enum { CONTROL = 12, FLOAT = 14, WORDS = 46 };
#else
#define FLOATS "0"
enum { CONTROL = 12, FLOAT = 13, WORDS = 13 };
#endif
static const unsigned long control_mask[] = {0xf8000000, 0xf3c0009f}; /* apsr fpscr */
/* An interrupt may come in the middle of the IT block. r9 too: a library of the compiler may use
 * it. */
__asm__(".syntax unified\n.text\n.balign 4\n.thumb_func\n"
        "hold:\n"
        "push {r4-r11, lr}\n"
        ".if " FLOATS "\n"
        "vpush {s16-s31}\n"
        "add r2, r0, #56\nvldm r2, {s0-s31}\n"
        "ldr r2, [r0, #52]\nvmsr fpscr, r2\n"
        ".endif\n"
        "ldr r2, [r0, #48]\nmsr apsr_nzcvq, r2\n"
        "ldm r0, {r2-r12, lr}\n"
        "1: sub.w r1, r1, #1\n"
        "ite mi\nmovmi r1, r1\nmovpl r1, r1\n"
        "cbz r1, 2f\n"
        "b 1b\n"
        "2: add.w r0, r0, #4 * (13 + 33 * " FLOATS ")\n"
        "stm r0, {r2-r12, lr}\n"
        "mrs r2, apsr\nlsr r2, r2, #27\nlsl r2, r2, #27\nstr r2, [r0, #48]\n"
        ".if " FLOATS "\n"
        "vmrs r2, fpscr\nstr r2, [r0, #52]\n"
        "add r2, r0, #56\nvstm r2, {s0-s31}\n"
        "mov r2, #0\nvmsr fpscr, r2\n"
        "vpop {s16-s31}\n"
        ".endif\n"
        "pop {r4-r11, pc}\n");
#else
#if __riscv_xlen == 64
#define SIZE "8"
#define LOAD "ld"
#define STORE "sd"
#define FLOATS "1"
enum { CONTROL = 26, FLOAT = 27, WORDS = 59 };
#else /* and no floating-point registers */
#define SIZE "4"
#define LOAD "lw"
#define STORE "sw"
#define FLOATS "0"
enum { CONTROL = 26, FLOAT = 26, WORDS = 26 };
#endif
static const unsigned long control_mask[] = {0x7f}; /* fcsr, with a rounding mode below 4 */
__asm__(".text\n"
        ".macro all op\n"
        ".irp n, 5, 6, 7, 8, 9\n\\op x\\n, " SIZE " * (\\n - 4)(a0)\n.endr\n"
        ".irp n, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
        "\\op x\\n, " SIZE " * (\\n - 6)(a0)\n"
        ".endr\n"
        "\\op ra, 0(a0)\n"
        ".endm\n"
        ".macro floats op\n"
        ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
        "23, 24, 25, "
        "26, 27, 28, 29, 30, 31\n"
        "\\op f\\n, 8 * \\n + 216(a0)\n"
        ".endr\n"
        ".endm\n"
        ".macro kept op\n"
        "\\op ra, 200(sp)\n\\op s0, 96(sp)\n"
        ".irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n\\op s\\n, 8 * (\\n - 1)(sp)\n.endr\n"
        ".endm\n"
        ".macro kept_floats op\n"
        ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n\\op fs\\n, 104 + 8 * \\n(sp)\n.endr\n"
        ".endm\n"
        "hold:\n"
        "addi sp, sp, -208\n"
        "kept " STORE "\n"
        ".if " FLOATS "\n"
        "kept_floats fsd\n"
        "ld t0, 208(a0)\nfscsr t0\n"
        "floats fld\n"
        ".endif\n"
        "all " LOAD "\n"
        "1: addi a1, a1, -1\n"
        "bnez a1, 1b\n"
        "addi a0, a0, " SIZE " * (26 + 33 * " FLOATS ")\n"
        "all " STORE "\n"
        ".if " FLOATS "\n"
        "frcsr t0\nsd t0, 208(a0)\n"
        "floats fsd\n"
        "fscsr zero\n"
        "kept_floats fld\n"
        ".endif\n"
        "kept " LOAD "\n"
        "addi sp, sp, 208\n"
        "ret\n");
#endif
void hold(unsigned long io[2][WORDS], unsigned long n);

static struct waitgroup done;
static uint64_t start;
static bool over; /* atomic */

static uint64_t preemptions(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < go_cores(); i++)
		sum += peek(&cores[i].stats.preemptions);
	return sum;
}

static void fill(unsigned long *words, uint64_t *seed)
{
	for (unsigned i = 0; i < WORDS; i++) {
		*seed = *seed * 6364136223846793005u + 1442695040888963407u;
		words[i] = *seed ^ *seed >> 29;
		if (i >= CONTROL && i < FLOAT)
			words[i] &= control_mask[i - CONTROL];
	}
}

static void holder(uint64_t seed)
{
	unsigned long io[2][WORDS];
	unsigned i;

	while (!load_relaxed(&over)) {
		fill(io[0], &seed);
		hold(io, 20000);
		for (i = 0; i < WORDS && io[0][i] == io[1][i]; i++)
			;
		if (i < WORDS) {
			kprintf("word %u was %llx and is %llx\n", i, (unsigned long long)io[0][i],
			        (unsigned long long)io[1][i]);
			check(!"every register survives");
			break;
		}
		if (preemptions() - start > PREEMPTIONS)
			store_relaxed(&over, true);
	}
	check(true);
	wg_done(&done);
}

/* More sums than there are registers that a call keeps, of numbers that add up exactly. */
static void sums(unsigned number)
{
	double step = number / 4.0;
	double a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0;

	for (unsigned n = 0; n < 500; n++) {
		a += step, b += a, c += 2 * step, d += 3 * step, e += 4 * step;
		f += 5 * step, g += 6 * step, h += 7 * step, i += 8 * step, j += 9 * step;
		go_yield();
	}
	check(a == 500 * step && b == 125250 * step && c == 1000 * step && d == 1500 * step &&
	      e == 2000 * step);
	check(f == 2500 * step && g == 3000 * step && h == 3500 * step && i == 4000 * step &&
	      j == 4500 * step);
	wg_done(&done);
}

/* Preempts what runs on its core, many times. */
static void pest(void)
{
	while (!load_relaxed(&over))
		go_sleep(us(30));
	wg_done(&done);
}

int main(void)
{
	start = preemptions();
	wg_add(&done, 4 * go_cores() + 2);
	for (unsigned i = 0; i < go_cores() + 1; i++)
		go_with(go_attr(.stack = 8192), holder, i + 1);
	for (unsigned i = 0; i < go_cores() + 1; i++)
		go(sums, i + 1);
	for (unsigned i = 0; i < 2 * go_cores(); i++)
		go_with(go_attr(.core = (int)(i % go_cores())), pest);
	wg_wait(&done);
	kprintf("%u preemptions\n", (unsigned)(preemptions() - start));
	check(preemptions() - start > PREEMPTIONS);
	return test_done();
}
