"""QEMU's debug port: the gdb remote protocol, as far as the tools here need it."""
import re, socket, struct, time

COUNTER_AND_STACK = {40: (15, 13), 183: (32, 31), 243: (32, 2)}  # pc and sp by the machine in an ELF header
ASKED = 0xFFFFFFFF  # PANIC_ASKED
STOP = 1  # IPI_STOP
PATIENCE = 3  # seconds: a core that sleeps wakes once a second

class Lost(Exception):
    """QEMU has ended, or does not answer."""


class Debugger:
    """Stops the machine when it connects. A step takes no interrupt."""

    def __init__(self, path):
        self.socket, self.buffer = socket.socket(socket.AF_UNIX), b""
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.1)
        self.socket.settimeout(60)

    def send(self, words):
        try:
            self.socket.sendall(b"$%s#%02x" % (words.encode(), sum(words.encode()) & 255))
        except OSError as error:
            raise Lost() from error

    def ask(self, words):
        self.send(words)
        return self.answer()

    def answer(self):
        try:
            while not (found := re.match(rb"[+]*\$([^#]*)#..", self.buffer, re.S)):
                received = self.socket.recv(65536)
                if not received:
                    raise Lost()
                self.buffer += received
            self.buffer = self.buffer[found.end():]
            self.socket.sendall(b"+")
        except OSError as error:
            raise Lost() from error
        return found[1].decode("latin-1")

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def memory(self, address, n):
        return bytes.fromhex(self.ask(f"m{address:x},{n}"))

    def feature(self, name):
        return self.ask(f"qXfer:features:read:{name}:0,ffff")

    def attach_all(self):
        """All cores, which may be in several clusters: a process each. Returns their threads."""
        self.ask("qSupported:multiprocess+")
        cluster = 2
        while self.ask(f"vAttach;{cluster}").startswith("T"):
            cluster += 1
        threads, more = [], self.ask("qfThreadInfo")
        while more.startswith("m"):
            threads += more[1:].split(",")
            more = self.ask("qsThreadInfo")
        return threads

    def is_asleep(self, thread):
        """Does this core wait for an interrupt, or for being switched on?"""
        return b"halted" in bytes.fromhex(self.ask("qThreadExtraInfo," + thread))


def symbol(image, name):
    """The address and size of a symbol of an ELF image, and the bytes of a word of its machine; None: it has no such symbol."""
    with open(image, "rb") as file:
        elf = file.read()
    wide = elf[4] == 2
    start, = struct.unpack_from("<Q" if wide else "<I", elf, 40 if wide else 32)
    size, n = struct.unpack_from("<HH", elf, 58 if wide else 46)
    # Of each section its type, its place and size in the file, and the section of its names.
    sections = [struct.unpack_from("<4xI16xQQI" if wide else "<4xI8xIII", elf, start + i * size) for i in range(n)]
    for kind, place, length, link in sections:
        if kind != 2:  # symbols
            continue
        names = elf[sections[link][1]:][:sections[link][2]]
        entry = struct.Struct("<I4xQQ" if wide else "<III4x")
        for at, *rest in entry.iter_unpack(elf[place:place + length]):
            if names.startswith(name.encode() + b"\0", at):
                return (*rest, 8 if wide else 4)
    return None


class Stuck:
    """A run that does not end, to be ended with a report of its goroutines: see the head of kernel/report/panic.c."""

    def __init__(self, path, image):
        with open(image, "rb") as file:
            self.counter, self.stack = COUNTER_AND_STACK[struct.unpack_from("<H", file.read(20), 18)[0]]
        self.panic_core = symbol(image, "panic_core")[0]
        asked, size, _ = symbol(image, "ipi_asked")
        self.ipi_asked = range(asked, asked + size, 4)
        words, size, self.width = symbol(image, "asked_pc")
        self.words = range(words, words + size, self.width)
        stacks, size, _ = symbol(image, "core_stacks")
        self.stacks = range(stacks, stacks + size)
        self.code, self.trap = (range(symbol(image, start)[0], symbol(image, end)[0])
                                for start, end in (("image_start", "text_end"), ("trap_start", "trap_end")))
        self.debugger = Debugger(path)
        self.debugger.answer()  # the machine has stopped
        self.threads = self.debugger.attach_all()
        self.debugger.feature("target.xml")  # who has not asked for this may not ask for a register

    def send(self, kernel_too):
        """Sends the cores that are awake and run a goroutine; the others are asked when they are interrupted. kernel_too: those
        in the kernel as well, which have not answered."""
        words = iter(self.words)
        for thread in self.threads:
            self.debugger.ask("Hg" + thread)
            pc, sp = self.debugger.register(self.counter), self.debugger.register(self.stack)
            in_kernel = pc in self.trap or sp in self.stacks
            if pc in self.code and not self.debugger.is_asleep(thread) and (kernel_too or not in_kernel):
                word = next(words)
                self.store(word, pc, self.width)
                self.debugger.ask(f"P{self.counter:x}=" + word.to_bytes(self.width, "little").hex())

    def store(self, address, value, n):
        self.debugger.ask(f"M{address:x},{n:x}:" + value.to_bytes(n, "little").hex())

    def word(self, address):
        return int.from_bytes(self.debugger.memory(address, 4), "little")

    def asked(self):
        return self.word(self.panic_core)

    def end(self):
        if self.asked() == 0:  # else it reports something already
            self.store(self.panic_core, ASKED, 4)
            for address in self.ipi_asked:
                self.store(address, self.word(address) | STOP, 4)
            self.send(False)
        self.debugger.send("c")
        time.sleep(PATIENCE)
        self.debugger.socket.sendall(b"\3")
        self.debugger.answer()
        if self.asked() == ASKED:
            self.send(True)
        self.debugger.send("c")
        self.debugger.answer()  # none comes: the run ends


def ask_for_report(path, image):
    if symbol(image, "asked_pc"):
        try:
            Stuck(path, image).end()
        except (Lost, OSError):
            pass  # it has ended
