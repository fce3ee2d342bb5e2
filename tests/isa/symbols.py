"""symbols.py NM OBJDUMP PROGRAM OBJECT:NAMESPACE:FORBIDDEN..., in the order in which PROGRAM links the objects.

Each name of genet in an object says the object's instruction set: genet::NAMESPACE::. What several objects hold is
neither genet's nor xtensor's (theirs have vectors in them). And of that, PROGRAM has the form of the first object: in
PROGRAM no function that is in an object has an instruction that matches the regular expression FORBIDDEN, which
processors of that kind do not know.
"""
import itertools
import re
import subprocess
import sys


def lines(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def symbols(nm, file, *options):
    """The names that other objects see."""
    return {match[1] for line in lines(nm, "--defined-only", *options, file)
            if (match := re.match(r"[0-9a-f]* *[TDBRWVu] (.*)", line))}


def instructions(objdump, program):
    function = ""
    for line in lines(objdump, "-d", "--no-show-raw-insn", program):
        if head := re.match(r"[0-9a-f]+ <(.*)>:", line):
            function = head[1]
        elif "\t" in line:
            yield function, line.split("\t", 1)[1]


def main():
    nm, objdump, program = sys.argv[1:4]
    parts = [argument.split(":", 2) for argument in sys.argv[4:]]
    bad = []
    for file, namespace, _ in parts:
        named = [name for name in symbols(nm, file, "-C") if "genet::" in name]
        bad += [f"{file}: {name}" for name in named if re.search(rf"\bgenet::(?!{namespace}::)", name)]
        if not named and namespace != "none":
            bad.append(f"{file} has no name of genet")
    for (one, *_), (other, *_) in itertools.combinations(parts, 2):
        bad += [f"{one} and {other}: {name}" for name in symbols(nm, one, "-C") & symbols(nm, other, "-C")
                if re.search(r"\b(genet|xt)::", name)]

    forbidden = {}
    for file, _, pattern in reversed(parts):
        forbidden.update((name, re.compile(pattern)) for name in symbols(nm, file))
    checked = set()
    for function, instruction in instructions(objdump, program):
        if function in forbidden:
            checked.add(function)
            if forbidden[function].search(instruction):
                bad.append(f"{program}: {function}: {instruction}")
    print(*bad[:50], f"{len(checked)} functions, {len(bad)} faults", sep="\n")
    return 1 if bad or not checked else 0


sys.exit(main())
