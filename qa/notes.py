"""Remarks about an answer: how many independent sources it has, and what was corrected in them.

They change no sentence. Each reads the library and the citations alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from corpus.diff import changes
from corpus.library import Library
from corpus.stories import copies, stories_of
from qa.genre import genre
from qa.types import Citation, Note


def source_notes(library: Library, citations: Sequence[Citation]) -> tuple[Note, ...]:
    """One note when all citations go back to one source: one article, or the copies that outlets made of one text."""
    stories = set(stories_of(library, (citation.article_id for citation in citations)).values())
    if len(stories) != 1:
        return ()
    numbers = tuple(citation.number for citation in citations)
    carried = copies(library, citations[0].article_id)
    if not carried:
        return (Note("single_source", "One article supports this answer.", numbers),)
    members = [citations[0].article_id, *(article.id for article in carried)]
    agencies = Counter(agency for key in members for agency in library.article(key).agencies)
    origin = f" ({agencies.most_common(1)[0][0]})" if agencies else ""
    text = f"One source{origin}, carried by {len(members)} articles, supports this answer."
    return (Note("single_source", text, numbers),)


_GENRES = {
    "opinion": "an opinion piece, not a report",
    "analysis": "an analysis, not a report",
    "interview": "an interview",
}


def genre_notes(library: Library, citations: Sequence[Citation]) -> tuple[Note, ...]:
    """A note when no report is among the sources, by what their publishers call them."""
    articles = {(c.article_id, c.version): library.article(c.article_id, c.version) for c in citations}
    kinds = {key: genre(article.title, article.section) for key, article in articles.items()}
    if not kinds or not all(kinds.values()):
        return ()
    named = list(dict.fromkeys(_GENRES[kind] for kind in kinds.values() if kind))
    numbers = tuple(citation.number for citation in citations)
    return (Note("opinion", f"This rests on {' and '.join(named)}.", numbers),)


def correction_notes(library: Library, citations: Sequence[Citation]) -> tuple[Note, ...]:
    """For each cited sentence that read otherwise in the version before: how."""
    notes = []
    for citation in citations:
        if citation.version == 1:
            continue
        before = [sentence.text for sentence in library.sentences(citation.article_id, citation.version - 1)]
        after = [sentence.text for sentence in library.sentences(citation.article_id, citation.version)]
        for change in changes(before, after):
            if change.kind == "changed" and change.new == citation.quote:
                text = f"This sentence was changed in the article: before, it read “{change.old}”"
                notes.append(Note("corrected", text, (citation.number,)))
    return tuple(notes)
