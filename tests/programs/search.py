#!/usr/bin/python3
"""The program examples/search from outside: search.py PROGRAM

What a search leaves, that any number of workers find the same, that what was interrupted goes on, and that a training
that fails is listed and stops nothing. Trains on the first images of Fashion-MNIST. Exit status 77 where Debian's
package dataset-fashion-mnist is missing.
"""
import csv
import os
import re
import signal
import time

import vae
from vae import check, run


def trials(out):
    """All rows but the seconds."""
    with open(out + "/trials.csv", newline="") as f:
        rows = list(csv.reader(f))
    at = rows[0].index("seconds")
    return [r[:at] + r[at + 1:] for r in rows]


def main(program, scratch, data):
    def command(out, *more):
        return [program, "--data", data, "--out", scratch + "/" + out, "--batch", "64", "--quiet", *more]

    r = run(program, "--help")
    check(r.returncode == 0 and "--strategy" in r.stdout and not r.stderr, "--help")
    r = run(program, "--over", "tipes")
    check(r.returncode == 2 and "types" in r.stderr, "a wrong word: status %d, %r" % (r.returncode, r.stderr))
    r = run(*command("none", "--images", "1"))
    check(r.returncode == 2 and "at least 2" in r.stderr, "no images to validate: %r" % r.stderr)

    r = run(*command("types", "--epochs", "1"))
    check(r.returncode == 0 and not r.stderr, "types: status %d, %s" % (r.returncode, r.stderr))
    check(len(re.findall(r"^\d +\d +\d+\.\d{3} +1 +\S+ +latent_\d+$", r.stdout, re.M)) == 4, "types' ranking: %r" % r.stdout)
    check(len(re.findall(r"^latent_\d+ .* \+- \d+\.\d{3} ", r.stdout, re.M)) == 3, "types' comparison: %r" % r.stdout)
    types = trials(scratch + "/types")
    check(types[0] == ["number", "budget", "seed", "score", "failure", "model"] and len(types) == 5, "types' trials")
    with open(scratch + "/types/report.html") as f:
        text = f.read()
    check("Ranking" in text and "Compared with the best" in text and "gain on the test images" in text, "report.html")

    small = ("--over", "rate", "--images", "600", "--epochs", "3", "--candidates", "6")
    r = run(*command("rate", *small))
    check(r.returncode == 0 and not r.stderr, "rate: status %d, %s" % (r.returncode, r.stderr))
    whole = trials(scratch + "/rate")
    check(sorted(row[1] for row in whole[1:]) == ["1"] * 6 + ["3"] * 2, "rungs of six candidates: %r" % whole)
    r = run(*command("workers", *small, "--workers", "3"))
    check(r.returncode == 0 and trials(scratch + "/workers") == whole, "three workers: %r" % r.stderr)

    p = vae.started(command("rest", *small))
    while not os.path.exists(scratch + "/rest/trials.csv") and p.poll() is None:
        time.sleep(0.01)
    p.send_signal(signal.SIGTERM)
    message = p.communicate(timeout=300)[1]
    check(p.returncode in (0, 143), "SIGTERM: status %d, %s" % (p.returncode, message))
    r = run(*command("rest", *small, "--seed", "2", "--resume"))
    check(r.returncode == 2 and "another search" in r.stderr, "another seed: %d, %r" % (r.returncode, r.stderr))
    r = run(*command("rest", *small, "--resume"))
    check(r.returncode == 0 and trials(scratch + "/rest") == whole, "a resumed search: %r" % r.stderr)

    r = run(*command("regularisers", "--over", "regularisers", "--images", "200", "--epochs", "1", "--seeds", "2",
                     "--learning-rate", "1e-3"))
    check(r.returncode == 0 and not r.stderr, "regularisers: status %d, %s" % (r.returncode, r.stderr))
    check(len(trials(scratch + "/regularisers")) == 1 + 16 * 2, "regularisers' trials")
    for name in ("L1", "weight_decay", "dropout", "batch_norm", "spectral_norm", "early_stopping"):
        check(len(re.findall("^%s .* \\+- " % name, r.stdout, re.M)) == 2, "%s in %r" % (name, r.stdout))

    r = run(*command("failing", "--epochs", "1", "--images", "300", "--learning-rate", "1000"))
    failed = [row[4] for row in trials(scratch + "/failing")[1:]]
    check(r.returncode == 0 and any(failed) and "failed: " in r.stdout, "trainings that fail: %r, %r" % (failed, r))


if __name__ == "__main__":
    vae.on_first_images(__doc__, main)
