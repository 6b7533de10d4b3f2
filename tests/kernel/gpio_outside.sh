#!/bin/sh
# A pin that is driven from outside: pin 3 of virt-aarch64 is the power button, which QEMU presses for 100 ms. While main waits
# for it, and nothing else goes on, it is no deadlock.
cd "$(dirname "$0")/../.." || exit 1
case " ${BOARDS:-virt-aarch64} " in *" virt-aarch64 "*) ;; *) exit 77 ;; esac
unset MAKEFLAGS MAKELEVEL MFLAGS
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/button.c" <<'PROGRAM'
#include <stdlib.h>
#include <skein/gpio.h>

static void expect(bool condition, const char *otherwise)
{
	if (!condition) {
		kprintf("%s\n", otherwise);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	bool rising = argc > 1 && argv[1][0] == 'r';
	chan(struct gpio_edge) edges;
	struct gpio_edge edge;

	gpio_input(3, GPIO_NO_PULL);
	edges = gpio_edges(3, rising ? GPIO_RISING : GPIO_FALLING, 4);
	expect(!gpio_get(3), "it is up before");
	kprintf("ready\n");
	chan_recv(edges, &edge);
	expect(edge.level == rising && !edge.lost && edge.time < go_now(), "not that edge");
	expect(chan_recv_for(edges, &edge, ms(20)) == CHAN_NOT_READY, "there are more");
	kprintf("pressed\n");
}
PROGRAM
cat >"$tmp/press.py" <<'PROGRAM'
import json, socket, subprocess, sys
image, path, edge = sys.argv[1:]
run = subprocess.Popen(["tests/run", image, "LIMIT=30", "CORES=2", "ARGS=" + edge, f"MORE=-qmp unix:{path},server=on,wait=off"], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, text=True)
for line in run.stdout:
    print(line, end="")
    if line == "ready\n":
        qmp = socket.socket(socket.AF_UNIX)
        qmp.connect(path)
        replies = qmp.makefile()
        replies.readline()
        for command in "qmp_capabilities", "system_powerdown":
            qmp.sendall(json.dumps({"execute": command}).encode())
            while "return" not in (reply := replies.readline()):  # events come between
                assert "event" in reply, reply
sys.exit(run.wait())
PROGRAM
flock build/examples.lock make -s image APP="$tmp/button.c" >"$tmp/output" 2>&1 || { cat "$tmp/output"; exit 1; }
image=$(make -s where APP="$tmp/button.c")
for edge in rising falling; do
	timeout 60 python3 "$tmp/press.py" "$image" "$tmp/qmp" $edge >"$tmp/output" 2>&1 && grep -q '^pressed$' "$tmp/output" ||
		{ cat "$tmp/output"; exit 1; }
	rm -f "$tmp/qmp"
done
