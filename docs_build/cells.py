"""How a reference page writes its parts: tables whose cells stay one line."""

from __future__ import annotations

from collections.abc import Sequence

WRITTEN = "<!-- Written by `python -m docs_build`: change what it is written from, not this page. -->"


def cell(text: str) -> str:
    """Text for a table's cell.

    >>> cell("a |\\n b")
    'a \\\\| b'
    """
    return " ".join(text.split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table and an empty line after it; nothing where there are no rows."""
    if not rows:
        return []
    lines = [head, ["---"] * len(head), *rows]
    return [*(f"| {' | '.join(map(cell, line))} |" for line in lines), ""]
