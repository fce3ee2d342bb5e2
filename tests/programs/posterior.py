#!/usr/bin/python3
"""The program examples/posterior from outside: posterior.py PROGRAM

Exit statuses, messages, what a run of each sampler and model leaves, that threads change no bit, and that a run that
was interrupted leaves nothing.
"""
import csv
import os
import re
import signal
import time
import zipfile

import vae
from vae import check, run, started

program = scratch = None
FILES = ["config.json", "draws.csv", "draws.npz", "environment.json", "report.html", "summary.csv"]


def written(name, text):
    with open(scratch + "/" + name, "w") as f:
        f.write(text)
    return ["--data", scratch + "/" + name]


def refused(status, words, *said):
    r = run(program, "--out", scratch + "/refused", *words)
    check(r.returncode == status and not r.stdout and all(s in r.stderr for s in said),
          "%s: status %d, stderr %r" % (words, r.returncode, r.stderr))


def usage():
    r = run(program, "--help")
    check(r.returncode == 0 and "--target-accept" in r.stdout and "--epochs" not in r.stdout, "--help")
    refused(2, ["--epochs", "3"], "use --draws instead")
    refused(2, ["--sampler", "nut"], "did you mean 'nuts'?")
    refused(2, ["--sampler", "slice", "--target-accept", "0.9"], "belongs to nuts, hmc, mala and metropolis")
    refused(2, ["--sampler", "advi", "--warmup", "10"], "--warmup belongs to samplers that make chains")
    refused(2, ["--sampler", "nuts", "--full-rank"], "belongs to --sampler advi")
    refused(2, ["--prior", "flat"], "belongs to --model regression")
    refused(2, ["--model", "eight_schools_centered", "--sampler", "slice"], "expected nuts or hmc")
    refused(2, ["--data", "schools.txt"], "ends in .json or .csv")
    refused(4, ["--data", scratch + "/none.json"], "none.json")
    regression = ["--model", "regression"]
    refused(3, regression + written("word.csv", "a,b,y\n1,2,3\n4,5,x\n"), "line 3, column 3 (y)", "expected a number")
    refused(3, regression + written("ragged.csv", "a,y\n1,2\n4\n"), "line 3, column 2 (y)", "expected 2")
    refused(3, regression + written("constant.csv", "a,b,y\n1,2,3\n4,2,6\n5,2,1\n6,2,7\n7,2,2\n"), "b is a combination")
    refused(3, regression + written("few.csv", "a,y\n1,3\n"), "found 1 rows, expected more than its 2 coefficients")
    refused(3, regression + written("exact.csv", "a,y\n0,0\n0,0\n1,0\n2,0\n"), "meets exactly")
    refused(3, ["--model", "hidden_markov"] + written("nan.json", '{"y": [1, nan]}'), "byte 10: found 'n'")
    refused(3, ["--model", "hidden_markov"] + written("deep.json", '{"y": [[[1]]]}'), "arrays in arrays at most")
    refused(3, ["--model", "gaussian_mixture"] + written("two.csv", "a,b\n1,2\n"), "found a, b, expected y")
    refused(3, written("seven.json", '{"y": [1], "sigma": [2]}'), "expected those of 8 schools")
    check(not os.path.exists(scratch + "/refused/draws.csv"), "a refused run left draws")


def files_of(out):
    found = {}
    for name in ["draws.csv", "draws.npz", "summary.csv"]:
        with open(out + "/" + name, "rb") as f:
            found[name] = f.read()
    return found


def runs():
    out = scratch + "/nuts"
    few = ["--chains", "3", "--warmup", "200", "--draws", "100"]
    r = run(program, "--out", out, *few)
    check(r.returncode == 0 and sorted(os.listdir(out)) == FILES, "a run: %d %r %r" % (r.returncode, r.stderr, out))
    lines = r.stdout.splitlines()
    check(lines[0].split() == "mean sd q5 median q95 mcse r_hat ess_bulk ess_tail".split(), lines[0])
    check(len(lines) == 24 and lines[1].startswith("mu ") and lines[18].startswith("theta[8] "), r.stdout)
    check([line.split()[0] for line in lines[19:]] == ["divergences", "e_bfmi", "step_size", "acceptance", "report"],
          r.stdout)
    check(abs(float(lines[1].split()[1]) - 4.4) < 1.5, "mu: " + lines[1])
    with open(out + "/draws.csv", newline="") as f:
        rows = list(csv.reader(f))
    check(rows[0][:7] == ["chain", "draw", "log_density", "divergent", "mu", "tau", "eta[1]"] and len(rows) == 301,
          "draws.csv: %s" % rows[0])
    check(sorted(zipfile.ZipFile(out + "/draws.npz").namelist()) ==
          ["divergent.npy", "energy.npy", "eta.npy", "log_density.npy", "mu.npy", "tau.npy", "theta.npy"], "draws.npz")
    with open(out + "/report.html") as f:
        text = f.read()
    check("<h2>theta[8]</h2>" in text and text.count("trace") == 18 and text.count("ranks") == 18, "report.html")
    run(program, "--out", scratch + "/three", "--threads", "3", *few)
    check(files_of(out) == files_of(scratch + "/three"), "three threads: other draws")
    run(program, "--out", scratch + "/other", "--seed", "2", *few)
    check(files_of(out) != files_of(scratch + "/other"), "another seed: the same draws")

    for sampler in ("hmc", "mala", "metropolis", "slice", "gibbs"):
        r = run(program, "--out", scratch + "/" + sampler, "--sampler", sampler, *few)
        check(r.returncode == 0 and ("divergences" in r.stdout) == (sampler in ("hmc", "mala")),
              "%s: %d %s" % (sampler, r.returncode, r.stderr))
    for words, said in ((["advi"], "elbo "), (["advi", "--full-rank"], "elbo "), (["laplace"], "log_evidence ")):
        r = run(program, "--model", "hidden_markov", "--out", scratch + "/fit", "--draws", "100", "--sampler", *words)
        check(r.returncode == 0 and said in r.stdout and "pareto_k " in r.stdout,
              "%s: %d %s" % (words, r.returncode, r.stderr))
    r = run(program, "--out", scratch + "/wrong", "--sampler", "laplace")
    check(r.returncode == 0 and "the fit lacks a part of the posterior" in r.stderr, "laplace: " + r.stderr)
    funnel = ["--model", "eight_schools_centered", "--warmup", "500", "--draws", "500"]
    r = run(program, "--out", scratch + "/funnel", *funnel)
    check(r.returncode == 0 and "diverged" in r.stderr and "R-hat" in r.stderr, "a funnel: " + r.stderr)
    r = run(program, "--out", scratch + "/mixture", "--model", "gaussian_mixture", *few)
    check(r.returncode == 0 and "sigma[2]" in r.stdout, "a mixture: " + r.stderr)
    table = written("heights.csv", "age,height,weight\n" + "".join(
        "%d,%d,%d\n" % (30 + i, 170 + i * i % 11, 60 + i + i * i % 5) for i in range(20)))
    r = run(program, "--out", scratch + "/table", "--model", "regression", "--outcome", "height", *table, *few)
    check(r.returncode == 0 and re.search(r"^intercept .*\nage .*\nweight .*\nsigma ", r.stdout, re.M),
          "a table: " + r.stdout + r.stderr)

    out = scratch + "/interrupted"
    p = started([program, "--out", out, "--draws", "1000000"])
    while p.poll() is None and not os.path.isdir(out):
        time.sleep(0.01)
    time.sleep(0.1)
    p.send_signal(signal.SIGINT)
    message = p.communicate(timeout=60)[1]
    check(p.returncode == 130 and "nothing was written" in str(message) and os.listdir(out) == [],
          "SIGINT: %d %s" % (p.returncode, message))


if __name__ == "__main__":
    vae.run_parts(globals(), usage, runs)
