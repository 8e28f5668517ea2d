"""`citewire export` and `citewire import`: articles and conversations as JSONL, and whole libraries as backups."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer

from corpus.backup import Backup, back_up, digest_file, restore
from corpus.conversations import Conversations
from corpus.errors import LibraryUnwritable
from corpus.library import Library
from corpus.whole import export_articles
from qa.cli.terminal import COMMAND, JsonOption, LibraryOption, err, opened, out, plain, print_json, user
from qa.export import to_json
from qa.journal import Journal
from qa.settings import load_settings

ALL = -1


def export(
    library: LibraryOption = None,
    articles: Annotated[str, typer.Option(help="JSONL file for the articles, one a line; - for stdout.")] = "",
    conversations: Annotated[str, typer.Option(help="JSONL file for the conversations; - for stdout.")] = "",
    backup: Annotated[Path | None, typer.Option(help="File for a copy of the whole library, checked.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Export the articles, the conversations, or the whole library, which may be in use meanwhile."""
    if not (articles or conversations or backup):
        raise typer.BadParameter("Say what to export: --articles FILE, --conversations FILE or --backup FILE.")
    if as_json and "-" in (articles, conversations):
        raise typer.BadParameter("--json prints to stdout, too; name a file.")
    done: dict[str, object] = {}
    with opened(library, create=False) as engine:
        if articles:
            done["articles"] = _write(articles, export_articles(engine.library))
        if conversations:
            done["conversations"] = _write(conversations, _conversations(engine.library))
        if backup:
            made = back_up(engine.library, backup)
            done["backup"] = _described(made)
        Journal(engine.library).note(user(), COMMAND, "export", [], what=sorted(done))
    if as_json:
        print_json(done)
        return
    for name, count in done.items():
        if name != "backup":
            err.print(f"{count:,} {name} exported.")
    if backup:
        err.print(f"Backup {plain(str(backup))}, checked; SHA-256 in {plain(digest_file(backup).name)}.")


def import_backup(
    file: Annotated[Path, typer.Argument(help="A backup, as `citewire export --backup` made it.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a library of a backup, after checking it. A library that is there already is never overwritten."""
    folder = load_settings(library=library).library
    if isinstance(folder, str):
        raise typer.BadParameter(
            f"A backup becomes a folder, and {folder!r} is on a server. Restore there with pg_restore."
        )
    made = restore(file, folder)
    restored = Library.open(folder)  # brings its schema up to date
    try:
        Journal(restored).note(user(), COMMAND, "import", [], sha256=made.sha256)
    finally:
        restored.close()
    if as_json:
        print_json(_described(made) | {"library": str(folder)})
    else:
        out.print(f"{made.articles:,} articles and {made.conversations:,} conversations are in {plain(str(folder))}.")


def _conversations(library: Library) -> Iterator[str]:
    """Every conversation with its turns as a line of JSON, in the form of the app's export."""
    kept = Conversations(library)
    for conversation in kept.recent(ALL):
        whole = json.loads(to_json(conversation, kept.turns(conversation.id)))
        yield json.dumps(whole, ensure_ascii=False) + "\n"


def _write(file: str, lines: Iterator[str]) -> int:
    with _sink(file) as stream:
        return sum(1 for line in lines if stream.write(line))


@contextlib.contextmanager
def _sink(file: str) -> Iterator[TextIO]:
    """Standard output, or a file that is there under its name only when it is whole."""
    if file == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    path = Path(file)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            yield stream
        temporary.replace(path)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise LibraryUnwritable(f"{file!r} cannot be written: {error.strerror}. Name another file.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _described(made: Backup) -> dict[str, object]:
    return {
        "file": str(made.file), "sha256": made.sha256, "bytes": made.size, "schema": made.schema,
        "articles": made.articles, "conversations": made.conversations,
    }  # fmt: skip
