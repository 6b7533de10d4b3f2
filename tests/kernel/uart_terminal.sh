#!/bin/sh
# A person at a terminal. On a serial line without a host the program's lines are echoed and edited; under tests/run it is the
# host's terminal that does so, and ^C and ^\ end the run although the program waits for input.
cd "$(dirname "$0")/../.." || exit 1
command -v qemu-system-aarch64 >/dev/null || exit 77
case " ${BOARDS:-virt-aarch64} " in *" virt-aarch64 "*) ;; *) exit 77 ;; esac
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/lines.c" <<'PROGRAM'
#include <stdio.h>
#include <string.h>

int main(void)
{
	char line[400];

	for (printf("? "); fgets(line, sizeof(line), stdin); printf("? "))
		printf("<%.*s>%zu\n", (int)strcspn(line, "\n"), line, strlen(line));
	printf("end\n");
}
PROGRAM
flock build/examples.lock make -s image APP="$tmp/lines.c" >"$tmp/output" 2>&1 || { cat "$tmp/output"; exit 1; }
cat >"$tmp/type.py" <<'PROGRAM'
"""Types, and compares what the terminal shows."""
import os, pty, select, socket, subprocess, sys

image, line = sys.argv[1], None


def expect(text, seconds=30):
    """What is shown next is this, to the byte."""
    shown = b""
    while len(shown) < len(text):
        if not select.select([line], [], [], seconds)[0]:
            break
        try:
            shown += os.read(line, len(text) - len(shown)) or b"(end)"
        except OSError:  # how a terminal ends
            break
    assert shown == text, f"shown: {shown}, expected: {text}"


def say(keys, shown):
    os.write(line, keys)
    expect(shown)


# The serial line of a board, with no host.
near, far = socket.socketpair()
line = near.fileno()
qemu = subprocess.Popen(["qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a53", "-smp", "2", "-nic", "none", "-display", "none",
                         "-monitor", "none", "-serial", "stdio", "-kernel", image], stdin=far, stdout=far)
try:
    expect(b"? ")
    say(b"hallo\x7f\x7f\x7fello\r", b"hallo" + 3 * b"\b \b" + b"ello\r\n<haello>7\r\n? ")
    say(b"\bno\x15y\xc3\xa4\x08es\n", b"no" + 2 * b"\b \b" + b"y\xc3\xa4\b \bes\r\n<yes>4\r\n? ")
    say(b"\x01\x08a\x16\x15\r", b"^A\b \b\b \ba^U\r\n<a\x15>3\r\n? ")
    say(b"half\x04", b"half")
    say(b"way\x04\r", b"way\r\n<halfway>8\r\n? ")
    say(b"x" * 300 + b"\r", b"x" * 300 + b"\r\n<" + b"x" * 300 + b">301\r\n? ")
    say(b"\x04", b"end\r\nskein: exit 0\r\n")
    assert qemu.wait(30) == 0
finally:
    qemu.kill()


def begin():
    global line
    child, line = pty.fork()
    if not child:
        os.execv("tests/run", ["tests/run", image, "LIMIT=60", "CORES=2"])
    expect(b"? ")
    return child


def ends(child, status):
    shown = b""
    try:
        while piece := os.read(line, 4096):
            shown += piece
    except OSError:
        pass
    got = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(line)
    assert got == status, f"status {got}, expected {status}: {shown}"
    return shown


child = begin()
say(b"abd\x7fc\n", b"abd\b \bc\r\n<abc>4\r\n? ")
say(b"\x04", b"end\r\n")
ends(child, 0)
child = begin()
say(b"\x03", b"^C")
ends(child, 130)
child = begin()
os.write(line, b"\x1c")
assert b'goroutine 1 "main" [chan receive' in ends(child, 131)
PROGRAM
timeout 120 python3 "$tmp/type.py" "$(make -s where APP="$tmp/lines.c")"
