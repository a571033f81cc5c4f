"""What the notebooks share: the command line over data-samples, what takes long kept for the next notebook of a run, charts as SVG."""
import atexit
import functools
import html
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root / "clients/python"))
from predictive import Predictive, PredictiveError  # noqa: E402

cli = root / "src/Predictive.Cli/bin/Release/net10.0/predictive.dll"
if not cli.exists():
    subprocess.run(["dotnet", "build", "-c", "Release", "-v", "q", str(root / "src/Predictive.Cli")], check=True)
shop = root / "data-samples"
p = Predictive(command=["dotnet", str(cli)])
folder = pathlib.Path(tempfile.mkdtemp(prefix="predictive-notebook-"))   # put a folder of your own here to keep what is made
atexit.register(shutil.rmtree, folder, ignore_errors=True)


def run(*args):
    """Runs one verb and returns what it prints; the verb's own message is the error."""
    done = subprocess.run(["dotnet", str(cli), *map(str, args)], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PredictiveError(done.stderr, done.returncode)
    return done.stdout


def predictive(*args):
    """Runs one verb with --json and returns its document."""
    return json.loads(run(*args, "--json"))


@functools.cache
def backtest(cutoff, horizon=90):
    """The document of one backtest."""
    return p.backtest(shop, cutoff=cutoff, horizon=horizon)


@functools.cache
def published():
    """A registry with a version trained as of the end of the data, and the document of its training."""
    models = folder / "models"
    return models, predictive("train", shop, "--models", models)


class Chart:
    """An SVG, which a code host shows; as text its title."""
    title, height = "", 40

    def draw(self):
        raise NotImplementedError

    def __repr__(self):
        return self.title

    def _repr_svg_(self):
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{self.height}" font-family="sans-serif" font-size="13">',
            f'<rect width="640" height="{self.height}" fill="white"/>',
            f'<text x="8" y="20" font-weight="bold">{html.escape(self.title)}</text>', *self.draw(), "</svg>"])


def _label(text, y):
    return f'<text x="200" y="{y}" text-anchor="end">{html.escape(text)}</text>'


class Bars(Chart):
    """One bar per row from `low` on; `error` draws a whisker of its width; `mark` is drawn in orange."""
    def __init__(self, title, rows, low=0, error=None, mark=None):
        self.title, self.rows, self.low, self.error, self.mark = title, rows, low, error or {}, mark
        self.height = 40 + 26 * len(rows)

    def draw(self):
        top = max(v + self.error.get(k, 0) for k, v in self.rows.items())
        scale = lambda v: 360 * max(0, v - self.low) / (top - self.low)
        for i, (name, value) in enumerate(self.rows.items()):
            y, off = 35 + 26 * i, self.error.get(name, 0)
            yield _label(name, y + 13)
            yield f'<rect x="208" y="{y}" width="{scale(value):.1f}" height="17" fill="{"#ffb03b" if name == self.mark else "#1f4e8c"}"/>'
            if off:
                yield (f'<path d="M{208 + scale(value - off):.1f} {y + 8.5}H{208 + scale(value + off):.1f}" stroke="#888" '
                       'stroke-width="3"/>')
            yield f'<text x="{216 + scale(value + off):.1f}" y="{y + 13}">{value:.3f}</text>'


class Intervals(Chart):
    """A dot with its interval per row: name to (value, low, high), and a line at 0."""
    def __init__(self, title, rows):
        self.title, self.rows, self.height = title, rows, 40 + 26 * len(rows)

    def draw(self):
        low, high = min(0, *(r[1] for r in self.rows.values())), max(0, *(r[2] for r in self.rows.values()))
        x = lambda v: 212 + 350 * (v - low) / (high - low)
        yield f'<path d="M{x(0):.1f} 28V{self.height - 4}" stroke="#bbb"/>'
        for i, (name, (value, a, b)) in enumerate(self.rows.items()):
            y = 45 + 26 * i
            fill = "#2c7a3f" if a > 0 else "#b3261e" if b < 0 else "#777"
            yield _label(name, y + 4)
            yield f'<path d="M{x(a):.1f} {y}H{x(b):.1f}" stroke="{fill}" stroke-width="2"/>'
            yield f'<circle cx="{x(value):.1f}" cy="{y}" r="5" fill="{fill}"/>'
            yield f'<text x="{x(b) + 8:.1f}" y="{y + 4}">{value:+.3f}</text>'


class Lines(Chart):
    """Small panels side by side: title to (x values, y values), y from 0 to `top`."""
    def __init__(self, title, panels, top=1):
        self.title, self.panels, self.top, self.height = title, panels, top, 30 + 170 * ((len(panels) + 1) // 2)

    def draw(self):
        for i, (name, (xs, ys)) in enumerate(self.panels.items()):
            left, base = 40 + 310 * (i % 2), 165 + 170 * (i // 2)
            x = lambda k: left + 250 * k / max(1, len(xs) - 1)
            points = " ".join(f"{x(k):.1f},{base - 110 * v / self.top:.1f}" for k, v in enumerate(ys))
            yield f'<text x="{left}" y="{base - 116}" font-size="12">{html.escape(name)}</text>'
            yield f'<path d="M{left} {base}H{left + 250}M{left} {base}V{base - 110}" stroke="#bbb" fill="none"/>'
            yield f'<polyline points="{points}" fill="none" stroke="#1f4e8c" stroke-width="2"/>'
            for k in (0, len(xs) // 2, len(xs) - 1):
                yield f'<text x="{x(k):.1f}" y="{base + 14}" font-size="11" text-anchor="middle">{xs[k]:.4g}</text>'
            for v in (0, self.top):
                yield f'<text x="{left - 4}" y="{base - 110 * v / self.top + 4:.1f}" font-size="11" text-anchor="end">{v:g}</text>'


class Swarm(Chart):
    """A dot per customer and row: name to (effects, ranks of the value 0-1); blue = low value, red = high, grey = not known."""
    def __init__(self, title, rows):
        self.title, self.rows, self.height = title, rows, 64 + 26 * len(rows)

    def draw(self):
        reach = max(abs(e) for effects, _ in self.rows.values() for e in effects)
        x = lambda v: 420 + 200 * v / reach
        yield f'<path d="M{x(0):.1f} 28V{self.height - 26}" stroke="#bbb"/>'
        for i, (name, (effects, ranks)) in enumerate(self.rows.items()):
            y = 45 + 26 * i
            yield _label(name, y + 4)
            for k, (effect, rank) in enumerate(zip(effects, ranks)):
                fill = "#999" if rank is None else f"rgb({int(30 + 200 * rank)},70,{int(230 - 200 * rank)})"
                yield f'<circle cx="{x(effect):.1f}" cy="{y + (k * 7 % 15) - 7}" r="2" fill="{fill}"/>'
        yield f'<text x="{x(0):.1f}" y="{self.height - 8}" text-anchor="middle" font-size="11">lowers the risk | raises it (log-odds)</text>'
