#!/usr/bin/env python3
"""XGBoost and logistic regression on the newest two snapshots of our features, as a data scientist would try first, beside our models.

  benchmarks windows DIR --horizon H --most N --engines built-in,mlnet --out FOLDER     (writes what is read here)
  two_snapshots.py FOLDER [FOLDER ...]         (Debian's python3-xgboost, python3-sklearn, python3-numpy)

XGBoost: depth, rounds and rate are chosen per cutoff T on the inner window [T - H, T): trained as of T - 2H and T - 3H, from the grid
below; where there is no such history, the grid's first. Churn: logistic. Value: buys (1 - churn) x spend of buyers (Gamma, log link).
Logistic regression: standardised signed logarithms, at most five standard deviations,
missing = mean and a flag, C = 1.

Prints, per base, the mean over its windows of every measure, and the paired difference to our built-in engine with its standard error:
a bootstrap by customer (Poisson weights, a customer's the same in every window of the base), 200 draws, seed 1.
"""
import itertools
import json
import os
import sys

import numpy as np
import xgboost as xgb
from sklearn.linear_model import LogisticRegression

GRID = [dict(max_depth=d, rounds=r, eta=0.05) for d, r in itertools.product((4, 2, 6), (100, 300))]
OURS = "built-in"
DRAWS = 200


def load(path):
    """Customer, churned, net spend, features."""
    data = np.genfromtxt(path, delimiter=",", skip_header=1)
    return data[:, 0].astype(int), data[:, 1], data[:, 2], data[:, 3:]


def fit(x, y, objective, settings):
    params = dict(objective=objective, max_depth=settings["max_depth"], eta=settings["eta"], subsample=0.8, colsample_bytree=0.5,
                  min_child_weight=10, tree_method="hist", seed=1, nthread=1,
                  base_score=float(np.mean(y)))  # the level of spend is out of reach of 100 steps from one half
    return xgb.train(params, xgb.DMatrix(x, y), settings["rounds"])


def predict(train, at, settings):
    churned, net, x = (np.concatenate([t[c] for t in train]) for c in (1, 2, 3))
    p = fit(x, churned, "binary:logistic", settings).predict(xgb.DMatrix(at[3])).astype(float)
    buys = net > 0
    spend = fit(x[buys], net[buys], "reg:gamma", settings).predict(xgb.DMatrix(at[3]))
    return np.clip(p, 1e-7, 1 - 1e-7), (1 - p) * spend


def boosted(at):
    settings = GRID[0]
    if 2 in at:
        inner = [at[k] for k in (2, 3) if k in at]
        settings = min(GRID, key=lambda s: log_loss(at[1][1], predict(inner, at[1], s)[0]))
    return predict([at[k] for k in (1, 2) if k in at], at[0], settings)


def logistic(at):
    train = [at[k] for k in (1, 2) if k in at]
    churned, x = (np.concatenate([t[c] for t in train]) for c in (1, 3))

    def squeeze(v):
        return np.sign(v) * np.log1p(np.abs(v))
    seen = squeeze(x[:, ~np.isnan(x).all(axis=0)])
    mean, sd = np.nanmean(seen, axis=0), np.nanstd(seen, axis=0)
    varies = sd > 1e-6  # what was the same for everybody says nothing, and must not explode where it no longer is

    def design(v):
        v = squeeze(v[:, ~np.isnan(x).all(axis=0)])
        missing = np.isnan(v)
        standard = np.where(missing, 0, (v - mean) / np.where(varies, sd, 1))
        return np.hstack([np.clip(standard, -5, 5)[:, varies], missing.astype(float)])
    model = LogisticRegression(max_iter=2000).fit(design(x), churned)
    return np.clip(model.predict_proba(design(at[0][3]))[:, 1], 1e-7, 1 - 1e-7), None


def log_loss(y, p, w=None):
    return float(np.average(-(y * np.log(p) + (1 - y) * np.log(1 - p)), weights=w))


def ranks(v, w):
    """Weighted ranks, ties at their mean: what lies below, and half of what ties."""
    _, inverse = np.unique(v, return_inverse=True)
    mass = np.bincount(inverse, w)
    return (np.cumsum(mass) - mass / 2)[inverse]


def auc(y, p, w):
    r, pos = ranks(p, w), np.sum(w * y)
    return float((np.sum((r * w)[y == 1]) - pos * pos / 2) / (pos * (w.sum() - pos)))


def gini(actual, by, w):
    """Gini of max(actual, 0) ordered by a prediction (ties averaged) over ordered by itself."""
    def raw(order):
        return 2 * np.sum(ranks(order, w) * actual * w) / (w.sum() * np.sum(w * actual)) - 1
    return float(raw(by) / raw(actual))


def spearman(a, b, w):
    ra, rb = ranks(a, w), ranks(b, w)
    ra, rb = ra - np.average(ra, weights=w), rb - np.average(rb, weights=w)
    return float(np.sum(w * ra * rb) / np.sqrt(np.sum(w * ra * ra) * np.sum(w * rb * rb)))


def capture(actual, by, w):
    order = np.argsort(-by, kind="stable")
    upto = np.cumsum(w[order]) <= w.sum() / 10
    return float(np.sum((w * actual)[order[upto]]) / np.sum(w * actual))


def ece(y, p, w):
    bins = np.minimum((p * 10).astype(int), 9)
    return float(sum(abs(np.average(y[b] - p[b], weights=w[b])) * w[b].sum() for b in (bins == k for k in range(10)) if w[b].sum() > 0)
                 / w.sum())


def measures(y, net, p, v, w):
    found = dict(auc=auc(y, p, w), logLoss=log_loss(y, p, w), ece=ece(y, p, w))
    if v is not None:
        spend = np.maximum(net, 0)
        ratio = abs(np.log(max(1e-9, np.sum(w * v)) / max(1e-9, np.sum(w * net))))
        found |= dict(gini=gini(spend, v, w), spearman=spearman(net, v, w), capture=capture(spend, v, w), logTotal=float(ratio))
    return found


def window(folder):
    """Labels of a window and what each model says of it; what was worked out before is read."""
    at = {k: load(os.path.join(folder, f"{k}.csv")) for k in range(6) if os.path.exists(os.path.join(folder, f"{k}.csv"))}
    models = {}
    for name, learn in (("xgboost", boosted), ("logistic", logistic)):
        path = os.path.join(folder, f"{name}.npz")
        if not os.path.exists(path):
            p, v = learn(at)
            np.savez(path, p=p, **({} if v is None else {"v": v}))
        kept = np.load(path)
        models[name] = (kept["p"], kept["v"] if "v" in kept else None)
    for name in (OURS, "mlnet"):
        path = os.path.join(folder, f"{name}.csv")
        if os.path.exists(path):
            rows = np.genfromtxt(path, delimiter=",", skip_header=1)
            models[name] = (np.clip(rows[:, 0], 1e-7, 1 - 1e-7), rows[:, 1])
    return at[0][0], at[0][1], at[0][2], models


def means(windows, weights):
    """Model and measure -> mean over the windows."""
    found = {}
    for customers, y, net, models in windows:
        w = weights[customers]
        for name, (p, v) in models.items():
            for key, value in measures(y, net, p, v, w).items():
                found.setdefault((name, key), []).append(value)
    return {k: float(np.mean(v)) for k, v in found.items() if len(v) == len(windows)}


def judge(folder):
    cutoffs = sorted(os.listdir(folder))
    windows = [window(os.path.join(folder, c)) for c in cutoffs]
    count = 1 + max(int(w[0].max()) for w in windows)
    plain = means(windows, np.ones(count))
    rng = np.random.default_rng(1)
    draws = [means(windows, rng.poisson(1, count).astype(float)) for _ in range(DRAWS)]
    keys = ["auc", "logLoss", "ece", "gini", "spearman", "capture", "logTotal"]
    customers = int(np.mean([len(w[0]) for w in windows]))
    print(f"\n{os.path.basename(os.path.normpath(folder))}: {len(windows)} windows, {cutoffs[0]} to {cutoffs[-1]}, {customers} customers"
          " on average\n\n| | " + " | ".join(keys) + " |\n|---" * 1 + "|---" * len(keys) + "|")
    for name in sorted({n for n, _ in plain}, key=lambda n: (n != OURS, n)):
        cells = []
        for key in keys:
            if (name, key) not in plain:
                cells.append("")
                continue
            value = plain[name, key]
            if name == OURS or (OURS, key) not in plain:
                se = np.std([d[name, key] for d in draws])
                cells.append(f"{value:.4f} ± {se:.4f}")
            else:
                difference = value - plain[OURS, key]
                se = np.std([d[name, key] - d[OURS, key] for d in draws])
                cells.append(f"{value:.4f} ({difference:+.4f} ± {se:.4f})")
        print(f"| {name} | " + " | ".join(cells) + " |")
    said = [json.load(open(os.path.join(folder, c, f"{OURS}.json"))) for c in cutoffs
            if os.path.exists(os.path.join(folder, c, f"{OURS}.json"))]
    if said:
        kept = sum(s["BelowLow"] <= .12 and s["AboveHigh"] <= .12 for s in said)
        print(f"\ninterval: below {np.mean([s['BelowLow'] for s in said]):.3f}, above {np.mean([s['AboveHigh'] for s in said]):.3f}, "
              f"both at most .12 in {kept} of {len(said)} windows")


if __name__ == "__main__":
    for base in sys.argv[1:]:
        judge(base)
