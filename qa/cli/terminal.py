"""What the commands share: the consoles, common options, the open library, progress bars, Ctrl-C."""

from __future__ import annotations

import getpass
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from corpus.types import Filters
from qa import add_report
from qa.engine import Citewire
from qa.settings import load_settings

# no emoji: `:warning:` in an article stays as it is written
out = Console(soft_wrap=True, highlight=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
_JOINERS = "\u200c\u200d"  # Persian and emoji are spelled with them; they move nothing
# Valid in JSON as they are, but a terminal obeys them (C1, bidi) or cannot take them (lone surrogates).
_UNSAFE_JSON = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

COMMAND = "command"  # the door that the audit log names

LibraryOption = Annotated[
    str | None, typer.Option("--library", metavar="DIR", help="Folder of the library, or its postgresql:// address.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
SinceOption = Annotated[str | None, typer.Option(help="Only articles published on or after this day, YYYY-MM-DD.")]
UntilOption = Annotated[str | None, typer.Option(help="Only articles published on or before this day, YYYY-MM-DD.")]
ThresholdOption = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Confidence below which no answer is given; else as the settings say."),
]
PublisherOption = Annotated[list[str] | None, typer.Option(help="Only this publisher; may be repeated.")]
PrivateOption = Annotated[bool, typer.Option("--allow-private", help="Fetch from private and local addresses, too.")]


@contextmanager
def opened(
    library: str | None, *, create: bool, reader: str | None = None, threshold: float | None = None
) -> Iterator[Citewire]:
    """The library's engine. The default library is made on first use, with the sample articles."""
    settings = load_settings(library=library, reader=reader, threshold=threshold)
    default = library is None and settings.library == load_settings().library
    engine = Citewire.open(settings, create=create or default)
    try:
        if default and not create:
            with progress() as report:
                engine.index_sample(report)
        yield engine
    finally:
        engine.close()


class _Rate(ProgressColumn):
    """Steps a second, in the unit of the task."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} {task.fields['unit']}/s", style="progress.data.speed")


_LABELS = {
    "store": ("Reading", "inputs"), "embed": ("Embedding", "passages"), "reindex": ("Indexing anew", "articles"),
}  # fmt: skip


@contextmanager
def progress() -> Iterator[add_report.OnProgress]:
    """Bars on stderr, one a stage; yields the callback that moves them."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[articles]}"), _Rate(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=err, transient=True) as bar:
        tasks = {}

        def report(step: add_report.Progress) -> None:
            label, unit = _LABELS[step.stage]
            if step.stage not in tasks:
                tasks[step.stage] = bar.add_task(label, total=step.total, unit=unit, articles="")
            articles = f"{step.articles:,} articles" if step.stage == "store" else ""
            bar.update(tasks[step.stage], completed=step.done, total=step.total, articles=articles)

        yield report


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets, so that the work can end in good order; the second one ends it at once."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signal prescribes
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        err.print("Stopping after what is in hand. Press Ctrl-C again to stop at once.")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def user() -> str:
    """Who runs the command, for the audit log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def print_json(data: object) -> None:
    """One JSON document on one line of stdout, without any sign that a terminal would obey."""
    text = json.dumps(data, ensure_ascii=False)
    sys.stdout.write(_UNSAFE_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")
    sys.stdout.flush()


def plain(text: str) -> str:
    """Text for one line of a terminal: no control characters, no markup, no line end that could begin a false message."""
    return escape("".join(map(_harmless, text)))


def plain_lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(map(plain, text.split("\n")))


def _harmless(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    return " " if char.isspace() else ""


def filters(since: str | None, until: str | None, publisher: list[str] | None) -> Filters:
    """Filters from the options that several commands share."""
    for name, day in (("--since", since), ("--until", until)):
        try:
            date.fromisoformat(day or "2000-01-01")
        except ValueError:
            raise typer.BadParameter(f"{day!r} is no day; write it as YYYY-MM-DD.", param_hint=name) from None
    return Filters(since, until, tuple(publisher or ()))
