"""What the machine code of an image does with the stack pointer and with addresses of functions, for tools/stack.

An image is disassembled once. `Image.body(address)` follows a function from its first instruction over every branch and
keeps, for each register, what is known of it: a set of constants, an argument of the function, a place in its frame. So
one reading serves compiled code, the C library and assembly alike.

A stack pointer that gets an unknown value has left the stack: the code switches to another one. What follows there is
not counted, until the stack pointer is what it was. A stack pointer from which something unknown is subtracted is an
alloca."""
import re, subprocess

ELSEWHERE, TABLE = ("elsewhere",), ("table",)
MOST = 16  # constants that a register may hold, by the way that led there


def constant(value):
    return isinstance(value, frozenset)


def place(value):
    """The offset from the stack pointer at entry, or None."""
    return value[1] if value and not constant(value) and value[0] == "s" else None


def number(text):
    try:
        return int(text.lstrip("#"), 0)
    except ValueError:
        return None


class Instruction:
    def __init__(self, at, op, args):
        self.at, self.op, self.args, self.after, self.maybe = at, op, args, None, False


class Machine:
    """What the instruction sets share. A step changes regs and says where control goes: a list of (kind, value), in
    which kind is next, jump (always), branch (perhaps), call, pointer (an indirect jump), return."""

    def __init__(self, image):
        self.image, self.mask = image, (1 << 8 * image.word) - 1

    def start(self):
        regs = {r: ("p", r) for r in self.arguments}
        regs[self.sp] = ("s", 0)
        return regs

    def called(self, regs):
        """What a call leaves: registers that it keeps, and words of the frame below all to which a pointer was made."""
        for r in [r for r in regs if r not in self.kept]:
            if not isinstance(r, tuple) or r[1] >= regs.get("pointed", 0):
                del regs[r]

    def plus(self, a, b, sign=1):
        if constant(a) and constant(b) and len(a) * len(b) <= MOST:
            return frozenset((x + sign * y) & self.mask for x in a for y in b)
        for x, y in ((a, b), (b, a)) if sign > 0 else ((a, b),):
            if place(x) is not None and constant(y) and len(y) == 1:
                y, = y
                return ("s", place(x) + sign * (y - (self.mask + 1) * (y > self.mask >> 1)))
        return TABLE if sign > 0 else None

    def set_sp(self, value, regs, grows=False):
        if place(value) is not None:
            regs[self.sp] = value
        elif grows and regs[self.sp] != ELSEWHERE:
            regs["alloca"] = True
        else:
            regs[self.sp] = ELSEWHERE

    def put(self, register, value, regs, grows=False):
        if register == self.sp:
            self.set_sp(value, regs, grows)
        elif value is None:
            regs.pop(register, None)
        else:
            regs[register] = value
            if place(value) is not None and register != self.frame:
                regs["pointed"] = min(place(value), regs.get("pointed", 0))

    def address(self, operand, regs):
        """Of a memory operand: (value, base, what it adds to the base before and after)."""
        inner, _, behind = operand[1:].partition("]")
        base, *more = [part.strip() for part in inner.split(",")]
        base = self.name(base)
        offset = number(more[0]) if len(more) == 1 else 0 if not more else None
        here = self.plus(regs.get(base), frozenset([offset & self.mask])) if offset is not None else TABLE
        return here, base, (offset if behind.startswith("!") else 0)

    def load(self, here, size, regs):
        if constant(here) and size == self.image.word:
            words = [self.image.constant_word(a) for a in here]
            return frozenset(words) if None not in words else None
        return regs.get(("slot", place(here))) if place(here) is not None and size == self.image.word else None

    def store(self, here, size, value, regs):
        at = place(here)
        if at is None:
            return
        for a in range(at - self.image.word + 1, at + size):
            regs.pop(("slot", a), None)
        if value is not None and size == self.image.word:
            regs[("slot", at)] = value


class AArch64(Machine):
    arguments = [f"x{i}" for i in range(8)]
    kept = {f"x{i}" for i in range(19, 30)} | {"sp", "alloca", "pointed"}
    sp, frame = "sp", "x29"
    still = re.compile(r"cmp|cmn|tst|ccm|fcmp|fccmp|nop|d[msc]b|isb|ic$|tlbi|prfm|wf|sev|hint|msr|dc$|clrex|yield|bti|"
                       r"hlt|svc|[sh]mc|at$")

    @staticmethod
    def name(r):
        return "x" + r[1:] if re.fullmatch(r"w\d+", r) else r

    def step(self, i, regs):
        op, args = i.op, i.args
        if op == "ret":
            return [("return", None)]
        if op in ("eret", "udf", "brk"):
            return []
        if op == "b":
            return [("jump", frozenset([self.image.target(args[0])]))]
        if op.startswith("b.") or op in ("cbz", "cbnz", "tbz", "tbnz"):
            return [("branch", frozenset([self.image.target(args[-1])])), ("next", None)]
        if op == "bl":
            return [("call", frozenset([self.image.target(args[0])])), ("next", None)]
        if op == "blr":
            return [("call", regs.get(args[0])), ("next", None)]
        if op == "br":
            return [("pointer", regs.get(args[0]))]
        if op == "msr" and args[0] == "spsel":
            regs["sp"] = ELSEWHERE
        elif op in ("ldp", "stp", "ldr", "str", "ldur", "stur"):
            self.move(op, args, regs)
        elif op.startswith(("st", "ld")):
            for r in args[:1] if not op.startswith(("st",)) or "x" in op else []:
                self.put(self.name(r), None, regs)
            self.back(args, regs)
        elif not self.still.match(op) and args:
            self.compute(op, args, regs)
        return [("next", None)]

    def back(self, args, regs):
        """What a load or store does to its base. Returns the address."""
        for n, operand in enumerate(args):
            if operand.startswith("["):
                here, base, before = self.address(operand, regs)
                after = number(args[n + 1]) if n + 1 < len(args) else 0
                if before or after:
                    more = frozenset([((before or 0) + (after or 0)) & self.mask])
                    self.put(base, self.plus(regs.get(base), more), regs)
                return here
        at = self.image.target(args[-1])
        return frozenset([at]) if at is not None else None

    def move(self, op, args, regs):
        n = 2 if op[2] == "p" else 1
        registers = args[:n]
        here = self.back(args, regs)
        size = {"x": 8, "w": 4, "d": 8, "s": 4, "q": 16, "h": 2, "b": 1}.get(registers[0][0], 8)
        for k, r in enumerate(registers):
            at = self.plus(here, frozenset([k * size])) if here and here != TABLE else None
            if op.startswith("st"):
                self.store(at, size, regs.get(r), regs)
            elif r[0] in "xw":
                self.put(self.name(r), self.load(at, size, regs) if r[0] == "x" else None, regs)

    def compute(self, op, args, regs):
        to, wide = self.name(args[0]), not args[0].startswith("w")
        value = None
        last = [frozenset([number(a) & self.mask]) if number(a) is not None else
                frozenset([0]) if a in ("xzr", "wzr") else regs.get(self.name(a)) for a in args[1:]]
        if op in ("adrp", "adr"):
            value = frozenset([self.image.target(args[1])])
        elif op in ("mov", "movz"):
            value = last[0] if wide or constant(last[0]) else None
        elif op == "movk" and constant(regs.get(to)):
            shift = int(re.search(r"#(\d+)$", args[-1])[1]) if len(args) > 2 else 0
            value = frozenset(c & ~(0xffff << shift) | number(args[1]) << shift for c in regs[to])
        elif op in ("add", "sub", "adds", "subs"):
            if len(args) > 3 and (shift := re.fullmatch(r"lsl #(\d+)", args[3])) and constant(last[1]):
                last[1] = frozenset(c << int(shift[1]) for c in last[1])
            elif len(args) > 3:
                last[1] = None
            value = self.plus(last[0], last[1], 1 if op.startswith("add") else -1)
            if not wide and value != TABLE and not constant(value):
                value = None
        elif op == "csel" and constant(last[0]) and constant(last[1]):
            value = last[0] | last[1]
        if re.match(r"[xw]\d+$|sp$|wsp$", args[0]):
            self.put(to, value, regs, op.startswith("sub"))


class RiscV(Machine):
    arguments = [f"a{i}" for i in range(8)]
    kept = {f"s{i}" for i in range(12)} | {"sp", "alloca", "pointed", "gp", "tp"}
    sp, frame = "sp", "s0"
    loads = {"ld": 8, "lw": 4, "lwu": 0, "lh": 0, "lhu": 0, "lb": 0, "lbu": 0}
    stores = {"sd": 8, "sw": 4, "sh": 2, "sb": 1, "fsd": 8, "fsw": 4}

    @staticmethod
    def name(r):
        return r

    def step(self, i, regs):
        op, args = i.op, i.args
        if op == "ret":
            return [("return", None)]
        if op in ("mret", "sret", "unimp", "ebreak"):
            return []
        if op == "j":
            return [("jump", frozenset([self.image.target(args[0])]))]
        if op[0] == "b":
            return [("branch", frozenset([self.image.target(args[-1])])), ("next", None)]
        if op == "jal":
            return [("call", frozenset([self.image.target(args[-1])])), ("next", None)]
        if op in ("jalr", "jr"):
            offset, register = re.fullmatch(r"(?:(-?\d+)\()?(\w+)\)?", args[-1]).groups()
            value = frozenset([0]) if register == "zero" else regs.get(register)
            if offset and value != TABLE:
                value = self.plus(value, frozenset([int(offset) & self.mask])) if constant(value) else None
            link = op == "jalr" and args[0] != "zero"
            return [("call", value), ("next", None)] if link else [("pointer", value)]
        if op in self.loads or op in self.stores:
            offset, base = re.fullmatch(r"(-?\d+)\((\w+)\)", args[1]).groups()
            here = self.plus(regs.get(base), frozenset([int(offset) & self.mask]))
            if op in self.stores:
                self.store(here, self.stores[op], regs.get(args[0]), regs)
            else:
                self.put(args[0], self.load(here, self.loads[op], regs), regs)
        elif args and not re.match(r"fs[dw]$|fence|sfence|wfi|ecall|nop|csr[wcs]", op):
            self.compute(i, op, args, regs)
        return [("next", None)]

    def compute(self, i, op, args, regs):
        last = [frozenset([number(a) & self.mask]) if number(a) is not None else
                frozenset([0]) if a == "zero" else regs.get(a) for a in args[1:]]
        value = None
        if op in ("li", "mv"):
            value = last[0]
        elif op == "lui":
            n = number(args[1]) << 12
            value = frozenset([(n - (1 << 32) * (n >> 31)) & self.mask])
        elif op == "auipc":
            n = number(args[1]) << 12
            value = frozenset([(i.at + n - (1 << 32) * (n >> 31)) & self.mask])
        elif op in ("add", "addi", "sub"):
            value = self.plus(last[0], last[1], -1 if op == "sub" else 1)
        self.put(args[0], value, regs, op in ("sub", "add"))


class Thumb(Machine):
    arguments = ["r0", "r1", "r2", "r3"]
    kept = {f"r{i}" for i in range(4, 12)} | {"sp", "alloca", "pointed"}
    sp, frame = "sp", None
    same = {"sl": "r10", "fp": "r11", "ip": "r12"}
    still = re.compile(r"cmp|cmn|tst|teq|nop|d[ms]b|isb|cps|msr|it[te]*$|clrex|wf|sev|svc|bkpt|vmsr|vcmp|pld")

    def name(self, r):
        return self.same.get(r, r)

    def target(self, text):
        return frozenset([self.image.target(text)])

    def step(self, i, regs):
        op, args = i.op, [self.name(a) for a in i.args]
        if i.maybe:
            op = op[:-2]  # the condition
            before = dict(regs)
            flow = self.always(i, op, args, regs)
            if flow == [("next", None)]:
                for r in set(before) | set(regs):
                    if r != "alloca" and before.get(r) != regs.get(r):
                        a, b = before.get(r), regs.get(r)
                        self.put(r, a | b if constant(a) and constant(b) else None, regs)
            else:
                regs.clear()
                regs.update(before)
            kinds = {"jump": "branch"}
            return [(kinds.get(kind, kind), value) for kind, value in flow if kind != "next"] + [("next", None)]
        return self.always(i, op, args, regs)

    def always(self, i, op, args, regs):
        if op == "bx" and args[0] == "lr":
            return [("return", None)]
        if op == "udf":
            return []
        if op == "b":
            return [("jump", self.target(args[0]))]
        if op in ("cbz", "cbnz") or re.fullmatch(r"b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)", op):
            return [("branch", self.target(args[-1])), ("next", None)]
        if op == "bl":
            return [("call", self.target(args[0])), ("next", None)]
        if op == "blx":
            return [("call", regs.get(args[0])), ("next", None)]
        if op == "bx":
            return [("pointer", regs.get(args[0]))]
        if op in ("tbb", "tbh"):
            return [("pointer", TABLE)]
        if op == "msr" and args[0].lower() in ("msp", "psp", "control"):
            regs["sp"] = ELSEWHERE
        elif op in ("push", "vpush", "pop", "vpop") or re.match(r"v?(ldm|stm)", op):
            return self.many(op, args, regs)
        elif re.match(r"(ldr|str)(d|b|h|sb|sh)?$|v(ldr|str)$", op):
            return self.move(i, op, args, regs)
        elif not self.still.match(op) and args:
            return self.compute(i, op, args, regs)
        return [("next", None)]

    def many(self, op, args, regs):
        stack = op in ("push", "vpush", "pop", "vpop")
        base = "sp" if stack else args[0].rstrip("!")
        words = self.words(args[-1])
        store, size = "push" in op or "stm" in op, 8 if args[-1].startswith("{d") else 4
        total = size * len(words)
        back = stack or args[0].endswith("!")
        old = regs.get(base)
        new = self.plus(old, frozenset([(-total if store and (stack or "db" in op) else total) & self.mask]))
        if back:
            self.put(base, new, regs)
        if not store and size == 4 and words[0][0] != "s":
            for r in words:
                if r not in ("pc", base) or r == "pc":
                    self.put(r, None, regs)
            if "pc" in words:
                return [("return", None)] if base == "sp" else [("pointer", None)]
        return [("next", None)]

    def words(self, braces):
        words = []
        for part in braces.strip("{}^").split(","):
            first, dash, last = part.strip().partition("-")
            if dash:
                words += [first[0] + str(n) for n in range(int(first[1:]), int(last[1:]) + 1)]
            else:
                words.append(self.name(first))
        return words

    def move(self, i, op, args, regs):
        double = op in ("ldrd", "strd")
        registers = args[:2 if double else 1]
        n = len(registers)
        here, base, before = self.address(args[n], regs) if args[n].startswith("[") else (self.target(args[n]), "pc", 0)
        if base == "pc":
            shown = self.image.shown.get(i.at)
            here = frozenset([shown]) if shown else TABLE
        after = number(args[n + 1]) if n + 1 < len(args) else 0
        if (before or after) and base != "pc":
            self.put(base, self.plus(regs.get(base), frozenset([((before or 0) + (after or 0)) & self.mask])), regs)
        size = 4 if op in ("ldr", "str", "ldrd", "strd") else 8 if op.startswith("v") else 1
        for k, r in enumerate(registers):
            at = self.plus(here, frozenset([k * 4])) if here != TABLE else None
            if "st" in op:
                self.store(at, size, regs.get(r), regs)
            elif r == "pc":
                return [("return", None)] if base == "sp" else [("pointer", TABLE if here == TABLE else None)]
            elif not op.startswith("v"):
                self.put(r, self.load(at, size, regs) if size == 4 else None, regs)
        return [("next", None)]

    def compute(self, i, op, args, regs):
        op = op if op in ("movs", "adds", "subs", "addw", "subw") else op
        args = args if len(args) != 2 or op[:3] not in ("add", "sub") else [args[0]] + args
        last = [frozenset([number(a) & self.mask]) if number(a) is not None else regs.get(a) for a in args[1:]]
        value = None
        if op in ("mov", "movs", "movw") and len(last) == 1:
            value = last[0]
        elif op == "movt" and constant(regs.get(args[0])):
            value = frozenset(c & 0xffff | number(args[1]) << 16 for c in regs[args[0]])
        elif op in ("add", "adds", "addw", "sub", "subs", "subw"):
            if len(args) > 3:
                last[1] = None
            value = self.plus(last[0], last[1], 1 if op[0] == "a" else -1)
            if args[1] == "pc" and i.at in self.image.shown:
                value = frozenset([self.image.shown[i.at]])
        elif op == "adr":
            value = self.target(args[1])
        if args[0] == "pc":
            return [("pointer", value or TABLE)]
        if not args[0].startswith(("s", "d")) or args[0] == "sp":
            self.put(args[0], value, regs, op.startswith("sub"))
        return [("next", None)]


MACHINES = {40: Thumb, 183: AArch64, 243: RiscV}  # by the number in an ELF header
MENTIONED = re.compile(r"\b([0-9a-f]+) <")  # addresses, among them all to which a branch leads
LINE = re.compile(r"\s*([0-9a-f]+):\t(\S+)(?:\t([^\n]*))?")


def operands(text):
    """Cut at commas that stand outside brackets, without what objdump adds."""
    text = re.sub(r"\s*(//|;|@|#(?= )|# ).*", "", re.sub(r" <[^>]*>", "", text))
    return [part.strip() for part in re.findall(r"(?:\[[^]]*\]!?|\{[^}]*\}\^?|[^,\[{])+", text)] if text else []


class Body:
    """A function: the most of its own stack, and its calls, a list of (depth, address, where to, arguments)."""

    def __init__(self):
        self.depth, self.calls, self.alloca, self.returns = 0, [], None, False


class Image:
    def __init__(self, path, cross):
        self.path, self.cross, self.shown = path, cross, {}
        with open(path, "rb") as file:
            self.bytes = file.read()
        self.word = 8 if self.bytes[4] == 2 else 4
        machine = int.from_bytes(self.bytes[18:20], "little")
        self.thumb = machine == 40
        self.sections()
        self.symbols()
        self.disassemble()
        self.machine = MACHINES[machine](self)
        self.bodies, self.busy = {}, set()

    def run(self, tool, *words):
        command = [self.cross + tool, *words, self.path]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def sections(self):
        """What never changes: (address, bytes) of the sections that are not written."""
        self.constants = []
        pattern = r"\s\.\w+\s+PROGBITS\s+(\w+) (\w+) (\w+) \w+\s+(?:A|AX)\s"
        for at, place_, size in re.findall(pattern, self.run("readelf", "-SW")):
            at, place_, size = int(at, 16), int(place_, 16), int(size, 16)
            self.constants.append((at, self.bytes[place_:place_ + size]))

    def constant_word(self, at):
        for start, data in self.constants:
            if start <= at <= start + len(data) - self.word:
                return int.from_bytes(data[at - start:at - start + self.word], "little")
        return None

    def symbols(self):
        """Functions by address and by name; labels of assembly have no type and count where something calls them."""
        self.named, self.functions, self.labels, self.sizes, self.numbers = {}, {}, set(), {}, {}
        for line in self.run("readelf", "-sW").splitlines():
            words = line.split()
            if len(words) == 8 and words[6] == "ABS":
                self.numbers[words[7]] = int(words[1], 16)
            elif len(words) == 8 and words[3] in ("FUNC", "NOTYPE") and words[6] != "UND" and words[7][0] not in "$.":
                at = int(words[1], 16) & ~int(self.thumb)
                self.sizes[at] = max(int(words[2], 0), self.sizes.get(at, 0))
                if words[3] == "FUNC":
                    if words[4] != "LOCAL" or at not in self.functions:
                        self.functions[at] = words[7]
                else:
                    self.labels.add((at, words[7]))
                self.named.setdefault(words[7], set()).add(at)
        for at, name in self.labels:
            self.functions.setdefault(at, name)
        self.labels = {at for at, name in self.labels}

    def disassemble(self):
        self.code, self.joins, before, within = {}, set(), None, 0
        for line in self.run("objdump", "-d", "--no-show-raw-insn", "-j", ".text").splitlines():
            if not (found := LINE.match(line)):
                continue
            at, op, text = int(found[1], 16), found[2], found[3] or ""
            if op.startswith("."):
                before = None
                continue
            self.joins.update(int(to, 16) for to in MENTIONED.findall(text))
            if self.thumb and (shown := re.search(r"\(([0-9a-f]+) <|@ \(?(?:0x)?([0-9a-f]{6,})", text)):
                self.shown[at] = int(shown[1] or shown[2], 16)
            i = Instruction(at, re.sub(r"\.[nw]$", "", op) if self.thumb else op, operands(text))
            if within:
                i.maybe, within = True, within - 1
            elif self.thumb and re.fullmatch(r"it[te]*", op):
                within = len(op) - 1
            if before:
                before.after = at
            self.code[at] = before = i

    def target(self, text):
        try:
            return int(text, 16)
        except ValueError:
            return None

    def function_of(self, address):
        """The function that begins there, if one does."""
        address &= ~int(self.thumb)
        return address if address in self.functions else None

    def body(self, address):
        """None while it is being read: a function that calls itself."""
        if address not in self.bodies:
            if address in self.busy:
                return None
            self.busy.add(address)
            self.bodies[address] = self.read(address)
            self.busy.discard(address)
        return self.bodies[address]

    def read(self, address):
        body, seen = Body(), {}
        self.follow(address, self.machine.start(), address, body, seen)
        # What a table of a switch leads to: the blocks to which nothing else led.
        while getattr(body, "table", None):
            end = address + self.sizes[address]
            code = [at for at in range(address, end, 2) if at in self.code and self.code[at].op != "nop"]
            left = [at for at in code if at not in seen]
            if not left:
                break
            self.follow(left[0], dict(body.table), address, body, seen)
        return body

    def follow(self, at, regs, function, body, seen):
        """Blocks by rising addresses, so that most of the ways to a block are known before it is followed. seen: what is
        known at the start of a block; None within one."""
        waiting = {at: regs}
        while waiting:
            at = min(waiting)
            regs = waiting.pop(at)
            if before := seen.get(at):
                self.see_loop(before, regs)
                regs = self.merge(before, regs)
                if regs == before:
                    continue
            seen[at] = dict(regs)
            while at in self.code:
                i = self.code[at]
                flow = self.machine.step(i, regs)
                self.deepen(i, regs, body)
                if not self.go_on(i, flow, regs, function, body, waiting):
                    break
                at = i.after
                if at in self.joins or seen.get(at):
                    self.wait(waiting, at, regs)
                    break
                seen[at] = None

    def see_loop(self, before, regs):
        """A loop that takes more stack each time touches what alloca takes, page by page."""
        sp = self.machine.sp
        if place(before[sp]) is not None and place(regs[sp]) is not None and place(regs[sp]) < place(before[sp]):
            regs["alloca"], regs[sp] = True, before[sp]

    def wait(self, waiting, at, regs):
        waiting[at] = self.merge(waiting[at], regs) if at in waiting else dict(regs)

    def merge(self, a, b):
        """What holds on both ways; the deeper stack."""
        merged = {}
        for r in a:
            x, y = a[r], b.get(r)
            if x == y:
                merged[r] = x
            elif constant(x) and constant(y) and len(x | y) <= MOST:
                merged[r] = x | y
        sp = self.machine.sp
        if sp not in merged:
            ways = [w for w in (a[sp], b[sp]) if w != ELSEWHERE]
            merged[sp] = min(ways, key=place)
        if "alloca" in a or "alloca" in b:
            merged["alloca"] = True
        merged["pointed"] = min(a.get("pointed", 0), b.get("pointed", 0))
        return merged

    def deepen(self, i, regs, body):
        sp = place(regs[self.machine.sp])
        if sp is not None:
            body.depth = max(body.depth, -sp)
        if "alloca" in regs and not body.alloca:
            body.alloca = i.at

    def go_on(self, i, flow, regs, function, body, waiting):
        """Whether control reaches the next instruction."""
        onward, sp = False, place(regs[self.machine.sp])
        for kind, value in flow:
            if kind == "return":
                body.returns = True
            elif kind == "next":
                onward = i.after is not None
            elif value == TABLE:
                body.table = dict(regs)
            elif kind in ("jump", "branch") and not self.leaves(value, function):
                self.wait(waiting, next(iter(value)), regs)
            elif kind == "call" and self.own_part(value, function):
                self.wait(waiting, next(iter(value)), regs)
                for r in [r for r in regs if r not in (self.machine.sp, "alloca", "pointed")]:
                    del regs[r]
            else:
                returns = self.note(i, kind, value, regs, sp, body)
                if kind == "call":
                    self.machine.called(regs)
                    if not returns:
                        return False
                elif returns:
                    body.returns = True
        if onward and i.after in self.functions and i.after != function:
            if i.after in self.labels or function in self.labels:
                body.returns |= self.note(i, "jump", frozenset([i.after]), regs, sp, body)
            onward = False
        return onward

    def leaves(self, value, function):
        to = next(iter(value))
        return to in self.functions and to != function and not re.search(r"\.cold", self.functions[to])

    def own_part(self, value, function):
        """A subroutine of a function in assembly, which has no name: libgcc's division calls one."""
        if not constant(value) or len(value) > 1:
            return False
        to = next(iter(value))
        return to not in self.functions and 0 < to - function < self.sizes[function]

    def note(self, i, kind, value, regs, sp, body):
        """A call, or a jump that is one. Returns whether it comes back."""
        if sp is not None:
            arguments = {r: regs[r] for r in self.machine.arguments if r in regs}
            body.calls = [c for c in body.calls if c[1] != i.at] + [(-sp, i.at, value, arguments)]
        if not constant(value):
            return True
        bodies = [self.body(self.function_of(v)) for v in value if self.function_of(v) is not None]
        return not bodies or any(b is None or b.returns for b in bodies) or False

    def lines(self, addresses):
        """file:line of each address."""
        if not addresses:
            return {}
        words = [f"{a:#x}" for a in sorted(addresses)]
        said = subprocess.run([self.cross + "addr2line", "-e", self.path], input="\n".join(words), check=True,
                              stdout=subprocess.PIPE, text=True).stdout.splitlines()
        return {a: re.sub(r" \(discriminator \d+\)", "", line) for a, line in zip(sorted(addresses), said)}
