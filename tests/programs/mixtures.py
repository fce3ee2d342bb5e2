#!/usr/bin/python3
"""The program examples/mixtures from outside: mixtures.py PROGRAM

What it says and leaves for Iris, for a table with holes, errors and groups, for bits and for factors; that threads change
nothing; what it refuses.
"""
import csv
import os
import random
import shutil
import signal
import sys
import tempfile
import time

import vae
from vae import check, run, started


def write(path, header, rows):
    with open(path, "w", newline="") as f:
        csv.writer(f).writerows([header, *rows])
    return path


def read(path):
    with open(path) as f:
        return list(csv.DictReader(f))


def near(text, value, allowed):
    return abs(float(text) - value) < allowed


def iris(program, out):
    command = [program, "--components", "1..4", "--covariance", "all", "--starts", "5", "--quiet"]
    r = run(*command, "--out", out)
    check(r.returncode == 0 and not r.stderr, "Iris: status %d, %s" % (r.returncode, r.stderr))
    check("\nchosen by bic: full, 2 components\nreport " in r.stdout, "stdout is %r" % r.stdout)
    rows = {(row["covariance"], row["components"]): row for row in read(out + "/criteria.csv")}
    check(len(rows) == 16, "criteria.csv's rows")
    three = rows["full", "3"]
    check(near(three["log_likelihood"], -180.18548, 1e-2) and near(three["bic"], 580.8389, .02)
          and near(three["aic"], 448.3710, .02), "three components: %r" % three)
    check(near(rows["tied", "1"]["log_likelihood"], -379.91463, 1e-4), "one component")
    check(near(three["adjusted_rand"], .904, .01), "agreement with the species")
    check(len(read(out + "/assignments.csv")) == 150 and len(read(out + "/samples.csv")) == 1000, "rows and samples")
    with open(out + "/report.html") as f:
        page = f.read()
    check(all(word in page for word in ("versicolor", "Components", "petal_width", "Criterion by size", "<svg")), "report.html")
    for name in ("model.safetensors", "config.json", "environment.json"):
        check(os.path.getsize(os.path.join(out, name)) > 100, name)
    r = run(*command, "--out", out + "2", "--threads", "2")
    files = ["criteria.csv", "assignments.csv", "samples.csv", "model.safetensors"]
    for name in files[1:]:
        with open(os.path.join(out, name), "rb") as a, open(os.path.join(out + "2", name), "rb") as b:
            check(a.read() == b.read(), "two threads: %s" % name)
    r = run(*command, "--out", out, "--select", "held-out")
    check(r.returncode == 0 and "120 rows" in r.stdout and "chosen by held-out: " in r.stdout, "held out: %r" % r.stdout)


def tables(program, scratch):
    g, out = random.Random(1), scratch + "/table"
    rows = [[g.gauss(m, .5), g.gauss(-m, .5), "ab"[m > 0]] for m in (-2, 2) for _ in range(100)]
    for row in rows[::20]:
        row[0] = ""
    rows += [[g.uniform(-30, 30), g.uniform(-30, 30), "error"] for _ in range(20)] + [[25, 25, "error"]] * 5
    table = write(scratch + "/table.csv", ["x", "y", "kind"], rows)
    base = [program, "--data", table, "--label", "kind", "--out", out, "--quiet"]
    r = run(*base, "--components", "2", "--noise", ".1")
    check(r.returncode == 0 and "225 rows, 2 columns" in r.stdout, "noise: status %d, %s" % (r.returncode, r.stderr))
    of = read(out + "/assignments.csv")
    check(sum(row["component"] == "noise" for row in of[200:]) >= 22, "errors are noise")
    check(sum(row["component"] == "noise" for row in of[:200]) <= 6, "others are not")
    r = run(*base, "--model", "categorical")
    check(r.returncode == 3 and "row 0" in r.stderr, "no categories: %r" % r.stderr)
    r = run(program, "--data", table, "--components", "2", "--out", out)
    check(r.returncode == 3 and "line 2, column 3 (kind)" in r.stderr, "no number: %r" % r.stderr)

    bits = write(scratch + "/bits.csv", list("abcdef"),
                 [[int(g.random() < (.9 if i % 2 == (j < 3) else .1)) for j in range(6)] for i in range(200)])
    for model, chosen in (("bernoulli", "bernoulli, 2 components"), ("categorical", "categorical, 2 components"),
                          ("factor", "factor, 1 factors"), ("principal", "principal, 1 factors")):
        r = run(program, "--data", bits, "--model", model, "--components", "1..3", "--out", out, "--quiet")
        check(r.returncode == 0 and "chosen by bic: " + chosen in r.stdout, "%s: %r %s" % (model, r.stdout, r.stderr))

    for rows, said in (([[1, 2], [3]], "line 3"), ([[1, 2], [3, "x"]], "line 3, column 2 (y): found \"x\""),
                       ([[1, 2], [3, 2], [4, 2]], "column 1 is constant"),
                       ([[1, 2]], "found 1 rows to fit, expected at least 2")):
        r = run(program, "--data", write(scratch + "/bad.csv", ["x", "y"], rows), "--components", "2", "--out", out)
        check(r.returncode == 3 and said in r.stderr, "%r: %d, %r" % (rows, r.returncode, r.stderr))


def usage(program, scratch):
    for words, said in ((["--components", "3..1"], "--components"), (["--model", "factor", "--covariance", "tied"], "belongs to"),
                        (["--model", "factor", "--select", "icl"], "belongs to"), (["--columns", "a", "--data", "digits"], ""),
                        (["--epochs", "3"], "--iterations")):
        r = run(program, *words, "--out", scratch + "/none")
        if words[-1] == "digits":  # whose file may be missing
            check(r.returncode in (2, 4), "%r: %r" % (words, r.stderr))
        else:
            check(r.returncode == 2 and said in r.stderr, "%r: %d, %r" % (words, r.returncode, r.stderr))
    r = run(program, "--data", scratch + "/nowhere.csv", "--out", scratch + "/none")
    check(r.returncode == 4 and "nowhere" in r.stderr and not os.path.exists(scratch + "/none"), "no data: %r" % r.stderr)


def interrupted(program, out):
    p = started([program, "--out", out, "--components", "1..150", "--starts", "10000"])
    while p.poll() is None and not os.path.isdir(out):
        time.sleep(.01)
    time.sleep(.3)
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=60)
    check(p.returncode == 130, "SIGINT: %d" % p.returncode)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    scratch = tempfile.mkdtemp(prefix="genet_mixtures_")
    try:
        usage(program, scratch)
        iris(program, scratch + "/iris")
        tables(program, scratch)
        interrupted(program, scratch + "/interrupted")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("%d failed" % vae.failures)
    sys.exit(1 if vae.failures else 0)
