"""How a library grows: 1,000 to 1,000,000 passages on one machine, and the exponents of what grows with it.

    python -m benchmarks.scale --data FOLDER [--cache FOLDER] [--sizes 1000 10000 100000 1000000]

The libraries are made by `benchmarks.scale_library` (which says how) from that of `benchmarks.latency`: some 10,000 real
passages with their real embeddings, the rest copies with moved vectors. A million take 20 GB while this runs. Each is
measured in processes of their own (`benchmarks.scale_measure`), on files that are not in the system's cache when they are
opened. Times are of the clock and, where named `cpu`, of the processor, which says more on a machine with other work.
With `--cache` the libraries and what was measured are kept there, so that an interrupted run goes on. Writes `benchmarks/results/scale.json` and
`docs/images/scale.svg`.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import latency
from benchmarks.report import write_result
from benchmarks.scale_library import compacted, grow
from corpus.library import FILE_NAME
from qa.engine import Citewire
from qa.settings import load_settings

SIZES = (1_000, 10_000, 100_000, 1_000_000)
REAL = 10_000  # passages with embeddings of their own
PLOT = Path("docs/images/scale.svg")
GROWING = {  # what is fitted, and how it is called in the plot
    "index_build_cpu_s": "building the vector index, s of processor",
    "search_cpu_ms_p50": "vector search, ms of processor (median)",
    "lexical_cpu_ms_p50": "lexical search, ms of processor (median)",
    "ask_beyond_encoder_ms_p50": "a question beyond the encoder, ms (median)",
    "ask_beyond_encoder_ms_p95": "a question beyond the encoder, ms (95th percentile)",
    "resident_mb": "resident memory, MB",
    "disk_mb": "disk, MB",
}
BARS = {"resident_mb": 1500.0, "cold_open_s": 3.0, "add_1000_cpu_s": 5.0, "delete_1000_cpu_s": 5.0}  # of the largest
LEAST_RECALL = 0.99


def exponents(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The slope of each growing measure over the number of passages, both as logarithms, by least squares."""
    xs = [math.log(row["passages"]) for row in rows]
    found = {}
    for name in GROWING:
        ys = [math.log(max(float(row[name]), 1e-3)) for row in rows]
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        slope = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)
        found[name] = round(slope, 2)
    return found


def plot(rows: list[dict[str, Any]], slopes: dict[str, float]) -> None:
    """Both axes logarithmic, one line a measure, its exponent in the legend."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "citewire"  # the same picture of the same numbers
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5.2))
    for name, label in GROWING.items():
        axes.plot([row["passages"] for row in rows], [row[name] for row in rows], marker="o",
                  label=f"{label} (exponent {slopes[name]:g})")  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("passages in the library")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7.5, loc="upper left", framealpha=0.6)
    axes.set_ylim(top=axes.get_ylim()[1] * 30)  # room for the legend
    figure.tight_layout()
    figure.savefig(PLOT, metadata={"Date": None})


def base(folder: Path, data: Path) -> Path:
    """The library of real passages, made if it is not there."""
    if not (folder / FILE_NAME).exists() or not (folder / "made").exists():
        engine = Citewire.open(load_settings(library=folder))
        latency.fill(engine, data, REAL)
        engine.close()
        compacted(folder)
        (folder / "made").touch()
    return folder


def grown(root: Path, data: Path, size: int) -> tuple[Path, int]:
    """The folder of a library of at least so many passages, made or added to if need be, and how many it has."""
    real = base(root / "base", data)
    folder = root / ("small" if size < REAL else "grown")  # a smaller one is not grown: its copies would differ
    return folder, grow(real, folder, size)


def measured(kind: str, folder: Path, data: Path) -> dict[str, Any]:
    """What a process of its own measures of a library."""
    command = [sys.executable, "-m", "benchmarks.scale_measure", kind, str(folder), "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def over(row: dict[str, Any]) -> list[str]:
    """Which bars the largest library does not keep."""
    found = [f"{name}: {row[name]} is over the bar of {bar}" for name, bar in BARS.items() if row[name] > bar]
    recalls = {name: value for name, value in row.items() if "recall" in name}
    return found + [
        f"{name}: {value} is under {LEAST_RECALL}" for name, value in recalls.items() if value < LEAST_RECALL
    ]


def main() -> None:
    """Grow, measure at each size, write; fails over a bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the libraries here for the next time")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        root = options.cache or Path(temporary)
        for size in sorted(options.sizes):
            kept = root / f"measured-{size}.json"
            if not kept.exists():
                folder, passages = grown(root, options.data, size)
                row = {"passages": passages, **measured("build", folder, options.data)}
                kept.write_text(json.dumps(row | measured("search", folder, options.data)))
            rows.append(json.loads(kept.read_text()))
            sys.stderr.write(f"{rows[-1]}\n")
    slopes = exponents(rows) if len(rows) > 1 else {}
    files = [options.data / file for file in latency.FILES]
    write_result("scale", {"sizes": rows, "exponents": slopes, "bars": BARS, "least_recall": LEAST_RECALL}, files)
    if slopes:
        plot(rows, slopes)
    failures = over(rows[-1])
    sys.stderr.write("".join(message + "\n" for message in failures))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
