#!/usr/bin/python3
"""The program examples/vae from outside: vae.py usage|resume|elbo PROGRAM [SEED]

usage   exit statuses, messages, streams, and that the same seed gives the same bits
resume  runs interrupted at random points by SIGTERM and by SIGKILL, resumed until they are done, must leave the same
        files as the run that nobody interrupted. SEED repeats the points of an earlier call.
elbo    tools/check-elbo on a run of each variant: PyTorch's test ELBO is the program's

Trains on the first 3000 images of Fashion-MNIST and tests on 500. Exit status 77 where Debian's package
dataset-fashion-mnist, or python3-torch for elbo, is missing.
"""
import csv
import gzip
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

SOURCE = "/usr/share/datasets/fashion-mnist"
program = scratch = data = None
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print("FAILED: " + what, flush=True)
    return condition


def make_data(to):
    """The first images and labels, as plain IDX files."""
    os.makedirs(to)
    for part, count in (("train", 3000), ("t10k", 500)):
        for kind, rank in (("images-idx3", 3), ("labels-idx1", 1)):
            with gzip.open("%s/%s-%s-ubyte.gz" % (SOURCE, part, kind)) as f:
                head = f.read(4 + 4 * rank)
                size = count * (28 * 28 if rank == 3 else 1)
                with open("%s/%s-%s-ubyte" % (to, part, kind), "wb") as out:
                    out.write(head[:4] + struct.pack(">I", count) + head[8:] + f.read(size))


def on_first_images(doc, main):
    """Calls main(program, scratch, data) for a test whose only argument is its program, and exits."""
    if len(sys.argv) != 2:
        sys.exit(doc)
    if not os.path.exists(SOURCE + "/train-images-idx3-ubyte.gz"):
        print("skipped: Debian's package dataset-fashion-mnist is not installed")
        sys.exit(77)
    directory = tempfile.mkdtemp(prefix="genet_program_")
    try:
        make_data(directory + "/data")
        main(os.path.abspath(sys.argv[1]), directory, directory + "/data")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("%d failed" % failures)
    sys.exit(1 if failures else 0)


def command(out, *more):
    return [program, "--data", data, "--out", out, "--variant", "article", "--epochs", "3", "--measure", "0", "--quiet",
            *more]


def run(*words):
    return subprocess.run(list(words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


def files_of(out):
    """What a run leaves and every run of the same seed must leave; the seconds in metrics.csv apart."""
    found = {}
    for name in ["model.safetensors"] + sorted("samples/" + s for s in os.listdir(out + "/samples")):
        with open(out + "/" + name, "rb") as f:
            found[name] = f.read()
    with open(out + "/metrics.csv", newline="") as f:
        rows = list(csv.reader(f))
    seconds = rows[0].index("seconds")
    found["metrics.csv"] = [r[:seconds] + r[seconds + 1:] for r in rows]
    return found


def run_parts(module, *parts):
    """A test that is called with its program alone: module is its globals(), where program and scratch are set."""
    if len(sys.argv) != 2:
        sys.exit(module["__doc__"])
    module["program"] = os.path.abspath(sys.argv[1])
    module["scratch"] = tempfile.mkdtemp(prefix="genet_program_")
    try:
        for part in parts:
            part()
    finally:
        shutil.rmtree(module["scratch"], ignore_errors=True)
    print("%d failed" % failures)
    sys.exit(1 if failures else 0)


def same(a, b, what):
    check(a.keys() == b.keys(), "%s: %s instead of %s" % (what, sorted(b), sorted(a)))
    for name in a.keys() & b.keys():
        check(a[name] == b[name], "%s: %s differs" % (what, name))


def usage():
    out = scratch + "/out"
    r = run(program, "--help")
    check(r.returncode == 0 and "--learning-rate" in r.stdout and not r.stderr, "--help")

    def refused(status, words, *said):
        r = run(*words)
        message = "%s: status %d, stderr %r" % (words[1:], r.returncode, r.stderr)
        check(r.returncode == status and not r.stdout and all(s in r.stderr for s in said), message)

    refused(2, [program, "--epoch", "3"], "--epoch", "--epochs")
    refused(2, [program, "--epochs", "none"], "--epochs", "a whole number")
    refused(2, [program, "--variant", "article2"], "article")
    refused(2, [program, "--threads", "0"], "--threads", "1 to 64")
    refused(2, [program, "--temperature", "-1"], "--temperature", "from 0.01")
    refused(2, [program, "--epochs"], "needs a value")
    refused(4, [program, "--data", scratch + "/nowhere", "--out", out], scratch + "/nowhere")
    refused(4, command(out, "--resume"), "last.safetensors")
    broken = scratch + "/broken"
    shutil.copytree(data, broken)
    with open(broken + "/train-images-idx3-ubyte", "r+b") as f:
        f.truncate(1000000)
    refused(3, [program, "--data", broken, "--out", out], "train-images-idx3-ubyte")
    shutil.copy(data + "/t10k-labels-idx1-ubyte", broken + "/train-labels-idx1-ubyte")
    shutil.copy(data + "/train-images-idx3-ubyte", broken)
    refused(3, [program, "--data", broken, "--out", out], "train-labels-idx1-ubyte", "500", "3000")
    check(not os.path.exists(out + "/metrics.csv"), "a refused run left metrics.csv")

    r = run(*[w for w in command(out) if w != "--quiet"])
    check(r.returncode == 0, "a run: status %d, %s" % (r.returncode, r.stderr))
    number = r"-?\d+\.\d+"
    printed = r"test loss %s reconstruction %s kl %s\nreport \S+/report.html\n" % (3 * (number,))
    check(re.fullmatch(printed, r.stdout), "stdout is %r" % r.stdout)
    lines = r.stderr.splitlines()
    check(len(lines) >= 3 and "\r" not in r.stderr and "\x1b" not in r.stderr, "stderr is %r" % r.stderr)
    first = files_of(out)
    check(len(first["metrics.csv"]) == 5, "metrics.csv has %d lines" % len(first["metrics.csv"]))
    check(first["metrics.csv"][0] == ["epoch", "split", "loss", "reconstruction", "kl"], "metrics.csv's header")
    check([row[:2] for row in first["metrics.csv"][1:]] ==
          [["1", "train"], ["2", "train"], ["3", "train"], ["3", "test"]], "metrics.csv's rows")
    losses = [float(row[2]) for row in first["metrics.csv"][1:]]
    check(losses[0] > losses[1] > losses[2] > 200, "losses %s" % losses)
    for name in ("config.json", "environment.json", "report.html", "checkpoints/last.safetensors",
                 "checkpoints/best.safetensors", "samples/epoch_0003.png"):
        check(os.path.getsize(out + "/" + name) > 0, name)

    r = run(*command(scratch + "/again"))
    check(r.returncode == 0 and not r.stderr, "--quiet: status %d, stderr %r" % (r.returncode, r.stderr))
    same(first, files_of(scratch + "/again"), "the same seed")
    r = run(*command(scratch + "/three", "--threads", "3"))
    check(r.returncode == 0, "--threads 3: status %d, %s" % (r.returncode, r.stderr))
    same(first, files_of(scratch + "/three"), "three threads")
    with open(scratch + "/three/environment.json") as f:
        check(re.search(r'"threads": 3\b', f.read()), "environment.json does not say three threads")
    run(*command(scratch + "/other", "--seed", "2"))
    other = files_of(scratch + "/other")
    check(other["model.safetensors"] != first["model.safetensors"], "another seed, same weights")
    r = run(*command(out, "--resume"))
    check(r.returncode == 0, "--resume of a finished run: status %d, %s" % (r.returncode, r.stderr))
    same(first, files_of(out), "a finished run resumed")
    r = run(*command(out, "--resume", "--measure", "200", "--temperature", "0.8"))
    quality = r"samples temperature %s frechet N kid N precision N recall N density N coverage N\n"
    check(re.match((quality % "0.8" + quality % "1").replace("N", number), r.stdout), "measured: %r" % r.stdout)

    before = {}
    for folder, _, names in os.walk(out):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                before[os.path.join(folder, name)] = f.read()
    refused(2, command(out, "--resume", "--seed", "2"), "seed was 1 and is 2")
    refused(2, command(out, "--resume", "--batch", "64"), "batch was 128 and is 64")
    refused(2, command(out, "--resume", "--beta", "2", "--learning-rate", "0.01"), "beta", "learning_rate")
    refused(3, command(out, "--resume", "--variant", "mlp"), "another model")
    for name, content in before.items():
        with open(name, "rb") as f:
            check(f.read() == content, "a refused --resume changed " + name)

    r = run(*command(scratch + "/wild", "--variant", "mlp", "--learning-rate", "1000"))
    check(r.returncode == 1 and re.search(r"not finite: step \d of 6, \w+", r.stderr),
          "a rate of 1000: status %d, %r" % (r.returncode, r.stderr))
    with open(scratch + "/wild/report.html") as f:
        check("not finite" in f.read(), "the failure is not in report.html")


def started(words):
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def resume(seed, command=command):
    draw = random.Random(seed)
    print("points of interruption from seed %d" % seed, flush=True)
    whole = scratch + "/whole"
    began = time.monotonic()
    r = run(*command(whole))
    length = time.monotonic() - began
    check(r.returncode == 0, "the uninterrupted run: status %d, %s" % (r.returncode, r.stderr))
    expected = files_of(whole)
    for sent, status in ((signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)):
        for k in range(5):
            out = "%s/%s_%d" % (scratch, sent.name, k)
            what = "%s %d" % (sent.name, k)
            interruptions = []
            for _ in range(40):
                words = command(out)
                if os.path.exists(out + "/checkpoints/last.safetensors"):
                    words.append("--resume")
                p = started(words)
                pause = draw.uniform(0.05, length) if len(interruptions) < 1 + k % 3 else None
                try:
                    p.wait(pause if pause else 300)
                except subprocess.TimeoutExpired:
                    p.send_signal(sent)
                message = p.communicate(timeout=300)[1].decode()
                if p.returncode == 0 and (interruptions or pause is None):
                    break
                if p.returncode == 0:  # done before it could be interrupted
                    shutil.rmtree(out)
                    length *= 0.8
                    continue
                if p.returncode == -sent and sent != signal.SIGKILL and pause and pause < 0.2:
                    continue  # before the program could listen
                if not check(p.returncode == status, "%s: status %d, %s" % (what, p.returncode, message)):
                    break
                interruptions.append("%.2f" % pause)
                if sent == signal.SIGTERM:
                    check(os.path.exists(out + "/checkpoints/last.safetensors"), what + ": no checkpoint")
            print("%s after %s s" % (what, ", ".join(interruptions)), flush=True)
            check(interruptions and p.returncode == 0, what + ": was not interrupted, or did not end")
            if p.returncode == 0:
                same(expected, files_of(out), what)
            left = [n for _, _, names in os.walk(out) for n in names if ".tmp" in n]
            check(not left, "%s left %s" % (what, left))
            shutil.rmtree(out, ignore_errors=True)

    out = scratch + "/keyboard"
    p = started(command(out, "--epochs", "1000"))
    while not os.path.exists(out + "/metrics.csv") and p.poll() is None:
        time.sleep(0.05)
    p.send_signal(signal.SIGINT)
    message = p.communicate(timeout=300)[1]
    check(p.returncode == 130, "SIGINT: status %d, %s" % (p.returncode, message))
    check(os.path.exists(out + "/checkpoints/last.safetensors"), "SIGINT: no checkpoint")


def elbo():
    tool = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "check-elbo")
    for variant, more in (("mlp", ["--batch", "96"]), ("article", ["--seed", "7"]), ("linear", ["--annealed", "200"]), ("map", []),
                          ("conv", ["--batch", "64"]), ("conditional", ["--codes", "10"])):
        out = scratch + "/" + variant
        r = run(program, "--data", data, "--out", out, "--variant", variant, "--epochs", "1", "--measure", "0", "--quiet", *more)
        check(r.returncode == 0, "%s: status %d, %s" % (variant, r.returncode, r.stderr))
        found = dict(re.findall(r"(annealed|exact) log p\(x\) (-?[0-9.]+)", r.stdout))
        if variant == "linear" and check(len(found) == 2, "linear: no estimates of log p(x): " + r.stdout):
            check(abs(float(found["annealed"]) - float(found["exact"])) < 1, "annealed importance sampling: %s" % found)
        r = run(sys.executable, tool, out)
        print(r.stdout, end="", flush=True)
        check(r.returncode == 0, "check-elbo: status %d, %s" % (r.returncode, r.stderr))
    with open(scratch + "/mlp/metrics.csv") as f:
        rows = f.read().splitlines()
    cells = rows[-1].split(",")
    rows[-1] = ",".join(cells[:3] + [repr(float(cells[3]) + 0.002)] + cells[4:])
    with open(scratch + "/mlp/metrics.csv", "w") as f:
        f.write("\n".join(rows) + "\n")
    check(run(sys.executable, tool, scratch + "/mlp").returncode == 1, "check-elbo did not notice 0.002 nats")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("usage", "resume", "elbo"):
        sys.exit(__doc__)
    if not os.path.exists(SOURCE + "/train-images-idx3-ubyte.gz"):
        print("skipped: Debian's package dataset-fashion-mnist is not installed")
        sys.exit(77)
    if sys.argv[1] == "elbo" and run(sys.executable, "-c", "import torch").returncode != 0:
        print("skipped: Debian's package python3-torch is not installed")
        sys.exit(77)
    program = os.path.abspath(sys.argv[2])
    scratch = tempfile.mkdtemp(prefix="genet_vae_")
    data = scratch + "/data"
    try:
        make_data(data)
        if sys.argv[1] == "usage":
            usage()
        elif sys.argv[1] == "elbo":
            elbo()
        else:
            resume(int(sys.argv[3]) if len(sys.argv) == 4 else random.SystemRandom().randrange(10**6))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("%d failed" % failures)
    sys.exit(1 if failures else 0)
