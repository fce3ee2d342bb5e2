"""fast_math.py COMPILER OPTION...: is the library refused, with one error, under options that let the compiler compute
as if there were no NaN, or in another order? And not refused without them?"""
import os
import pathlib
import subprocess
import sys

REFUSED = ["-ffast-math", "-Ofast", "-ffinite-math-only"]
REFUSED_BY_GCC = ["-funsafe-math-optimizations", "-fassociative-math -fno-signed-zeros -fno-trapping-math"]
ALLOWED = ["-O2 -fno-math-errno -fno-trapping-math", "-Ofast -fno-fast-math"]
WANTED = "genet does not work under -ffast-math"


def errors(command, options):
    done = subprocess.run([*command, *options.split(), "-std=c++20", "-E", "-o", os.devnull, "-x", "c++", "-"],
                          capture_output=True, text=True, input="#include <genet/tensor/xtensor.hpp>\n")
    found = [line for line in done.stderr.splitlines() if "error: " in line]
    return found or ["failed without an error"] if done.returncode != 0 else []


def main():
    command = sys.argv[1:]
    refused = REFUSED + ([] if "clang" in pathlib.Path(command[0]).name else REFUSED_BY_GCC)
    bad = []
    for options in refused:
        found = errors(command, options)
        if len(found) != 1 or WANTED not in found[0]:
            bad.append(f"{options}: wanted one error that says '{WANTED}', got {found}")
    for options in ALLOWED:
        bad += [f"{options}: {error}" for error in errors(command, options)]
    print(*bad, f"{len(refused) + len(ALLOWED)} sets of options, {len(bad)} treated wrongly", sep="\n")
    return 1 if bad else 0


sys.exit(main())
