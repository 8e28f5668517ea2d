"""Answers as JSON and back, exactly as the command line and the stored conversations hold them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from corpus.iso import from_iso, to_iso
from corpus.types import Passage, Sentence, Span
from qa.types import Abstention, Answer, AnswerSentence, Citation, Hit, Note

Json = dict[str, Any]


def _citation_to_json(citation: Citation) -> Json:
    data: Json = {field.name: getattr(citation, field.name) for field in fields(Citation)}
    return data | {"published": to_iso(citation.published), "support": round(citation.support, 4)}


def _citation_from_json(data: Json) -> Citation:
    return Citation(**data | {"published": from_iso(data["published"])})


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
            | ({"emphasis": list(s.emphasis)} if s.emphasis else {})
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
                Span(*s["emphasis"]) if s.get("emphasis") else None,
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
