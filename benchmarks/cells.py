"""How a number, a paragraph and a table of the published pages are written, and where the numbers come from."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.report import RESULTS

WIDTH = 120  # columns of the prose around


def values(name: str) -> dict[str, Any]:
    """What a benchmark measured."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())["values"]
    return found


def share(value: float, digits: int = 3) -> str:
    """A share of one without its zero: `.858`."""
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0") else text


def percent(value: float) -> str:
    """A share of one as a percentage: `88 %`."""
    return f"{value * 100:.0f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def prose(text: str) -> str:
    """One paragraph, as wide as the others."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)


def best(column: Sequence[float | None], show: Callable[[float], str], *, least: bool = False) -> list[str]:
    """A column of numbers, the best of them (as shown) in bold; a dash where nothing was measured."""
    known = [value for value in column if value is not None]
    winner = show((min if least else max)(known)) if known else None
    shown = ["–" if value is None else show(value) for value in column]
    return [f"**{text}**" if text == winner else text for text in shown]
