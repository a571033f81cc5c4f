"""Predictive from Python: one file, the standard library alone.

    from predictive import Predictive
    p = Predictive()                                    # the command `predictive` on the path, or command=["dotnet", "predictive.dll"]
    p.train("shop", models="models")
    p.backtest("shop", cutoff="2025-07-01")
    p.at_risk("shop", models="models", top=20)
    p = Predictive(url="http://localhost:5080", key="...")   # a scoring host
    p.score("C00042"); p.at_risk(top=20); p.models()

Answers are the dicts and lists of the product's own JSON. `frame(...)` turns rows into a pandas DataFrame where pandas is there.
A refusal is a PredictiveError with the product's own words.
"""

import csv
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

__all__ = ["Predictive", "PredictiveError", "frame"]


class PredictiveError(RuntimeError):
    """What was refused, and why; `status` is the HTTP status or the exit code."""

    def __init__(self, message, status):
        super().__init__(message)
        self.status = status


class Predictive:
    """The command line (default), or a scoring host where `url` is given.

    command: the executable, or a list such as ["dotnet", "predictive.dll"].
    url, key: address of a scoring host and its API key.
    timeout: seconds that an HTTP request may take.
    """

    def __init__(self, command="predictive", url=None, key=None, timeout=30):
        self.command = [command] if isinstance(command, str) else list(command)
        self.url = url.rstrip("/") if url else None
        self.key = key
        self.timeout = timeout

    # By command line alone.

    def train(self, data, models="models", horizon=90, as_of=None, **options):
        """Trains and publishes a version; the document of `predictive train --json`. Held by the gate: status 3 of a PredictiveError."""
        return self._json("train", data, models=models, horizon=f"{horizon}d", as_of=as_of, **options)

    def backtest(self, data, cutoff, horizon=90, **options):
        """Judges the models out of time; the document of `predictive backtest --json`."""
        return self._json("backtest", data, cutoff=cutoff, horizon=f"{horizon}d", **options)

    def features(self, data, as_of=None, horizon=90, labels=False):
        """The training matrix: a list of dicts, numbers as floats, None where a value is missing."""
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "features.csv")
            self._run("export-features", data, out=file, as_of=as_of, horizon=f"{horizon}d", labels=labels)
            return _rows(file, text=("customer_id",))

    # By either.

    def score(self, customer=None, data=None, models="models", history=None, as_of=None):
        """The score of one customer (host), of a history sent along (host), or of everybody in `data` (command line: a list of dicts)."""
        if self.url is None:
            if data is None:
                raise ValueError("Without a host, score(data=DIR) scores everybody of a dataset.")
            with tempfile.TemporaryDirectory() as folder:
                file = os.path.join(folder, "scores.csv")
                self._run("score", data, models=models, out=file, as_of=as_of)
                rows = _rows(file, text=_TEXTS)
            return rows if customer is None else next((r for r in rows if r["customer_id"] == customer), None)
        if history is not None:
            sent = {"transactions": history, "customerId": customer, "asOf": as_of}
            return self._http("POST", "/v1/score", body={k: v for k, v in sent.items() if v is not None})
        if customer is None:
            raise ValueError("A host scores one customer: score('C00042'), or score(history=[...]).")
        return self._http("GET", "/v1/customers/score", id=customer, asOf=as_of)

    def at_risk(self, data=None, models="models", top=100, **options):
        """Who is at risk, whom a contact can save most first: a list of dicts."""
        if self.url is None:
            if data is None:
                raise ValueError("Without a host, at_risk(data=DIR) names the dataset.")
            return self._json("at-risk", data, models=models, top=top, **options)["list"]["rows"]
        return self._http("GET", "/v1/at-risk", top=top, **options)["list"]["rows"]

    def models(self, models="models"):
        """The versions of the registry: a list of dicts."""
        return self._json("models", "list", models=models) if self.url is None else self._http("GET", "/v1/models")["models"]

    def _json(self, *verb, **options):
        return json.loads(self._run(*verb, json=True, **options))

    def _run(self, *verb, **options):
        arguments = list(self.command) + [str(v) for v in verb]
        for name, value in options.items():
            if value is not None and value is not False:
                arguments += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
        done = subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode != 0:
            told = [line[7:] for line in done.stderr.splitlines() if line.startswith("error: ")]
            raise PredictiveError("\n".join(told) or done.stderr.strip() or f"exit code {done.returncode}", done.returncode)
        return done.stdout

    def _http(self, method, path, body=None, **query):
        asked = {k: v for k, v in query.items() if v is not None}
        request = urllib.request.Request(
            self.url + path + ("?" + urllib.parse.urlencode(asked) if asked else ""),
            data=None if body is None else json.dumps(body).encode(),
            headers={"Accept": "application/json"},
            method=method,
        )
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self.key:
            request.add_header("Authorization", "Bearer " + self.key)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                try:
                    problem = json.load(refused)
                    told = f"{problem.get('title', '')}: {problem.get('detail', '')}".strip(": ")
                except (ValueError, AttributeError):
                    told = refused.reason
            raise PredictiveError(told, refused.code) from None
        except urllib.error.URLError as away:
            raise PredictiveError(f"{self.url} cannot be reached: {away.reason}", 0) from None


def frame(rows):
    """Rows as a pandas DataFrame, nested answers as columns such as churn.probability; the rows themselves where pandas is absent."""
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.json_normalize(rows)


_TEXTS = ("customer_id", "as_of", "model", "churn_band", "rfm_segment", "lifecycle", "tier", "predicted_tier", "value_matrix", "portrait",
          "tags", "reasons")


def _rows(file, text):
    with open(file, encoding="utf-8", newline="") as lines:
        return [{k: v if k in text else (float(v) if v else None) for k, v in row.items()} for row in csv.DictReader(lines)]
