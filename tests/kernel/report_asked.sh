#!/bin/sh
# A run that does not end, by ^\ or the time limit, ends with every goroutine and where it stands: computing, with preemption
# off, masked on all cores, or all asleep.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/hang.c" <<'PROGRAM'
#include <skein.h>
#include <stdatomic.h>

static struct spinlock lock[16];
static atomic_int ready;

static void hog(int i, int how)
{
	if (how == 'o')
		go_preempt_off();
	if (how == 'm')
		spin_lock(&lock[i]);
	if (++ready == (int)go_cores())
		kprintf("ready\n");
	for (;;)
		;
}

static void waiter(chan(int) c)
{
	chan_recv(c, NULL);
}

int main(int argc, char **argv)
{
	int how = argc > 1 ? argv[1][0] : 0;

	chan(int) c = chan_make(int, 0);

	go_with(go_attr(.name = "waiter"), waiter, c);
	while (!*(void *volatile *)&chan_of(c)->receivers.first)
		go_yield();
	for (int i = 0; i < (int)go_cores() && how != 'a'; i++)
		go_with(go_attr(.core = i, .name = "hog"), hog, i, how);
	if (how == 'a')
		kprintf("ready\n");
	go_sleep(sec(100000));
}
PROGRAM

fail() {
	echo "$*"
	cat "$tmp/output" "$tmp/errors"
	exit 1
}

begin() { # how it hangs, then the runner's words; until all cores do
	how=$1
	shift
	: >"$tmp/output" # the one before has been ready too
	tests/run "$image" CORES=2 "ARGS=$how" "$@" >"$tmp/output" 2>"$tmp/errors" &
	run=$!
	for i in $(seq 600); do
		grep -q '^ready' "$tmp/output" && break
		sleep 0.1
	done
	sleep 0.1
}

says() { # the runner's sentence and status
	wait $run && status=0 || status=$?
	[ $status = "$2" ] || fail "$board $how: status $status, expected $2"
	grep -q "$1" "$tmp/errors" || fail "$board $how: the runner does not say: $1"
	grep -q '^stopped: from outside' "$tmp/output" || fail "$board $how: no report"
	grep -q '^goroutine .* "waiter" .chan receive' "$tmp/output" || fail "$board $how: a goroutine is missing"
	n=$(grep -c '^    at .* hog+[0-9]* (.*hang.c:[0-9]*)' "$tmp/output")
	[ "$n" = "$3" ] || fail "$board $how: $n computing goroutines have a place, expected $3"
}

for board in ${BOARDS:-virt-aarch64 virt-riscv64 virt-riscv32}; do
	flock build/examples.lock make -s image APP="$tmp/hang.c" BOARD="$board" >"$tmp/output" 2>&1 || fail "$board: not built"
	image=$(make -s where APP="$tmp/hang.c" BOARD="$board")
	for how in computes off masked asleep; do
		begin $how LIMIT=60
		kill -QUIT $run
		says 'stopped by ^' 131 $([ $how = asleep ] && echo 0 || echo 2)
	done
done
begin masked LIMIT=3
says 'still running after 3 seconds' 124 2
