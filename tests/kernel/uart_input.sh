#!/bin/sh
# What comes through the console's serial port: 100,000 bytes at full speed lose nothing, to one that reads slowly too; bytes that
# nobody reads are counted; a read has a limit and stands in a select; it is no deadlock while it waits; exit does not wait for it.
cd "$(dirname "$0")/../.." || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/input.c" <<'PROGRAM'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <skein.h>
#include <skein/uart.h>

/* Until the ring is full, and the chip: whatever lost bytes then would lose some now. */
static void fill(void)
{
	while (chan_len(uart_chan(uart_open(0, 0))) < UART_RING)
		go_sleep(ms(1));
	go_sleep(ms(20));
}

/* Reads all. Slowly: now and then it waits until there is no room for what comes. */
static void sum(bool slowly)
{
	static unsigned char bytes[5000];
	uint32_t crc = 0xffffffff;
	size_t n, all = 0;

	for (; (n = fread(bytes, 1, sizeof(bytes), stdin)); all += n) {
		for (size_t i = 0; i < n; i++) {
			crc ^= bytes[i];
			for (int bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		}
		if (slowly && all < 25000)
			fill();
	}
	printf("%zu bytes, %08x\n", all, (unsigned)~crc);
}

/* Of 5000 bytes, all but the ring are lost, and counted. */
static void lost(void)
{
	struct uart *u = uart_open(0, 0);
	uint8_t byte;
	size_t n = 0;

	while (uart_lost(u) + chan_len(uart_chan(u)) < 5001) /* the end is a byte too */
		go_sleep(ms(1));
	while (uart_read_for(u, &byte, 1, 0))
		if (byte != 'a' + n++ % 26)
			abort();
	printf("%zu read, %u lost\n", n, (unsigned)uart_lost(u));
}

/* The limit, the select, several bytes at once. */
static void forms(void)
{
	struct uart *u = uart_open(0, 0);
	char text[10];
	uint8_t byte;
	size_t n = 0;

	if (uart_open(0, 0) != u || uart_read(u, text, 0) != 0)
		abort();
	if (chan_select(on_recv(uart_chan(u), &byte)) != 0 || byte != 'x')
		abort();
	while (n < 6)
		n += uart_read(u, text + n, 6 - n);
	if (memcmp(text, "yz\n\026\004\n", 6) != 0)
		abort();
	if (uart_read(u, text, 1) != 1 || text[0] != '\004')
		abort();
	go_time start = go_now();
	if (uart_read_for(u, text, 5, ms(5)) != 0 || go_now() - start < ms(5))
		abort();
	if (chan_select_for(ms(5), on_recv(uart_chan(u), &byte)) != -1)
		abort();
	printf("forms\n");
}

static void reader(chan(int) done)
{
	chan_send(done, getchar());
}

/* main waits for a goroutine that waits for the port: no deadlock, and then one that knows. */
static void deadlock(void)
{
	chan(int) done = chan_make(int, 0);
	int c;

	go(reader, done);
	chan_recv(done, &c);
	printf("got %c\n", c);
	chan_recv(done, NULL);
}

/* A goroutine waits in getchar for ever, and has locked stdin. */
static void leave(void)
{
	go(reader, chan_make(int, 0));
	go_sleep(ms(20));
	printf("left\n");
}

static void lines(void)
{
	char line[20];
	int a, b;

	if (scanf("%d %d", &a, &b) != 2 || getchar() != '\n')
		abort();
	while (fgets(line, sizeof(line), stdin))
		printf("%d %s", a + b, line);
	printf("\n%d %d\n", feof(stdin), (int)read(0, line, 5)); /* asks again */
}

int main(int argc, char **argv)
{
	switch (argc > 1 ? argv[1][0] : 0) {
	case 'q': sum(false); break;
	case 's': sum(true); break;
	case 'l': lost(); break;
	case 'f': forms(); break;
	case 'd': deadlock(); break;
	case 'e': leave(); break;
	default: lines();
	}
}
PROGRAM
python3 - "$tmp" <<'PROGRAM'
import random, sys, zlib
data = random.Random(7).randbytes(50000) + bytes(range(256)) * 190 + b"no end of line\x15\x16\x04" + b"x" * 1343
assert len(data) == 100000
open(sys.argv[1] + "/data", "wb").write(data)
open(sys.argv[1] + "/sum", "w").write(f"100000 bytes, {zlib.crc32(data):08x}\n")
open(sys.argv[1] + "/letters", "w").write("".join(chr(97 + i % 26) for i in range(4999)) + "\n")
PROGRAM

fail() {
	echo "$board: $*"
	tail -n 30 "$tmp/output" "$tmp/errors"
	exit 1
}

run() { # STATUS MODE LINE: our standard input is its own; what it prints begins with this line, and is no more if it succeeds
	got=0
	timeout -k 5 60 tests/run "$image" LIMIT=30 CORES=2 ARGS="$2" >"$tmp/output" 2>"$tmp/errors" || got=$?
	[ $got = "$1" ] || fail "$2: status $got, not $1"
	printf '%s\n' "$3" >"$tmp/expected"
	[ $got != 0 ] || cmp -s "$tmp/expected" "$tmp/output" || fail "$2: not $3"
	[ "$(head -n 1 "$tmp/output")" = "$3" ] || [ $got = 0 ] || fail "$2: not $3"
}

[ "${BOARDS:=virt-aarch64 all}" = "${BOARDS#* }" ] || # else one board was named
	BOARDS="virt-aarch64 virt-riscv64 virt-riscv32 mps2-an521 raspi3 zcu102 sifive-u musca-b1" # each chip, each controller
printf 'xyz\n\004\n' >"$tmp/forms"
printf 'k' >"$tmp/letter"
printf '20 22\nlast' >"$tmp/words"
mkfifo "$tmp/fifo"
exec 3<>"$tmp/fifo" # which never ends
for board in $BOARDS; do
	flock build/examples.lock make -s image APP="$tmp/input.c" BOARD="$board" >"$tmp/output" 2>&1 || fail "not built"
	image=$(make -s where APP="$tmp/input.c" BOARD="$board")
	run 0 quick "$(cat "$tmp/sum")" <"$tmp/data"
	run 0 lost "2048 read, 2953 lost" <"$tmp/letters"
	! grep -q '^BOARD_LIKE' "boards/$board/board.mk" || [ "$BOARDS" = "$board" ] || continue # only its chip is another
	[ "$board" = mps2-an521 ] || # whose chip keeps one byte: 10 seconds
		run 0 slow "$(cat "$tmp/sum")" <"$tmp/data"
	run 0 forms forms <"$tmp/forms"
	run 70 deadlock "got k" <"$tmp/letter"
	grep -q '^panic: deadlock: all goroutines are asleep' "$tmp/output" || fail "no deadlock is reported"
	run 0 exit left <&3
	run 0 words "$(printf '42 last\n1 0')" <"$tmp/words"
	run 0 quick "0 bytes, 00000000" </dev/null
done
