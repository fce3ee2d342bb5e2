#!/usr/bin/python3
"""The program examples/gan from outside: gan.py usage|resume PROGRAM [SEED]

usage   exit statuses, messages, streams, what a run of each variant leaves, and that the same seed gives the same bits
resume  as that of vae.py, of a critic with several steps and of a conditional gan

Images are the first 3000 of Fashion-MNIST; exit status 77 where Debian's package dataset-fashion-mnist is missing.
"""
import csv
import hashlib
import os
import random
import re
import shutil
import sys
import tempfile

import vae
from vae import check, files_of, run, same

TERMS = ["generator", "discriminator", "real", "fake", "real_accuracy", "fake_accuracy", "generator_gradient",
         "discriminator_gradient"]
NUMBER = r"-?\d+\.\d+"
TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
JUDGE = os.path.join(TREE, "examples", "classifier", "fashion_mnist_1.safetensors")
QUALITY = " temperature T frechet N kid N precision N recall N density N coverage N"
program = scratch = data = None


def points(out, *more):
    return [program, "--variant", "ring", "--points", "12800", "--epochs", "5", "--measure", "1000", "--quiet", "--out",
            out, *more]


def images(out, *more):
    return [program, "--variant", "conditional", "--data", data, "--epochs", "1", "--measure", "0", "--quiet", "--out",
            out, *more]


def usage():
    out = scratch + "/out"
    r = run(program, "--help")
    check(r.returncode == 0 and "--critic-steps" in r.stdout and not r.stderr, "--help")

    def refused(status, words, *said):
        r = run(*words)
        message = "%s: status %d, stderr %r" % (words[1:], r.returncode, r.stderr)
        check(r.returncode == status and not r.stdout and all(s in r.stderr for s in said), message)

    refused(2, [program, "--variant", "rong"], "did you mean 'ring'?")
    refused(2, [program, "--variant", "mlp", "--objective", "packed"], "--objective", "one of non_saturating")
    refused(2, [program, "--variant", "ring", "--objective", "wasserstein"], "did you mean 'wasserstein_gp'?")
    refused(2, [program, "--variant", "ring", "--data", data], "--data", "draws its points itself")
    refused(2, [program, "--variant", "grid", "--points", "0"], "--points", "at least one")
    refused(2, [program, "--variant", "mlp", "--points", "100"], "--points", "--data")
    refused(2, [program, "--variant", "dcgan", "--penalty-weight", "10"], "no gradient penalty")
    refused(2, [program, "--critic-steps", "0"], "--critic-steps", "1 to 1000")
    refused(2, [program, "--temperature", "0"], "--temperature", "from 0.01")
    refused(2, [program, "--temperature", "nan"], "--temperature")
    refused(2, [program, "--variant", "ring", "--judge", JUDGE], "--judge", "draws no images")
    refused(4, images(out, "--measure", "300", "--judge", scratch + "/nobody"), scratch + "/nobody")
    refused(4, [program, "--data", scratch + "/nowhere", "--out", out], scratch + "/nowhere")
    refused(4, points(out, "--resume"), "last.safetensors")
    broken = scratch + "/broken"
    shutil.copytree(data, broken)
    with open(broken + "/train-images-idx3-ubyte", "r+b") as f:
        f.truncate(1000000)
    refused(3, [program, "--data", broken, "--out", out], "train-images-idx3-ubyte")
    check(not os.path.exists(out + "/metrics.csv"), "a refused run left metrics.csv")

    r = run(*[w for w in points(out) if w != "--quiet"])
    check(r.returncode == 0, "a run: status %d, %s" % (r.returncode, r.stderr))
    printed = (r"ring wasserstein_gp modes \d of 8 good N reverse_kl N critic_gradient N iterations 50 width 128\n"
               r"test loss N generator N discriminator N real N fake N real_accuracy N fake_accuracy N\n"
               r"report \S+/report.html\n").replace("N", NUMBER)
    check(re.fullmatch(printed, r.stdout), "stdout is %r" % r.stdout)
    check(len(r.stderr.splitlines()) >= 5 and "\r" not in r.stderr, "stderr is %r" % r.stderr)
    first = files_of(out)
    header = ["epoch", "split", "loss"] + TERMS + ["penalty", "critic_gradient"]
    check(first["metrics.csv"][0] == header, "metrics.csv's header is %s" % first["metrics.csv"][0])
    check([row[:2] for row in first["metrics.csv"][1:]] ==
          [[str(e), "train"] for e in range(1, 6)] + [["5", "test"]], "metrics.csv's rows")
    for name in ("config.json", "environment.json", "checkpoints/last.safetensors", "samples/epoch_0005.png"):
        check(os.path.getsize(out + "/" + name) > 0, name)
    check(not os.path.exists(out + "/checkpoints/best.safetensors"), "a game has a best epoch")
    with open(out + "/report.html") as f:
        text = f.read()
    for title in ("Losses", "Scores", "Gradient norms", "Where samples lie", "Good samples of each mode"):
        check("<h2>" + title in text, "report.html has no " + title)
    run(*points(scratch + "/three", "--threads", "3"))
    same(first, files_of(scratch + "/three"), "three threads")
    run(*points(scratch + "/other", "--seed", "2"))
    check(files_of(scratch + "/other")["model.safetensors"] != first["model.safetensors"], "another seed, same weights")
    refused(2, points(out, "--resume", "--critic-steps", "4"), "critic_steps was 5 and is 4")
    refused(2, points(out, "--resume", "--discriminator-rate", "0.5"), "discriminator.optimiser.learning_rate")
    refused(3, points(out, "--resume", "--objective", "packed"), "another model")

    for objective in ("non_saturating", "packed"):
        r = run(*points(scratch + "/" + objective, "--objective", objective))
        check(r.returncode == 0 and "grid" not in r.stdout and objective in r.stdout,
              "%s: status %d, %s%s" % (objective, r.returncode, r.stdout, r.stderr))
    with open(JUDGE, "rb") as f, open(os.path.join(TREE, "docs", "reference", "metrics.md")) as page:
        check(hashlib.sha256(f.read()).hexdigest() in page.read(), "docs/reference/metrics.md names other weights")

    def measured(temperatures, judged=""):
        lines = ["samples" + QUALITY + "\n" + (judged and "judged" + QUALITY + judged + "\n") for _ in temperatures]
        return "".join(line.replace("T", t) for line, t in zip(lines, temperatures)).replace("N", NUMBER)

    for variant, judged in (("mlp", ""), ("dcgan", ""), ("wgan_gp", ""), ("conditional",
            " entropy N least_share N most_share N right N class_coverage N least N in_components N least N")):
        out = scratch + "/" + variant
        words = images(out, "--variant", variant, "--measure", "300", *(["--judge", JUDGE] if judged else []))
        r = run(*words)
        temperatures = ["0.75", "1"] if variant in ("dcgan", "conditional") else ["1"]
        check(r.returncode == 0 and re.match(measured(temperatures, judged), r.stdout),
              "%s: status %d, %s%s" % (variant, r.returncode, r.stdout, r.stderr))
        with open(out + "/metrics.csv", newline="") as f:
            rows = list(csv.reader(f))
        check(rows[0][4:12] == TERMS, "%s: terms %s" % (variant, rows[0]))
        with open(out + "/report.html") as f:
            text = f.read()
        for title, there in (("Classes", judged), ("Sample quality", True), ("Classes of samples", judged)):
            check(("<h2>%s</h2>" % title in text) == bool(there), "%s: report.html, %s" % (variant, title))
        if variant == "dcgan":  # a finished run is measured again, and not changed
            first, printed = files_of(out), r.stdout
            r = run(*words, "--resume", "--temperature", "0.5")
            check(re.match(measured(["0.5", "1"]), r.stdout), "measured again: %r%r" % (r.stdout, r.stderr))
            check(r.stdout.splitlines()[1:] == printed.splitlines()[1:], "temperature 1 again: %r" % r.stdout)
            same(first, files_of(out), "a run measured again")

    r = run(*points(scratch + "/wild", "--critic-steps", "1", "--epochs", "20", "--learning-rate", "1000",
                    "--discriminator-rate", "1000"))
    check(r.returncode == 1 and re.search(r"not finite: (generator|discriminator)", r.stderr),
          "a rate of 1000: status %d, %r" % (r.returncode, r.stderr))
    with open(scratch + "/wild/report.html") as f:
        check("not finite" in f.read(), "the failure is not in report.html")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("usage", "resume"):
        sys.exit(__doc__)
    if not os.path.exists(vae.SOURCE + "/train-images-idx3-ubyte.gz"):
        print("skipped: Debian's package dataset-fashion-mnist is not installed")
        sys.exit(77)
    program = os.path.abspath(sys.argv[2])
    scratch = vae.scratch = tempfile.mkdtemp(prefix="genet_gan_")
    data = scratch + "/data"
    try:
        vae.make_data(data)
        if sys.argv[1] == "usage":
            usage()
        else:
            seed = int(sys.argv[3]) if len(sys.argv) == 4 else random.SystemRandom().randrange(10**6)
            for command in (points, images):
                vae.scratch = scratch + "/" + command.__name__
                vae.resume(seed, command)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("%d failed" % vae.failures)
    sys.exit(1 if vae.failures else 0)
