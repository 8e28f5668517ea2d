"""Answers, articles, hits and reports as JSON, exactly as the command line prints them; answers also back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, astuple, fields
from typing import Any

from corpus.iso import from_iso, to_iso
from corpus.types import Article, ArticleSummary, Passage, Sentence, Span
from qa.add_report import AddReport
from qa.types import Abstention, Answer, AnswerSentence, Check, Citation, Dated, Hit, Level, Note, SentenceHit

Json = dict[str, Any]


def _citation_to_json(citation: Citation) -> Json:
    data: Json = {field.name: getattr(citation, field.name) for field in fields(Citation)}
    return data | {
        "published": to_iso(citation.published), "support": round(citation.support, 4),
        "dated": [asdict(words) for words in citation.dated],
    }  # fmt: skip


def _citation_from_json(data: Json) -> Citation:
    dated = tuple(Dated(**words) for words in data.get("dated", ()))
    return Citation(**data | {"published": from_iso(data["published"]), "dated": dated})


def answer_to_json(answer: Answer, question_id: str | None = None) -> Json:
    """The answer as a JSON object; `id` comes first when the question had one."""
    head: Json = {} if question_id is None else {"id": question_id}
    abstention = answer.abstention
    return head | {
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "answered": answer.answered,
        "reader": answer.reader,
        "confidence": round(answer.confidence, 4),
        "sentences": [
            {"text": s.text, "citations": list(s.citations), "support": round(s.support, 4), "status": s.status}
            | ({"reason": s.reason} if s.reason else {})
            | ({"checks": [list(astuple(check)) for check in s.checks]} if s.checks else {})
            | ({"emphasis": list(s.emphasis)} if s.emphasis else {})
            | ({"day": s.day} if s.day else {})
            for s in answer.sentences
        ],
        "citations": [_citation_to_json(citation) for citation in answer.citations],
        "passages": [
            {
                "id": hit.passage.id, "article_id": hit.passage.article_id, "version": hit.passage.version,
                "start": hit.passage.span.start, "end": hit.passage.span.end,
                "score": round(hit.score, 6), "stage": hit.stage,
            }
            for hit in answer.hits
        ],
        "abstention": None if abstention is None else {
            "reason": abstention.reason, "message": abstention.message,
            "nearest": [_citation_to_json(citation) for citation in abstention.nearest],
        },
        "notes": [{"kind": n.kind, "text": n.text, "citations": list(n.citations)} for n in answer.notes],
        "timings_ms": {stage: round(ms, 1) for stage, ms in answer.timings_ms.items()},
    }  # fmt: skip


def answer_from_json(data: Json) -> Answer:
    """The inverse of `answer_to_json`, but for the passages' sentences, of which only the spans were kept."""
    abstention = data["abstention"]
    return Answer(
        question=data["question"],
        standalone_question=data["standalone_question"],
        reader=data["reader"],
        confidence=data["confidence"],
        sentences=tuple(
            AnswerSentence(
                s["text"],
                tuple(s["citations"]),
                s["support"],
                s["status"],
                s.get("reason"),
                tuple(Check(*check) for check in s.get("checks", ())),
                Span(*s["emphasis"]) if s.get("emphasis") else None,
                s.get("day"),
            )
            for s in data["sentences"]
        ),
        citations=tuple(_citation_from_json(citation) for citation in data["citations"]),
        hits=tuple(_hit_from_json(hit) for hit in data["passages"]),
        abstention=None
        if abstention is None
        else Abstention(
            abstention["reason"],
            abstention["message"],
            tuple(_citation_from_json(citation) for citation in abstention["nearest"]),
        ),
        notes=tuple(Note(n["kind"], n["text"], tuple(n["citations"])) for n in data["notes"]),
        timings_ms=dict(data["timings_ms"]),
    )


def _hit_from_json(data: Json) -> Hit:
    span = Span(data["start"], data["end"])
    sentence = Sentence(data["article_id"], data["version"], 0, span, "body", "")
    return Hit(
        Passage(data["id"], data["article_id"], data["version"], "", (sentence,), 0), data["score"], data["stage"]
    )


def article_to_json(article: Article, sentences: Sequence[Sentence], copies: Sequence[ArticleSummary]) -> Json:
    """One version of an article as it is stored, its sentences, and the ids of its copies."""
    return {
        "id": article.id, "version": article.version, "title": article.title, "publisher": article.publisher,
        "author": article.author, "url": article.url, "published": to_iso(article.published),
        "updated": to_iso(article.updated), "language": article.language, "agencies": list(article.agencies),
        "section": article.section, "source_file": article.source_file, "added": to_iso(article.added),
        "text": article.text, "copies": [other.id for other in copies],
        "sentences": [{"start": s.span.start, "end": s.span.end, "role": s.role} for s in sentences],
    }  # fmt: skip


def summary_to_json(row: ArticleSummary) -> Json:
    """A row of the list of articles."""
    return {
        "id": row.id, "version": row.version, "title": row.title, "publisher": row.publisher, "author": row.author,
        "url": row.url, "published": to_iso(row.published), "added": to_iso(row.added), "sentences": row.sentence_count,
    }  # fmt: skip


def hits_to_json(hits: Sequence[SentenceHit], level: Level) -> list[Json]:
    """Ranked hits; of level "passage" with the passage's span and text, else with the sentence's."""
    rows: list[Json] = []
    for rank, hit in enumerate(hits, start=1):
        whole = level == "passage"
        span, text = (hit.passage.span, hit.passage.text) if whole else (hit.sentence.span, hit.sentence.text)
        rows.append(
            {"rank": rank, "article_id": hit.sentence.article_id, "version": hit.sentence.version, "start": span.start,
             "end": span.end, "text": text, "title": hit.passage.title, "score": round(hit.score, 6)}
        )  # fmt: skip
    return rows


def report_to_json(report: AddReport) -> Json:
    """What became of each input."""
    return {
        "inputs": [
            {"source": result.source, "status": result.status, "article_ids": list(result.article_ids)}
            | ({"reason": result.reason} if result.reason else {})
            for result in report.inputs
        ],
        "totals": report.totals, "skipped": dict(report.skipped), "passages": report.passages,
        "interrupted": report.interrupted,
    }  # fmt: skip
