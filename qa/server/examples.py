"""Examples of responses, by model, for the OpenAPI description: written by hand, about an article of the sample. Data only."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_ID, _DAY = "ever-given-refloated", "2021-03-29"
_URL = "https://example.org/ever-given"
_QUOTE = "The Ever Given was refloated on Monday after blocking the canal for six days."

_CITATION: Json = {
    "number": 1, "article_id": _ID, "version": 1, "sentence": 0, "start": 0, "end": 77, "quote": _QUOTE,
    "title": "Ever Given refloated", "publisher": "Harbor Courier", "author": None, "published": _DAY, "url": _URL,
    "support": 0.97, "speaker": None, "hedged": False, "dated": [{"start": 33, "end": 39, "day": _DAY}],
}  # fmt: skip
_ANSWER: Json = {
    "question": "How long did the Ever Given block the Suez Canal?",
    "standalone_question": "How long did the Ever Given block the Suez Canal?",
    "answered": True, "reader": "extractive", "confidence": 0.97,
    "sentences": [{"text": _QUOTE, "citations": [1], "support": 0.97, "status": "supported"}],
    "citations": [_CITATION],
    "passages": [{"id": 7, "article_id": _ID, "version": 1, "start": 0, "end": 410, "score": 0.81, "stage": "reranked"}],
    "abstention": None,
    "notes": [{"kind": "single_source", "text": "One article supports this answer.", "citations": [1]}],
    "timings_ms": {"encode": 21.0, "dense": 2.1, "lexical": 6.8, "rerank": 79.4, "read": 22.9, "total": 141.0},
}  # fmt: skip
_SUMMARY: Json = {
    "id": _ID, "version": 1, "title": "Ever Given refloated", "publisher": "Harbor Courier", "author": None,
    "url": _URL, "published": _DAY, "added": "2026-01-05T09:12:44+00:00", "sentences": 18,
}  # fmt: skip
_FEED: Json = {
    "source": "https://example.org/news.rss", "title": "Harbor Courier", "added": "2026-01-05T09:12:44+00:00",
    "checked": "2026-01-05T09:30:00+00:00", "due": "2026-01-05T09:45:00+00:00", "failures": 0, "error": None,
}  # fmt: skip
_TURN: Json = {
    "id": "5d1f0c", "question": _ANSWER["question"], "standalone_question": None, "status": "done",
    "asked_at": "2026-01-05T09:40:12.000001+00:00", "reader": None, "rating": None, "comment": None,
    "filters": {"since": None, "until": None, "publishers": [], "article_ids": []}, "answer": _ANSWER, "error": None,
}  # fmt: skip
_CONVERSATION: Json = {
    "id": "0f8c2b6d5e3a4c7f9b1d2e3f4a5b6c7d", "title": "The Suez Canal",
    "created": "2026-01-05T09:40:00.000001+00:00", "updated": "2026-01-05T09:40:12.000001+00:00",
}  # fmt: skip

EXAMPLES: dict[str, Json] = {
    "AnswerOut": _ANSWER,
    "HitsOut": {
        "query": "refloated",
        "hits": [{"rank": 1, "article_id": _ID, "version": 1, "start": 0, "end": 77, "text": _QUOTE,
                  "title": "Ever Given refloated", "score": 0.9}],
    },
    "ArticlesOut": {"articles": [_SUMMARY], "total": 44, "next": "WyIyMDIxLTAzLTI5Il0"},
    "ArticleOut": {
        "id": _ID, "version": 1, "title": "Ever Given refloated", "publisher": "Harbor Courier", "author": None,
        "url": _URL, "published": _DAY, "updated": None, "language": "en", "agencies": [], "section": None,
        "source_file": None, "added": "2026-01-05T09:12:44+00:00", "text": _QUOTE, "copies": [],
        "sentences": [{"start": 0, "end": 77, "role": "body"}],
    },
    "VersionsOut": {
        "id": _ID,
        "versions": [{"version": 1, "title": "Ever Given refloated", "published": _DAY, "updated": None,
                      "added": "2026-01-05T09:12:44+00:00", "sentences": 18}],
    },
    "DiffOut": {
        "id": _ID, "version": 2, "from": 1, "same": 17,
        "changes": [{"kind": "changed", "old": "It blocked the canal for a week.", "new": _QUOTE}],
    },
    "ReportOut": {
        "inputs": [{"source": "request.jsonl", "status": "added", "article_ids": [_ID]}],
        "totals": {"added": 1, "updated": 0, "unchanged": 0, "duplicate": 0, "failed": 0},
        "skipped": {}, "passages": 3, "interrupted": False,
    },
    "FeedOut": _FEED,
    "FeedsOut": {"feeds": [_FEED], "folders": 0},
    "StoredTurnOut": _TURN,
    "ConversationOut": _CONVERSATION | {"turns": [_TURN]},
    "ConversationsOut": {"conversations": [_CONVERSATION], "next": None},
    "EvalOut": {"sections": {"sentence": {"questions": 1, "mrr@10": 1.0}}},
    "StatsOut": {
        "articles": 44, "versions": 45, "sentences": 812, "passages": 131, "pending": 0, "publishers": 9,
        "earliest": "2019-04-15", "latest": "2024-12-09",
    },
    "HealthOut": {"status": "ok", "detail": ""},
}  # fmt: skip
