#!/usr/bin/python3
"""The tasks words and series of the program examples/seqgan from outside: seqgan_corpora.py PROGRAM

Exit statuses, messages, what runs on words, on a Chinese text, on beats and on a plain column leave, and that a run
interrupted in its rounds and resumed leaves the same files as one with three threads that nobody interrupted.
"""
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time

import vae
from vae import check, files_of, run, same, started

NUMBER = r"-?\d+\.\d+"
program = scratch = None


def write(name, text):
    path = os.path.join(scratch, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def words_like(parts, count, draw):
    return sorted({"".join(draw.choice(parts) for _ in range(draw.randint(1, 4))) for _ in range(count)})


def make_data():
    draw = random.Random(1)
    english = words_like(["an", "be", "con", "der", "ing", "th", "er", "s", "o", "li"], 1500, draw)
    german = words_like(["sch", "ung", "zw", "ie", "gru", "k", "ha", "ge"], 400, draw)
    odd = ["An", "dog's", "\u00e9t\u00e9", "inging" * 4]
    write("words/american-english", "\n".join(english + odd) + "\n")
    write("words/ngerman", "\n".join(german + ["gr\u00fcn"]) + "\n")
    nouns, verbs = "\u5c71\u6c34\u4eba\u6708\u98ce\u82b1\u96ea\u5929", "\u770b\u89c1\u542c\u60f3\u8bf4\u505a"
    write("chinese.txt", "".join(draw.choice(nouns) + draw.choice(verbs) + "\u4e86" + draw.choice(nouns) + "\u3002\n"
                                 for _ in range(900)))
    beat = [0, 1, 2, 1, 0, -3, 14, 40, 12, -9, -2, 0] + [0] * 30 + [2, 4, 6, 7, 6, 4, 2] + [0] * 47
    beats = [v + draw.gauss(0, 0.4) for _ in range(150) for v in beat[:len(beat) - draw.randint(0, 9)]]
    write("beats.csv", "time,volt\n" + "".join("%d,%.4f\n" % row for row in enumerate(beats)))
    write("plain.csv", "".join("%.4f\n" % v for v in beats))


def words(out, *more):
    return [program, "--task", "words", "--data", scratch + "/words", "--sequences", "400", "--batch", "64",
            "--pretrain-epochs", "2", "--rounds", "2", "--rollouts", "2", "--measure", "200", "--quiet", "--out", out, *more]


def series(out, data, *more):
    return [program, "--task", "series", "--data", data, "--every", "1", "--pretrain-epochs", "1", "--measure", "100",
            "--quiet", "--out", out, *more]


def refused(status, command, *said):
    r = run(program, *command)
    message = "%s: status %d, stderr %r" % (command, r.returncode, r.stderr)
    check(r.returncode == status and not r.stdout and all(s in r.stderr for s in said), message)


def usage():
    out = ["--out", scratch + "/refused"]
    text = ["--task", "words", "--text"]
    refused(2, ["--text", "x", *out], "--text: is an option of the task words")
    refused(2, ["--task", "words", "--rate", "100", *out], "--rate: is an option of the task series")
    refused(2, ["--task", "words", "--pieces", "windows", *out], "--pieces: is an option of the task words with --text")
    refused(2, ["--task", "series", "--oracle", "x.npz", *out], "--oracle: is an option of the task oracle")
    refused(2, ["--task", "words", "--cell", "gru", *out], "no such net is compiled")
    refused(2, ["--task", "series", "--method", "pg_bleu", *out], "pg_bleu is one of the task oracle")
    refused(2, words(scratch + "/refused", "--sequences", "10")[1:], "at least the 64 of a batch")
    refused(4, ["--task", "words", "--data", scratch + "/nowhere", *out], "nowhere/american-english")
    refused(4, [*text, scratch + "/nothing.txt", *out], "nothing.txt")
    refused(3, [*text, write("latin.txt", b"caf\xe9\n" * 50), *out], "latin.txt", "byte 3")
    refused(3, [*text, write("empty.txt", ""), *out], "empty.txt", "empty file")
    refused(3, [*text, write("short.txt", "one\ntwo\nthree\n"), *out], "short.txt", "a batch of 64")
    refused(3, ["--task", "words", "--data", os.path.dirname(write("numbers/american-english", "1\n2\n")), *out],
            "no word of the letters a to z")
    refused(3, series(scratch + "/refused", scratch + "/beats.csv", "--column", "amp")[1:], "no column named amp", "volt")
    refused(3, series(scratch + "/refused", write("flat.csv", "1\n" * 2000), "--rate", "0")[1:], "all equal")
    refused(3, series(scratch + "/refused", write("few.csv", "x\n1\n2\n"), "--rate", "0")[1:], "at least 960")
    refused(3, series(scratch + "/refused", write("words.csv", "x\n1\nno\n"), "--rate", "0")[1:], "line 3", "expected a number")
    refused(3, series(scratch + "/refused", write("broken.npz", b"PK\3\4 nothing"))[1:], "broken.npz")
    check(not os.path.exists(scratch + "/refused/metrics.csv"), "a refused run left metrics.csv")


SAMPLES = ("samples N temperature [0-9.]+ novel F novel_likely F copied F held_out F distinct F distinct_2 F distinct_4 F "
           "novel_4grams F self_bleu_4 F ngram_bits F\n").replace("F", NUMBER).replace("N", r"\d+") * 4
FAULTS = ("faults {} length N by {} token_auroc F [+]- F window_auroc F sequence_auroc F worst_window_auroc F found F "
          "false_alarms F\n").replace("F", NUMBER).replace("N", r"\d+")


def printed(token, style, finders):
    faults = "".join(FAULTS.format(kind, who) for kind in ("uniform", "misplaced") for who in finders)
    return (r"bits F by_5gram F of \d+ test %ss\n" % token + SAMPLES.replace("F", NUMBER) +
            (r"style %s auroc F \+- F ngram_auroc F flagged F wrongly F\n" % style if style else "") + faults +
            r"test loss F bits F\nreport \S+/report.html\n").replace("F", NUMBER)


def ran(command, expected, epochs, titles):
    r = run(*command)
    out = command[command.index("--out") + 1]
    if not check(r.returncode == 0 and re.fullmatch(expected, r.stdout), "%s: %d %r%r" % (command, r.returncode, r.stdout, r.stderr)):
        return
    rows = files_of(out)["metrics.csv"]
    check(rows[0] == ["epoch", "split", "loss", "bits", "phase"], "%s: header %s" % (out, rows[0]))
    check([row[:2] for row in rows[1:]] == [[str(e), s] for e in range(1, epochs + 1) for s in ("train", "validation")] +
          [[str(epochs), "test"]], "%s: rows %s" % (out, rows))
    with open(out + "/report.html", encoding="utf-8") as f:
        text = f.read()
    for title in titles:
        check("<h2>" + title in text, "%s: report.html has no %s" % (out, title))
    return text


def runs():
    whole = scratch + "/whole"
    ran(words(whole, "--threads", "3"), printed("character", "ngerman", ("generator", "falling value")), 4,
        ("By epoch", "Samples by temperature", "Another style", "Faults found", "Marked faults", "Bits a character"))
    with open(whole + "/vocabulary.txt") as f:
        check(f.readline() == "\\end\n" and "'" not in f.read(), "vocabulary.txt")
    with open(whole + "/samples/epoch_0002.txt") as f:
        check(re.fullmatch(r"([a-z]*\n){40}", f.read()), "samples/epoch_0002.txt")

    out = scratch + "/interrupted"
    for what, reached in ((signal.SIGINT, 2), (signal.SIGTERM, 3)):
        p = started(words(out, *(["--resume"] if os.path.exists(out) else [])))
        while not os.path.exists(out + "/samples/epoch_000%d.txt" % reached) and p.poll() is None:
            time.sleep(0.01)
        p.send_signal(what)
        message = p.communicate(timeout=300)[1]
        check(p.returncode in (0, 128 + what), "%s: status %d, %s" % (what, p.returncode, message))
    r = run(*words(out, "--resume"))
    check(r.returncode == 0, "resumed: %d %r" % (r.returncode, r.stderr))
    same(files_of(whole), files_of(out), "interrupted twice, by one thread")
    refused(2, words(out, "--resume", "--rollouts", "3")[1:], "rollouts was 2 and is 3")

    text = ran([program, "--task", "words", "--text", scratch + "/chinese.txt", "--pretrain-epochs", "1", "--measure", "100",
                "--quiet", "--out", scratch + "/chinese"], printed("character", "", ("generator",)), 1, ("By epoch", "Marked faults"))
    check(text and "\u4e86" in text, "no Chinese character in the report")
    ran([program, "--task", "words", "--text", scratch + "/chinese.txt", "--pieces", "windows", "--foreign",
         scratch + "/words/american-english", "--pretrain-epochs", "1", "--batch", "32", "--measure", "100", "--quiet", "--out",
         scratch + "/windows"], printed("character", "american-english", ("generator",)), 1, ("Another style",))
    ran(series(scratch + "/beats", scratch + "/beats.csv", "--column", "volt", "--rate", "120"),
        printed("token", "", ("generator",)), 1, ("Series by epoch", "Marked faults"))
    ran(series(scratch + "/plain", scratch + "/plain.csv", "--rate", "0"), printed("token", "", ("generator",)), 1, ())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    scratch = tempfile.mkdtemp(prefix="genet_corpora_")
    try:
        make_data()
        usage()
        runs()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("%d failed" % vae.failures)
    sys.exit(1 if vae.failures else 0)
