#!/usr/bin/env python3
"""Writes what the packages show to others into src/NAME/PublicAPI.Shipped.txt.

A public member that is not in that file (RS0016), or stands there and is gone (RS0017), fails the build. Whoever means the change runs
this and commits the difference:

    eng/public-api.py [NAME ...]
"""
import json
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
names = sys.argv[1:] or sorted(f.parent.name for f in root.glob("src/*/PublicAPI.Shipped.txt"))
for name in names:
    file = root / "src" / name / "PublicAPI.Shipped.txt"
    before = file.read_text()
    file.write_text("#nullable enable\n")
    (file.parent / "PublicAPI.Unshipped.txt").write_text("#nullable enable\n")
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log.sarif"
        built = subprocess.run(
            ["dotnet", "build", "-c", "Release", "--no-dependencies", "--no-incremental", "-v", "q", str(file.parent),
             f"-p:ErrorLog={log}%2cversion=2.1", "-p:WarningsNotAsErrors=RS0016"],
            capture_output=True, text=True)
        if built.returncode != 0 or not log.exists():
            file.write_text(before)
            sys.exit(built.stdout + built.stderr)
        results = json.loads(log.read_text(encoding="utf-8-sig"))["runs"][0]["results"]
    shown = {r["properties"]["customProperties"]["APIName"] for r in results if r["ruleId"] == "RS0016"}
    file.write_text("#nullable enable\n" + "".join(f"{line}\n" for line in sorted(shown)))
    print(f"{name}: {len(shown)} lines")
