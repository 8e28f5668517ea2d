"""Public question sets as articles and questions. Holds no data: every set is read from a folder the user has.

- `xquad`: XQuAD, English (github.com/google-deepmind/xquad, CC BY-SA 4.0); every paragraph is an article, five of one whole.
- `xquad_de`, `xquad_es`: its translations, for an encoder that reads them.
- `qamr`: QAMR's Wikinews half, dev (github.com/uwnlp/qamr, MIT); those questions of at least six words that name two
  things, since most others are vague out of their context.
- `clapnq`: CLAP NQ dev (github.com/primeqa/clapnq, Apache-2.0): passages with the sentences people chose as support.
- `squad2`: 500 questions of SQuAD 2.0 (CC BY-SA 4.0); half of them are unanswerable, written to look answerable.
- `trecqa`: TREC-QA (Wang, Smith and Mitamura, EMNLP 2007; from github.com/brmson/dataset-sts), dev and the judged train:
  newswire sentences judged for a question; every sentence is an article. Those questions that have both kinds.

Lives in `qa` and not in `benchmarks`, so that `citewire eval --data` works where only the package is installed.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.normalize import normalize
from corpus.types import Span
from qa.errors import QuestionError
from qa.evaluation.questions import EvalQuestion, Gold, JudgedQuestion


@dataclass(frozen=True, slots=True)
class SuiteArticle:
    """An article of a set. Its text is one paragraph, so that it is stored as it stands here.

    `whole` names what it is a part of, where the set cut one text into several articles.
    """

    id: str
    title: str
    text: str
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """A set ready to be asked. `leave_out`: also ask every answerable question with its gold articles removed.

    `judged` questions have their own candidates and are ranked, not answered. `sha256` is the digest of the files it was
    read from.
    """

    name: str
    articles: tuple[SuiteArticle, ...]
    questions: tuple[EvalQuestion, ...]
    judged: tuple[JudgedQuestion, ...]
    leave_out: bool
    sha256: str

    def jsonl(self, ids: Collection[str] | None = None) -> bytes:
        """The articles, or those with these ids, as JSONL: the form that `citewire add` takes."""
        kept = [a for a in self.articles if ids is None or a.id in ids]
        rows = ({"id": a.id, "title": a.title, "text": a.text} for a in kept)
        return "\n".join(json.dumps(row) for row in rows).encode()


def load_suite(name: str, data: Path) -> Suite:
    """Read one of `SUITES` or `TRANSLATIONS` from the folder that holds the sets.

    Raises:
        QuestionError: there is no such set, or its files are missing.
    """
    if name not in _KNOWN:
        raise QuestionError(f"There is no suite {name!r}. Known: {', '.join(_KNOWN)}.")
    files, read, leave_out = _KNOWN[name]
    try:
        contents = [_bytes(data / file) for file in files]
    except OSError as error:
        raise QuestionError(
            f"The suite {name!r} cannot be read: {error}. Give the sets' folder with --data."
        ) from error
    articles, questions = read(*contents)
    asked = tuple(question for question in questions if isinstance(question, EvalQuestion))
    judged = tuple(question for question in questions if isinstance(question, JudgedQuestion))
    digest = hashlib.sha256(b"".join(contents)).hexdigest()
    return Suite(name, tuple(articles), asked, judged, leave_out, digest)


def file_names(name: str) -> tuple[str, ...]:
    """The files of a set, below the folder that holds the sets."""
    return _KNOWN[name][0]


def _bytes(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def _rows(content: bytes) -> Iterator[Any]:
    return (json.loads(line) for line in content.decode().splitlines() if line.strip())


def _flat(text: str) -> str:
    return normalize(text).replace("\n", " ")


_Set = tuple[list[SuiteArticle], list[EvalQuestion] | list[JudgedQuestion]]


def _xquad(content: bytes) -> _Set:
    articles, questions = [], []
    for a, article in enumerate(json.loads(content)["data"]):
        for p, paragraph in enumerate(article["paragraphs"]):
            key, text = f"{a}-{p}", _flat(paragraph["context"])
            articles.append(SuiteArticle(key, article.get("title", ""), text, str(a)))
            for row in paragraph["qas"]:
                answers = tuple(dict.fromkeys(answer["text"] for answer in row["answers"]))
                start = len(_flat(paragraph["context"][: row["answers"][0]["answer_start"]] + "|")) - 1
                gold = Gold(key, Span(start, start + 1))  # the sentence of the answer's first character
                questions.append(EvalQuestion(row["id"], row["question"], (gold,), answers))
    return articles, questions


def names_two(question: str) -> bool:
    """Six words or more, two of them capitalized after the first."""
    parts = question.split()
    return len(parts) >= 6 and sum(part[0].isupper() for part in parts[1:]) >= 2


def _qamr(sentences: bytes, questions: bytes) -> _Set:
    documents: dict[str, list[tuple[tuple[int, ...], str, str]]] = {}
    for row in _rows(sentences):
        place = tuple(int(part) for part in row["sentence_id"].split(":")[3:])
        documents.setdefault(row["doc_id"], []).append((place, row["sentence_id"], _flat(row["text"])))
    articles, golds = [], {}
    for key, rows in documents.items():
        text = ""
        for _, sentence_id, sentence in sorted(rows):
            start = len(text) + bool(text)
            text = f"{text} {sentence}" if text else sentence
            golds[sentence_id] = Gold(key, Span(start, len(text)))
        articles.append(SuiteArticle(key, "", text))
    asked = [
        EvalQuestion(row["qid"], row["question"], (golds[row["sentence_id"]],), tuple(dict.fromkeys(row["answers"])))
        for row in _rows(questions)
        if names_two(row["question"])
    ]
    return articles, asked


def _clapnq(answerable: bytes, unanswerable: bytes) -> _Set:
    articles: dict[tuple[str, str], SuiteArticle] = {}
    questions = []
    for row in (*_rows(answerable), *_rows(unanswerable)):
        passage, output = row["passages"][0], row["output"][0]
        text = _flat(" ".join(passage["sentences"]))
        article = articles.setdefault((passage["title"], text), SuiteArticle(row["id"], passage["title"], text))
        gold = []
        for chosen in map(_flat, output["selected_sentences"]):
            if (start := text.find(chosen)) >= 0:
                gold.append(Gold(article.id, Span(start, start + len(chosen))))
        if output["answer"] and not gold:  # one question has an answer without support
            gold = [Gold(article.id)]
        questions.append(EvalQuestion(row["id"], row["input"], tuple(gold), (output["answer"],) if gold else ()))
    return list(articles.values()), questions


def _squad2(queries: bytes, truth: bytes) -> _Set:
    articles: dict[str, SuiteArticle] = {}
    questions, known = [], json.loads(truth)
    for row in json.loads(queries)["queries"]:
        text = _flat(row["context"])
        article = articles.setdefault(text, SuiteArticle(f"context-{len(articles)}", "", text))
        impossible = known[row["id"]]["is_impossible"]
        answers = () if impossible else tuple(dict.fromkeys(known[row["id"]]["answers"]))
        gold = () if impossible else (Gold(article.id),)
        questions.append(EvalQuestion(row["id"], row["question"], gold, answers))
    return list(articles.values()), questions


def _trecqa(*contents: bytes) -> _Set:
    ids: dict[str, str] = {}  # a sentence that was judged for several questions is one article
    candidates: dict[str, dict[str, bool]] = {}
    for content in contents:
        for row in csv.DictReader(io.StringIO(content.decode())):
            article = ids.setdefault(_flat(row["atext"]), str(len(ids)))
            candidates.setdefault(row["qtext"], {})[article] = row["label"] == "1"
    judged = [JudgedQuestion(text, rows) for text, rows in candidates.items() if len(set(rows.values())) == 2]
    kept = {key for question in judged for key in question.candidates}
    return [SuiteArticle(key, "", text) for text, key in ids.items() if key in kept], judged


# Name: its files, how they are read, and whether leaving its gold articles out makes sense.
SUITES: dict[str, tuple[tuple[str, ...], Callable[..., _Set], bool]] = {
    "xquad": (("xquad/xquad.en.json.gz",), _xquad, True),
    "qamr": (("qamr_wikinews/DERIVED_wikinews_sentences.jsonl.gz",
              "qamr_wikinews/DERIVED_wikinews_dev_qa.jsonl.gz"), _qamr, True),
    "clapnq": (("clapnq_dev/clapnq_dev_answerable.jsonl.gz", "clapnq_dev/clapnq_dev_unanswerable.jsonl.gz"),
               _clapnq, True),
    "squad2": (("squad2_500/queries.json.gz", "squad2_500/ground_truth.json"), _squad2, False),
    "trecqa": (("trecqa_wang_news_sentences/dev.csv", "trecqa_wang_news_sentences/train.csv.gz"), _trecqa, False),
}  # fmt: skip
# Measured when named only: they want an encoder that reads their language, and the packaged one does not.
TRANSLATIONS: dict[str, tuple[tuple[str, ...], Callable[..., _Set], bool]] = {
    f"xquad_{language}": ((f"xquad/xquad.{language}.json.gz",), _xquad, False) for language in ("de", "es")
}
_KNOWN = SUITES | TRANSLATIONS
