"""Answers of yesterday over articles that were updated since: which of the cited articles have a newer version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from corpus.library import Library
from qa.types import Citation
from qa.ui.render import escape


def newest(library: Library, article_ids: Iterable[str]) -> dict[str, int]:
    """The newest version of each of these articles; one that was deleted is left out."""
    with library.read() as db:
        rows = db.execute(
            "SELECT id, version FROM articles WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(article_ids)),),
        ).fetchall()
    return {row["id"]: row["version"] for row in rows}


def updated(citations: Sequence[Citation], latest: Mapping[str, int]) -> list[tuple[Citation, int]]:
    """For each cited article that was updated since: its first citation, and the newest version."""
    found: dict[str, tuple[Citation, int]] = {}
    for citation in citations:
        if latest.get(citation.article_id, 0) > citation.version:
            found.setdefault(citation.article_id, (citation, latest[citation.article_id]))
    return list(found.values())


def address_of(article_id: str, version: int) -> str:
    """The address of a version's text on the Articles page, relative to the app."""
    return f"articles?{urlencode({'article': article_id, 'v': version})}"


def offer(found: Sequence[tuple[Citation, int]]) -> str:
    """What was updated, with links to the newest versions."""
    return "".join(
        f'<p class="cw-note cw-note-version"><b>Updated since</b> <span dir="auto">{escape(one.title or "Untitled")}</span> has a '
        f"newer version; this answer cites version {one.version}. "
        f'<a href="{escape(address_of(one.article_id, version))}" target="_blank" rel="noopener">Read version {version}</a></p>'
        for one, version in found
    )
