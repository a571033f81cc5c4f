"""Predictive from Python: one file, the standard library alone.

    from predictive import Predictive
    p = Predictive()                                    # the command `predictive` on the path, or command=["dotnet", "predictive.dll"]
    p.train("shop", models="models")
    p.backtest("shop", cutoff="2025-07-01")
    p.at_risk("shop", models="models", top=20)
    p = Predictive(url="http://localhost:5080", key="...")   # a scoring host
    p.score("C00042"); p.at_risk(top=20); p.models()

Answers are the dicts and lists of the product's own JSON. `frame(...)` turns rows into a pandas DataFrame where pandas is there.
A refusal is a PredictiveError with the product's own words; what was asked of this file in a way it cannot mean is a ValueError.
Flags of the command line are keyword arguments (as_of="2025-07-01"; a list repeats its flag); those of a host are the same names.
"""

import csv
import http.client
import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

__all__ = ["Predictive", "PredictiveError", "frame"]


class PredictiveError(RuntimeError):
    """What was refused, and why.

    status: the HTTP status or the exit code; 0 where nobody answered or the command could not be started.
    document: what was answered all the same, such as the training that the gate held; else None.
    """

    def __init__(self, message, status, document=None):
        super().__init__(message)
        self.status = status
        self.document = document


class Predictive:
    """The command line (default), or a scoring host where `url` is given.

    command: the executable, or a list such as ["dotnet", "predictive.dll"].
    url, key: address of a scoring host and its API key.
    timeout: seconds that an HTTP request may take.
    """

    def __init__(self, command="predictive", url=None, key=None, timeout=30):
        self.command = [command] if isinstance(command, str) else list(command)
        if url is not None and urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"url is {url!r}; expected an address such as http://localhost:5080")
        self.url = url.rstrip("/") if url else None
        self.key = key
        self.timeout = timeout

    # By command line alone.

    def train(self, data, models="models", horizon=90, as_of=None, **options):
        """Trains and publishes a version; the document of `predictive train --json`.

        A version that the gate holds is a PredictiveError of status 3, whose `document` tells of it.
        """
        return self._json("train", data, models=models, horizon=_days(horizon), as_of=as_of, **options)

    def backtest(self, data, cutoff, horizon=90, **options):
        """Judges the models out of time; the document of `predictive backtest --json`."""
        return self._json("backtest", data, cutoff=cutoff, horizon=_days(horizon), **options)

    def features(self, data, as_of=None, horizon=90, labels=False):
        """The training matrix: a list of dicts, numbers as floats, None where a value is missing."""
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "features.csv")
            self._run("export-features", data, out=file, as_of=as_of, horizon=_days(horizon), labels=labels)
            return _rows(file)

    # By either.

    def score(self, customer=None, data=None, models="models", history=None, as_of=None):
        """The score of one customer (host), of a history sent along (host), or of everybody in `data` (command line: a list of dicts)."""
        if self.url is None:
            if data is None or history is not None:
                raise ValueError("Without a host, score(data=DIR) scores everybody of a dataset; a history needs a host.")
            with tempfile.TemporaryDirectory() as folder:
                file = os.path.join(folder, "scores.csv")
                self._run("score", data, models=models, out=file, as_of=as_of)
                rows = _rows(file)
            if customer is None:
                return rows
            for row in rows:
                if row["customer_id"] == str(customer):
                    return row
            raise PredictiveError(f"Customer '{customer}' is not among the {len(rows)} scored of {data}.", 2)
        self._no_data(data)
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
        self._no_data(data)
        return self._http("GET", "/v1/at-risk", top=top, **options)["list"]["rows"]

    def models(self, models="models"):
        """The versions of the registry: a list of dicts."""
        return self._json("models", "list", models=models) if self.url is None else self._http("GET", "/v1/models")["models"]

    @staticmethod
    def _no_data(data):
        if data is not None:
            raise ValueError(f"A host answers from its own dataset, not from {data!r}; leave data out.")

    def _json(self, *verb, **options):
        return json.loads(self._run(*verb, json=True, **options))

    def _run(self, *verb, **options):
        arguments = list(self.command) + [str(v) for v in verb]
        for name, value in options.items():
            for each in value if isinstance(value, (list, tuple)) else [value]:
                if each is not None and each is not False:
                    arguments += ["--" + name.replace("_", "-")] + ([] if each is True else [str(each)])
        try:
            done = subprocess.run(
                arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False)
        except OSError as missing:
            raise PredictiveError(
                f"The command {self.command[0]!r} cannot be started ({missing.strerror}); install it, or name it: "
                'Predictive(command="/opt/predictive/predictive").', 0) from None
        if done.returncode != 0:
            told = [line[7:] for line in done.stderr.splitlines() if line.startswith("error: ")]
            try:
                document = json.loads(done.stdout)
            except ValueError:
                document = None
            raise PredictiveError(
                "\n".join(told) or done.stderr.strip() or f"exit code {done.returncode}", done.returncode, document)
        return done.stdout

    def _http(self, method, path, body=None, **query):
        asked = {_camel(k): v for k, v in query.items() if v is not None}
        request = urllib.request.Request(
            self.url + path + ("?" + urllib.parse.urlencode(asked, doseq=True) if asked else ""),
            data=None if body is None else json.dumps(body, default=_plain).encode(),
            headers={"Accept": "application/json"},
            method=method,
        )
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self.key:
            request.add_header("Authorization", "Bearer " + self.key)
        try:
            with _OPENER.open(request, timeout=self.timeout) as answer:
                text, status = answer.read(), answer.status
        except urllib.error.HTTPError as refused:
            with refused:
                try:
                    problem = json.load(refused)
                    told = f"{problem.get('title', '')}: {problem.get('detail', '')}".strip(": ")
                except (ValueError, AttributeError, OSError, http.client.HTTPException):
                    problem, told = None, refused.reason
            raise PredictiveError(told, refused.code, problem) from None
        except (OSError, http.client.HTTPException) as away:
            why = getattr(away, "reason", None) or str(away) or type(away).__name__
            raise PredictiveError(f"{self.url} cannot be reached: {why}", 0) from None
        try:
            return json.loads(text)
        except ValueError:
            raise PredictiveError(f"{self.url}{path} does not answer in JSON; expected a scoring host there.", status) from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """No host sends a caller elsewhere, and the key is for it alone: a redirection is a refusal."""

    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(_Stay)


def frame(rows):
    """Rows as a pandas DataFrame, nested answers as columns such as churn.probability; the rows themselves where pandas is absent."""
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.json_normalize(rows)


def _days(horizon):
    return f"{horizon}d" if isinstance(horizon, int) else str(horizon)


def _camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _plain(value):
    """Dates and times as the host reads them, numbers of numpy and decimals as numbers."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return float(value)


_TEXTS = ("customer_id", "as_of", "model", "churn_band", "rfm_segment", "lifecycle", "tier", "predicted_tier", "value_matrix", "portrait",
          "tags", "reasons")


def _rows(file):
    """None where a value is missing; a column is of numbers where all its values are, but an id of digits stays the text it is."""
    with open(file, encoding="utf-8", newline="") as lines:
        rows = [{k: v or None for k, v in row.items()} for row in csv.DictReader(lines)]
    for column in (rows[0] if rows else ()):
        try:
            numbers = None if column in _TEXTS else [None if row[column] is None else float(row[column]) for row in rows]
        except ValueError:
            continue
        for row, number in zip(rows, numbers or ()):
            row[column] = number
    return rows
