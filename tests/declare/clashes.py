#!/usr/bin/python3
"""clashes.py CLANG HEADER OPTION...: no name that HEADER declares in namespace genet is also a global name or a macro of
a standard or POSIX header, so that `using namespace genet;` makes nothing ambiguous. OPTION... are clang's, such as -I.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

clang, header, *options = sys.argv[1:]
standard = pathlib.Path(__file__).with_name("standard_and_posix.hpp")


def run(source, *more):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write(source)
        file.flush()
        return subprocess.run([clang, "-std=c++20", "-w", *options, *more, file.name], capture_output=True, text=True)


declared = run(f"#include <{header}>\n", "-fsyntax-only", "-Xclang", "-ast-list")
if declared.returncode:
    sys.exit(declared.stderr)
names = sorted(set(re.findall(r"^genet::([A-Za-z_]\w*)$", declared.stdout, re.M)))

# `using ::name;` is an error exactly where there is no such global name.
source = f'#include "{standard}"\nnamespace probe {{\n' + "".join(f"using ::{n};\n" for n in names) + "}\n"
messages = run(source, "-fsyntax-only", "-ferror-limit=0").stderr
unknown = set(re.findall(r"no member named '(\w+)' in the global namespace", messages))
macros = run(f'#include "{standard}"\n', "-E", "-dM").stdout
defined = set(re.findall(r"^#define (\w+)", macros, re.M))

if not {"net", "dense"} <= set(names) or not {"errno", "SIGINT"} <= defined or not unknown:
    sys.exit("clashes.py looks in the wrong place")
clashes = [n for n in names if n not in unknown or n in defined]
print(f"{len(names)} names of genet, clashes: {', '.join(clashes) or 'none'}")
sys.exit(bool(clashes))
