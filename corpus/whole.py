"""The library as a whole: every article written out, or everything erased."""

from __future__ import annotations

import json
from collections.abc import Iterator

from corpus.insight import article_ids
from corpus.iso import to_iso
from corpus.library import Library
from corpus.tags import tags_of


def export_articles(library: Library) -> Iterator[str]:
    """The newest version of every article as a line of JSON, which `citewire add` takes back with the same id and text.

    Kinds of blocks are not written: a caption or a quote comes back as a paragraph. Nor are earlier versions.
    """
    for article_id in article_ids(library):
        article = library.article(article_id)
        row = {
            "id": article.id, "title": article.title, "text": article.text, "url": article.url,
            "publisher": article.publisher, "author": article.author, "published": to_iso(article.published),
            "updated": to_iso(article.updated), "language": article.language,
            "tags": list(tags_of(library, article.id)[article.id]),
        }  # fmt: skip
        yield json.dumps({key: value for key, value in row.items() if value}, ensure_ascii=False) + "\n"


def erase(library: Library) -> None:
    """Delete every article, conversation and subscription, and free their room in the file, so that none can be read.

    What the library knows of itself stays: its model, and that it had its sample.
    """
    with library.write() as db:
        db.execute("INSERT INTO passages_fts (passages_fts) VALUES ('delete-all')")
        for table in ("articles", "conversations", "subscriptions"):
            db.execute(f"DELETE FROM {table}")
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'vector_generation'")
    library.compact()
