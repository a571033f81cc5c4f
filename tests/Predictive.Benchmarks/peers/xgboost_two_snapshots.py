#!/usr/bin/env python3
"""XGBoost on the newest two snapshots of our features, as a data scientist would try first; judged out of time.

  benchmarks windows DIR --horizon H --cutoffs D,D --out FOLDER     (writes what is read here)
  xgboost_two_snapshots.py FOLDER                                   (python3-xgboost, numpy: Debian's packages)

Depth, rounds and rate are chosen per cutoff T on the inner window [T - H, T): trained as of T - 2H and T - 3H, from the grid below; where
there is no such history, the grid's first. Churn: logistic. Value: buys (1 - churn) x spend of buyers (Gamma, log link).
"""
import itertools
import json
import os
import sys

import numpy as np
import xgboost as xgb

GRID = [dict(max_depth=d, rounds=r, eta=0.05) for d, r in itertools.product((4, 2, 6), (100, 300))]


def load(path):
    data = np.genfromtxt(path, delimiter=",", skip_header=1)
    return data[:, 0], data[:, 1], data[:, 2:]


def fit(x, y, objective, settings):
    params = dict(objective=objective, max_depth=settings["max_depth"], eta=settings["eta"], subsample=0.8, colsample_bytree=0.5,
                  min_child_weight=10, tree_method="hist", seed=1, nthread=1)
    return xgb.train(params, xgb.DMatrix(x, y), settings["rounds"])


def predict(train, at, settings):
    churned = np.concatenate([t[0] for t in train])
    net = np.concatenate([t[1] for t in train])
    x = np.concatenate([t[2] for t in train])
    p = fit(x, churned, "binary:logistic", settings).predict(xgb.DMatrix(at[2]))
    buys = net > 0
    spend = fit(x[buys], net[buys], "reg:gamma", settings).predict(xgb.DMatrix(at[2]))
    return np.clip(p, 1e-7, 1 - 1e-7), (1 - p) * spend


def log_loss(y, p):
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def ranks(v):
    _, inverse, counts = np.unique(v, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def auc(y, p):
    r, pos = ranks(p), y.sum()
    return float((r[y == 1].sum() - pos * (pos + 1) / 2) / (pos * (len(y) - pos)))


def gini(actual, by):
    """Gini of max(actual, 0) ordered by a prediction (ties averaged) over ordered by itself."""
    def raw(order):
        r = ranks(order)
        return 2 * np.sum(r * actual) / (len(actual) * actual.sum()) - (len(actual) + 1) / len(actual)
    return float(raw(by) / raw(actual))


def capture(actual, by):
    n = len(by) // 10
    order = np.argsort(-by, kind="stable")
    return float(actual[order[:n]].sum() / actual.sum())


def ece(y, p):
    bins = np.minimum((p * 10).astype(int), 9)
    return float(sum(abs(y[bins == b].mean() - p[bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any()))


def judge(folder):
    at = {k: load(os.path.join(folder, f"{k}.csv")) for k in range(6) if os.path.exists(os.path.join(folder, f"{k}.csv"))}
    settings = GRID[0]
    if 2 in at:
        inner = [at[k] for k in (2, 3) if k in at]
        settings = min(GRID, key=lambda s: log_loss(at[1][0], predict(inner, at[1], s)[0]))
    p, v = predict([at[k] for k in (1, 2) if k in at], at[0], settings)
    churned, net = at[0][0], at[0][1]
    spend = np.maximum(net, 0)
    return dict(auc=auc(churned, p), logLoss=log_loss(churned, p), ece=ece(churned, p), gini=gini(spend, v),
                spearman=float(np.corrcoef(ranks(net), ranks(v))[0, 1]), capture=capture(spend, v),
                ratio=float(v.sum() / net.sum()), settings=settings)


if __name__ == "__main__":
    for cutoff in sorted(os.listdir(sys.argv[1])):
        print(json.dumps(dict(cutoff=cutoff, **judge(os.path.join(sys.argv[1], cutoff)))))
