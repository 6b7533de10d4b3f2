#!/usr/bin/env python3
"""Makes tagged memory orders of the kernel relaxed, one at a time, and demands that ThreadSanitizer reports each.

usage: relax.py [-v] TEST.c ...          from the top of the tree

A test says in a line `// relax: C1 C2` which tags it catches, each of which must mark an ordered operation in some file of
the kernel. The explorer proves the orders of the ring and of sleep and wake; these are others."""
import os, re, shlex, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor
from glob import glob

ORDERED = re.compile(r"\b(load|store|swap|cas|fetch_\w+?)_(acquire|release|acq_rel|full)\b(?=\()")
MISSING = ["swap_relaxed(p,v)=__atomic_exchange_n(p,v,__ATOMIC_RELAXED)"]  # in atomic_c11.h
CC = shlex.split("gcc -std=gnu11 -O1 -g -w -MMD -pthread -fsanitize=thread -I tests/unit -I kernel/include -iquote arch -iquote boards")
CC += ["-D" + macro for macro in MISSING]


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          env=dict(os.environ, TSAN_OPTIONS="halt_on_error=1 atexit_sleep_ms=0"))
    return done.returncode, done.stdout


class Tree:
    """A copy of the kernel, in which one file may differ, and the objects of a test on it."""

    def __init__(self, folder, flags, base=None):
        self.folder, self.flags, self.base = folder, flags, base
        for path in glob("kernel/*/*.[ch]"):
            os.makedirs(os.path.dirname(self.copy(path)), exist_ok=True)
            with open(path) as source, open(self.copy(path), "w") as copy:
                copy.write(source.read())

    def copy(self, path):
        return os.path.join(self.folder, os.path.relpath(path, "kernel"))

    def object(self, path, changed):
        """Of a source; the base's unless that was made from what changed."""
        source = self.copy(path) if path.startswith("kernel/") else path
        target = os.path.join(self.folder, path.replace("/", "-") + ".o")
        if self.base:
            of_base = self.base.object(path, "")
            with open(of_base[:-1] + "d") as made_from:
                if self.base.copy(changed) not in made_from.read().split():
                    return of_base
        if not os.path.exists(target):
            status, output = run(CC + self.flags + ["-iquote", self.folder, "-c", source, "-o", target])
            if status:
                sys.exit(output)
        return target

    def verdict(self, sources, changed=""):
        program = os.path.join(self.folder, "program")
        with ThreadPoolExecutor(2) as pool:
            objects = list(pool.map(lambda path: self.object(path, changed), sources))
        status, output = run(CC + self.flags + objects + ["-o", program])
        if status:
            sys.exit(output)
        for seed in "123":
            status, output = run(["timeout", "60", program, "skein.seed=" + seed])
            if status:
                break
        return status, output


def relaxed(tag):
    """(path, line number, the file's text) with each ordered operation of that tag relaxed."""
    for path in sorted(glob("kernel/*/*.[ch]")):
        with open(path) as file:
            lines = file.read().split("\n")
        for i, line in enumerate(lines):
            code, _, comment = line.partition("/*")
            if re.search(rf"\b{tag}\b", comment) and ORDERED.search(code):
                new = ORDERED.sub(r"\1_relaxed", code) + "/*" + comment
                yield path, i + 1, "\n".join(lines[:i] + [new] + lines[i + 1:])


def judge(test, verbose):
    with open(test) as file:
        text = file.read()
    spec = dict(word.split("=", 1) for word in shlex.split(re.search("^// test: (.*)", text, re.M)[1]))
    flags = shlex.split(spec.get("cflags", ""))
    sources = [test] + [path for pattern in spec["sources"].split() for path in sorted(glob(pattern))]
    jobs, wrong = [], []
    for tag in re.search("^// relax: (.*)", text, re.M)[1].split():
        found = [(tag, *mutant) for mutant in relaxed(tag)]
        wrong += [] if found else [f"{test}: {tag} marks no ordered operation of the kernel"]
        jobs += found
    with tempfile.TemporaryDirectory() as scratch:
        whole = Tree(os.path.join(scratch, "whole"), flags)
        status, output = whole.verdict(sources)
        if status:
            return [output, f"{test}: status {status} before anything was relaxed"]

        def one(job):
            number, (tag, path, line, new) = job
            tree = Tree(os.path.join(scratch, str(number)), flags, whole)
            with open(tree.copy(path), "w") as file:
                file.write(new)
            status, output = tree.verdict(sources, path)
            caught = status and "ThreadSanitizer: data race" in output
            if verbose:
                print(path, line, tag, status, "".join(re.findall("SUMMARY.*", output)), flush=True)
            return None if caught else f"{path}:{line}: {tag} relaxed: NOT CAUGHT by {test}, status {status}"

        with ThreadPoolExecutor(2) as pool:
            wrong += filter(None, pool.map(one, enumerate(jobs)))
    print(f"{test}: {len(jobs)} orders relaxed, {len(wrong)} problems")
    return wrong


problems = [line for test in sys.argv[1:] if test != "-v" for line in judge(test, "-v" in sys.argv)]
for line in problems:
    print(line)
sys.exit(bool(problems))
