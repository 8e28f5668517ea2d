"""The page of the command line, from the commands themselves: docs/reference/cli.md."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer.main

from docs_build.cells import WRITTEN, table
from qa.cli import app

INTRODUCTION = """
Every command, argument and option, as `citewire COMMAND --help` names them. For an overview see
[Commands at a glance](../commands.md).

`--library` is a folder; without it, the [setting](settings.md) `library` is used. With `--json`, standard output holds
JSON alone, and everything else goes to standard error. Exit codes: 0 done, 1 some inputs failed (each is named), 2
unusable arguments or library, 130 interrupted.
"""
KINDS = {Path: "PATH", str: "TEXT", int: "NUMBER", float: "NUMBER"}


def page() -> str:
    """The page in Markdown."""
    lines = [WRITTEN, "", "# Command line", INTRODUCTION]
    for name, command in sorted(_commands("citewire", typer.main.get_command(app))):
        lines += [f"## {name}", "", _unwrapped(command.help), "", f"    {_usage(name, command)}", ""]
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
        rows = [[f"`{_metavar(p)}`", p.help or ""] for p in arguments]
        lines += table(["argument", "meaning"], rows)
        lines += table(["option", "meaning", "default"], [[_option(p), p.help or "", _default(p)] for p in options])
    return "\n".join(lines).rstrip("\n") + "\n"


def _commands(name: str, group: Any) -> Iterator[tuple[str, Any]]:
    """Each command with its full name, those of sub-groups included."""
    for part, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(f"{name} {part}", command)
        elif not command.hidden:
            yield f"{name} {part}", command


def _unwrapped(text: str | None) -> str:
    """Paragraphs whose lines are joined."""
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _usage(name: str, command: Any) -> str:
    words = [_metavar(p) if p.required else f"[{_metavar(p)}]"
             for p in command.params if p.param_type_name == "argument"]  # fmt: skip
    return " ".join([name, *words, "[OPTIONS]"])


def _metavar(parameter: Any) -> str:
    text = parameter.metavar or parameter.name.upper()
    return f"{text}..." if parameter.nargs == -1 and not text.endswith("...") else str(text)


def _option(parameter: Any) -> str:
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    return f"`{names}`" if parameter.is_flag else f"`{names} {parameter.metavar or _kind(parameter)}`"


def _kind(parameter: Any) -> str:
    """What an option takes: its choices, or a word for its type."""
    annotation = parameter.type_descriptor.annotation
    while arguments := [a for a in typing.get_args(annotation) if a is not types.NoneType]:
        annotation = arguments[0]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "|".join(str(member.value) for member in annotation)
    return KINDS.get(annotation, "VALUE")


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.is_flag or value is None or value == "" or callable(value):
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"
