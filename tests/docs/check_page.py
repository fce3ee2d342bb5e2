"""Compiles every ```cpp block of a page and checks what the page says of it.

    check_page.py --root DIR --cxx g++ --include DIR... --header all.hpp [--examples DIR] PAGE.md
    check_page.py --precompile ...      makes all.hpp.gch beside the header, so that many small checks stay cheap

A comment above a block says how to treat it:

    (none)                                  a complete program
    <!-- test: declarations -->             at namespace scope, behind the genet header and its using-directive
    <!-- test: body -->                     the same, inside main
    <!-- test: must-not-compile: TEXT -->   a complete program or declarations; fails with one error that says TEXT
    <!-- test: same-as FILE -->             (in any language) stands in that file, indentation apart
    <!-- test: output -->                   (text block) what the program above prints
    <!-- test: part-of-output -->           (text block) a part of what the last program of the page prints
    <!-- test: output-of NAME -->           (text block) a part of what the built example NAME prints
    <!-- test: error -->                    (text block) a part of what the compiler says of the block above

Lines after the first one of a comment are code that goes before the block. Relative links must lead somewhere.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

BLOCK = re.compile(r"(?:<!-- test: ?(?P<how>[^\n]*?)(?:\n(?P<before>.*?))?-->\s*\n)?"
                   r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.S | re.M)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
USING = "using namespace genet;\n"


class Page:
    def __init__(self, options):
        self.options = options
        self.path = pathlib.Path(options.page)
        self.failures = []
        self.program = None  # the last one that was compiled
        self.messages = ""   # of its compiler
        self.parts_of_output = []

    def fail(self, line, why):
        self.failures.append(f"{self.path}:{line}: {why}")

    def command(self, *more):
        includes = [f"-I{directory}" for directory in self.options.include]
        return [self.options.cxx, "-std=c++20", "-Wall", "-Wextra", *includes, *more]

    def compile(self, code, *more):
        with tempfile.TemporaryDirectory() as place:
            source = pathlib.Path(place) / "block.cpp"
            source.write_text(code)
            extra = ["-include", self.options.header] if "<genet/genet.hpp>" in code else []
            done = subprocess.run(self.command(*extra, *more, str(source)), capture_output=True, text=True,
                                  env={**os.environ, "LC_ALL": "C"})
        self.program, self.messages = code, done.stderr
        return done.returncode == 0

    def run_program(self, line):
        with tempfile.TemporaryDirectory() as place:
            program = pathlib.Path(place) / "program"
            if not self.compile(self.program, "-O1", "-o", str(program)):
                return self.fail(line, "the program above does not link:\n" + self.messages)
            return subprocess.run([str(program)], capture_output=True, text=True).stdout

    def wrap(self, code, before, inside_main):
        head = "#include <genet/genet.hpp>\n" + USING
        if inside_main:
            return head + "int main() {\n" + before + code + "}\n"
        return head + before + code

    def check(self, match):
        text = match.string
        line = text.count("\n", 0, match.start("code"))
        how, before = (match["how"] or "").strip(), match["before"] or ""
        code, language = match["code"], match["language"]
        if language == "text":
            return self.check_text(how, code, line)
        if how.startswith("same-as "):
            name = how.split()[1]
            if not contains((self.options.root / name).read_text(), code):
                self.fail(line, f"is not a part of {name}")
            return None
        if language != "cpp":
            return None
        if how.startswith("must-not-compile:"):
            wanted = how.split(":", 1)[1].strip()
            whole = code if "#include" in code else self.wrap(code, before, False)
            if self.compile(whole, "-fsyntax-only"):
                return self.fail(line, "compiles, but must not")
            errors = re.findall(r"error: .*", self.messages)
            said = re.sub(r'"}, *(?:\w+::)*line<\d+>{"', " ", errors[0]) if errors else ""
            if len(errors) != 1 or wanted not in said:
                self.fail(line, f"wanted one error that says '{wanted}', got {len(errors)}:\n{self.messages}")
        elif how in ("", "body", "declarations"):
            whole = self.wrap(code, before, how == "body") if how else before + code
            if not self.compile(whole, "-fsyntax-only", "-Werror", "-Wno-unused-variable",
                                "-Wno-unused-but-set-variable"):
                self.fail(line, "does not compile:\n" + self.messages)
        else:
            self.fail(line, f"unknown instruction '{how}'")
        return None

    def check_text(self, how, expected, line):
        if how == "output":
            found = self.run_program(line)
            if found is not None and stripped(found) != stripped(expected):
                self.fail(line, f"the program above prints\n{found}")
        elif how == "part-of-output":
            self.parts_of_output.append((line, expected))
        elif how.startswith("output-of "):
            if not self.options.examples:
                return
            program = self.options.examples / how.split()[1]
            if not program.exists():
                return self.fail(line, f"{program} is not built")
            found = subprocess.run([str(program)], capture_output=True, text=True).stdout
            if stripped(expected) not in stripped(found):
                self.fail(line, f"{program.name} prints\n{found}")
        elif how == "error":
            if " ".join(expected.split()) not in " ".join(self.messages.split()):
                self.fail(line, f"the compiler says\n{self.messages}")
        elif how:
            self.fail(line, f"unknown instruction '{how}'")

    def check_all(self):
        text = self.path.read_text()
        blocks = list(BLOCK.finditer(text))
        if text.count("<!-- test:") != sum(1 for b in blocks if b["how"] is not None):
            self.fail(1, "an instruction stands above no block")
        for block in blocks:
            self.check(block)
        if self.parts_of_output:
            found = self.run_program(self.parts_of_output[0][0])
            for line, expected in self.parts_of_output:
                if found is not None and stripped(expected) not in stripped(found):
                    self.fail(line, f"the last program of the page prints\n{found}")
        outside = BLOCK.sub(lambda b: "\n" * b[0].count("\n"), text)
        for link in LINK.finditer(outside):
            if not (self.path.parent / link[1]).exists():
                self.fail(outside.count("\n", 0, link.start()) + 1, f"the link {link[1]} leads nowhere")
        return len(blocks)


def stripped(text):
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def contains(file, block):
    """Is the block, indentation apart, a run of whole lines of the file?"""
    wanted = textwrap.dedent(block).strip("\n").splitlines()
    lines = file.splitlines()
    for first in range(len(lines) - len(wanted) + 1):
        part = "\n".join(lines[first:first + len(wanted)])
        if textwrap.dedent(part).splitlines() == wanted:
            return True
    return False


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--root", type=pathlib.Path, required=True)
    arguments.add_argument("--cxx", required=True)
    arguments.add_argument("--include", action="append", default=[])
    arguments.add_argument("--header", required=True)
    arguments.add_argument("--examples", type=pathlib.Path)
    arguments.add_argument("--precompile", action="store_true")
    arguments.add_argument("page", nargs="?", default="")
    options = arguments.parse_args()
    page = Page(options)
    if options.precompile:
        pathlib.Path(options.header).write_text("#include <genet/genet.hpp>\n")
        return subprocess.run(page.command("-x", "c++-header", options.header, "-o", options.header + ".gch")).returncode
    blocks = page.check_all()
    for failure in page.failures:
        print(failure)
    print(f"{blocks} blocks, {len(page.failures)} failures")
    return 1 if page.failures else 0


sys.exit(main())
