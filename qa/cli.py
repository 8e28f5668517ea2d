"""The `citewire` command. Parses arguments, shows results; every decision is made elsewhere.

Exit codes: 0 done, 1 some inputs failed (each named), 2 unusable arguments or library. With `--json`, stdout holds
JSON alone; everything else goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from corpus.errors import CorpusError
from corpus.iso import to_iso
from corpus.loaders import sources
from corpus.types import Filters
from embeddings.errors import EmbeddingError
from qa import engine as engines
from qa.batch import QuestionRow, read_rows
from qa.doctor import examine
from qa.engine import AddReport, Citewire
from qa.errors import QAError
from qa.serialize import answer_to_json
from qa.settings import load_settings
from qa.types import Answer, SentenceHit

app = typer.Typer(
    name="citewire", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
    help="Ask a collection of news articles; every sentence of the answer is cited to its source sentence.",
)  # fmt: skip
out, err = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True, highlight=False)

LibraryOption = Annotated[Path | None, typer.Option("--library", help="Folder of the library.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
SinceOption = Annotated[str | None, typer.Option(help="Only articles published on or after this day, YYYY-MM-DD.")]
UntilOption = Annotated[str | None, typer.Option(help="Only articles published on or before this day, YYYY-MM-DD.")]
PublisherOption = Annotated[list[str] | None, typer.Option(help="Only this publisher; may be repeated.")]


class Level(StrEnum):
    """What `search` ranks."""

    article = "article"
    passage = "passage"
    sentence = "sentence"


class Reader(StrEnum):
    """Who writes the answer."""

    extractive = "extractive"


def main() -> None:
    """Run the command line; turn every error of ours into a message and an exit code."""
    try:
        app()
    except (CorpusError, EmbeddingError, QAError) as error:
        err.print(f"[bold red]Error:[/] {escape(str(error))}")
        sys.exit(2)
    except KeyboardInterrupt:
        err.print("Interrupted. What was finished is kept; run the same command again to go on.")
        sys.exit(130)
    except BrokenPipeError:  # `citewire list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


@contextmanager
def _opened(library: Path | None, *, create: bool) -> Iterator[Citewire]:
    settings = load_settings(library=library)
    default = library is None and settings.library == load_settings().library
    opened = Citewire.open(settings, create=create or default)
    try:
        if default and not create:
            with _progress("Indexing the sample articles") as report:
                opened.index_sample(report)
        yield opened
    finally:
        opened.close()


@contextmanager
def _progress(label: str) -> Iterator[Any]:
    """A bar on stderr; yields the callback that moves it."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def report(step: engines.Progress) -> None:
            name = "Reading articles" if step.stage == "store" else "Embedding passages"
            bar.update(task, description=name, completed=step.done, total=step.total)

        yield report


def _print_json(data: object) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _plain(text: str) -> str:
    """Text for a terminal: no control characters, no markup."""
    return escape("".join(char for char in text if char.isprintable() or char == "\n"))


def _filters(since: str | None, until: str | None, publisher: list[str] | None) -> Filters:
    from datetime import date

    for name, day in (("--since", since), ("--until", until)):
        try:
            date.fromisoformat(day or "2000-01-01")
        except ValueError:
            raise typer.BadParameter(f"{day!r} is no day; write it as YYYY-MM-DD.", param_hint=name) from None
    return Filters(since, until, tuple(publisher or ()))


@app.command()
def add(
    inputs: Annotated[list[str], typer.Argument(help="Files or folders: .txt, .md, .html, .jsonl.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add articles to the library. Run it again at any time: what is known and unchanged costs little."""
    cancelled = threading.Event()
    with _opened(library, create=True) as opened, _progress("Reading articles") as report:
        result = opened.add(sources(inputs), on_progress=report, cancelled=cancelled)
    if as_json:
        _print_json(_report_json(result))
    else:
        _show_report(result)
    raise typer.Exit(1 if any(item.status == "failed" for item in result.inputs) else 0)


def _report_json(report: AddReport) -> dict[str, Any]:
    rows = [
        {"source": r.source, "status": r.status, "article_ids": list(r.article_ids)}
        | ({"reason": r.reason} if r.reason else {})
        for r in report.inputs
    ]
    return {"inputs": rows, "totals": report.totals}


def _show_report(report: AddReport) -> None:
    for result in report.inputs:
        if result.status == "failed":
            err.print(f"[red]failed[/] {_plain(result.source)} {_plain(result.reason or '')}")
    out.print(", ".join(f"{count} {status}" for status, count in report.totals.items() if count) or "nothing to add")


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
    batch: Annotated[str | None, typer.Option(help="JSONL of questions, - for stdin; one answer a line.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    reader: Annotated[Reader, typer.Option(help="Who writes the answer.")] = Reader.extractive,
) -> None:
    """Answer a question with cited sentences, or say that the articles don't answer it."""
    filters = _filters(since, until, publisher)
    if (question is None) == (batch is None):
        raise typer.BadParameter("give either a QUESTION or --batch FILE.")
    with _opened(library, create=False) as opened:
        if batch is not None:
            _run_batch(batch, "question", lambda row: answer_to_json(opened.ask(row.text, filters=row.filters), row.id))
            return
        answer = opened.ask(question or "", filters=filters)
    if as_json:
        _print_json(answer_to_json(answer))
    else:
        _show_answer(answer)


def _run_batch(file: str, key: str, run: Any) -> None:
    """One result a line, in order, as each is ready; a bad row gives a line with its error, and exit code 1."""
    failed = 0
    for row in read_rows(file, key):
        if isinstance(row, QuestionRow):
            try:
                _print_json(run(row))
                continue
            except QAError as error:
                message = str(error)
            _print_json({"id": row.id, key: row.text, "error": message})
        else:
            message = row
            _print_json({"error": message})
        err.print(f"[red]failed[/] {_plain(message)}")
        failed += 1
    if failed:
        raise typer.Exit(1)


def _show_answer(answer: Answer) -> None:
    if answer.abstention:
        out.print(_plain(answer.abstention.message))
        if answer.abstention.nearest:
            out.print("\nNearest in the articles:")
    for sentence in answer.sentences:
        if sentence.status != "withheld":
            numbers = "".join(f"[{n}]" for n in sentence.citations)
            out.print(f"{_plain(sentence.text)} {escape(numbers)}")
    if answer.sentences:
        out.print()
    for citation in answer.abstention.nearest if answer.abstention else answer.citations:
        facts = [f"“{citation.title}”", citation.publisher, to_iso(citation.published), citation.url]
        line = ", ".join(fact for fact in facts if fact)
        quote = f"“{citation.quote}” " if answer.abstention else ""
        out.print(f"{escape(f'[{citation.number}]')} {_plain(quote + line)}")
    for note in answer.notes:
        out.print(f"[dim]Note: {_plain(note.text)}[/]")


@app.command()
def search(
    query: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many hits.")] = 10,
    level: Annotated[Level, typer.Option(help="What to rank.")] = Level.sentence,
    batch: Annotated[str | None, typer.Option(help="JSONL of queries, - for stdin; one result a line.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
) -> None:
    """Rank articles, passages or sentences for a query, without answering."""
    filters = _filters(since, until, publisher)
    if (query is None) == (batch is None):
        raise typer.BadParameter("give either a QUERY or --batch FILE.")
    with _opened(library, create=False) as opened:

        def run(row: QuestionRow) -> dict[str, Any]:
            hits = opened.search(row.text, level=level.value, k=k, filters=row.filters)
            return {"id": row.id, "query": row.text, "hits": _hits_json(hits, level)}

        if batch is not None:
            _run_batch(batch, "query", run)
            return
        hits = opened.search(query or "", level=level.value, k=k, filters=filters)
    if as_json:
        _print_json({"query": query, "hits": _hits_json(hits, level)})
    else:
        for i, hit in enumerate(hits, start=1):
            out.print(f"{i:>3} {hit.score:.3f} {_plain(hit.sentence.text)} [dim]{_plain(hit.passage.title)}[/]")


def _hits_json(hits: list[SentenceHit], level: Level) -> list[dict[str, Any]]:
    rows = []
    for rank, hit in enumerate(hits, start=1):
        whole = level is Level.passage
        span, text = (hit.passage.span, hit.passage.text) if whole else (hit.sentence.span, hit.sentence.text)
        rows.append(
            {"rank": rank, "article_id": hit.sentence.article_id, "version": hit.sentence.version, "start": span.start,
             "end": span.end, "text": text, "title": hit.passage.title, "score": round(hit.score, 6)}
        )  # fmt: skip
    return rows


@app.command("list")
def list_articles(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the articles, newest first."""
    with _opened(library, create=False) as opened:
        rows = opened.library.summaries(limit=-1)
    if as_json:
        _print_json(
            [{"id": r.id, "version": r.version, "title": r.title, "publisher": r.publisher, "author": r.author, "url": r.url,
              "published": to_iso(r.published), "added": to_iso(r.added), "sentences": r.sentence_count} for r in rows]
        )  # fmt: skip
        return
    table = Table("id", "published", "publisher", "title", box=None)
    for row in rows:
        table.add_row(
            _plain(row.id), (to_iso(row.published) or "")[:10], _plain(row.publisher or ""), _plain(row.title)
        )
    out.print(table)


@app.command()
def show(
    article_id: Annotated[str, typer.Argument(metavar="ID")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
    version: Annotated[int | None, typer.Option(help="An earlier version.")] = None,
) -> None:
    """Show one article as it is stored."""
    with _opened(library, create=False) as opened:
        article = opened.library.article(article_id, version)
        sentences = opened.library.sentences(article_id, version)
    if as_json:
        _print_json(
            {"id": article.id, "version": article.version, "title": article.title, "publisher": article.publisher,
             "author": article.author, "url": article.url, "published": to_iso(article.published),
             "updated": to_iso(article.updated), "language": article.language, "agencies": list(article.agencies),
             "section": article.section, "source_file": article.source_file, "added": to_iso(article.added),
             "text": article.text,
             "sentences": [{"start": s.span.start, "end": s.span.end, "role": s.role} for s in sentences]}
        )  # fmt: skip
        return
    facts = (article.publisher, article.author, to_iso(article.published), article.url)
    out.print(f"[bold]{_plain(article.title)}[/]\n{_plain(', '.join(f for f in facts if f))}\n\n{_plain(article.text)}")


@app.command()
def remove(article_ids: Annotated[list[str], typer.Argument(metavar="ID...")], library: LibraryOption = None) -> None:
    """Remove articles, with their passages and vectors."""
    failed = 0
    with _opened(library, create=False) as opened:
        for article_id in article_ids:
            try:
                opened.remove(article_id)
                out.print(f"removed {_plain(article_id)}")
            except CorpusError as error:
                err.print(f"[red]failed[/] {_plain(str(error))}")
                failed += 1
    raise typer.Exit(0 if not failed else 2 if failed == len(article_ids) else 1)


@app.command()
def stats(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Count what the library holds."""
    with _opened(library, create=False) as opened:
        counts = opened.library.stats()
    data = {name: getattr(counts, name) for name in counts.__dataclass_fields__}
    if as_json:
        _print_json(data)
    else:
        for name, value in data.items():
            out.print(f"{name.replace('_', ' '):<12} {value}")


@app.command()
def doctor(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Check the installation and the library, and say what to do."""
    settings = load_settings(library=library)
    checks = examine(settings)
    if as_json:
        _print_json([{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks])
    else:
        for check in checks:
            out.print(f"{'[green]ok[/]  ' if check.ok else '[red]bad[/] '} {check.name}: {_plain(check.detail)}")
    raise typer.Exit(0 if all(check.ok for check in checks) else 2)
