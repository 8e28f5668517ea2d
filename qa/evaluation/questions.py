"""What an evaluation asks: questions with the articles, sentences and words that a right answer has.

Reads the file a user writes about a library of their own; the public sets are `qa.evaluation.suites`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import ArticleNotFound
from corpus.library import Library
from corpus.types import Article, Sentence, Span
from qa.errors import QuestionError


@dataclass(frozen=True, slots=True)
class Gold:
    """Where one piece of the answer stands: an article and, if known, a half-open span of its stored text."""

    article_id: str
    span: Span | None = None

    def covers(self, start: int, end: int) -> bool:
        """Whether `[start, end)` is it: at least half of the shorter of the two lies in the other."""
        if self.span is None:
            return False
        shared = min(end, self.span.end) - max(start, self.span.start)
        return shared > 0 and 2 * shared >= min(end - start, self.span.end - self.span.start)

    def holds(self, sentence: Sentence) -> bool:
        """Whether this sentence is it."""
        return sentence.article_id == self.article_id and self.covers(*sentence.span)


@dataclass(frozen=True, slots=True)
class EvalQuestion:
    """One question. `gold` is empty exactly when no article answers it.

    `answers` are acceptable wordings of the answer.
    """

    id: str
    text: str
    gold: tuple[Gold, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return bool(self.gold)


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question with the articles, one sentence each, that people judged: by id, whether each answers it."""

    text: str
    candidates: Mapping[str, bool]


def read_questions(file: Path, library: Library) -> list[EvalQuestion]:
    """The questions of a user's file, resolved against a library.

    One JSON object a line: `question`; the expected `article` (its id, address or title); `sentence` (the text of
    the sentence that answers) or `sentences` (several); `answer` or `answers` (words that an answer must hold);
    `id`. A line with `"answerable": false`, or with none of these expectations, is a question that no article answers.

        {"question": "Who is the mayor?", "article": "Bridge over the Tarn reopens", "answer": "Paula Quist"}

    Raises:
        QuestionError: the file cannot be read, or a line cannot be used; the message names the line.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise QuestionError(f"The questions file {str(file)!r} cannot be read: {error}.") from error
    return parse_questions(data, str(file), library)


def parse_questions(data: bytes, name: str, library: Library) -> list[EvalQuestion]:
    """The same from a file's bytes; `name` is what messages call it."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise QuestionError(f"The questions file {name!r} cannot be read: {error}.") from error
    names = _names(library)
    questions = [
        _question(line, f"Line {number} of {name!r}", str(number), library, names)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not questions:
        raise QuestionError(f"The questions file {name!r} holds no question.")
    return questions


def _question(line: str, where: str, number: str, library: Library, names: dict[str, str]) -> EvalQuestion:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise QuestionError(f"{where} is not JSON: {error}.") from error
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        raise QuestionError(f'{where} has no "question" string.')
    sentences, answers = _texts(row, "sentence", where), _texts(row, "answer", where)
    key, text = str(row.get("id", number)), row["question"]
    if row.get("answerable") is False or not (row.get("article") or sentences or answers):
        return EvalQuestion(key, text)
    wanted = row.get("article")
    if wanted is None:
        articles = [library.article(found.id) for found in library.summaries(limit=-1)]
    else:
        articles = [_article(str(wanted), library, names, where)]
    gold = tuple(place for article in articles for place in _places(article, sentences or answers, library))
    if sentences and not gold:
        raise QuestionError(f"{where}: no article holds the sentence {sentences[0]!r}. Copy it from the article.")
    if not gold and wanted is not None:
        gold = (Gold(articles[0].id),)
    if not gold:
        raise QuestionError(f"{where}: no article holds the answer {answers[0]!r}. Name its article or sentence.")
    return EvalQuestion(key, text, gold, answers)


def _names(library: Library) -> dict[str, str]:
    """Article ids by title and address, in lower case."""
    rows = library.summaries(limit=-1)
    return {name.lower(): row.id for row in reversed(rows) for name in (row.title, row.url) if name}


def _article(wanted: str, library: Library, names: dict[str, str], where: str) -> Article:
    try:
        return library.article(names.get(wanted.lower(), wanted))
    except ArticleNotFound as error:
        raise QuestionError(f"{where}: no article has the id, address or title {wanted!r}.") from error


def _texts(row: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = row.get(key, row.get(f"{key}s", ()))
    values = (value,) if isinstance(value, str) else tuple(value)
    if not all(isinstance(item, str) and item.strip() for item in values):
        raise QuestionError(f'{where}: "{key}" must be a text, "{key}s" a list of texts.')
    return tuple(" ".join(item.split()) for item in values)


def _places(article: Article, texts: tuple[str, ...], library: Library) -> Iterator[Gold]:
    """The sentences of the article that hold one of the texts, or are held by one."""
    lowered = [text.lower() for text in texts]
    for sentence in library.sentences(article.id):
        own = sentence.text.lower()
        if any(text in own or own in text for text in lowered):
            yield Gold(article.id, sentence.span)
