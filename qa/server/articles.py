"""The routes of articles: list, add, read, compare versions, remove."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query

from corpus.diff import changes
from corpus.errors import ArticleNotFound
from corpus.iso import to_iso
from corpus.listing import Listing, decode, encode, page
from corpus.sources import Source
from corpus.stories import copies
from corpus.types import Filters
from corpus.versions import versions
from qa.engine import Citewire
from qa.journal import Journal
from qa.serialize import article_to_json, report_to_json, summary_to_json
from qa.server import bodies, models
from qa.server.idempotency import Replays
from qa.server.roles import Roles

PAGE = 50
MAX_VERSION = 2**31
Json = dict[str, Any]
ArticleId = Annotated[str, Path(examples=["ever-given-1"], description="as lists and citations give it")]
Version = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="the newest by default")]
Cursor = Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,2000}$", description="`next` of the page before")]


def article_routes(engine: Citewire, roles: Roles, journal: Journal) -> APIRouter:
    """Articles. Ids may hold slashes; the routes about versions come first, since they end in words of their own."""
    router = APIRouter(prefix="/v1/articles", tags=["articles"])
    replays = Replays()

    @router.get("", response_model=models.ArticlesOut, dependencies=[roles.reader])
    def list_articles(
        text: Annotated[
            str, Query(max_length=200, description="words of the title or text, the last may be a beginning")
        ] = "",
        publisher: Annotated[list[str] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = PAGE,
        cursor: Cursor = "",
    ) -> Json:
        """List the articles, newest publication first."""
        listing = Listing(text, Filters(publishers=tuple(publisher or ())))
        found = page(engine.library, listing, limit, after=decode(cursor))
        rows = [summary_to_json(row) for row in found.articles]
        return {"articles": rows, "total": found.total, "next": encode(found.after) or None}

    @router.post("", response_model=models.ReportOut)
    def add_articles(
        body: bodies.ArticlesIn,
        who: str = roles.editor,
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    ) -> Json:
        """Add articles; a request sent again with the same `Idempotency-Key` gets the same response and adds nothing."""
        rows = [article.model_dump(exclude_none=True) for article in body.articles]
        data = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode("utf-8", "replace")

        def add() -> Json:
            report = engine.add([Source("request.jsonl", data=data)])
            journal.note_report(who, "rest", "add", report)
            return report_to_json(report)

        return replays.once(idempotency_key, data, add)

    @router.get("/{article_id:path}/versions", response_model=models.VersionsOut, dependencies=[roles.reader])
    def list_versions(article_id: ArticleId) -> Json:
        """Every stored version of an article, oldest first. Citations of earlier ones stay valid."""
        found = versions(engine.library, article_id)
        return {
            "id": article_id,
            "versions": [
                {"version": v.version, "title": v.title, "published": to_iso(v.published), "updated": to_iso(v.updated),
                 "added": to_iso(v.added), "sentences": v.sentences} for v in found
            ],
        }  # fmt: skip

    @router.get("/{article_id:path}/diff", response_model=models.DiffOut, dependencies=[roles.reader])
    def diff(
        article_id: ArticleId,
        version: Version = None,
        since: Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="the one before by default")] = None,
    ) -> Json:
        """What changed between two versions, sentence by sentence; those that stayed are counted."""
        newer = engine.library.article(article_id, version)
        older = since if since is not None else newer.version - 1
        if older < 1:
            raise ArticleNotFound(f"The article {article_id!r} has one version only; there is nothing to compare.")
        before, after = (engine.library.sentences(article_id, v) for v in (older, newer.version))
        found = changes([s.text for s in before], [s.text for s in after])
        return {
            "id": article_id, "version": newer.version, "from": older,
            "same": sum(change.kind == "same" for change in found),
            "changes": [{"kind": c.kind, "old": c.old, "new": c.new} for c in found if c.kind != "same"],
        }  # fmt: skip

    @router.get("/{article_id:path}", response_model=models.ArticleOut, dependencies=[roles.reader])
    def get_article(article_id: ArticleId, version: Version = None) -> Json:
        """One article as it is stored; an earlier version if asked for."""
        article = engine.library.article(article_id, version)
        sentences = engine.library.sentences(article_id, article.version)
        return article_to_json(article, sentences, copies(engine.library, article_id))

    @router.delete("/{article_id:path}", status_code=204)
    def remove_article(article_id: ArticleId, who: str = roles.editor) -> None:
        """Delete an article with all its versions, passages and vectors."""
        engine.remove(article_id)
        journal.note(who, "rest", "remove", [article_id])

    return router
