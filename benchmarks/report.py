"""Writes a result with everything needed to reproduce it: command, commit, machine, digest of the data."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RESULTS = Path("benchmarks/results")


def write_result(name: str, values: dict[str, Any], data: Iterable[Path], options: str = "--data FOLDER") -> None:
    """Print the values and keep them in `benchmarks/results/NAME.json`; `options` end the command that made them."""
    sha = hashlib.sha256()
    for file in sorted(data):
        sha.update(file.read_bytes())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    result = {
        "command": f"python -m benchmarks.{name} {options}".strip(),
        "commit": commit.stdout.strip(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "data_sha256": sha.hexdigest(),
        "values": values,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
    sys.stdout.write(json.dumps(values, indent=2) + "\n")
