#!/usr/bin/env python3
"""From nothing to an answer: `coldstart.py DATA MODELS PROGRAM [ARGUMENT...]`, such as `... out/linux-x64/predictive`.

Milliseconds of: --version; `score` for a base of one customer; the host until it is ready and until its first score. Each in a process of its
own, RUNS times; the first stands apart, that of --version with an empty folder for what a single file lays out. One line of JSON, last on stdout.
"""
import csv
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

RUNS = 5


def main(data, models, *program):
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        env = dict(os.environ, DOTNET_BUNDLE_EXTRACT_BASE_DIR=str(work / "laid-out"), PREDICTIVE_STORE=str(work / "store.db"))
        one = work / "one"

        def run(*args):
            start = time.perf_counter()
            done = subprocess.run([*program, *args], env=env, cwd=work, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"{' '.join(args)}: exit {done.returncode}: {done.stderr.strip()}")
            return (time.perf_counter() - start) * 1000, done.stdout

        figures = {"versionMs": [run("--version")[0]]}
        with open(work / "one.csv", "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["customer_id", "order_id", "ordered_at", "amount"])
            rows.writerows(["C1", f"O{i}", f"2025-{1 + i:02}-11 10:00", f"{20 + i}.50"] for i in range(9))
        run("import", "one.csv", "--out", str(one))
        figures["versionMs"] += [run("--version")[0] for _ in range(RUNS - 1)]
        figures["scoreOneCustomerMs"] = [run("score", str(one), "--models", models, "--out", f"s{i}.csv")[0] for i in range(RUNS)]
        run("score", data, "--models", models, "--out", "all.csv")
        customer = customer_of(work / "all.csv")
        figures["hostReadyMs"], figures["hostFirstScoreMs"] = [], []
        for _ in range(RUNS):
            ready, scored = host(program, data, models, customer, env, work)
            figures["hostReadyMs"].append(ready)
            figures["hostFirstScoreMs"].append(scored)
        print(json.dumps({k: {"first": round(v[0]), "median": round(statistics.median(v[1:]))} for k, v in figures.items()}))


def customer_of(file):
    with open(file, newline="") as rows:
        return next(csv.DictReader(rows))["customer_id"]


def host(program, data, models, customer, env, work):
    start = time.perf_counter()
    process = subprocess.Popen(
        [*program, "serve", "--data", data, "--models", models, "--urls", "http://127.0.0.1:0", "--log", "quiet"],
        env=env, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline()
        if not line.startswith("serving "):
            sys.exit(f"serve: {line.strip() or 'ended'}")
        url = line.split()[1]
        while not asked(url + "/health/ready"):
            time.sleep(0.005)
        ready = (time.perf_counter() - start) * 1000
        if not asked(f"{url}/v1/customers/{customer}/score"):
            sys.exit(f"no score of {customer}")
        return ready, (time.perf_counter() - start) * 1000
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def asked(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status == 200 and answer.read()
    except urllib.error.URLError:
        return False


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3]), *sys.argv[4:])
