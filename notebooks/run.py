#!/usr/bin/env python3
"""Runs notebooks from top to bottom with the standard library alone, as a test does: notebooks/run.py NOTEBOOK ... [--write]

Prints what the cells print; a cell that fails ends the run. With --write what they show is kept in the file, where a code host shows it.
"""
import ast
import contextlib
import io
import json
import pathlib
import sys


def run(path, write):
    book = json.loads(path.read_text(encoding="utf-8"))
    names, count = {"__name__": "__main__"}, 0
    for cell in book["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        tree = ast.parse("".join(cell["source"]), f"{path.name}, cell {count}")
        last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        said, shown = io.StringIO(), None
        with contextlib.redirect_stdout(said):
            exec(compile(tree, f"{path.name}, cell {count}", "exec"), names)
            if last is not None:
                shown = eval(compile(last, f"{path.name}, cell {count}", "eval"), names)
        print(said.getvalue(), end="")
        outputs = []
        if said.getvalue():
            outputs.append({"name": "stdout", "output_type": "stream", "text": said.getvalue().splitlines(keepends=True)})
        if hasattr(shown, "_repr_svg_"):
            data = {"image/svg+xml": shown._repr_svg_().splitlines(keepends=True), "text/plain": [repr(shown)]}
            outputs.append({"data": data, "metadata": {}, "output_type": "display_data"})
            print(repr(shown))
        cell["outputs"], cell["execution_count"] = outputs, count
    if write:
        path.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


for file in (a for a in sys.argv[1:] if a != "--write"):
    run(pathlib.Path(file), "--write" in sys.argv)
