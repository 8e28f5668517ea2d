"""How often the time in a question and the moments in a sentence are read as a person labeled them, beside two libraries.

    python -m benchmarks.times --data tests/golden

Reads `question_times.jsonl` and `moments.jsonl`, labeled before anything was written that reads
them; every third row is held out: it was not looked at until the end, and its figure is reported apart. Accuracy of a
question: kind, days, and whether it may filter all as labeled (no time found where none is labeled). A moment is found
when its days are the labeled ones and the words overlap by half; `day_right` asks only that the first day named is among
the labeled ones, which is all that `dateparser.search` and `dateutil`'s fuzzy parser can say. Both libraries are given the
day of publication and the preference for the past.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dateparser.search import search_dates
from dateutil import parser as dateutil_parser

from benchmarks.report import write_result
from corpus.moments import moments
from corpus.types import Span
from qa.question_time import question_time

HELD_OUT = 2  # of every three rows the last
REPEATS = 20  # passes over the sentences when timed; the libraries get one

Found = tuple[Span, date, date]


def rows(file: Path) -> list[dict[str, Any]]:
    """The labeled rows of a golden file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def day(value: str | None) -> date | None:
    """A labeled day."""
    return date.fromisoformat(value) if value else None


def question_as_labeled(row: dict[str, Any]) -> dict[str, Any] | None:
    """What is read from a row's question, in the words of the label."""
    asked = question_time(row["question"], date.fromisoformat(row["today"]), day(row["newest"]))
    if asked is None:
        return None
    return {
        "span": asked.span.of(row["question"]),
        "kind": asked.kind.value,
        "since": asked.since.isoformat() if asked.since else None,
        "until": asked.until.isoformat() if asked.until else None,
        "explicit": asked.explicit,
        "anchor": asked.anchor.of(row["question"]) if asked.anchor else None,
    }


def by_citewire(sentence: str, published: date) -> list[Found]:
    """Our own moments."""
    return [(moment.span, moment.start, moment.end) for moment in moments(sentence, published)]


def by_dateparser(sentence: str, published: date) -> list[Found]:
    """`dateparser.search`, with the words found again from left to right."""
    noon = datetime(published.year, published.month, published.day, 12)
    settings = {"RELATIVE_BASE": noon, "PREFER_DATES_FROM": "past", "RETURN_AS_TIMEZONE_AWARE": False}
    found, at = [], 0
    for words, moment in search_dates(sentence, languages=["en"], settings=settings) or ():
        start = max(sentence.find(words, at), 0)
        at = start + len(words)
        found.append((Span(start, at), moment.date(), moment.date()))
    return found


def by_dateutil(sentence: str, published: date) -> list[Found]:
    """`dateutil`'s fuzzy parser: at most one date a sentence, made of the words that it did not skip."""
    base = datetime(published.year, published.month, published.day)
    try:
        moment, skipped = dateutil_parser.parse(sentence, fuzzy_with_tokens=True, default=base)
    except (ValueError, OverflowError):
        return []
    start, end = 0, len(sentence)
    if skipped:
        start = len(skipped[0]) if sentence.startswith(skipped[0]) else 0
        end = len(sentence) - (len(skipped[-1]) if len(skipped) > 1 and sentence.endswith(skipped[-1]) else 0)
    return [(Span(start, max(start + 1, end)), moment.date(), moment.date())]


def overlaps(one: Span, other: Span) -> bool:
    """Whether they share at least half of the shorter."""
    return (min(one.end, other.end) - max(one.start, other.start)) * 2 >= min(
        one.end - one.start, other.end - other.start
    )


def score(labeled: Iterable[dict[str, Any]], read: Callable[[str, date], list[Found]]) -> dict[str, Any]:
    """Counts over sentences: labeled moments, those found with the right first day and range, and what is spurious."""
    total = day_right = exact = found_all = spurious = 0
    for row in labeled:
        found = read(row["sentence"], date.fromisoformat(row["published"]))
        found_all += len(found)
        left = list(found)
        for gold in row["moments"]:
            total += 1
            near = [item for item in left if overlaps(item[0], Span(*gold["span"]))]
            start, end = date.fromisoformat(gold["start"]), date.fromisoformat(gold["end"])
            hit = next((item for item in near if start <= item[1] <= end), None)
            day_right += hit is not None
            exact += any((item[1], item[2]) == (start, end) for item in near)
            if hit or near:
                left.remove(hit or near[0])
        spurious += len(left)
    return {
        "moments": total,
        "found": found_all,
        "day_right": round(day_right / total, 4),
        "range_right": round(exact / total, 4),
        "spurious": spurious,
    }


def milliseconds(read: Callable[[], object], count: int) -> float:
    """Of the processor, per item."""
    begin = time.process_time()
    read()
    return round((time.process_time() - begin) * 1000 / count, 4)


def main() -> None:
    """Measure and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    files = [folder / "question_times.jsonl", folder / "moments.jsonl"]
    warnings.filterwarnings("ignore", module="dateparser|dateutil")
    questions, sentences = rows(files[0]), rows(files[1])
    values: dict[str, Any] = {"questions": {}, "moments": {}}
    for part, keep in (("tuned_on", (0, 1)), ("held_out", (HELD_OUT,))):
        asked = [row for number, row in enumerate(questions) if number % 3 in keep]
        right = [question_as_labeled(row) == row["expected"] for row in asked]
        none = [ok for row, ok in zip(asked, right, strict=True) if row["expected"] is None]
        values["questions"][part] = {
            "questions": len(asked),
            "right": sum(right),
            "without_time": len(none),
            "without_time_right": sum(none),
        }
        told = [row for number, row in enumerate(sentences) if number % 3 in keep]
        values["moments"][part] = {
            "citewire": score(told, by_citewire),
            "dateparser": score(told, by_dateparser),
            "dateutil": score(told, by_dateutil),
        }
    pairs = [(row["sentence"], date.fromisoformat(row["published"])) for row in sentences]
    values["milliseconds_a_sentence"] = {
        "citewire": milliseconds(
            lambda: [by_citewire(*pair) for _ in range(REPEATS) for pair in pairs], len(pairs) * REPEATS
        ),
        "dateparser": milliseconds(lambda: [by_dateparser(*pair) for pair in pairs], len(pairs)),
        "dateutil": milliseconds(lambda: [by_dateutil(*pair) for pair in pairs], len(pairs)),
    }
    values["milliseconds_a_question"] = milliseconds(
        lambda: [question_as_labeled(row) for _ in range(REPEATS) for row in questions], len(questions) * REPEATS
    )
    write_result("times", values, files)


if __name__ == "__main__":
    main()
