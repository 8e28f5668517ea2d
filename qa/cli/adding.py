"""Commands that fill the library: `add`, `sync`, `feeds`, `reindex`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from corpus.iso import to_iso
from corpus.records import FIELDS
from corpus.sources import is_url, sources
from corpus.subscriptions import Subscriptions
from embeddings.model import ModelSpec
from qa.add_report import AddReport
from qa.cli.terminal import (
    COMMAND,
    JsonOption,
    LibraryOption,
    PrivateOption,
    err,
    interruptible,
    opened,
    out,
    plain,
    print_json,
    progress,
    user,
)
from qa.journal import Journal
from qa.serialize import report_to_json
from qa.sync import sync as poll

SHOWN = 20  # failures listed one by one; --json lists all
RayOption = Annotated[
    str | None,
    typer.Option("--ray", metavar="ADDRESS", help="Embed on the Ray cluster at HOST:PORT, or auto for this machine's."),
]
feeds = typer.Typer(help="Manage what `citewire sync` polls: feeds, sitemaps, pages and folders.", no_args_is_help=True)


def add(
    inputs: Annotated[list[str], typer.Argument(
        help="Files (text, HTML, Markdown, PDF, DOCX, mail, MHTML, JSONL, JSON, CSV, Parquet, ZIP, TAR), folders, "
             "patterns, or addresses of pages, feeds and sitemaps.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
    columns: Annotated[str, typer.Option(help="For tables: which column holds what, as text=body,title=headline.")] = "",
    allow_private: PrivateOption = False,
    ray: RayOption = None,
) -> None:  # fmt: skip
    """Add articles to the library. Run it again at any time: what is known and unchanged costs little."""
    mapping = _columns(columns)
    with opened(library, create=True) as engine, interruptible() as cancelled, progress() as report:
        result = engine.add(
            sources(inputs),
            on_progress=report,
            cancelled=cancelled,
            columns=mapping,
            allow_private=allow_private,
            ray=ray,
        )
        Journal(engine.library).note_report(user(), COMMAND, "add", result)
    _finish(result, as_json)


def sync(
    library: LibraryOption = None,
    as_json: JsonOption = False,
    every: Annotated[bool, typer.Option("--all", help="Poll also what is not due yet.")] = False,
    allow_private: PrivateOption = False,
) -> None:
    """Poll what `citewire feeds` lists, and add what is new or changed."""
    with opened(library, create=True) as engine, interruptible() as cancelled, progress() as report:
        result = poll(engine, every=every, on_progress=report, cancelled=cancelled, allow_private=allow_private)
        Journal(engine.library).note_report(user(), COMMAND, "sync", result)
    _finish(result, as_json)


@feeds.command("add")
def add_feeds(
    addresses: Annotated[list[str], typer.Argument(help="Addresses of feeds, sitemaps or pages, or folders.")],
    library: LibraryOption = None,
) -> None:
    """Subscribe. The next `citewire sync` fetches what is there."""
    with opened(library, create=True) as engine:
        for address in map(_address, addresses):
            new = Subscriptions(engine.library).add(address)
            if new:
                Journal(engine.library).note(user(), COMMAND, "subscribe", [address])
            out.print(f"{'subscribed' if new else 'subscribed before'} {plain(address)}")


@feeds.command("list")
def list_feeds(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the subscriptions and how the last poll of each went."""
    with opened(library, create=True) as engine:
        rows = Subscriptions(engine.library).all()
    if as_json:
        print_json(
            [{"source": r.source, "title": r.title, "added": to_iso(r.added), "checked": to_iso(r.checked),
              "due": to_iso(r.due), "failures": r.failures, "error": r.error} for r in rows]
        )  # fmt: skip
        return
    table = Table(Column("source", overflow="fold"), "title", "checked", "due", "state", box=None)
    for row in rows:
        state = f"[red]{plain(row.error)}[/]" if row.error else "ok" if row.checked else "new"
        table.add_row(
            plain(row.source), plain(row.title or ""), to_iso(row.checked) or "", to_iso(row.due) or "", state
        )
    out.print(table if rows else "No subscriptions. Add one: citewire feeds add ADDRESS")


@feeds.command("remove")
def remove_feeds(
    addresses: Annotated[list[str], typer.Argument(help="As `citewire feeds list` shows them.")],
    library: LibraryOption = None,
) -> None:
    """Unsubscribe. Articles that came from there stay."""
    failed = False
    with opened(library, create=True) as engine:
        for address in addresses:
            calendar = Subscriptions(engine.library)
            if calendar.remove(address) or calendar.remove(str(Path(address).expanduser().resolve())):
                Journal(engine.library).note(user(), COMMAND, "unsubscribe", [address])
                out.print(f"unsubscribed {plain(address)}")
            else:
                err.print(f"[red]failed[/] {plain(address)} is not subscribed. See: citewire feeds list")
                failed = True
    raise typer.Exit(2 if failed else 0)


def reindex(
    library: LibraryOption = None,
    model: Annotated[str | None, typer.Option(help="Embedding model to change to; the setting's by default.")] = None,
    query_prefix: Annotated[str, typer.Option(help="What the model wants before a question.")] = "",
    passage_prefix: Annotated[str, typer.Option(help="What the model wants before a passage.")] = "",
    ray: RayOption = None,
) -> None:
    """Index the library anew, with another model if one is named. Questions are answered meanwhile."""
    spec = ModelSpec(model, query_prefix, passage_prefix) if model else None
    with opened(library, create=False) as engine, interruptible() as cancelled, progress() as report:
        done = engine.reindex(spec, on_progress=report, cancelled=cancelled, ray=ray)
        if done:
            Journal(engine.library).note(user(), COMMAND, "reindex", [], model=engine.embedder.fingerprint)
    if not done:
        err.print("Interrupted. The old index is in use; run the same command again to go on.")
        raise typer.Exit(130)
    out.print("The library is indexed anew.")


def _address(given: str) -> str:
    """A URL as it is, a path in full: `sync` may run from anywhere."""
    if is_url(given):
        return given
    path = Path(given).expanduser().resolve()
    if not path.exists():
        raise typer.BadParameter(f"{given!r} is no address (https://...) and does not exist as a folder or file.")
    return str(path)


def _columns(given: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in given.split(",") if pair.strip()]
    mapping = {field.strip(): column.strip() for field, _, column in pairs}
    if unknown := [field for field, column in mapping.items() if field not in FIELDS or not column]:
        raise typer.BadParameter(
            f"{unknown[0]!r} cannot be mapped; write FIELD=COLUMN with a FIELD of: {', '.join(FIELDS)}.",
            param_hint="--columns",
        )
    return mapping


def _finish(report: AddReport, as_json: bool) -> None:
    """Show what became of the inputs, and end with the exit code that says so."""
    if as_json:
        print_json(report_to_json(report))
    else:
        _show_report(report)
    if report.interrupted:
        err.print("Interrupted. What was finished is kept; run the same command again to go on.")
        raise typer.Exit(130)
    raise typer.Exit(1 if report.totals["failed"] else 0)


def _show_report(report: AddReport) -> None:
    failures = [result for result in report.inputs if result.status == "failed"]
    for result in failures[:SHOWN]:
        err.print(f"[red]failed[/] {plain(result.source)} {plain(result.reason or '')}")
    if len(failures) > SHOWN:
        err.print(f"[red]failed[/] and {len(failures) - SHOWN:,} more; --json lists them all")
    table = Table("", "", box=None, show_header=False)
    for status, count in Counter(report.totals).items():
        if count:
            noun = "input" if status == "failed" else "article"
            table.add_row(f"{count:,}", f"{_plural(noun, count)} {status}")
    for reason, count in sorted(report.skipped.items()):
        table.add_row(f"{count:,}", f"{_plural('file', count)} skipped: {plain(reason)}")
    if report.passages:
        table.add_row(f"{report.passages:,}", f"{_plural('passage', report.passages)} embedded")
    out.print(table if table.row_count else "Nothing to add.")


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"
