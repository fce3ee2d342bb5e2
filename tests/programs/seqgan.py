#!/usr/bin/python3
"""The task oracle of the program examples/seqgan from outside: seqgan.py PROGRAM

Exit statuses, messages, what a run of each method leaves, that threads change no bit, and that a run interrupted in its
rounds and resumed leaves the same files.
"""
import os
import re
import shutil
import signal
import sys
import tempfile
import time

import vae
from vae import check, files_of, run, same, started

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
NUMBER = r"-?\d+\.\d+"
program = scratch = None


def command(out, *more):
    return [program, "--sequences", "1300", "--measure", "200", "--rollouts", "2", "--pretrain-epochs", "2", "--rounds", "4",
            "--quiet", "--out", out, *more]


def refused(status, words, *said):
    r = run(program, *words)
    message = "%s: status %d, stderr %r" % (words, r.returncode, r.stderr)
    check(r.returncode == status and not r.stdout and all(s in r.stderr for s in said), message)


def usage():
    r = run(program, "--help")
    check(r.returncode == 0 and "--rollouts" in r.stdout and "--epochs" not in r.stdout, "--help")
    out = ["--out", scratch + "/refused"]
    refused(2, ["--epochs", "3"], "--pretrain-epochs and --rounds instead")
    refused(2, ["--task", "oracl"], "did you mean 'oracle'?")
    refused(2, ["--sizes", "paper", "--cell", "gru"], "--sizes small --cell gru", "--sizes paper --cell lstm")
    refused(2, ["--method", "scheduled_sampling", "--rounds", "3", *out], "--rounds: scheduled_sampling has none")
    refused(2, ["--pretrain-epochs", "0", "--rounds", "0", *out], "one epoch at least")
    refused(2, ["--sequences", "10", *out], "at least the 64 of a batch")
    refused(2, ["--data", "/tmp", *out], "--oracle takes a file")
    refused(4, ["--oracle", scratch + "/nobody.npz", *out], "nobody.npz")
    refused(3, ["--oracle", FIXTURES + "/oracle.npz", *out], "found shape", "expected")
    refused(3, ["--oracle", FIXTURES + "/arrays.npz", *out], "found no array")
    refused(4, command(scratch + "/refused", "--resume")[1:], "last.safetensors")
    check(not os.path.exists(scratch + "/refused/metrics.csv"), "a refused run left metrics.csv")


def runs():
    out = scratch + "/whole"
    r = run(*command(out))
    printed = (r"likelihood nll_oracle N at \d nll_test N at \d\nrounds nll_oracle N at \d nll_test N below N "
               r"likelihood_nll_test (N|nan) early_nll_test (N|nan)\n(faults .*\n){4}samples distinct_4 N self_bleu_4 N\n"
               r"test loss N nll_oracle N nll_test N phase 1.000\nreport \S+/report.html\n").replace("N", NUMBER)
    check(r.returncode == 0 and re.fullmatch(printed, r.stdout), "a run: %d %r%r" % (r.returncode, r.stdout, r.stderr))
    whole = files_of(out)
    rows = whole["metrics.csv"]
    check(rows[0] == ["epoch", "split", "loss", "nll_oracle", "nll_test", "phase"], "header %s" % rows[0])
    check([row[:2] for row in rows[1:]] == [["0", "test"]] + [[str(e), s] for e in range(1, 7) for s in ("train", "test")],
          "metrics.csv's rows")
    for row in rows[1:]:
        check((row[3:5] == ["", ""]) == (row[1] == "train") and row[5] == str(int(int(row[0]) > 2)), "row %s" % row)
        check(row[1] == "train" or row[2] == row[4], "the loss of a test is NLL_test: %s" % row)
    for name in ("pretrained", "likelihood", "early", "best", "last"):
        check(os.path.getsize(out + "/checkpoints/%s.safetensors" % name) > 0, name)
    with open(out + "/report.html") as f:
        text = f.read()
    for title in ("Likelihoods", "Temperatures", "What lower NLL_oracle costs", "Scores of the discriminator"):
        check("<h2>" + title in text, "report.html has no " + title)
    r = run(*command(scratch + "/three", "--threads", "3", "--oracle", out + "/oracle.npz"))
    same(whole, files_of(scratch + "/three"), "three threads and the same oracle from its file")
    refused(2, command(out, "--resume", "--rollouts", "3")[1:], "rollouts was 2 and is 3")
    refused(2, command(out, "--resume", "--oracle-seed", "2")[1:], "oracle was seed 1 and is seed 2")

    for method in ("maximum_likelihood", "scheduled_sampling", "pg_bleu"):
        words = command(scratch + "/" + method, "--method", method, *(["--rounds", "0"] if method != "pg_bleu" else []))
        r = run(*words)
        check(r.returncode == 0 and ("rounds nll" in r.stdout) == (method == "pg_bleu"),
              "%s: status %d, %s%s" % (method, r.returncode, r.stdout, r.stderr))
    for words in (["--cell", "gru"], ["--cell", "rnn"], ["--objective", "clipping"], ["--objective", "spectral"],
                  ["--objective", "gradient_penalty"], ["--method", "straight_through"],
                  ["--reward", "logit", "--baseline", "position", "--entropy", "0.01"]):
        r = run(*command(scratch + "/" + words[1], "--pretrain-epochs", "1", "--rounds", "1", *words))
        check(r.returncode == 0, "%s: status %d, %s" % (words, r.returncode, r.stderr))

    out = scratch + "/interrupted"
    p = started(command(out))
    while p.poll() is None:
        time.sleep(0.01)
        if os.path.exists(out + "/metrics.csv"):
            with open(out + "/metrics.csv") as f:
                if "\n3,test" in f.read():
                    break
    p.send_signal(signal.SIGTERM)
    message = p.communicate(timeout=300)[1]
    check(p.returncode == 143, "SIGTERM in a round: status %d, %s" % (p.returncode, message))
    r = run(*command(out, "--resume"))
    check(r.returncode == 0, "resumed: status %d, %s" % (r.returncode, r.stderr))
    same(whole, files_of(out), "interrupted in a round")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    scratch = tempfile.mkdtemp(prefix="genet_seqgan_")
    try:
        usage()
        runs()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("%d failed" % vae.failures)
    sys.exit(1 if vae.failures else 0)
