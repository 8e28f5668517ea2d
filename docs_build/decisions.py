"""The list of decisions, from their titles: docs/decisions/README.md."""

from __future__ import annotations

from pathlib import Path

from docs_build.cells import WRITTEN

INTRODUCTION = """
One page of about twenty lines for each choice that is not obvious: what was chosen, why, and the numbers behind it.
"""


def page(folder: Path) -> str:
    """The page in Markdown; a decision's title is its first line."""
    lines = [WRITTEN, "", "# Decisions", INTRODUCTION]
    for file in sorted(folder.glob("[0-9]*.md")):
        title = file.read_text().partition("\n")[0].removeprefix("# ")
        lines.append(f"- [{title}]({file.name})")
    return "\n".join(lines) + "\n"
