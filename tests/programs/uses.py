#!/usr/bin/python3
"""The program examples/uses from outside: uses.py PROGRAM

Exit statuses, messages, and what a short run of each use prints and leaves; of that of the anomalies, a run of several
trainings, also that it is the same on two threads and after SIGTERM. Trains on the first 3000 images of Fashion-MNIST
and tests on 500. Exit status 77 where Debian's package dataset-fashion-mnist is missing.
"""
import csv
import os
import re
import signal
import time

import vae
from vae import check, run

program = scratch = data = None
JUDGE = os.path.dirname(os.path.abspath(__file__)) + "/../../examples/classifier/fashion_mnist_1.safetensors"
NUMBER = r"-?\d+\.\d+"


def command(use, out, *more):
    return [program, "--use", use, "--data", data, "--out", out, "--epochs", "1", "--quiet", *more]


def metrics(out):
    """The rows of metrics.csv without their seconds."""
    with open(out + "/metrics.csv", newline="") as f:
        return [row[:2] + row[3:] for row in csv.reader(f)]


def ran(use, *more, out=None):
    """A run: what it printed, a name and a number a line, and the rows of metrics.csv."""
    out = out or scratch + "/out"
    r = run(*command(use, out, *more))
    if not check(r.returncode == 0 and not r.stderr, "%s: status %d, %s" % (use, r.returncode, r.stderr)):
        return {}, []
    check(re.search(r"\nreport \S+/report.html\n$", r.stdout), "%s: stdout is %r" % (use, r.stdout))
    rows = metrics(out)
    for name in ("config.json", "environment.json", "report.html"):
        check(os.path.getsize(out + "/" + name) > 0, name)
    return {k: float(v) for k, v in re.findall(r"^(\S.*?) (%s)$" % NUMBER, r.stdout, re.M)}, rows


def usage():
    r = run(program, "--help")
    check(r.returncode == 0 and "--use" in r.stdout and not r.stderr, "--help")
    out = scratch + "/out"
    for words, status, said in ((["--use", "anomaly"], 2, "anomalies"), (["--from", "left"], 2, "half"),
                                (["--data", scratch + "/nowhere", "--out", out], 4, "nowhere"),
                                (command("anomalies", out, "--resume")[1:], 4, "one_class_0.safetensors")):
        r = run(program, *words)
        check(r.returncode == status and said in r.stderr and not r.stdout,
              "%s: status %d, %r" % (words, r.returncode, r.stderr))
    r = run(*command("optimise", out))
    check(r.returncode == 2 and "--judge" in r.stderr, "no judge: status %d, %r" % (r.returncode, r.stderr))
    check(not os.path.exists(out + "/metrics.csv"), "a refused run left metrics.csv")


def anomalies():
    said, rows = ran("anomalies", "--epochs", "3")
    check(said.get("mean_auroc_one_class", 0) > 0.7 and 0.3 < said.get("mean_auroc_held_out", 0) < 1, "said %s" % said)
    check(rows and rows[0] == ["epoch", "split", "loss", "reconstruction", "kl", "auroc"], "metrics.csv's header")
    check([r[1] for r in rows[1:]] == 10 * (3 * ["train"] + ["test"]) + 10 * ["train", "test"], "metrics.csv's rows")
    check([r[0] for r in rows[1:] if r[1] == "train"] == [str(i) for i in range(1, 41)], "epochs are counted through")

    out = scratch + "/broken_off"
    words = command("anomalies", out, "--epochs", "3", "--threads", "2")
    p = vae.started(words)
    while not os.path.exists(out + "/checkpoints/one_class_2.safetensors") and p.poll() is None:
        time.sleep(0.02)
    p.send_signal(signal.SIGTERM)
    message = p.communicate(timeout=300)[1]
    check(p.returncode == 143, "SIGTERM: status %d, %s" % (p.returncode, message))
    check(len(metrics(out)) < len(rows), "SIGTERM came too late")
    again, resumed = ran("anomalies", "--epochs", "3", "--resume", out=out)
    check(said == again and rows == resumed, "a resumed run differs")


def denoise():
    said, rows = ran("denoise")
    check(12 < said.get("psnr_noisy", 0) < 14 and said.get("psnr_gain", -99) > -8 and
          0 < said.get("ssim_denoised", 0) < 1, "said %s" % said)
    check([r[:2] for r in rows] == [["epoch", "split"], ["1", "train"], ["1", "test"]], "metrics.csv's rows")


def features():
    said, rows = ran("features")
    check(all(said.get("accuracy %s %d" % (name, n), 0) > 0.4 for name in ("codes", "hidden", "pca", "pixels")
              for n in (100, 1000, 3000)), "said %s" % said)
    check([r[:2] for r in rows] == [["epoch", "split"], ["1", "train"], ["1", "test"]], "metrics.csv's rows")


def impute():
    said, _ = ran("impute", "--images", "10")
    check(all(0 < said.get(hole + "_ratio", 9) < 1 for hole in ("lower_half", "right_half", "scattered")),
          "said %s" % said)


def optimise():
    said, rows = ran("optimise", "--steps", "10", "--judge", JUDGE)
    check(said.get("judge_after", 0) > said.get("judge_before", 1), "said %s" % said)
    # sqrt(scipy.stats.chi2.ppf([0.01, 0.99], 20))
    for name, quantile in (("norm_prior_1_percent", 2.874), ("norm_prior_99_percent", 6.129)):
        check(abs(said.get(name, 0) - quantile) < 0.01, "%s: said %s" % (name, said))
    check([r[:2] for r in rows] == [["epoch", "split"], ["1", "train"], ["1", "test"]], "metrics.csv's rows")


def relation():
    said, _ = ran("relation", "--from", "half", "--epochs", "3")
    check(0 < said.get("ratio_to_mean_filling", 0) < 1, "said %s" % said)
    r = run(*command("relation", scratch + "/label", "--from", "label", "--measure", "200", "--judge", JUDGE))
    check(r.returncode == 0 and re.search(r"^judged temperature 0.75 .* right %s" % NUMBER, r.stdout, re.M),
          "from label: status %d, %r %r" % (r.returncode, r.stdout, r.stderr))


def simulate():
    said, _ = ran("simulate", "--measure", "200", "--components", "5")
    check(0 < said.get("prior_coverage_components", 0) < said.get("mixture_coverage_components", 0), "said %s" % said)


def main(*given):
    global program, scratch, data
    program, scratch, data = given
    for part in (usage, anomalies, denoise, features, impute, optimise, relation, simulate):
        part()


if __name__ == "__main__":
    vae.on_first_images(__doc__, main)
