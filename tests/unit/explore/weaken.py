#!/usr/bin/env python3
"""Weakens the tagged memory orders of kernel files one at a time and demands that the explorer catches each.

usage: weaken.py [-v] SCENARIO.c ...          from the top of the tree

A scenario names the files it proves in a line `// weaken: kernel/runq.c ...`, and how it is built in `// test: ...`. An
operation with a tag on its line, as in `store_release(&q->tail, t + 1); /* Q1 */`, is replaced by the next weaker ones; a
line tagged `/* I3 re-check */` has each of its calls replaced by 0. Weaker still need not be tried: what a weaker
order allows includes what the stronger one allows.
A line `// spare: push_head Q5 cas_full -> cas_acq_rel, reason` in the scenario excuses one mutant; the reason must be there, and
the mutant must indeed not be caught."""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import tempfile

WEAKER = {
    "load": {"full": ["acquire"], "acquire": ["relaxed"]},
    "store": {"full": ["release"], "release": ["relaxed"]},
    "rmw": {"full": ["acq_rel"], "acq_rel": ["acquire", "release"], "acquire": ["relaxed"], "release": ["relaxed"]},
}
OPERATION = re.compile(r"\b(load|store|swap|cas|fetch_\w+?)_(relaxed|acquire|release|acq_rel|full)\b(?=\()")
COMMENT = re.compile(r"/\*(.*?)\*/")
TAG = re.compile(r"\b[A-Z]\d+\b")
FUNCTION = re.compile(r"[A-Za-z_][^;=]*?\b(\w+)\([^;]*$")
INCLUDE = ["-Ikernel", "-Ikernel/include", "-Iarch", "-Iboards"]
TIMEOUT = 120


def settings(path):
    """The fields of the scenario's header lines."""
    found = {"cflags": "", "sources": "", "weaken": [], "spare": {}}
    for line in open(path):
        if line.startswith("// test:"):
            found.update(dict(re.findall(r'(\w+)="([^"]*)"', line)))
        elif line.startswith("// weaken:"):
            found["weaken"] = line.split(":", 1)[1].split()
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


def mutants(path):
    """(name, line number, new line) for each weakening of the file, and complaints about tags that mark nothing."""
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
        tag = f"{function} {' '.join(TAG.findall(tags))}"
        if "re-check" in tags:
            found.append((f"{tag} re-check", number, without_look(line)))
        operations = [m for m in OPERATION.finditer(code) if m.group(2) != "relaxed"]
        for m in operations:
            kind = m.group(1) if m.group(1) in WEAKER else "rmw"
            for order in WEAKER[kind][m.group(2)]:
                new = f"{m.group(1)}_{order}"
                found.append((f"{tag} {m.group(0)} -> {new}", number,
                              code[:m.start()] + new + code[m.end():]))
        if not operations and "re-check" not in tags:
            complaints.append(f"{path}:{number}: tag {tag} marks no ordered operation on its line")
    for name, number, new in found:
        if new is None:
            complaints.append(f"{path}:{number}: {name}: no call to leave out")
    return [f for f in found if f[2] is not None], complaints


def compile_with(how, first, words):
    """Whether gcc was content, and what it said. Headers in the folder `first` go before all others."""
    command = ["gcc", "-std=gnu11", "-O1", "-w", "-iquote", first, "-I", first, *shlex.split(how["cflags"]),
               *INCLUDE, *words]
    built = subprocess.run(command, capture_output=True, text=True)
    return built.returncode == 0, shlex.join(command) + "\n" + built.stderr


def build_and_run(scenario, how, scratch, target=None, number=0, new=None):
    """The verdict of the explorer, 'passed', 'failed' or 'broken', and what was printed."""
    folders = {os.path.dirname(path) for path in how["weaken"]}
    sources = []
    os.makedirs(scratch)
    for path in dict.fromkeys(how["sources"].split() + how["weaken"]):
        copy = os.path.join(scratch, os.path.basename(path))
        if os.path.dirname(path) not in folders:
            copy = os.path.join(scratch, "..", os.path.basename(path) + ".o")  # compiled once
            if not os.path.exists(copy):
                good, output = compile_with(how, scratch, ["-c", path, "-o", copy])
                if not good:
                    return "broken", output
        else:
            lines = open(path).readlines()
            if path == target:
                lines[number - 1] = new
            open(copy, "w").writelines(lines)
        if not path.endswith(".h"):
            sources.append(copy)
    program = os.path.join(scratch, "program")
    good, output = compile_with(how, scratch, [scenario, *sources, "-o", program])
    if not good:
        return "broken", output
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
        verdict, output = build_and_run(scenario, how, os.path.join(scratch, "whole"))
        if verdict != "passed":
            print(output)
            print(f"{scenario}: not ok before anything was weakened")
            return 1
        for path in how["weaken"]:
            found, complaints = mutants(path)
            wrong += complaints
            for name, number, new in found:
                where = os.path.join(scratch, str(len(jobs)))
                jobs.append((f"{path}:{number}: {name}", name,
                             pool.submit(build_and_run, scenario, how, where, path, number, new)))
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
