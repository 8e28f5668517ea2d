"""Whether two sentences found are likely to tell of one event, by the names and words around them and their days.

Knows no event: articles that share a place, a word for what happened and a week are taken for the same. No library.
"""

from __future__ import annotations

from datetime import date

from qa.claims import claim
from qa.names import one_people
from qa.stem import stem
from qa.types import SentenceHit

SOON = 21  # days within which two counts in one country are taken for counts of one event
LONG = 60  # days, for counts that share two names
_OF_OFFICE = frozenset(
    "ministry interior police government president minister prime court council state national office department party army "
    "agency news television health foreign officials the a king secretary general union network".split()
)


def one_event(one: SentenceHit, two: SentenceHit, gap: int) -> bool:
    """Whether both tell of one event: names in common, the more the farther apart, and a word for what happened."""
    count = shared(names_around(one), names_around(two))
    return (count >= 2 or gap <= SOON) and count >= 1 and gap <= LONG and bool(_happened(one) & _happened(two))


def _happened(hit: SentenceHit) -> set[str]:
    """Stems of the passage's plain words, but for those of counts and offices."""
    texts = [hit.passage.title, *(sentence.text for sentence in hit.passage.sentences)]
    found = {
        word.stem
        for text in texts
        for word in claim(text).words
        if word.content and not word.name and len(word.key) > 3
    }
    return found - _EVERYWHERE


_EVERYWHERE = frozenset(
    stem(word) for word in
    "people said killed died dead death injured number ministry officials more many also least missing country year years days "
    "week told report reported according toll least number government police city town monday tuesday wednesday thursday friday "
    "saturday sunday house home north south east west rose million thousand hundred".split()
)  # fmt: skip


def names_around(hit: SentenceHit) -> frozenset[str]:
    """Names in a sentence's passage and title, but for words of offices."""
    texts = [hit.passage.title, *(sentence.text for sentence in hit.passage.sentences)]
    return frozenset(
        parsed.words[i].key for parsed in map(claim, texts) for run in parsed.names for i in run
    ) - _OF_OFFICE  # fmt: skip


def shared(one: frozenset[str], two: frozenset[str]) -> int:
    return sum(any(a == b or one_people(a, b) for b in two) for a in one)


def different(one: str | None, two: str | None) -> bool:
    """Whether both speakers are known and have no word of their names in common."""
    left, right = (
        {word.lower().removesuffix("'s") for word in (who or "").split()} - {"the", "of"} for who in (one, two)
    )
    return bool(left and right) and not left & right


def in_words(day: date | None) -> str:
    """`5 March 2024`."""
    return f"{day.day} {day:%B %Y}" if day else "an unknown day"
