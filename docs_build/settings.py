"""The page of the settings, from their definitions: docs/reference/settings.md."""

from __future__ import annotations

import re
import typing
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from docs_build.cells import WRITTEN, table
from qa.settings import CONFIG_FILE, PREFIX, SECRETS, Settings

INTRODUCTION = f"""
A setting is looked for on the command line (`--library`, `--reader`, `--threshold`), then in the environment, then in
`{CONFIG_FILE}` in the working directory. A name that is not in this table is refused, wherever it stands.

    # {CONFIG_FILE}
    library = "/home/ann/news"
    threshold = 0.6
"""
KEYS = """
Secrets are no settings: they are read from the environment alone, are kept nowhere, and a key in the file is refused.
"""


def page() -> str:
    """The page in Markdown."""
    rows = [
        [f"`{name}`", f"`{PREFIX}{name.upper()}`", _kind(field), _default(name, field), field.description or ""]
        for name, field in Settings.model_fields.items()
    ]
    lines = [WRITTEN, "", "# Settings", INTRODUCTION]
    lines += table(["in the file", "in the environment", "kind", "default", "meaning"], rows)
    lines += [KEYS.strip(), "", *(f"- `{name}`" for name in sorted(SECRETS))]
    return "\n".join(lines) + "\n"


def _kind(field: FieldInfo) -> str:
    """What may stand there, with the bounds where there are any."""
    if choices := typing.get_args(field.annotation):
        return ", ".join(f"`{choice}`" for choice in choices)
    words = {int: "whole number", float: "number", str: "text", Path: "path"}
    names: dict[Any, str] = dict(words)
    bounds = [re.sub(r"^(\w+)=(.*)$", _bound, text) for text in _constraints(field)]
    return " ".join([names[field.annotation], " ".join(bounds)]).strip()


def _constraints(field: FieldInfo) -> list[str]:
    return [f"{name}={value}" for part in field.metadata for name in ("gt", "ge", "lt", "le")
            if (value := getattr(part, name, None)) is not None]  # fmt: skip


def _bound(match: re.Match[str]) -> str:
    signs = {"gt": "above", "ge": "from", "lt": "below", "le": "to"}
    return f"{signs[match[1]]} {match[2]}"


def _default(name: str, field: FieldInfo) -> str:
    if name == "library":
        return "`citewire` in your user data folder"
    return f"`{field.default}`" if field.default != "" else "empty"
