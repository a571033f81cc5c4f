#!/usr/bin/env python3
"""crun for a machine that may not raise limits (no CAP_SYS_RESOURCE): a container keeps those that are in force."""
import json
import os
import sys

args = sys.argv[1:]
for option, value in zip(args, args[1:]):
    file = os.path.join(value, "config.json") if option in ("--bundle", "-b") else value if option in ("--process", "-p") else ""
    if os.path.isfile(file):
        with open(file, encoding="utf-8") as f:
            spec = json.load(f)
        spec.get("process", spec).pop("rlimits", None)
        with open(file, "w", encoding="utf-8") as f:
            json.dump(spec, f)
os.execv("/usr/bin/crun", ["crun", *args])
