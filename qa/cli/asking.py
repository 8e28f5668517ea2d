"""Commands that ask: `ask` and `search`, one at a time or in batches."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from qa.batch import QuestionRow, read_rows
from qa.cli.terminal import (
    JsonOption,
    LibraryOption,
    PublisherOption,
    SinceOption,
    ThresholdOption,
    UntilOption,
    err,
    filters,
    opened,
    out,
    plain,
    print_json,
)
from qa.engine import Citewire
from qa.errors import QAError, QuestionError
from qa.serialize import answer_to_json, hits_to_json
from qa.types import POINTING, Answer


class Level(StrEnum):
    """What `search` ranks."""

    article = "article"
    passage = "passage"
    sentence = "sentence"


class Reader(StrEnum):
    """Who writes the answer."""

    extractive = "extractive"
    llm = "llm"


def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
    batch: Annotated[str | None, typer.Option(help="JSONL of questions, - for stdin; one answer a line.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
    reader: Annotated[
        Reader | None, typer.Option(help="Who writes the answer: the articles, or a model; else as the settings say.")
    ] = None,
    threshold: ThresholdOption = None,
    audit: Annotated[Path | None, typer.Option(help="Also write a page that shows how the answer came about.")] = None,
) -> None:
    """Answer a question with cited sentences, or say that the articles don't answer it."""
    chosen = filters(since, until, publisher)
    if (question is None) == (batch is None):
        raise typer.BadParameter("give either a QUESTION or --batch FILE.")
    if audit and batch is not None:
        raise typer.BadParameter("--audit is for one QUESTION.")
    with opened(library, create=False, reader=reader, threshold=threshold) as engine:
        if batch is not None:
            _run_batch(batch, "question", lambda row: _answer_row(engine, row))
            return
        answer = engine.ask(question or "", filters=chosen)
        if audit:
            _write_audit(audit, answer, engine)
    if as_json:
        print_json(answer_to_json(answer))
    else:
        _show_answer(answer)


def timeline(
    topic: Annotated[str, typer.Argument(help='What about: "Notre-Dame", "Syria since the earthquake".')],
    library: LibraryOption = None,
    as_json: JsonOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    publisher: PublisherOption = None,
) -> None:
    """Tell what happened, in order: dated sentences, each cited, the same event once."""
    chosen = filters(since, until, publisher)
    with opened(library, create=False) as engine:
        answer = engine.timeline(topic, filters=chosen)
    if answer is None:
        raise QuestionError(f"No article tells of {topic!r}.")
    if as_json:
        print_json(answer_to_json(answer))
    else:
        _show_answer(answer)


def _answer_row(engine: Citewire, row: QuestionRow) -> dict[str, Any]:
    return answer_to_json(engine.ask(row.text, filters=row.filters, history=row.history), row.id)


def _write_audit(file: Path, answer: Answer, engine: Citewire) -> None:
    from qa.audit import audit_page  # a template engine that no other command needs

    try:
        file.write_text(audit_page(answer, engine.facts()), encoding="utf-8")
    except OSError as error:
        raise QAError(f"The audit page cannot be written to {str(file)!r}: {error.strerror}.") from error
    err.print(f"Audit page: {plain(str(file))}")


def _run_batch(file: str, key: str, run: Any) -> None:
    """One result a line, in order, as each is ready; a bad row gives a line with its error, and exit code 1."""
    failed = 0
    for row in read_rows(file, key):
        if isinstance(row, QuestionRow):
            try:
                print_json(run(row))
                continue
            except QAError as error:
                message = str(error)
            print_json({"id": row.id, key: row.text, "error": message})
        else:
            message = row
            print_json({"error": message})
        err.print(f"[red]failed[/] {plain(message)}")
        failed += 1
    if failed:
        raise typer.Exit(1)


def _show_answer(answer: Answer) -> None:
    if answer.abstention:
        out.print(plain(answer.abstention.message))
        if answer.abstention.nearest:
            out.print("\nNearest in the articles:")
    for sentence in answer.sentences:
        if sentence.status != "withheld":
            numbers = "".join(f"[{n}]" for n in sentence.citations)
            day = f"{sentence.day:<10}  " if sentence.day else ""
            out.print(f"{day}{plain(sentence.text)} {escape(numbers)}")
    if answer.sentences:
        out.print()
    for citation in answer.abstention.nearest if answer.abstention else answer.citations:
        quote = f"“{citation.quote}” " if answer.abstention else ""
        out.print(f"{escape(f'[{citation.number}]')} {plain(quote + citation.source)}")
    for note in answer.notes:
        numbers = "".join(f"[{n}]" for n in note.citations) if note.kind in POINTING else ""
        out.print(f"[dim]Note: {plain(note.text)} {escape(numbers)}".rstrip() + "[/]")


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
    chosen = filters(since, until, publisher)
    if (query is None) == (batch is None):
        raise typer.BadParameter("give either a QUERY or --batch FILE.")
    with opened(library, create=False) as engine:

        def run(row: QuestionRow) -> dict[str, Any]:
            hits = engine.search(row.text, level=level.value, k=k, filters=row.filters)
            return {"id": row.id, "query": row.text, "hits": hits_to_json(hits, level.value)}

        if batch is not None:
            _run_batch(batch, "query", run)
            return
        hits = engine.search(query or "", level=level.value, k=k, filters=chosen)
    if as_json:
        print_json({"query": query, "hits": hits_to_json(hits, level.value)})
    else:
        for i, hit in enumerate(hits, start=1):
            out.print(f"{i:>3} {hit.score:.3f} {plain(hit.sentence.text)} [dim]{plain(hit.passage.title)}[/]")
