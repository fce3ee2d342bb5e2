#!/usr/bin/python3
"""What bench/bench_mixtures measures, by Debian's scikit-learn: ten iterations of EM (and the expectation after the last)
on 64 principal components of the training images of Fashion-MNIST, processor time. Takes the options of Google
Benchmark that tools/bench gives, and answers in its JSON. OpenBLAS has to be the BLAS that NumPy finds."""
import argparse
import gzip
import json
import re
import time

import numpy as np
from sklearn.mixture import GaussianMixture

COMPONENTS, DIMENSION = 10, 64


def points():
    with gzip.open("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz") as f:
        x = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 784) / np.float64(255)
    x -= x.mean(0)
    values, axes = np.linalg.eigh(x.T @ x / (len(x) - 1))
    return np.ascontiguousarray(x @ axes[:, ::-1][:, :DIMENSION]), values[::-1][:DIMENSION]


def fit(x, variances, kind):
    """Seconds and log-likelihood; the loop is that of GaussianMixture.fit."""
    m = GaussianMixture(COMPONENTS, covariance_type=kind, reg_covar=0)
    m.weights_ = np.full(COMPONENTS, 1 / COMPONENTS)
    m.means_ = x[:COMPONENTS].copy()
    roots = 1 / np.sqrt(variances)
    m.precisions_cholesky_ = np.tile(roots if kind == "diag" else np.diag(roots),
                                     (COMPONENTS, 1) if kind == "diag" else (COMPONENTS, 1, 1))
    begun = time.process_time()
    for _ in range(10):
        _, log_responsibilities = m._e_step(x)
        m._m_step(x, log_responsibilities)
    mean, _ = m._e_step(x)
    return time.process_time() - begun, mean * len(x)


def main():
    parser = argparse.ArgumentParser()
    for option in ("format", "filter", "min_time"):
        parser.add_argument("--benchmark_" + option, default="." if option == "filter" else "0.3")
    options = parser.parse_args()
    x, variances = points()
    found = []
    for name, kind in (("diagonal", "diag"), ("full", "full")):
        if not re.search(options.benchmark_filter, name):
            continue
        runs, spent = [], 0
        while not runs or spent < float(options.benchmark_min_time):
            runs.append(fit(x, variances, kind))
            spent += runs[-1][0]
        seconds = sorted(s for s, _ in runs)
        found.append({"name": name, "p10_us": 1e6 * seconds[round(0.1 * (len(seconds) - 1))],
                      "median_us": 1e6 * seconds[len(seconds) // 2], "log_likelihood": runs[-1][1]})
    print(json.dumps({"benchmarks": found}))


main()
