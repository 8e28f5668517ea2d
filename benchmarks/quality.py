"""Every quality number we publish, by the code behind `citewire eval`, against floors that only rise.

    python -m benchmarks.quality --data FOLDER [--suite NAME]...
    python -m benchmarks.quality --check COMMIT

The first writes `benchmarks/results/quality.json` (sets that are not measured keep their numbers). It fails when a
number is under its floor in `benchmarks/floors.json`, or when a ranking of judged sentences is not ahead of both its
baselines. A floor stands .003 under what was measured: sums of floats differ between machines, and turn a question or two
in a thousand. The second fails when a floor is lower than at COMMIT, or gone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS, write_result
from qa.evaluation.measure import measure_suite
from qa.evaluation.suites import SUITES, TRANSLATIONS, file_names
from qa.settings import load_settings

FLOORS = Path("benchmarks/floors.json")
Floors = dict[str, float]  # "suite/section/measure" to the least value


def lowered(before: Floors, now: Floors) -> list[str]:
    """What the floors gave up, one message each."""
    return [
        f"{name}: {floor} became {now.get(name, 'no floor')}"
        for name, floor in before.items()
        if name not in now or now[name] < floor
    ]


def below(values: dict[str, Any], floors: Floors) -> list[str]:
    """Which measured numbers are under their floors, one message each. A set that is not in `values` is passed over."""
    failures = []
    for name, floor in floors.items():
        suite, section, measure = name.split("/")
        if suite not in values:
            continue
        value = values[suite].get(section, {}).get(measure)
        if value is None or value < floor:
            failures.append(f"{name}: {value} is under the floor of {floor}")
    return failures


def behind(values: dict[str, Any]) -> list[str]:
    """Where our ranking of judged sentences is not ahead of both baselines of the same run, one message each."""
    return [
        f"{name}/{measure}: {sections['judged'][measure]} is not ahead of {baseline}'s {sections[baseline][measure]}"
        for name, sections in values.items()
        if "judged" in sections
        for baseline in ("judged_bm25", "judged_cosine")
        for measure in ("map", "mrr")
        if sections["judged"][measure] <= sections[baseline][measure]
    ]


def main() -> None:
    """Measure and compare, or compare floors with an older commit's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--suite", action="append", choices=list(SUITES | TRANSLATIONS))
    parser.add_argument("--check", metavar="COMMIT")
    options = parser.parse_args()
    floors: Floors = json.loads(FLOORS.read_text())
    if options.check:
        old = subprocess.run(["git", "show", f"{options.check}:{FLOORS}"], capture_output=True, text=True, check=False)
        failures = lowered(json.loads(old.stdout), floors) if old.returncode == 0 else []
    elif options.data:
        file = RESULTS / "quality.json"
        values = json.loads(file.read_text())["values"] if file.exists() else {}
        for name in options.suite or SUITES:
            values[name] = measure_suite(name, options.data, load_settings())
        write_result("quality", values, [options.data / path for name in values for path in file_names(name)])
        failures = below(values, floors) + behind(values)
    else:
        parser.error("give --data FOLDER or --check COMMIT")
    for failure in failures:
        sys.stderr.write(failure + "\n")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
