"""headers.py INCLUDE_DIRECTORY COMPILER OPTION...: is everything that the headers declare in the namespace of its
instruction set?

Each header opens the namespace as `namespace genet::inline GENET_ISA...`, or as `namespace genet {  // No code: ` and a
reason, and, included alone, knows what GENET_ISA is: nothing of that name is left when it is preprocessed.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

OPENING = re.compile(r"^\s*(?:inline\s+)?namespace\s+genet\b[^\n]*", re.M)


def faults(header, root, command):
    text = header.read_text()
    found = []
    if header.name != "isa.hpp":
        found = [f"opens '{line.strip()}'" for line in OPENING.findall(text)
                 if not re.match(r"\s*namespace genet(::inline GENET_ISA\b| \{  // No code: )", line)]
    done = subprocess.run([*command, "-std=c++20", "-E", "-P", "-x", "c++", "-"], capture_output=True, text=True,
                          input=f"#include <{header.relative_to(root)}>\n")
    if done.returncode != 0:
        found.append("cannot be preprocessed alone:\n" + done.stderr)
    found += [f"leaves '{line.strip()[:100]}'" for line in done.stdout.splitlines() if "GENET_ISA" in line]
    return [f"{header}: {fault}" for fault in found]


def main():
    root, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    headers = sorted(root.rglob("*.hpp"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [fault for part in pool.map(lambda h: faults(h, root, command), headers) for fault in part]
    print(*found, f"{len(headers)} headers, {len(found)} faults", sep="\n")
    return 1 if found or not headers else 0


sys.exit(main())
