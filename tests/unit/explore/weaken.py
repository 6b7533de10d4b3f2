#!/usr/bin/env python3
"""Weakens the tagged memory orders of kernel files one at a time and demands that the explorer catches each.

usage: weaken.py [-v] SCENARIO.c ...          from the top of the tree

A scenario names the files it proves in a line `// weaken: kernel/sched/runq.c kernel/sched/search.c:S5,S6 ...`, the latter for these tags
only, and how it is built in `// test: ...`. An operation with a tag on its line, as in
`store_release(&q->tail, t + 1); /* Q1 */`, is replaced by the next weaker ones; a line tagged `/* I3 re-check */` has each of
its calls replaced by 0. Weaker still need not be tried: what a weaker order allows includes what the stronger one allows.
A line `// mutant: kernel/sched/search.c: OLD => NEW` is one more: in the one line that holds it, OLD becomes NEW.
A line `// spare: push_head Q5 cas_full -> cas_acq_rel, reason` in the scenario excuses one mutant; the reason must be there, and
the mutant must indeed not be caught."""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import tempfile
from glob import glob

WEAKER = {
    "load": {"full": ["acquire"], "acquire": ["relaxed"]},
    "store": {"full": ["release"], "release": ["relaxed"]},
    "rmw": {"full": ["acq_rel"], "acq_rel": ["acquire", "release"], "acquire": ["relaxed"], "release": ["relaxed"]},
}
OPERATION = re.compile(r"\b(?:go_)?(load|store|swap|cas|fetch_\w+?)_(relaxed|acquire|release|acq_rel|full)\b(?=\()")
COMMENT = re.compile(r"/\*(.*?)\*/")
TAG = re.compile(r"\b[A-Z]\d+\b")
FUNCTION = re.compile(r"[A-Za-z_][^;=]*?\b(\w+)\([^;]*$")
INCLUDE = ["-Ikernel", "-Ikernel/include", "-Iarch", "-Iboards"]
TIMEOUT = 120


def settings(path):
    """The fields of the scenario's header lines."""
    found = {"cflags": "", "sources": "", "watched": "", "weaken": {}, "mutants": [], "spare": {}}
    for line in open(path):
        if line.startswith("// test:"):
            found.update(dict(re.findall(r'(\w+)="([^"]*)"', line)))
        elif line.startswith("// weaken:"):
            for word in line.split(":", 1)[1].split():
                path, _, tags = word.partition(":")
                found["weaken"][path] = tags.split(",") if tags else None
        elif line.startswith("// mutant:"):
            path, change = line.split(":", 1)[1].strip().split(": ", 1)
            found["mutants"].append((path, *change.split(" => ")))
        elif line.startswith("// spare:"):
            what, reason = line.split(":", 1)[1].split(",", 1)
            found["spare"][what.strip()] = reason.strip()
    return found


def without_look(line):
    """The line with each call on it replaced by 0: it looks at nothing and finds nothing."""
    code, out, i = COMMENT.sub("", line), "", 0
    while i < len(code):
        call = re.compile(r"(?!(?:if|while|for|return|switch)\b)\b[A-Za-z_]\w*\s*\(").match(code, i)
        if not call or (i and (code[i - 1].isalnum() or code[i - 1] == "_")):
            out, i = out + code[i], i + 1
            continue
        depth, i = 1, call.end()
        while i < len(code) and depth:
            depth, i = depth + {"(": 1, ")": -1}.get(code[i], 0), i + 1
        if depth:
            return None
        out += "0"
    return out if out != code else None


def mutants(path, only):
    """(name, line number, new line) for each weakening of the file, and complaints about tags that mark nothing. Only: of
    these tags, None for all."""
    found, complaints, in_comment, function = [], [], False, ""
    for number, line in enumerate(open(path), 1):
        begins = line.rfind("/*") > line.rfind("*/")
        code, tags = COMMENT.sub("", line), " ".join(COMMENT.findall(line))
        if in_comment or begins:
            in_comment = begins or "*/" not in line
            continue
        if FUNCTION.match(line):
            function = FUNCTION.match(line).group(1)
        if not TAG.search(tags) or not code.strip() or re.search(r"\batomic\b", tags):
            continue
        if only and not set(only) & set(TAG.findall(tags)):
            continue
        tag = f"{function} {' '.join(TAG.findall(tags))}"
        if "re-check" in tags:
            found.append((f"{tag} re-check", number, without_look(line)))
        operations = [m for m in OPERATION.finditer(code) if m.group(2) != "relaxed"]
        for m in operations:
            kind = m.group(1) if m.group(1) in WEAKER else "rmw"
            for order in WEAKER[kind][m.group(2)]:
                new = f"{m.group(1)}_{order}"
                found.append((f"{tag} {m.group(1)}_{m.group(2)} -> {new}", number,
                              code[:m.start(1)] + new + code[m.end():]))
        if not operations and "re-check" not in tags:
            complaints.append(f"{path}:{number}: tag {tag} marks no ordered operation on its line")
    for name, number, new in found:
        if new is None:
            complaints.append(f"{path}:{number}: {name}: no call to leave out")
    return [f for f in found if f[2] is not None], complaints


def changed(path, old, new):
    """As mutants, for a line of the scenario's own."""
    found = [(number, line) for number, line in enumerate(open(path), 1) if old in line]
    if len(found) != 1:
        return [], [f"{path}: {len(found)} lines hold {old}"]
    return [(f"{old} => {new}", found[0][0], found[0][1].replace(old, new))], []


class Tree:
    """The kernel, of which one line may differ, and the objects that a scenario makes from it."""

    def __init__(self, scenario, how, folder, base=None, target=None, number=0, new=None):
        self.how, self.folder, self.base, self.target, self.output = how, folder, base, target, ""
        self.watched = how["watched"].split()
        self.sources = list(dict.fromkeys([scenario, *self.watched, *how["sources"].split()]))
        for path in glob("kernel/**/*.[ch]", recursive=True):
            os.makedirs(os.path.dirname(self.copy(path)), exist_ok=True)
            if path == target:
                lines = open(path).readlines()
                open(self.copy(path), "w").writelines(lines[:number - 1] + [new] + lines[number:])
            else:
                os.symlink(os.path.abspath(path), self.copy(path))

    def copy(self, path):
        """As the kernel's files include each other from here; any other file by its name."""
        found = re.match(r"kernel/(?:include/)?(.*)", path)
        return os.path.join(self.folder, found[1] if found else os.path.basename(path))

    def compile(self, words):
        """Whether gcc was content. Headers in this folder go before all others."""
        command = ["gcc", "-std=gnu11", "-O1", "-w", "-iquote", self.folder, "-I", self.folder,
                   *shlex.split(self.how["cflags"]), *INCLUDE, *words]
        built = subprocess.run(command, capture_output=True, text=True)
        self.output = shlex.join(command) + "\n" + built.stderr
        return built.returncode == 0

    def object(self, path):
        """Of a source; the base's unless that was made from what differs. None: gcc was not content."""
        target = self.copy(path) + ".o"
        if self.base:
            made_from = open(self.base.copy(path) + ".d").read().split()
            if self.base.copy(self.target) not in made_from:
                return self.base.copy(path) + ".o"
        source = self.copy(path) if path.startswith("kernel/") else path
        watch = ["-fsanitize=thread"] if path in self.watched else []
        good = self.compile([*watch, "-MMD", "-MF", self.copy(path) + ".d", "-c", source, "-o", target])
        return target if good else None

    def verdict(self):
        """The explorer's, 'passed', 'failed' or 'broken', and what was printed."""
        objects = [self.object(path) for path in self.sources]
        program = os.path.join(self.folder, "program")
        if None in objects or not self.compile([*objects, "-o", program]):
            return "broken", self.output
        try:
            ran = subprocess.run([program], capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return "broken", f"no verdict after {TIMEOUT} seconds"
        if ran.returncode == 0:
            return "passed", ran.stdout
        caught = ran.returncode == 1 and "FAILED" in ran.stdout
        return ("failed" if caught else "broken"), ran.stdout + ran.stderr + f"exit status {ran.returncode}"


def judge(name, verdict, spared):
    """None if all is well, else what is wrong."""
    if verdict == "failed":
        return f"{name}: is caught, so its spare line must go" if spared else None
    if verdict == "passed":
        return None if spared else f"{name}: NOT CAUGHT"
    return f"{name}: cannot be tried"


def weaken(scenario, verbose):
    how, wrong, jobs, spared = settings(scenario), [], [], set()
    if not how["weaken"]:
        return 0
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        whole = Tree(scenario, how, os.path.join(scratch, "whole"))
        verdict, output = whole.verdict()
        if verdict != "passed":
            print(output)
            print(f"{scenario}: not ok before anything was weakened")
            return 1
        tries = [(path, mutants(path, only)) for path, only in how["weaken"].items()]
        tries += [(path, changed(path, old, new)) for path, old, new in how["mutants"]]
        for path, (found, complaints) in tries:
            wrong += complaints
            for name, number, new in found:
                tree = Tree(scenario, how, os.path.join(scratch, str(len(jobs))), whole, path, number, new)
                jobs.append((f"{path}:{number}: {name}", name, pool.submit(tree.verdict)))
        for title, name, job in jobs:
            verdict, output = job.result()
            if name in how["spare"]:
                spared.add(name)
            problem = judge(title, verdict, name in how["spare"])
            if problem:
                wrong.append(problem)
            if verdict == "broken" or verbose:
                print(f"--- {title}: {verdict}\n{output}")
        wrong += [f"{scenario}: spare line for {name}, which is no mutant" for name in how["spare"] if name not in spared]
    for line in wrong:
        print(line)
    print(f"{scenario}: {len(jobs)} orders weakened, {len(wrong)} problems")
    return bool(wrong)


def main():
    paths = [a for a in sys.argv[1:] if a != "-v"]
    return max((weaken(p, "-v" in sys.argv) for p in paths), default=0)


sys.exit(main())
