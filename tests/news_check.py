"""What a row of `golden/news_questions.jsonl` asks of an answer; gives the faults in words, none when it is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from qa.types import Answer


def faults(answer: Answer, row: dict[str, Any]) -> list[str]:
    """Every expectation of the row that the answer does not meet."""
    return [
        *_of_abstention(answer, row),
        *_of_citations(answer, row),
        *_of_sentences(answer, row),
        *_of_notes(answer, row),
    ]


def _of_abstention(answer: Answer, row: dict[str, Any]) -> Iterator[str]:
    if answer.answered == row.get("abstains", False):
        yield "abstains" if answer.abstention else "does not abstain"
    message = answer.abstention.message if answer.abstention else ""
    yield from (f"message lacks {part!r}" for part in row.get("message", ()) if part not in message)


def _of_citations(answer: Answer, row: dict[str, Any]) -> Iterator[str]:
    quotes = [citation.quote for citation in answer.citations]
    if (first := row.get("first")) and not (quotes and quotes[0].startswith(tuple(first))):
        yield f"first is {quotes[:1]}"
    yield from (f"does not cite {part!r}" for part in row.get("cites", ()) if not any(part in q for q in quotes))
    if row.get("hedged") and not (answer.citations and answer.citations[0].hedged):
        yield "is not marked as hedged"
    shown = {number for sentence in answer.sentences for number in sentence.citations}
    for citation in answer.citations:
        allowed = row.get("speakers", [""]) if citation.number in shown else [""]
        if not any(name in (citation.speaker or "") for name in allowed):
            yield f"gives words of {citation.speaker!r}: {citation.quote!r}"
    counts = Counter(" ".join(quote.lower().split()[:6]) for quote in quotes).most_common(1)
    if counts and counts[0][1] > row.get("max_same", len(quotes)):
        yield f"cites the same text {counts}"
    if "publishers" in row and sorted({str(c.publisher) for c in answer.citations}) != row["publishers"]:
        yield f"names {sorted({str(c.publisher) for c in answer.citations})}"


def _of_sentences(answer: Answer, row: dict[str, Any]) -> Iterator[str]:
    texts = [sentence.text for sentence in answer.sentences if sentence.status != "withheld"]
    whole = "\n".join(texts)
    yield from (f"says {part!r}" for part in row.get("lacks", ()) if part in whole)
    if "sentence" in row and not whole.startswith(row["sentence"]):
        yield f"begins {texts[:1]}"
    if "reader" in row and answer.reader != row["reader"] and not row.get("abstains"):
        yield f"is read by {answer.reader}"
    places = [whole.find(part) for part in row.get("order", ())]
    if -1 in places or places != sorted(places):
        yield f"order {places}"
    days = [sentence.day for sentence in answer.sentences]
    if row.get("ordered") and days != sorted(days, key=lambda day: day or "9999"):
        yield f"days {days}"


def _of_notes(answer: Answer, row: dict[str, Any]) -> Iterator[str]:
    for kind, parts in row.get("notes", {}).items():
        notes = [note for note in answer.notes if note.kind == kind]
        if not any(all(part in note.text for part in parts) for note in notes):
            yield f"no {kind} note with {parts}: {[note.text for note in notes]}"
        if any(not note.citations for note in notes):
            yield f"a {kind} note cites nothing"
    for kind in row.get("no_notes", ()):
        yield from (f"false {kind} note: {note.text}" for note in answer.notes if note.kind == kind)
