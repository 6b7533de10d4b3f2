#!/bin/sh
# make stack: what it computes for a program that has each kind of goroutine is above what they use, by little, and it
# names what it cannot bound. A wrong comment is one sentence. One board has an MMU. On the other the hardware
# pushes registers on the stack of whom it interrupts; and stacks are fixed, so a build warns of large frames. The same
# bound holds for every example and every test of the kernel. PROGRAMS="..." says for which it is tried.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS # an outer make's variables are not for ours
: "${BOARDS:=virt-aarch64 mps2-an521}"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

fail()
{
	echo "$1"
	cat "$dir/out"
	failed=1
}

stack() # words of make; one script at a time, because two would write the same objects
{
	flock build/examples.lock timeout 300 make -s stack LIMIT=60 BOARD="$board" "$@" >"$dir/out" 2>&1
}

mkdir -p build "$dir/proof" "$dir/wrong"
cat >"$dir/proof/proof.c" <<'END'
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "skein.h"

static volatile int sink;
static struct waitgroup wg;
static __attribute__((noinline)) void use(volatile char *p, int n)
{
	for (int i = 0; i < n; i++)
		p[i] = i;
	sink += p[n / 2];
}

static void large(void) { volatile char buf[700]; use(buf, 700); }

/* Depth of the tree. recursion: 6 */
static __attribute__((noinline)) int tree(int n)
{
	volatile char buf[40];
	use(buf, 40);
	return n ? tree(n - 1) + buf[1] : 0;
}
static void climbs(void) { sink += tree(5); }

static __attribute__((noinline)) int endless(int n)
{
	volatile char b[16];
	use(b, 16);
	return n ? endless(n - 1) + b[2] : 0;
}
static void recurses(void) { sink += endless(4); }

static void variable(int n) { char *p = alloca(n); use(p, n); }

struct shape { void (*draw)(int); };
static __attribute__((noinline)) void square(int n) { volatile char b[300]; use(b, 300); sink += n; }
static __attribute__((noinline)) void circle(int n) { volatile char b[100]; use(b, 100); sink += n; }
static struct shape shapes[2] = {{square}, {circle}};
static void draws(int i)
{
	for (int k = 0; k < 2; k++)
		shapes[(i + k) % 2].draw(i); /* stack: calls square, circle */
}
static void guesses(int i) { shapes[i].draw(i); }

static int by_value(const void *a, const void *b)
{
	volatile char x[64];
	use(x, 64);
	return *(const int *)a - *(const int *)b;
}
static void sorts(void)
{
	int v[16];
	for (int i = 0; i < 16; i++)
		v[i] = 16 - i;
	qsort(v, 16, sizeof *v, by_value);
	sink += v[3];
}
struct job { int n; char rest[100]; };
static void copies(struct job *j) { square(j->n + j->rest[3]); }
static void counted(int n) { square(n); }
static void prints(void) { printf("%d\n", sink > 0); }
static __attribute__((noinline)) void start(void (*f)(void)) { go(f); }
static void small(void) { sink++; }
static volatile double real = 3; /* libgcc's assembly, where a core has no floating point */
static void divides(void) { real = real * real / 7; }

int main(void)
{
	go(large);
	go(climbs);
	go(recurses);
	go(variable, 100);
	go(draws, 1);
	go(guesses, 0);
	go(sorts);
	go_copy(copies, (struct job){1, ""});
	wg_go(&wg, counted, 1);
	go(prints);
	start(small);
	go(divides);
	wg_wait(&wg);
	volatile char buf[1000]; /* main has room */
	use(buf, 1000);
	go_sleep(ms(200));
	return 0;
}
END
cat >"$dir/wrong/wrong.c" <<'END'
#include "skein.h"
static volatile int sink;
static void (*p)(int);
static __attribute__((noinline)) void a(int n) { sink += n; }
/* recursion: 4 */
static void f(int n)
{
	p(n); /* stack: calls a, typo */
}
/* stack: call f */
static void g(void)
{
	sink++; /* stack: calls a */
}
int main(void)
{
	p = a;
	go(f, 1);
	go(g);
	go_sleep(1000);
}
END

# The goroutines of proof.c that must be bounded, by at most so many bytes more than they use (on AArch64 these are the
# compiler's gaps; a Cortex-M33 may push 36 bytes more, when an interrupt comes at the deepest place), and those that
# cannot be.
shape()
{
	awk -v slack="$1" '
		$1 ~ /^(large|climbs|draws|copies|counted)$/ { n++; if ($4 > $3 || $3 > $4 + slack) exit wrong = 1 }
		$1 ~ /^(recurses|variable|guesses|sorts)$/ { if ($3 != "-") exit wrong = 1; open++ }
		$1 ~ /^(small|divides|prints|main)$/ { if ($3 == "-") exit wrong = 1; all++ }
		/proof.c:[0-9]*, endless: recursion: endless > endless \(recurses\)/ { said++ }
		/proof.c:[0-9]*, variable: alloca/ { said++ }
		/proof.c:[0-9]*, guesses: a call through a pointer \(guesses\)/ { said++ }
		/the C library, qsort: recursion: qsort > qsort \(sorts\)/ { said++ }
		END { exit wrong || n != 5 || open != 4 || all != 4 || said != 4 }' "$dir/out"
}

warns() # of large's frame, and of no other; not where the default is so large that a quarter of it is more
{
	if [ "$(grep -c warning "$dir/out")" != 1 ] ||
	    ! grep -q "proof.c:[0-9:]*: warning: a call of large takes 7" "$dir/out"; then
		fail "make stack of proof.c on $board does not warn of large alone:"
	fi
	printf 'proof.c:1:1:large\t1024\tstatic\nproof.c:1:1:larger\t1025\tstatic\nproof.c:1:1:main\t9999\tstatic\n' |
		sed 's,^,/,' >"$dir/out"
	tools/frames -v stack=4096 "$dir/out" >"$dir/said"
	[ "$(grep -c "larger takes 1025" "$dir/said")$(wc -l <"$dir/said")" = 11 ] ||
		fail "of these frames tools/frames warns wrongly:"
}

refuses() # wrong comments
{
	stack APP="$dir/wrong" && fail "wrong comments were taken on $board:"
	for sentence in "wrong.c:8: the program has no function typo; name one" \
	    "wrong.c:10: \"stack: call f\" says nothing of stacks; write" \
	    "wrong.c:13: no goroutine calls through a pointer on this line or the next" \
	    "wrong.c:5: no goroutine runs into a recursion of this function"; do
		grep -qF "$sentence" "$dir/out" || fail "no sentence \"$sentence\":"
	done
}

notices() # that a comment is not true, when the program runs
{
	mkdir -p "$dir/short"
	sed 's/recursion: 6/recursion: 2/' "$dir/proof/proof.c" >"$dir/short/short.c"
	if stack RUN=1 APP="$dir/short" || ! grep -q "climbs takes more than was computed" "$dir/out"; then
		fail "a recursion deeper than its comment was not noticed on $board:"
	fi
}

holds() # the bound, for a program, which may end as it likes
{
	case $1 in */preempt_stack.c) return ;; esac # it writes below its own stack pointer
	args=$(sed -n -e "s,^// test: .*args=[\"']\([^\"']*\).*,\1,p" -e "s,^// test: .*args=\([^\"' ]*\).*,\1,p" "$1" \
		2>/dev/null | sed 's/CORES/2/g' | head -n 1)
	[ "$1" != examples/sieve ] || args=40
	make -s image APP="$1" BOARD="$board" >/dev/null 2>&1 || return # it is not for this board
	stack RUN=1 APP="$1" CORES=2 ${args:+"ARGS=$args"}
	if ! grep -q "^function  *made at" "$dir/out" || grep -q "more than was computed" "$dir/out"; then
		fail "make stack RUN=1 of $1 on $board failed:"
	fi
	measured=$((measured + $(awk '$4 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ { n++ } END { print +n }' "$dir/out")))
}

measured=0
for board in $BOARDS; do
	case $board in virt-aarch64) slack=40 ;; mps2-an521) slack=76 ;; *) continue ;; esac
	stack RUN=1 APP="$dir/proof" || fail "make stack RUN=1 of proof.c on $board failed:"
	shape "$slack" || fail "make stack of proof.c on $board is not as it should be:"
	sample=
	if [ "$board" = mps2-an521 ]; then # one is enough
		warns
		refuses
		notices
		sample=tests/stress/pipeline.c
	fi
	for app in ${PROGRAMS:-$sample}; do
		holds "$app"
	done
	[ -z "${PROGRAMS:-$sample}" ] || [ "$measured" -gt 2 ] || fail "only $measured goroutines were measured:"
done
exit $failed
