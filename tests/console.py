"""What a person wants to see of a console: the places in a report by file and line, and nothing of the firmware."""
import os, re, subprocess

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# A place in a report (kernel/report/dump.c). After a call, which a place is but for `at`, comes the return address.
PLACE = re.compile(rb"^ +(?:\d+ \[[\w ,]+\], )?(at|by|made at) (0x[0-9a-f]+)( [\w.$]+\+\d+)?(?=[,\r\n])"
                   rb"|^(Address) (0x[0-9a-f]+)(?=[\r\n])", re.M)  # of a race (lib/race/report.c)
# OpenSBI's first line, those of its drawing and its table, and its last.
FIRST = b"OpenSBI v"
FIRMWARE = re.compile(rb"[ _|/\\()`'.,<>-]*\r?\n|OpenSBI v.*\n|(Platform|Firmware|Runtime|Domain|Boot HART)[\w ]+: .*\n")
LAST = b"Boot HART MEDELEG"


class Lines:
    """File and line of addresses in an image."""

    def __init__(self, image, cross):
        self.image, self.cross, self.known, self.process = image, cross, {}, None
        self.variables = None

    def ask(self, address, named):
        """An inlined function's line comes before the line of the function that it is in, which is the one to show. Address 0 is
        asked too: its unknown place comes last. An image that was linked without a table of names leaves the name to us."""
        if not self.process:
            self.process = subprocess.Popen([self.cross + "addr2line", "-f", "-i", "-e", self.image], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
        self.process.stdin.write(f"{address:#x}\n0\n")
        self.process.stdin.flush()
        readline = self.process.stdout.readline
        name, place, *following = [readline() for _ in range(4)]
        while following[0] and not following[1].startswith("??"):
            name, place = following
            following = [readline() for _ in range(2)]
        name = "" if named or name.startswith("??") else " " + name.strip()
        path, _, line = place.split(" (discriminator")[0].strip().rpartition(":")
        if not line.isdigit() or line == "0":
            return name.encode()
        path = os.path.normpath(path)
        return f"{name} ({os.path.relpath(path) if path.startswith((TOP + '/', os.getcwd() + '/')) else path}:{line})".encode()

    def variable(self, address):
        """" is in NAME, SIZE bytes", of the variable there, if there is one."""
        if self.variables is None:
            names = subprocess.run([self.cross + "nm", "-S", self.image], stdout=subprocess.PIPE, text=True).stdout
            self.variables = [(int(at, 16), int(size, 16), name)
                              for at, size, name in re.findall(r"^(\w+) (\w+) [bBdD] (.*)$", names, re.M)]
        for at, size, name in self.variables:
            if at <= address < at + size:
                return f" is byte {address - at} of {name}, which has {size}".encode()
        return b""

    def of(self, kind, address, named):
        """" (path:line)", or nothing where that is not known."""
        if kind == b"Address":
            try:
                return self.variable(int(address, 16))
            except OSError:
                return b""
        address = int(address, 16) - (kind != b"at")
        if address not in self.known:
            try:
                self.known[address] = self.ask(address, named)
            except OSError:  # without the toolchain
                self.known[address] = b""
        return self.known[address]

    def end(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


class Console:
    """Takes a console's output in pieces, and gives what is to be shown of each at once: all of it, with the lines of places;
    but a firmware's lines, should it begin with them."""

    def __init__(self, lines, firmware):
        self.lines, self.line = lines, b""
        self.held = b"" if firmware else None  # what may be the firmware's, until its last line

    def take(self, piece):
        if self.held is not None:
            piece = self.after_firmware(piece)
        text, done, shown = self.line + piece, len(self.line), b""
        for place in PLACE.finditer(text):
            if place.end() >= len(self.line):
                shown += text[done:place.end()] + self.lines.of(place[1] or place[4], place[2] or place[5], place[3])
                done = place.end()
        self.line = text[text.rfind(b"\n") + 1:][:256]  # the lines of a report are shorter
        return shown + text[done:]

    def after_firmware(self, piece):
        text, place = self.held + piece, 0
        start = text.lstrip(b"\r\n")
        if not start.startswith(FIRST) and not FIRST.startswith(start[:len(FIRST)]):
            self.held = None
            return text
        while line := FIRMWARE.match(text, place):
            place = line.end()
            if line[0].startswith(LAST):
                self.held = None
                return text[place:]
        if b"\n" in text[place:]:  # another version's last line is another
            self.held = None
            return text[place:]
        self.held = text
        return b""
