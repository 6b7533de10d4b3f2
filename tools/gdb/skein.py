"""Goroutines, channels, timers and cores of Skein in gdb: source tools/gdb/skein.py

`make debug` loads this file. `help skein` lists the commands. They read the table debugger_table of the image
(kernel/report/debugger.c), and so work where the kernel has no debug information.

A goroutine that does not run has its registers in its context (it parked) or in a frame (it was preempted). `goroutine N CMD`
puts them into the registers of the selected thread, runs CMD, and puts back what was there. A goroutine that runs has its
registers in the thread of its core, or, while that core handles an interrupt, in the spare frame of the core."""
import re
from contextlib import contextmanager
from functools import lru_cache

import gdb
import gdb.unwinder

NAMES = """
core.sizeof core_stack_size chunk.sizeof timer_entry.sizeof page_size heap_root
core.stack_top core.spare core.index core.g core.up core.next core.slice_start core.timers core.runq_head core.runq_tail
core.pinned_n core.handles core.preemptions core.steals
g.context g.frame g.stack g.top g.object g.since g.id g.why g.pin g.preempt_off
g.sizeof top.bubble top.site top.name top.borrowed top.borrowed_size top.stack_size top.range top.sizeof
slab.size slab.room slab.cut slab.chunks
channel.state channel.capacity channel.size channel.stride channel.read channel.receivers channel.senders channel.site
channel.buffer channel.fixed case.next case.g
timers.n timers.arrived timers.root node.when node.g node.how bubble.number bubble.timers waiter.next waiter.g
clock.ns_per_tick clock.origin""".split()
POINTERS = "numbers cores core_count core_stacks gs why_name clock_rate trap_start trap_end".split()
VERSION = 1
FREE, RUNNABLE, SEND, RECEIVE, SELECT = range(5)
COUNTED, BUBBLED, CLOSED, COUNT = 0x80, 0x80, 0x08000000, 0x07FFFFFF
BASES = ("enter_core_stack", "kernel_start", "kernel_start_core", "_start", "arch_secondary_entry")  # of a core stack
MOST_WAITERS = 1000  # of a list that is torn


class Word:
    """Memory and registers of the machine as numbers."""
    size = property(lambda self: gdb.lookup_type("long").sizeof)

    def bytes(self, address, n):
        return gdb.selected_inferior().read_memory(address, n).tobytes()

    def number(self, address, n):
        return int.from_bytes(self.bytes(address, n), "little")

    def pointer(self, address):
        return self.number(address, self.size)

    def string(self, address, most=100):
        text = b""
        while len(text) < most and b"\0" not in text:
            at = address + len(text)
            text += self.bytes(at, 64 - at % 64)
        return text.split(b"\0")[0].decode(errors="replace")


memory = Word()


def symbol(name):
    """The address of a symbol of the image, or None."""
    try:
        return int(gdb.parse_and_eval(f"(unsigned long)&{name}"))
    except gdb.error:
        return None


def register(name):
    """A register of the selected thread, or None where there is none of this name."""
    try:
        return number_of(gdb.newest_frame().read_register(name))
    except (gdb.error, ValueError):
        return None


@lru_cache(maxsize=None)
def function_at(pc, call=False):
    """The name of the function at a pc, or behind a call there, and its line where that is known."""
    pc -= call
    said = gdb.execute(f"info symbol {pc:#x}", to_string=True)
    name = re.sub(r" \+ \d+$", "", said.split(" in section")[0]) if " in section" in said else f"{pc:#x}"
    file, line = line_at(pc)
    return f"{name} ({file}:{line})" if line else name


def line_at(pc):
    """The file and the line of a pc: where a function of a header is inlined, of the last code before it that is the caller's."""
    found, block = gdb.find_pc_line(pc), gdb.block_for_pc(pc)
    while block and not (block.function and not block.function.symtab.filename.endswith(".h")):
        block = block.superblock
    if not found.symtab or not block or found.symtab == block.function.symtab:
        return (found.symtab.filename, found.line) if found.symtab else (None, 0)
    lines = [(entry.pc, entry.line) for entry in block.function.symtab.linetable() if block.start <= entry.pc <= pc and entry.line]
    return block.function.symtab.filename, max(lines, default=(0, block.function.line))[1]


class Table:
    """What the image says of itself. It is constant, so it is read once."""
    read = None

    def __init__(self):
        at = symbol("debugger_table")
        if at is None:
            raise gdb.GdbError("skein: this program has no symbol debugger_table: it is not linked with Skein, or stripped whole")
        magic, version, self.count = memory.bytes(at, 6), memory.number(at + 6, 2), memory.number(at + 8, 2)
        if magic != b"skein\0" or version != VERSION or self.count < len(NAMES):
            raise gdb.GdbError(f"skein: the image has version {version} of its table, and this skein.py reads {VERSION}: "
                               "take both from one checkout")
        self.address = {name: memory.pointer(at + 16 + i * memory.size) for i, name in enumerate(POINTERS)}
        numbers = memory.bytes(self.address["numbers"], 2 * len(NAMES))
        self.number = {name: numbers[2 * i] | numbers[2 * i + 1] << 8 for i, name in enumerate(NAMES)}

    @property
    def core_count(self):
        return memory.number(self.address["core_count"], 4)

    def __getitem__(self, name):
        return self.number[name]

    def word(self, address, name):
        return memory.pointer(address + self[name])

    def u32(self, address, name):
        return memory.number(address + self[name], 4)

    def u64(self, address, name):
        return memory.number(address + self[name], 8)

    def u8(self, address, name):
        return memory.number(address + self[name], 1)


def table_of_image():
    if Table.read is None:
        Table.read = Table()
    return Table.read


@lru_cache(maxsize=None)
def code(name):
    return symbol(name) or -1


class Registers(dict):
    """Names of registers, and numbers."""

    def shift(self, names, at, n=None):
        """Words of memory, from `at` on."""
        size = n or memory.size
        words = Bytes(at, size * len(names))
        self.update({name: words.number(i * size, size) for i, name in enumerate(names)})
        return self


@lru_cache(maxsize=None)
def a64_saves(start, end):
    """By the instructions of a function: how far below its caller's stack pointer it saves each register, and how far its frame
    pointer lies below that; None: it has none yet."""
    depth, saved, below, text = 0, {}, None, Bytes(start, end - start)
    for word in (text.number(at, 4) for at in range(0, end - start, 4)):
        of_sp, pair, imm = word >> 5 & 31 == 31, (word & 31, word >> 10 & 31), ((word >> 15 & 127) ^ 64) - 64
        if word & 0xFFC003E0 == 0xA98003E0 and below is None:  # stp a, b, [sp, #-n]!
            depth -= 8 * imm
            imm = 0
        elif word & 0xFFC003FF == 0xD10003FF and below is None:  # sub sp, sp, #n
            depth += word >> 10 & 4095
            continue
        elif word & 0xFF8003FF == 0x910003FD and below is None:  # add x29, sp, #n
            below = depth - (word >> 10 & 4095)
            continue
        elif word & 0xFFC00000 == 0xF9000000 and of_sp:  # str a, [sp, #n]
            pair, imm = (word & 31,), word >> 10 & 4095
        elif word & 0xFFC00000 != 0xA9000000 or not of_sp:  # stp a, b, [sp, #n]
            continue
        for i, number in enumerate(pair):
            if 19 <= number <= 30 and depth:
                saved.setdefault(number, depth - 8 * (imm + i))
    return saved, below


class AArch64:
    """arch/aarch64/impl.h"""
    core_register, g_register, scratch = "TPIDRRO_EL0", "TPIDR_EL1", [f"x{i}" for i in range(18)]
    arguments, context_pc, resumed = [f"x{i}" for i in range(8)], 12, "x0"

    def context(self, at, g):
        r = Registers.fromkeys(self.scratch, 0).shift([f"x{i}" for i in range(19, 30)] + ["sp", "pc"], at)
        park = r["sp"]
        r["sp"] += 64
        if r["pc"] == code("arch_begin"):
            r.update({f"x{i}": r[f"x{19 + i}"] for i in range(4)}, pc=r["x23"], x30=code("arch_begun"))
            return r
        for i in range(8):
            r[f"v{8 + i}"] = memory.number(park + 8 * i, 8)
        if r["pc"] == code("arch_restore_fpcr"):
            r.update(fpcr=memory.pointer(r["sp"]), pc=memory.pointer(r["sp"] + 8), sp=r["sp"] + 16)
        r["x30"] = r["pc"]
        return r

    def frame(self, at, kept):
        r = Registers().shift([f"x{i}" for i in range(31)] + ["sp", "pc", "cpsr"], at)
        if kept:
            r.shift(["fpcr", "fpsr"], at + 272)
            r.shift([f"v{i}" for i in range(32)], at + 288, 16)
        return r


    def caller(self, frame, start):
        """The caller's registers, as the code before the pc has saved them: the first store of a register that a call keeps is
        its save."""
        r = Registers({f"x{i}": number_of(frame.read_register(f"x{i}")) for i in range(19, 31)})
        saved, below = a64_saves(start, number_of(frame.read_register("pc")))
        if below is None or 30 not in saved:
            return None
        sp = r["x29"] + below
        r.update({f"x{i}": memory.number(sp - at, 8) for i, at in saved.items()}, sp=sp)
        return Registers(r, pc=r["x30"])

    def stored(self, pc):
        return True

    def entering(self, pc):
        """The registers of a goroutine while the trap stub begins to store them."""
        r = Registers(pc=register("ELR_EL1"), sp=register("SP_EL0"), cpsr=register("SPSR_EL1"))
        stored = pc - code("arch_vectors") >= 2048 or pc % 128 >= 64
        return r.shift(["x0", "x1", "x2"], register("sp")) if stored else r


class RiscV:
    """arch/riscv/impl.h"""
    core_register, g_register = "gp", "tp"
    arguments, context_pc, resumed = [f"a{i}" for i in range(8)], 13, "a0"
    saved = ["fp", "s1"] + [f"s{i}" for i in range(2, 12)]
    scratch = [f"t{i}" for i in range(7)] + [f"a{i}" for i in range(8)]

    def context(self, at, g):
        r = Registers.fromkeys(self.scratch, 0).shift(self.saved + ["sp", "pc"], at)
        r["tp"] = g
        words = 32 // memory.size
        if r["pc"] == code("arch_begin"):
            r.update({f"a{i}": r[f"s{1 + i}"] for i in range(words)}, pc=r[f"s{1 + words}"], ra=code("arch_begun"), fp=0)
            return r
        if r["pc"] == code("arch_restore_fp"):
            r.shift(["fs0"] + [f"fs{i}" for i in range(1, 12)], r["sp"], 8)
            r.update(fcsr=memory.number(r["sp"] + 96, 4), pc=memory.pointer(r["sp"] + 104), sp=r["sp"] + 112)
        r["ra"] = r["pc"]
        return r

    def frame(self, at, kept):
        names = ["pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1"] + [f"a{i}" for i in range(8)]
        names += [f"s{i}" for i in range(2, 12)] + [f"t{i}" for i in range(3, 7)]
        r = Registers().shift(names, at)
        del r["gp"]  # it is the core's
        dirty = memory.pointer(at + 32 * memory.size) >> (8 * memory.size - 1)
        if kept and dirty:
            floats = [f"ft{i}" for i in range(8)] + ["fs0", "fs1"] + [f"fa{i}" for i in range(8)]
            floats += [f"fs{i}" for i in range(2, 12)] + [f"ft{i}" for i in range(8, 12)]
            r["fcsr"] = memory.number(at + 35 * memory.size, 4)
            r.shift(floats, at + 36 * memory.size, 8)
        return r


    def caller(self, frame, start):
        """By the frame record; gdb finds the other registers where the function begins with its frame."""
        fp, sp = number_of(frame.read_register("fp")), number_of(frame.read_register("sp"))
        if fp <= sp or fp % 8:
            return None
        return Registers(pc=memory.pointer(fp - memory.size), fp=memory.pointer(fp - 2 * memory.size), sp=fp)

    def stored(self, pc):
        return True

    def entering(self, pc):
        return Registers(pc=register("mepc" if memory.size == 4 else "sepc")) if pc == code("arch_trap") else None


class ArmV8M:
    """arch/armv8m/impl.h"""
    core_register, g_register, scratch = None, "r9", ["r0", "r1", "r2", "r3", "r12"]
    arguments, context_pc, resumed = [f"r{i}" for i in range(4)], 8, "r0"

    def context(self, at, g):
        r = Registers.fromkeys(self.scratch, 0).shift(["r4", "r5", "r6", "r7", "r8", "r10", "r11", "sp", "pc"], at)
        r["r9"] = g
        r["pc"] &= ~1
        if r["pc"] == code("arch_begin") & ~1:
            r.update({f"r{i}": r[f"r{4 + i}"] for i in range(4)}, pc=r["r8"] & ~1, lr=code("arch_begun") | 1)
            return r
        if r["pc"] == code("arch_restore_fp") & ~1:
            r.shift([f"d{i}" for i in range(8, 16)], r["sp"] + 8, 8)
            r.update(fpscr=memory.pointer(r["sp"]), pc=memory.pointer(r["sp"] + 4) & ~1, sp=r["sp"] + 72)
        r["lr"] = r["pc"] | 1
        return r

    def frame(self, at, kept):
        r = Registers().shift([f"r{i}" for i in range(4, 12)] + ["pushed", "return", "pc", "sp"], at)
        pushed, plain = r.pop("pushed"), r.pop("return") & 16
        r.shift(["r0", "r1", "r2", "r3", "r12", "lr", "pc", "xpsr"], pushed)
        r["sp"] += 4 if r.pop("xpsr") & 1 << 9 else 0  # the thread's own says that it is in no handler
        r["pc"] &= ~1
        if not plain:
            r.shift([f"d{i}" for i in range(8)], pushed + 32, 8)
            r["fpscr"] = memory.pointer(pushed + 96)
            if kept:
                r.shift([f"d{i}" for i in range(8, 16)], at + 48, 8)
        return r


    def caller(self, frame, start):
        return None

    def stored(self, pc):
        """Are the goroutine's registers in the spare frame, at this pc of the trap stub on the core stack?"""
        return code("arch_resume") & ~1 <= pc < code("arch_exception") & ~1

    def entering(self, pc):
        return None  # what the hardware has pushed lies at a stack pointer that QEMU does not show


def arch():
    name = gdb.selected_inferior().architecture().name()
    return AArch64() if name.startswith("aarch64") else RiscV() if name.startswith("riscv") else ArmV8M()


# Cores and the threads that gdb knows them by.


@contextmanager
def at_thread(thread):
    """Selects a thread, and then the thread and the frame that were selected before."""
    before, frame = gdb.selected_thread(), None
    if before is None:
        raise gdb.GdbError("skein: the program does not run; make debug starts it")
    try:
        frame = gdb.selected_frame()
    except gdb.error:
        pass
    try:
        thread.switch()
        yield
    finally:
        before.switch()
        if frame and frame.is_valid():
            frame.select()


def threads():
    return sorted((t for inferior in gdb.inferiors() for t in inferior.threads()), key=lambda t: (t.inferior.num, t.num))


class Core:
    def __init__(self, table, address, thread):
        self.table, self.address, self.thread = table, address, thread
        self.index = table.u32(address, "core.index")
        self.g, self.spare = table.word(address, "core.g"), table.word(address, "core.spare")
        self.high = table.word(address, "core.stack_top")
        self.low = self.high - table["core_stack_size"]

    def on_core_stack(self):
        return self.low < register("sp") <= self.high

    def state(self):
        """What the thread of this core, which is selected, does with the goroutine that the core names: words, and the registers
        of the goroutine that are not the thread's. Those are None: unknown at this instruction. No words: it has left the core."""
        pc, isa = register("pc"), arch()
        resuming = code("arch_resume") & ~1 <= pc < self.table.address["trap_end"]
        if self.on_core_stack():
            return self.state_on_core_stack(pc, isa)
        if self.in_trap(pc):
            return "at an interrupt", isa.frame(self.spare, False) if resuming else isa.entering(pc)
        if code("arch_load") & ~1 <= pc < code("arch_begin") & ~1:
            return "beginning to run", isa.context(self.g + self.table["g.context"], self.g)
        return "", Registers()

    def in_trap(self, pc):
        return self.table.address["trap_start"] <= pc < self.table.address["trap_end"]

    def state_on_core_stack(self, pc, isa):
        frame, deep, last = gdb.newest_frame(), 0, None
        while frame is not None and deep < 200:
            if frame.name() == "arch_resume":
                return "beginning to run", isa.frame(register(isa.resumed), True)
            if frame.name() == "resume":
                return "beginning to run", None
            if self.in_trap(frame.pc()):
                return "in an interrupt", isa.frame(self.spare, False) if deep or isa.stored(pc) else None
            if not self.low < number_of(frame.read_register("sp")) <= self.high:
                return "in the kernel", Registers()  # it has called a function on the core stack
            last, frame, deep = frame.name(), frame.older(), deep + 1
        return (None, None) if last in BASES else ("in the kernel", None)


def number_of(value):
    return int(value.cast(gdb.lookup_type("unsigned long")))


def core_address(table, order):
    """The struct core of the selected thread, which is number `order` of the threads."""
    first, size, n = table.address["cores"], table["core.sizeof"], table.core_count
    where = arch().core_register
    said = register(where) if where else None
    if said is not None and first <= said < first + n * size:
        return said
    i = (register("sp") - 1 - table.address["core_stacks"]) // table["core_stack_size"]
    if 0 <= i < n:
        return first + i * size
    g = register(arch().g_register)
    for i in range(n):
        if g and table.word(first + i * size, "core.g") == g:
            return first + i * size
    return first + order * size if order < n else None


def cores(table):
    """The cores that run goroutines, by their threads."""
    found = {}
    for order, thread in enumerate(threads()):
        if len(found) == table.core_count:
            break
        with at_thread(thread):
            address = core_address(table, order)
        if address is not None and address not in found and table.u32(address, "core.up"):
            found[address] = Core(table, address, thread)
    return sorted(found.values(), key=lambda core: core.index)


# Goroutines.


class Bytes:
    """A piece of memory, which is read at once."""

    def __init__(self, address, n):
        self.text = memory.bytes(address, n)

    def number(self, at, n):
        return int.from_bytes(self.text[at:at + n], "little")


class Moving(gdb.GdbError):
    """The registers of a goroutine lie partly in memory, partly in its core."""


class Goroutine:
    def __init__(self, table, address):
        self.table, self.address, self.core = table, address, None
        g = Bytes(address, table["g.sizeof"])
        self.id, self.why = g.number(table["g.id"], 4), g.number(table["g.why"], 1) & ~COUNTED
        self.frame, self.top, self.object = (g.number(table[name], memory.size) for name in ("g.frame", "g.top", "g.object"))
        self.since, self.bubbled = g.number(table["g.since"], 8), g.number(table["g.preempt_off"], 1) & BUBBLED
        self.begun = g.number(table["g.context"] + arch().context_pc * memory.size, memory.size) & ~1 != code("arch_begin") & ~1
        top = Bytes(self.top, table["top.sizeof"])
        self.name = top.text[table["top.name"]:][:16].split(b"\0")[0].decode(errors="replace")
        self.site = top.number(table["top.site"], memory.size)

    def title(self):
        return f"goroutine {self.id}" + (f' "{self.name}"' if self.name else "")

    def state(self, now=None):
        if self.core:
            return f"running on core {self.core.index}" + (f", {self.where}" if self.where else "")
        if self.why == RUNNABLE:
            return "runnable" + (", preempted" if self.frame else "" if self.begun else ", not begun")
        word = memory.string(memory.pointer(self.table.address["why_name"] + self.why * memory.size))
        if self.object:
            word += f" {self.object:#x}"
        return word + (f", at least {milliseconds(self.table, now - self.since)} ms" if now is not None else "")

    def bubble(self):
        return self.table.word(self.top, "top.bubble") if self.bubbled else None

    def registers(self):
        """Those that differ from the registers of the selected thread. A running goroutine: of its core's thread."""
        at = self.address + self.table["g.context"]
        if self.core and self.below is None:
            raise Moving(f"skein: the registers of {self.title()} are being moved at this instruction of core "
                               f"{self.core.index}: stepi there, and ask again")
        if self.core:
            return self.below
        return arch().frame(self.frame, True) if self.frame else arch().context(at, self.address)


def milliseconds(table, ticks):
    rate = memory.number(table.address["clock_rate"] + table["clock.ns_per_tick"], 8)
    return (max(ticks, 0) * rate >> 32) // 1000000


def blocks(table):
    """The addresses of all blocks of the slab of goroutines, and where a byte of each is 0 until it is filled."""
    slab, header = table.address["gs"], table["chunk.sizeof"]
    size, room = table.u32(slab, "slab.size"), memory.number(slab + table["slab.room"], 2)
    cut, chunk = table.word(slab, "slab.cut"), table.word(slab, "slab.chunks")
    while chunk:
        first = chunk + header
        end = cut if first < cut <= first + room else first + room
        yield from range(first, end - size + 1, size)
        chunk = memory.pointer(chunk)


def goroutines(table, running=True):
    """All goroutines, by their numbers. running: with what the cores do, if that is needed."""
    found = {}
    for block in blocks(table):
        if table.u8(block, "g.why") != FREE:
            found[block] = Goroutine(table, block)
    for core in cores(table) if running else ():
        g = found.get(core.g)
        if g is None or g.frame:
            continue
        with at_thread(core.thread):
            where, below = core.state()
        if where is not None:
            g.core, g.where, g.below = core, where, below
    return sorted(found.values(), key=lambda g: g.id)


def now(table, gs):
    """The latest moment that something in memory tells of. The clock itself cannot be read through a debugger."""
    first, size = table.address["cores"], table["core.sizeof"]
    stamps = [table.u64(first + i * size, "core.slice_start") for i in range(table.core_count)]
    return max(stamps + [g.since for g in gs if g.why != RUNNABLE])


def matching(table, selector):
    gs = goroutines(table)
    if selector == "all":
        return gs
    if selector.startswith("name:"):
        found = [g for g in gs if re.search(selector[5:], g.name)]
        if not found:
            raise gdb.GdbError(f"skein: no goroutine has a name that matches {selector[5:]}: info goroutines lists them")
        return found
    if not selector.isdigit():
        raise gdb.GdbError(f"skein: {selector} is no goroutine: give a number, name:REGULAR-EXPRESSION or all")
    found = [g for g in gs if g.id == int(selector)]
    if not found:
        raise gdb.GdbError(f"skein: there is no goroutine {selector}: info goroutines lists them")
    return found


# The registers of a goroutine in the place of a thread's.


def read_value(name):
    try:
        value = gdb.newest_frame().read_register(name)
        value.fetch_lazy()
        return value
    except (gdb.error, ValueError):
        return None


def write_value(name, value):
    gdb.set_convenience_variable("skein_value", value)
    gdb.execute(f"set var ${name} = $skein_value", to_string=True)


def value_of(number, kind):
    return gdb.Value(number.to_bytes(max(kind.sizeof, 16), "little")[:kind.sizeof], kind)


@contextmanager
def parameter(name, value):
    """A parameter of gdb has this value meanwhile."""
    before = gdb.parameter(name)
    word = "unlimited" if before is None else before if not isinstance(before, bool) else "on" if before else "off"
    gdb.execute(f"set {name} {value}")
    try:
        yield
    finally:
        gdb.execute(f"set {name} {word}")


def write_all(values):
    """While half of the registers are written gdb looks for no caller."""
    with parameter("backtrace limit", 1):
        gdb.newest_frame().select()
        for name, value in values.items():
            write_value(name, value)
    gdb.newest_frame().select()


@contextmanager
def wearing(registers):
    """The selected thread has these registers meanwhile."""
    before = {name: value for name in registers if (value := read_value(name)) is not None}
    try:
        write_all({name: value_of(registers[name], value.type) for name, value in before.items()})
        yield
    finally:
        write_all(before)


@contextmanager
def in_goroutine(g):
    registers = g.registers()
    with at_thread(g.core.thread if g.core else gdb.selected_thread()), parameter("may-call-functions", "off"), \
            wearing(registers):
        yield


# A command that lets the machine go on would do so with a goroutine's registers on the wrong core.
REFUSED = """continue fg step next stepi nexti finish until advance jump signal call run start starti kill detach disconnect
attach target load thread inferior source reverse-continue reverse-step reverse-next return tstart taas faas queue-signal
interrupt quit""".split()
ALIASES = {"c": "continue", "s": "step", "n": "next", "si": "stepi", "ni": "nexti", "u": "until", "j": "jump", "k": "kill",
           "r": "run", "t": "thread", "q": "quit", "fin": "finish", "adv": "advance", "cont": "continue"}


def refuse(command):
    word = re.match(r"[\w-]*", command)[0]
    name = ALIASES.get(word, word)
    if name in REFUSED or len(word) > 2 and any(r.startswith(word) for r in REFUSED):
        raise gdb.GdbError(f"skein: {name} lets the machine go on or leaves its thread; it is for a core: thread N, then {name}")


class Group(gdb.Command):
    """Goroutines, channels, timers and cores of Skein.

info goroutines              each with its name, its state, what it waits for and for how long
goroutine N CMD              any command in a goroutine: bt, frame apply level 2 info locals, print x
goroutine name:RX CMD        in those whose name matches
goroutine all CMD            in all
goroutine N break LOCATION   a breakpoint that stops this goroutine only
info channels                those that goroutines wait on, and those that variables name
info timers, info cores
$goroutine()                 the number of the goroutine that runs on the selected core, or 0: break x.c:7 if $goroutine() == 5

A panic or a fault stops the machine before its report; continue lets it report and end. A time of waiting is the least that it
can be: a debugger cannot read the clock, only when something last happened."""

    def __init__(self):
        super().__init__("skein", gdb.COMMAND_STATUS, prefix=True)

    def invoke(self, words, tty):
        gdb.execute("help skein")


class InfoGoroutines(gdb.Command):
    """Lists the goroutines: number, name, state, what each waits for and how long at least, where it stands."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STATUS)

    def invoke(self, words, tty):
        table = table_of_image()
        gs = goroutines(table)
        moment = now(table, gs) if gs else 0
        for g in gs:
            print(describe(g, moment))
        print(f"{len(gs)} goroutines" if len(gs) != 1 else "1 goroutine")


def describe(g, moment):
    bubble = g.bubble()
    inside = f", in bubble {memory.number(bubble + g.table['bubble.number'], 2)}" if bubble else ""
    made = f", made at {function_at(g.site, True)}" if g.site else ""
    return f"{'*' if g.core else ' '} {g.title()} [{g.state(moment)}{inside}]{made}"


class InGoroutine(gdb.Command):
    """goroutine N|name:RX|all COMMAND: runs a command of gdb in a goroutine.

Without a command: its state and its frames. goroutine N break LOCATION: a breakpoint that stops this goroutine only."""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK)

    def invoke(self, words, tty):
        selector, _, command = words.strip().partition(" ")
        command = command.strip()
        if not selector:
            raise gdb.GdbError("goroutine: say which: a number, name:REGULAR-EXPRESSION or all, and then a command such as bt")
        location = re.match(r"(t?b(?:r|re|rea|reak)?)\s+(.*)", command)
        if location and selector != "all":
            return GoroutineBreakpoint(location[2], selector, location[1].startswith("t"))
        refuse(command)
        table = table_of_image()
        chosen = matching(table, selector)
        moment = now(table, chosen)
        for g in chosen:
            if len(chosen) > 1 or not command:
                print(("\n" if len(chosen) > 1 else "") + describe(g, moment).strip("* "))
            try:
                with in_goroutine(g):
                    gdb.execute(command or "bt")
            except Moving as sentence:
                if len(chosen) == 1:
                    raise
                print(sentence)


def running_g(table):
    """The goroutine of the selected thread, or None."""
    g = register(arch().g_register)
    return next((Goroutine(table, block) for block in blocks(table) if block == g), None)


class RunningId(gdb.Function):
    """$goroutine(): the number of the goroutine that runs on the selected thread's core, or 0."""

    def __init__(self):
        super().__init__("goroutine")

    def invoke(self):
        g = running_g(table_of_image())
        return g.id if g else 0


class GoroutineBreakpoint(gdb.Breakpoint):
    """Stops where a goroutine of that number or name runs."""

    def __init__(self, location, selector, temporary):
        if selector != "all" and not selector.isdigit() and not selector.startswith("name:"):
            raise gdb.GdbError(f"skein: {selector} is no goroutine: give a number or name:REGULAR-EXPRESSION")
        self.selector = selector
        super().__init__(location, temporary=temporary)

    def stop(self):
        g = running_g(table_of_image())
        if g is None:
            return False
        return g.id == int(self.selector) if self.selector.isdigit() else bool(re.search(self.selector[5:], g.name))


# A panic.


class PanicBreakpoint(gdb.Breakpoint):
    """Stops before a panic or a fault is reported, and says which."""

    def __init__(self, function, says):
        super().__init__(f"*{function}", internal=True)
        self.says = says

    def stop(self):
        try:
            g = running_g(table_of_image())
            print(f"\nBefore the report of a {self.says()}" + (f"\nin {g.title()}" if g else ""))
        except (gdb.error, gdb.MemoryError) as error:
            print(f"\nBefore the report of a panic ({error})")
        return True


def argument(i):
    """Word i of the arguments of a function that begins."""
    names = arch().arguments
    if i < len(names):
        return register(names[i])
    return memory.pointer(register("sp") + (i - len(names)) * memory.size)


def formatted(i):
    """What printf makes of the format that is argument i, and of those behind it. A number of two words begins at an even one."""

    def conversion(found):
        nonlocal i
        if found[3] == "%":
            return "%"
        length = found[2] or ""
        wide = length == "ll" and memory.size == 4
        i += wide and i % 2
        value = argument(i) | argument(i + 1) << 32 if wide else argument(i)
        i += 1 + wide
        if found[3] == "s":
            return memory.string(value) if value else "(null)"
        bits = 64 if length == "ll" else 8 * memory.size if length or found[3] == "p" else 32
        value &= (1 << bits) - 1
        if found[3] in "di" and value >> bits - 1:
            value -= 1 << bits
        return {"p": f"{value:#x}", "x": f"{value:x}", "X": f"{value:X}", "c": chr(value & 127)}.get(found[3], str(value))

    i += 1
    return re.sub(r"%([-+ #0]*[\d.*]*)(hh|h|ll|l|z|j|t)?([diuxXpsc%])", conversion, memory.string(argument(i - 1), 1000))


def watch_for_panics():
    """In each inferior: where QEMU has several clusters of cores, each is one."""
    sentences = {
        "panic": lambda: "panic: " + formatted(0),
        "panic_interrupted": lambda: "panic: " + memory.string(argument(1), 1000),
        "panic_deadlock": lambda: "deadlock: all goroutines are asleep",
        "kernel_fault": lambda: f"fault: {memory.string(argument(1))}, address {argument(2):#x}",
    }
    for thread in {thread.inferior.num: thread for thread in threads()}.values():
        with at_thread(thread):
            for function, says in sentences.items():
                if symbol(function) is not None:
                    PanicBreakpoint(function, says)


# Cores, timers, channels.


class InfoCores(gdb.Command):
    """Lists the cores: which thread of gdb each is, what runs on it, and what waits for it."""

    def __init__(self):
        super().__init__("info cores", gdb.COMMAND_STATUS)

    def invoke(self, words, tty):
        table = table_of_image()
        running = {g.core.index: g for g in goroutines(table) if g.core}
        current = gdb.selected_thread()
        for core in cores(table):
            g, at = running.get(core.index), core.address
            with at_thread(core.thread):
                place = function_at(register("pc"))
            ring = (table.u32(at, "core.runq_tail") - table.u32(at, "core.runq_head")) & 0xFFFF
            queued = f"{ring + bool(table.word(at, 'core.next'))} queued, {table.u32(at, 'core.pinned_n')} pinned, "
            queued += f"{table.u32(at + table['core.timers'], 'timers.n')} timers"
            line = table.u32(at, "core.handles")
            busy = g.title() + (f", {g.where}" if g.where else "") if g else "no goroutine"
            print(f"{'*' if core.thread.ptid == current.ptid else ' '} core {core.index}, thread "
                  f"{core.thread.inferior.num}.{core.thread.num}: {busy}, at {place}; {queued}" +
                  (f"; handles line {line - 1}" if line else ""))


def heap(table, timers):
    """(when, node) of the timers of a heap, the earliest first."""
    size, page, root = table["timer_entry.sizeof"], table["page_size"], table["heap_root"]
    entries, pointers = page // size, page // memory.size
    found = []
    for i in range(root, root + table.u32(timers, "timers.n") + table.u32(timers, "timers.arrived")):
        first = memory.pointer(timers + table["timers.root"] + i // (entries * pointers) * memory.size)
        entry = memory.pointer(first + i // entries % pointers * memory.size) + i % entries * size
        found.append((memory.number(entry, 8), memory.pointer(entry + 8)))
    return sorted(found)


class InfoTimers(gdb.Command):
    """Lists the timers of each core and of each bubble: when each is due, and what it does then."""

    def __init__(self):
        super().__init__("info timers", gdb.COMMAND_STATUS)

    def invoke(self, words, tty):
        table = table_of_image()
        gs = goroutines(table, running=False)
        by_address, moment, n = {g.address: g for g in gs}, now(table, gs) if gs else 0, 0
        heaps = [(f"core {i}", table.address["cores"] + i * table["core.sizeof"] + table["core.timers"])
                 for i in range(table.core_count)]
        for bubble in sorted({b for g in gs if (b := g.bubble())}):
            heaps.append((f"bubble {memory.number(bubble + table['bubble.number'], 2)}", bubble + table["bubble.timers"]))
        for owner, timers in heaps:
            for when, node in heap(table, timers):
                n += 1
                print(f"{owner}: {due(table, owner, when, moment)}: {what(table, node, by_address)}")
        print(f"{n} timers" if n != 1 else "1 timer")


def due(table, owner, when, moment):
    if owner.startswith("bubble"):
        return f"at {when} ns of its clock"
    return f"in at most {milliseconds(table, when - moment)} ms"


def what(table, node, by_address):
    target = table.word(node, "node.g")
    if table.u8(node, "node.how") & 1:
        return f"calls {function_at(target & ~1)} of {node:#x}"
    return f"wakes {by_address[target].title()}" if target in by_address else f"wakes {target:#x}"


def waiters(table, channel, direction):
    """The goroutines that wait in one list of a channel, the first first."""
    node, found = table.word(channel, "channel." + direction), []
    while node and len(found) < MOST_WAITERS:
        found.append(Goroutine(table, table.word(node, "case.g")))
        following = table.word(node, "case.next")
        node = following if following != node else 0
    return found


def channel_text(table, at):
    state = table.u32(at, "channel.state")
    text = f"{state & COUNT} of {table.u32(at, 'channel.capacity')} buffered, elements of {table.u32(at, 'channel.size')} bytes"
    text += ", closed" if state & CLOSED else ""
    for direction, verb in (("receivers", "receive"), ("senders", "send")):
        found = waiters(table, at, direction)
        if found:
            text += f", waiting to {verb}: " + " ".join(str(g.id) for g in found)
    site = table.word(at, "channel.site")
    return text + (f", made at {function_at(site, True)}" if site else "")


def is_channel(value_type):
    t = value_type.strip_typedefs()
    if t.code != gdb.TYPE_CODE_PTR or t.target().strip_typedefs().code != gdb.TYPE_CODE_PTR:
        return False
    f = t.target().strip_typedefs().target().strip_typedefs()
    return f.code == gdb.TYPE_CODE_FUNC and not f.fields()


def variables_of(block):
    while block:
        yield from (s for s in block if s.is_variable or s.is_argument)
        if block.function:
            return
        block = block.superblock


def named_channels(gs):
    """(name, address) of the channels that variables of the program name: those of its frames, and those with a file's scope."""
    for g in gs:
        try:
            with in_goroutine(g):
                frame = gdb.newest_frame()
                while frame is not None:
                    yield from frame_channels(g, frame)
                    frame = frame.older()
        except Moving:
            pass  # its variables cannot be read now


def frame_channels(g, frame):
    try:
        block = frame.block()
    except RuntimeError:
        return
    for s in variables_of(block):
        if is_channel(s.type) and (address := value_or_0(lambda: frame.read_var(s))):
            yield f"{s.name} in {frame.name()} of goroutine {g.id}", address
    for s in (s for scope in (block.static_block, block.global_block) for s in scope or ()):
        if s.is_variable and not s.needs_frame and is_channel(s.type) and (address := value_or_0(s.value)):
            yield s.name, address


def value_or_0(read):
    """A variable's value; 0 where it has none at this place."""
    try:
        return int(read())
    except (gdb.error, ValueError):
        return 0


class InfoChannels(gdb.Command):
    """Lists the channels that goroutines wait on, and those that variables of the program name."""

    def __init__(self):
        super().__init__("info channels", gdb.COMMAND_STATUS)

    def invoke(self, words, tty):
        table = table_of_image()
        gs = goroutines(table)
        names = {g.object: [] for g in gs if g.why in (SEND, RECEIVE, SELECT) and g.object}
        for name, address in named_channels(gs):
            if name not in names.setdefault(address, []):
                names[address].append(name)
        for address in sorted(names):
            try:
                text = channel_text(table, address)
            except gdb.MemoryError:
                continue  # a variable that is not set yet
            print(f"{address:#x}: {text}" + (f"; {', '.join(sorted(names[address]))}" if names[address] else ""))
        print(f"{len(names)} channels" if len(names) != 1 else "1 channel")


# Pretty-printers.


class ChannelPrinter:
    """chan(T): what is buffered and who waits."""

    def __init__(self, value):
        self.value, self.table = value, table_of_image()
        self.at = int(value)
        self.element = value.type.strip_typedefs().target().strip_typedefs().target().strip_typedefs().target()

    def to_string(self):
        return f"chan({self.element}) " + (f"{self.at:#x}, {channel_text(self.table, self.at)}" if self.at else "null")

    def children(self):
        if not self.at or self.element.code == gdb.TYPE_CODE_VOID:
            return
        t, at = self.table, self.at
        n, capacity = t.u32(at, "channel.state") & COUNT, t.u32(at, "channel.capacity")
        for i in range(n):
            slot = (t.u32(at, "channel.read") + i) % capacity
            place = at + t["channel.buffer"] + slot * t.u32(at, "channel.stride")
            yield f"[{i}]", gdb.Value(place).cast(self.element.pointer()).dereference()

    def display_hint(self):
        return "array"


class SyncPrinter:
    """A type of package sync: its state in words, and who waits."""

    def __init__(self, value, says):
        self.value, self.says, self.table = value, says, table_of_image()

    def to_string(self):
        queue = self.value
        while queue.type.strip_typedefs().name != "go_waitq":
            queue = queue[next(f for f in queue.type.strip_typedefs().fields())]
        node, found = int(queue["first"]), []
        while node and len(found) < MOST_WAITERS:
            found.append(str(Goroutine(self.table, self.table.word(node, "waiter.g")).id))
            node = self.table.word(node, "waiter.next")
        return self.says(int(queue["word"]), self.value) + (", waiting: " + " ".join(found) if found else "")


class GPrinter:
    """struct g *"""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        at = int(self.value)
        return f"{at:#x} " + Goroutine(table_of_image(), at).title() if at else "0x0"


SYNC = {
    "mutex": lambda word, value: "locked" if word & 1 else "unlocked",
    "waitgroup": lambda word, value: f"count {word & 0x7FFFFFFF}",
    "sema": lambda word, value: f"{int(value['permits']) if word == 0xC0000000 else word} permits",
    "cond": lambda word, value: "cond",
    "once": lambda word, value: "done" if int(value["done"]) else "not done",
}


def print_skein(value):
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_PTR:
        if is_channel(kind):
            return plausible(ChannelPrinter, value)
        if kind.target().strip_typedefs().code == gdb.TYPE_CODE_STRUCT and kind.target().strip_typedefs().tag == "g":
            return plausible(GPrinter, value)
    elif kind.code == gdb.TYPE_CODE_STRUCT and kind.tag in SYNC and kind.fields():
        return plausible(lambda v: SyncPrinter(v, SYNC[kind.tag]), value)
    return None


def plausible(printer, value):
    """Null where the memory is not what the type says: gdb prints it as it is then."""
    try:
        made = printer(value)
        made.to_string()
        return made
    except (gdb.error, gdb.MemoryError, gdb.GdbError, KeyError, StopIteration, OverflowError):
        return None


# The frames of a core below an interrupt.


class Interrupted(gdb.unwinder.Unwinder):
    """From the trap stub to the interrupted goroutine, whose registers are in the core's spare frame."""

    def __init__(self):
        super().__init__("skein")

    def __call__(self, frame):
        try:
            table, pc = table_of_image(), number_of(frame.read_register("pc"))
        except (gdb.error, gdb.GdbError, ValueError):
            return None
        if not table.address["trap_start"] <= pc < table.address["trap_end"]:
            return None
        if frame.level() == 0 and pc >= code("arch_resume") & ~1:
            return None  # it goes to a goroutine
        sp = number_of(frame.read_register("sp"))
        i = (sp - 1 - table.address["core_stacks"]) // table["core_stack_size"]
        if not 0 <= i < table.core_count:
            return None
        core = table.address["cores"] + i * table["core.sizeof"]
        info = frame.create_unwind_info(FrameId(frame.read_register("sp"), frame.read_register("pc")))
        if not table.word(core, "core.g"):
            return info  # it was idle
        for name, number in arch().frame(table.word(core, "core.spare"), False).items():
            info.add_saved_register(name, value_of(number, frame.read_register(name).type))
        return info


class Chained(gdb.unwinder.Unwinder):
    """From a function of the C library, which has no debug information, to its caller. gdb gives up where the function begins with
    a test and makes its frame after it. On ARMv8-M this is left to gdb."""

    def __init__(self):
        super().__init__("skein-chained")

    def __call__(self, frame):
        try:
            pc = number_of(frame.read_register("pc"))
            if frame.level() == 0 or gdb.find_pc_line(pc - 1).symtab:
                return None
            saved = arch().caller(frame, start_of(pc - 1))
            if saved is None:
                return None
            info = frame.create_unwind_info(FrameId(value_like(frame, "sp", saved["sp"]), frame.read_register("pc")))
            for name, number in saved.items():
                info.add_saved_register(name, value_like(frame, name, number))
            return info
        except (gdb.error, ValueError):
            return None


def value_like(frame, name, number):
    return value_of(number, frame.read_register(name).type)


@lru_cache(maxsize=None)
def start_of(pc):
    offset = re.search(r" \+ (\d+) in section", gdb.execute(f"info symbol {pc:#x}", to_string=True))
    return pc - int(offset[1]) if offset else pc


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


def start():
    for command in (Group, InfoGoroutines, InGoroutine, InfoCores, InfoTimers, InfoChannels, RunningId):
        command()
    gdb.pretty_printers.append(print_skein)
    for unwinder in (Chained(), Interrupted()):
        gdb.unwinder.register_unwinder(None, unwinder, replace=True)
    watch_for_panics()


start()
