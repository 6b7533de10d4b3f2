"""How QEMU runs an image: its command line, out of the board's facts and the run's options."""
import os, re, shlex, shutil, signal, struct, subprocess, sys, tempfile, threading
from debugger import ask_for_report

REPORT = 15  # seconds that a report may take which was asked for at the time limit

def fail(sentence):
    sys.exit("tests/run: " + sentence)


def section(image, name):
    """The bytes of a section of an ELF image; None: it has no such section."""
    with open(image, "rb") as file:
        elf = file.read()
    if elf[:4] != b"\x7fELF":
        return None
    wide = elf[4] == 2
    start, = struct.unpack_from("<Q" if wide else "<I", elf, 40 if wide else 32)
    size, n, names = struct.unpack_from("<HHH", elf, 58 if wide else 46)
    # Of each section its name, and its place and size in the file.
    sections = [struct.unpack_from("<I20xQQ" if wide else "<I12xII", elf, start + i * size) for i in range(n)]
    for at, place, length in sections:
        if elf.startswith(name.encode() + b"\0", sections[names][1] + at):
            return elf[place:place + length]
    return None


def board_of(image):
    """How an image is run: what the Makefile wrote beside the objects, for all images below that folder. An image that was
    linked with an installed libskein.a says it itself (tools/install)."""
    said = section(image, ".skein.run")
    if said:
        return dict(line.split("=", 1) for line in said.decode().split("\n") if "=" in line)
    folder = os.path.dirname(os.path.abspath(image))
    while not os.path.exists(os.path.join(folder, "board")):
        if folder == "/":
            fail(f"{image} was neither built by this Makefile (make image APP=...) nor linked with an installed libskein.a")
        folder = os.path.dirname(folder)
    with open(os.path.join(folder, "board")) as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file)


def size_in_bytes(mem):
    found = re.fullmatch(r"(\d+)([KMG]?)B?", mem, re.I)
    if not found:
        fail(f"MEM={mem} is not a size; write MEM=128M")
    return int(found[1]) << {"K": 10, "": 20, "M": 20, "G": 30}[found[2].upper()]


def check_numbers(options):
    for name in ("CORES", "GOMAXPROCS", "SEED", "ICOUNT", "LIMIT"):
        value = options.get(name)
        if value and not re.fullmatch(r"\d+(\.\d+)?" if name == "LIMIT" else r"\d+", value):
            fail(f"{name}={value} is not a number")
    if int(options.get("ICOUNT") or 0) > 10:
        fail(f"ICOUNT={options['ICOUNT']} is not possible: an instruction takes 2^ICOUNT ns, and ICOUNT is 0 to 10")
    if int(options.get("SEED") or 0) >> 32:
        fail(f"SEED={options['SEED']} is not possible: a seed has 32 bits, so it is 4294967295 at most")
    for name in ("CORES", "GOMAXPROCS"):
        if options.get(name) and int(options[name]) == 0:
            fail(f"{name}=0 is not possible: a program runs on one core at least")


def loads_of(image):
    """The entry of an ELF image, and (address, size) of all that it occupies."""
    with open(image, "rb") as file:
        elf = file.read()
    # The entry, where the program headers are, their size and number; then of each its type, address and size.
    places = {b"\x7fELF\1": ("<II10xHH", "<I8xI4xI"), b"\x7fELF\2": ("<QQ14xHH", "<I20xQ8xQ")}
    if elf[:5] not in places:
        fail(f"{image} is not an ELF image; make image builds one")
    header, segment = places[elf[:5]]
    entry, start, size, n = struct.unpack_from(header, elf, 24)
    segments = [struct.unpack_from(segment, elf, start + i * size) for i in range(n)]
    return entry, [(address, size) for kind, address, size in segments if kind == 1]


def check_size(image, mem):
    """An image that does not fit into RAM would start anyway, and go wrong in some strange way."""
    entry, loads = loads_of(image)
    base = entry & ~0xFFFFFF  # RAM begins at a multiple of 16 MiB; what lies below is flash
    need = max(address + size for address, size in loads) - base
    if need > size_in_bytes(mem):
        fail(f"the image needs {(need >> 20) + 1}M of RAM and MEM is {mem}; give MEM={(need >> 20) + 1}M or more")


def qemu_command(image, options):
    """A machine may insist on its number of cores, or its RAM: then the board's command says how many."""
    board = board_of(image)
    if not board["QEMU"]:
        fail("QEMU has no such machine; make flash brings the image to the board")
    cores, mem = min(options.get("CORES") or "4", board["CORES"], key=int), options.get("MEM") or board["MEM"]
    check_size(image, mem)
    command = shlex.split(board["QEMU"] + " " + options.get("MORE", "")) + ["-display", "none", "-monitor", "none", "-serial", "stdio"]
    words = ["skein.seed=" + options["SEED"]] if options.get("SEED") else []
    if options.get("GOMAXPROCS"):
        words += ["skein.maxprocs=" + options["GOMAXPROCS"]]
    if (options.get("LEAKS") or "0") != "0":
        words += ["skein.leaks=1"]
    if options.get("MARKS"):
        words += ["skein.marks=1"]
    if options.get("STDIN"):
        words += ["skein.stdin=1"]
    if "-smp" in command:
        words += ["skein.cores=" + cores]
    else:
        command += ["-smp", str(int(cores) + int(board["ASIDE"]))]
    if "-m" not in command:
        command += ["-m", mem]
    elif mem != board["MEM"]:
        fail(f"MEM={mem} is not possible: this machine has {board['MEM']}")
    if options.get("ICOUNT"):
        command += ["-icount", f"shift={options['ICOUNT']},sleep=off"]
    words += options.get("ARGS", "").split()
    # The command line, by the device tree and, for a board without one, by semihosting.
    hosted = ["skein"] + [word.replace(",", ",,") for word in words]
    # native: else files are asked of the debugger, because there is a debug port
    return command + ["-semihosting-config", "enable=on,target=native," + ",".join("arg=" + word for word in hosted),
                      "-kernel", image] + (["-append", " ".join(words)] if words else [])


def without_noise(complaints):
    """What QEMU says of a board's sound chip that there is no way to name an output for."""
    return "".join(line for line in complaints.splitlines(True) if "audiodev default" not in line)


class Run:
    """A QEMU under way, with a debug port by which a run that does not end is made to report. net: words before its command,
    with which it is a process group."""

    def __init__(self, image, options, net=(), **how):
        command = qemu_command(image, options)
        self.image, self.net, self.folder, self.asked = image, net, tempfile.TemporaryDirectory(), threading.Lock()
        self.port = options.get("GDB") or os.path.join(self.folder.name, "gdb")  # a socket's path is short
        if not shutil.which(command[0]):
            fail(f"{command[0]} is missing; Debian has it in qemu-system-arm (ARM) and qemu-system-misc (RISC-V)")
        self.process = subprocess.Popen([*net, *command, "-gdb", f"unix:{self.port},server=on,wait=off"], **how)
        self.timers = []

    def later(self, seconds, then):
        """Calls it after so many seconds (0: now), unless the run ends before."""
        timer = threading.Timer(seconds, then)
        timer.daemon = True
        self.timers.append(timer)
        timer.start()

    def ask(self):
        """Has the run report and end, and kills it if it does not. Returns at once; asked twice, it is killed."""
        if not self.asked.acquire(blocking=False):
            return self.kill()
        self.later(REPORT, self.kill)
        self.later(0, lambda: ask_for_report(self.port, self.image))

    def kill(self):
        if self.net and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def end(self):
        for timer in self.timers:
            timer.cancel()
        self.kill()
        self.process.wait()
        self.folder.cleanup()
