#!/usr/bin/python3
"""The program examples/classifier from outside: classifier.py PROGRAM

What a run leaves, that the same seed gives the same bits on two threads and after SIGTERM, and that it has learned
something. Trains on the first 3000 images of Fashion-MNIST and tests on 500. Exit status 77 where Debian's package
dataset-fashion-mnist is missing.
"""
import os
import re
import signal
import time

import vae
from vae import check, run


def main(program, scratch, data):
    def command(out, *more):
        return [program, "--data", data, "--out", out, "--epochs", "3", "--batch", "64", "--quiet", *more]

    out = scratch + "/out"
    r = run(program, "--help")
    check(r.returncode == 0 and "--validation" in r.stdout and not r.stderr, "--help")
    r = run(program, "--variant", "conv")
    check(r.returncode == 2 and "--variant" in r.stderr, "an unknown option: status %d, %r" % (r.returncode, r.stderr))
    r = run(program, "--data", scratch + "/nowhere", "--out", out)
    check(r.returncode == 4 and "nowhere" in r.stderr and not os.path.exists(out), "no data: %r" % r.stderr)

    r = run(*command(out))
    check(r.returncode == 0 and not r.stderr, "a run: status %d, %s" % (r.returncode, r.stderr))
    said = re.fullmatch(r"test loss (\d+\.\d{4}) accuracy (\d\.\d{4})\nreport \S+/report.html\n", r.stdout)
    check(said and float(said[2]) > 0.75, "stdout is %r" % r.stdout)
    first = vae.files_of(out)
    check(first["metrics.csv"][0] == ["epoch", "split", "loss", "accuracy"], "metrics.csv's header")
    check([row[:2] for row in first["metrics.csv"][1:]] ==
          [["1", "train"], ["2", "train"], ["3", "train"], ["3", "test"]], "metrics.csv's rows")
    with open(out + "/report.html") as f:
        text = f.read()
    check("Confusion" in text and "Mistakes" in text and "Ankle" not in text, "report.html")

    r = run(*command(scratch + "/two", "--threads", "2"))
    check(r.returncode == 0, "--threads 2: status %d, %s" % (r.returncode, r.stderr))
    vae.same(first, vae.files_of(scratch + "/two"), "two threads")

    out = scratch + "/broken_off"
    p = vae.started(command(out))
    while not os.path.exists(out + "/checkpoints/last.safetensors") and p.poll() is None:
        time.sleep(0.02)
    p.send_signal(signal.SIGTERM)
    message = p.communicate(timeout=300)[1]
    check(p.returncode in (0, 143), "SIGTERM: status %d, %s" % (p.returncode, message))
    r = run(*command(out, "--resume"))
    check(r.returncode == 0, "--resume: status %d, %s" % (r.returncode, r.stderr))
    vae.same(first, vae.files_of(out), "a resumed run")


if __name__ == "__main__":
    vae.on_first_images(__doc__, main)
