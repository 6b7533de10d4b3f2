#!/bin/sh
# A program of C, C++ and assembly in subfolders, with an app.mk: it runs on each instruction set, a change of app.mk builds the
# program anew and nothing of the kernel, and what app.mk says wrong is refused with a sentence.
# needs: aarch64-linux-gnu-g++=g++-aarch64-linux-gnu
. "$(dirname "$0")/example_lib.sh"
program=$tmp/program
mkdir -p "$program/src/deep" "$program/inc" "$program/lib" "$program/other" "$program/out"
cat >"$program/app.mk" <<'MK'
# A comment
others = other out
INCLUDES = inc
DEFINES = ADDED=11 TEXT='"a b"'
FLAGS = -DFROM_FLAGS
CFLAGS = -DONLY_C
CXXFLAGS = -DONLY_CXX
LEAVE_OUT = $(others) *.s
MK
echo 'int main(void) { return 1; }' | tee "$program/other/x.c" >"$program/src/x_test.c"
touch "$program/old.s"
echo '#define ANSWER 42' >"$program/inc/answer.h"
cat >"$program/src/deep/a.S" <<'S'
#include <answer.h>
#ifndef FROM_FLAGS
#error FLAGS are for assembly too
#endif
	.text
	.globl from_assembly
#if defined(__aarch64__)
from_assembly:
	mov w0, #ANSWER
	ret
#elif defined(__riscv)
from_assembly:
	li a0, ANSWER
	ret
#else
	.syntax unified
	.thumb_func
from_assembly:
	movs r0, #ANSWER
	bx lr
#endif
S
cat >"$program/src/c.c" <<'C'
#if !defined(FROM_FLAGS) || !defined(ONLY_C) || defined(ONLY_CXX)
#error flags
#endif
int in_c(const char *text);
int in_c(const char *text)
{
	return text[1] == ' ' && TEXT[2] == 'b' ? ADDED : 0;
}
C
cat >"$program/main.cpp" <<'CXX'
#include <stdio.h>
#include <new>
#include <skein.h>
#if !defined(FROM_FLAGS) || defined(ONLY_C) || !defined(ONLY_CXX)
#error flags
#endif

struct point { int x, y; };
enum color { RED, GREEN };
extern "C" int from_assembly();
extern "C" int in_c(const char *);

static int constructed;
struct counter {
	int n;
	counter(int m) : n(m) { constructed++; }
	virtual ~counter() { printf("gone %d\n", n); }
	virtual int value() { return n; }
};
struct twice : counter {
	using counter::counter;
	int value() override { return 2 * n; }
};
static counter global(7);

static counter *first(int n)
{
	static counter c((go_sleep(ms(1)), n));
	return &c;
}
static void worker(chan(int) c, int n, const char *, color) { chan_send(c, first(n)->n == n ? 1 : 0); }
static void none() {}
static void of_point(point *p) { if (p->x != 1 || p->y != 2) printf("wrong copy\n"); }
static void many(chan(point) c, chan(void) end)
{
	for (int i = 0; i < 10; i++)
		chan_send(c, point{i, i * i});
	chan_close(c);
	chan_send(end);
}

int main()
{
	chan(int) c = chan_make(int, 8);
	chan(point) p = chan_make(point, 2);
	chan(void) end = chan_make(void, 0);
	chan(double) d = chan_try_make(double, 1);
	struct waitgroup wg = {};
	int sum = 0, v, seen = 0;
	bool ok = true;
	point where;

	if (constructed != 1 || global.n != 7)
		return 1;
	for (int i = 0; i < 4; i++)
		go(worker, c, i, NULL, GREEN);
	for (int i = 0; i < 4; i++) {
		chan_recv(c, &v);
		sum += v;
	}
	if (sum != 1 || constructed != 2)
		return 2;
	wg_go(&wg, none);
	wg_wait(&wg);
	go_with(go_attr(.name = "many"), many, p, end);
	go_copy(of_point, point{1, 2});
	while (ok)
		switch (chan_select(on_recv_ok(p, &where, &ok), on_send(c, 5))) {
		case 0: seen += ok ? where.y : 0; break;
		case 1: chan_recv(c, &v); break;
		}
	chan_recv(end, NULL);
	if (seen != 285 || v != 5)
		return 3;
	if (chan_try_select(on_recv(c, &v)) != -1 || chan_select_for(ms(1), on_recv(d, nullptr)) != -1)
		return 4;
	if (chan_send_for(d, 1, ms(1)) != CHAN_OK || chan_try_send(d, 2) != CHAN_NOT_READY || chan_len(d) != 1)
		return 5;
	if (!go_try(none) || chan_try_send(end) != CHAN_NOT_READY)
		return 6;
	counter *t = new twice(4);
	int n = t->value();
	delete t;
	counter *array = new (std::nothrow) counter[2]{1, 2};
	delete[] array;
	if (n != 8 || constructed != 5)
		return 7;
	return from_assembly() + in_c("a b") - 53;
}
CXX

for board in $boards; do
	flock build/examples.lock make -s image APP="$program" BOARD="$board" >"$tmp/out" 2>&1 || fail "it does not build on $board"
	! grep -q warning: "$tmp/out" || fail "a warning on $board"
	image=$(make -s where APP="$program" BOARD="$board")
	run 0 CORES=2
	tr '\n' ' ' <"$tmp/out" | grep -q 'gone 4 gone 2 gone 1 gone [0-3] gone 7 ' || fail "no destructors on $board"
done

# What is built when app.mk changes, when a source goes, and when nothing changes.
board=${boards%% *}
image=$(make -s where APP="$program" BOARD="$board")
rebuilds() { # what is built, as make says it
	flock build/examples.lock make -s image APP="$program" BOARD="$board" >"$tmp/out" 2>&1
	[ "$(sed -n 's/^  c[c+ ]* //p' "$tmp/out" | xargs -rn 1 basename | sort | tr '\n' ' ')" = "$1" ] || fail "not this is built: $1"
}
rebuilds ""
sed -i 's/ADDED=11/ADDED=12/' "$program/app.mk"
rebuilds "a.S c.c main.cpp "
run 1
rm "$program/src/c.c"
rebuilds ""
grep -q 'undefined reference to `in_c' "$tmp/out" || fail "a source that was deleted is still there"

rm "$program/app.mk"
rebuilds ""
grep -q 'old.s is no source' "$tmp/out" || fail "it builds without its app.mk"
rm "$program/old.s" "$program/main.cpp" "$program/src/deep/a.S"
rebuilds "x.c "
run 1

# What is wrong ends in a sentence.
refuses() { # a sentence; a line of app.mk
	echo "$2" >"$program/app.mk"
	make -s image APP="$program" BOARD="$board" >"$tmp/out" 2>&1 && fail "not refused: $2"
	grep -q -- "$1" "$tmp/out" || fail "app.mk: $2: it does not say: $1"
}
refuses 'sets DEFINE, which is no variable of an app.mk; is DEFINES meant' 'DEFINE = A'
refuses 'sets BOARD, which is no variable of an app.mk' 'BOARD = raspi3'
refuses 'INCLUDES names nowhere, which is not in' 'INCLUDES = nowhere'
refuses 'LIBRARIES names lib/x.a, which is not in' 'LIBRARIES = lib/x.a'
refuses 'SOURCES names \*\.cxx, which is not in' 'SOURCES = *.cxx'
refuses 'DEFINES has the word -DA; write it without its -D' 'DEFINES = -DA'
refuses 'FLAGS has a quote without its end' "FLAGS = -DA='x"
refuses 'make cannot read .*missing separator' 'DEFINES A'
touch "$program/old.s"
refuses 'old.s is no source that is built.*rename it to .S .*LEAVE_OUT = old.s in app.mk' ''
refuses 'has no source in it or below it' 'LEAVE_OUT = *'
rm "$program/old.s"
touch "$program/a b.c"
refuses "a b.c has a ' '" 'SOURCES = *.c'
