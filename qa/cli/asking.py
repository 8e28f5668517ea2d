"""Commands that ask: `ask` and `search`, one at a time or in batches."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from corpus.iso import to_iso
from qa.batch import QuestionRow, read_rows
from qa.cli.terminal import (
    JsonOption,
    LibraryOption,
    PublisherOption,
    SinceOption,
    UntilOption,
    err,
    filters,
    opened,
    out,
    plain,
    print_json,
)
from qa.errors import QAError
from qa.serialize import answer_to_json
from qa.types import Answer, SentenceHit


class Level(StrEnum):
    """What `search` ranks."""

    article = "article"
    passage = "passage"
    sentence = "sentence"


class Reader(StrEnum):
    """Who writes the answer."""

    extractive = "extractive"


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
    chosen = filters(since, until, publisher)
    if (question is None) == (batch is None):
        raise typer.BadParameter("give either a QUESTION or --batch FILE.")
    with opened(library, create=False) as engine:
        if batch is not None:
            _run_batch(batch, "question", lambda row: answer_to_json(engine.ask(row.text, filters=row.filters), row.id))
            return
        answer = engine.ask(question or "", filters=chosen)
    if as_json:
        print_json(answer_to_json(answer))
    else:
        _show_answer(answer)


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
            out.print(f"{plain(sentence.text)} {escape(numbers)}")
    if answer.sentences:
        out.print()
    for citation in answer.abstention.nearest if answer.abstention else answer.citations:
        facts = [f"“{citation.title}”", citation.publisher, to_iso(citation.published), citation.url]
        line = ", ".join(fact for fact in facts if fact)
        quote = f"“{citation.quote}” " if answer.abstention else ""
        out.print(f"{escape(f'[{citation.number}]')} {plain(quote + line)}")
    for note in answer.notes:
        out.print(f"[dim]Note: {plain(note.text)}[/]")


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
            return {"id": row.id, "query": row.text, "hits": _hits_json(hits, level)}

        if batch is not None:
            _run_batch(batch, "query", run)
            return
        hits = engine.search(query or "", level=level.value, k=k, filters=chosen)
    if as_json:
        print_json({"query": query, "hits": _hits_json(hits, level)})
    else:
        for i, hit in enumerate(hits, start=1):
            out.print(f"{i:>3} {hit.score:.3f} {plain(hit.sentence.text)} [dim]{plain(hit.passage.title)}[/]")


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
