"""What the turns of a conversation speak of, weighed: whom "he", "it" or "there" may mean, and what the topic is.

A mention weighs more in a question than in a sentence shown, and the more often and the later it is made. Replaces
nothing: that is `qa.contextualize`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.lexical import STOP_WORDS, words
from qa.mentions import Gender, Kind, Mention, names
from qa.noun_phrases import noun_phrases
from qa.stem import stem
from qa.types import Turn

FADE = 0.7  # weight of a turn against the one after it: what was asked two turns ago still outweighs a mere mention
FADE_THING = 0.5  # the same for things, places and times: "it" and "there" are mostly what was spoken of last
# Weights of a mention: in a question, more in the first one, in a title, in a sentence shown.
ASKED, OPENED, TITLED, SHOWN = 3.0, 2.0, 1.5, 1.0
FIRST = 1.5  # more for what a question names first: its subject, mostly
WITHIN = 0.6  # share of that for what stands within another phrase: "Notre-Dame" in "the spire of Notre-Dame"
RAISED = 1.0  # more for what the last question is the first to speak of: it is what comes next
ANSWERS_WHO = 4.0  # more for the person named in answer to "Who ...?": "he" is that one, not whom the question named
OTHER_TOPIC = 0.05  # what turns of an older topic weigh: they count only where the present one has nothing that agrees


@dataclass(frozen=True, slots=True)
class Referents:
    """The mentions of a conversation with their weights, heaviest first; sentences and titles of its present topic, newest first.

    `vocabulary`: the stems of the content words of that topic.
    """

    previous: Turn
    weighed: tuple[tuple[Mention, float], ...]
    shown: tuple[str, ...]
    vocabulary: frozenset[str]

    @classmethod
    def of(cls, history: Sequence[Turn]) -> Referents:
        """What `history`, oldest turn first and not empty, speaks of."""
        start = topic_start(history)
        known = frozenset(w for turn in history for title in turn.titles for m in names(title) for w in m.words)
        weights: dict[str, float] = {}
        mentions: dict[str, Mention] = {}
        for i, turn in enumerate(history):
            age, topical = len(history) - 1 - i, 1 if i >= start else OTHER_TOPIC
            for mention, weight in _made(turn, known, opens=i == start):
                key = _key(mention, mentions)
                if key not in weights and i == len(history) - 1 and i > start and weight >= ASKED * WITHIN:
                    weight += RAISED
                fade = FADE if mention.kind in (Kind.PERSON, Kind.GROUP, Kind.NAME) else FADE_THING
                weights[key] = weights.get(key, 0) + weight * topical * fade**age
                mentions[key] = _merged(mentions.get(key), mention)
        called = _called(history)
        order = sorted(mentions, key=lambda key: (-weights[key], key))
        weighed = tuple((_as_called(mentions[key], called), weights[key]) for key in order)
        present = history[start:]
        shown = tuple(text for turn in reversed(present) for text in (*turn.sentences, *turn.titles))
        vocabulary = stems(" ".join(text for turn in present for text in _texts(turn)))
        return cls(history[-1], weighed, shown, frozenset(vocabulary))

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """All mentions, the heaviest first."""
        return tuple(mention for mention, _ in self.weighed)

    def best(self, fit: Callable[[Mention], float], besides: str = "") -> Mention | None:
        """The mention with the largest weight times fit; none that does not fit, nor one that the text `besides` holds."""
        held = besides.lower()
        fitting = [(weight * fit(m), m) for m, weight in self.weighed if fit(m) and m.text.lower() not in held]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    @property
    def topic(self) -> Mention | None:
        """The heaviest name or thing that holds one ("the Bronze Age collapse"), else the heaviest thing."""
        return self.best(_named) or self.best(lambda m: m.kind is Kind.THING)


def _named(mention: Mention) -> bool:
    whole = " of " not in mention.text and any(char.isupper() for char in mention.text)
    return whole if mention.kind is Kind.THING else mention.kind is not Kind.TIME


def stems(text: str) -> set[str]:
    """The stems of the content words of a text."""
    return {stem(word) for word in words(text) if word not in STOP_WORDS}


def _texts(turn: Turn) -> tuple[str, ...]:
    return (turn.standalone_question, *turn.sentences, *turn.titles)


def topic_start(history: Sequence[Turn]) -> int:
    """Where the present topic begins: the last question that stood alone when asked and shares no name with earlier turns.

    One without a name must share no content word at all.
    """
    seen: set[str] = set()
    start = 0
    for i, turn in enumerate(history):
        named = {stem(word) for mention in names(turn.question) for word in mention.words}
        if i and turn.standalone_question == turn.question and not (named or stems(turn.question)) & seen:
            start = i
        seen |= stems(" ".join(_texts(turn)))
    return start


# ---- the mentions of a turn


def _made(turn: Turn, known: frozenset[str], *, opens: bool) -> Iterator[tuple[Mention, float]]:
    """The mentions of a turn, each with its weight."""
    asked = asked_of(turn.standalone_question, known)
    for mention in asked:
        inner = any(o.start < mention.start and mention.end <= o.end for o in asked if o.kind is Kind.THING)
        first = mention.start == min(m.start for m in asked if m.kind is not Kind.TIME or m is mention)
        yield mention, (ASKED + OPENED * opens + FIRST * first) * (WITHIN if inner else 1)
    for title in turn.titles:
        for mention in _titled(title):
            yield mention, TITLED
    who = bool(re.match(r"who(?:m|'s|’s)?\b", turn.standalone_question, re.IGNORECASE))
    for sentence in turn.sentences:
        for mention in names(sentence, known):
            new = mention.may_be_person and not any(mention.words & a.words for a in asked)
            yield mention, SHOWN + ANSWERS_WHO * (who and new)
            who = who and not new


def asked_of(question: str, known: frozenset[str] = frozenset()) -> list[Mention]:
    """Names, times and noun phrases of a question; no name that only qualifies a noun ("the Webb telescope")."""
    things = noun_phrases(question)
    named = [m for m in names(question, known) if m.kind is Kind.TIME or not any(_qualifies(m, t) for t in things)]
    return [*named, *things]


def _qualifies(name: Mention, thing: Mention) -> bool:
    if not thing.start <= name.start or not name.end < thing.end:
        return False
    before, after = thing.text[: name.start - thing.start], thing.text[name.end - thing.start :]
    return bool(re.match(r" [a-z]", after)) and not re.search(r"\b(?:of|in|at|on|for|from|by|with) (?:the )?$", before)


def _titled(title: str) -> list[Mention]:
    """What a title is about: itself when it is a name ("The Birth of a Nation"), else the names in it.

    A headline in title case spells every word like a name and tells nothing.
    """
    bare = re.sub(r" \([^)]*\)$", "", title.strip())
    parts = bare.split()
    small = STOP_WORDS | {"de", "la", "von", "van"}
    if len(parts) <= 6 and all(not p[0].isalpha() or p[0].isupper() or p.lower() in small for p in parts):
        found = names(bare)
        return found if [m.text for m in found] == [bare] else [Mention(bare, Kind.NAME, 0)]
    if sum(p[0].isupper() for p in parts) > 0.7 * len(parts):
        return []
    return [m for m in names(bare) if m.kind is not Kind.TIME]


# ---- one mention for all that is said of a thing


def _key(mention: Mention, known: dict[str, Mention]) -> str:
    """The key of an earlier mention of the same thing: "Zappa" is "Frank Zappa"."""
    if mention.kind is Kind.TIME or not mention.words:
        return mention.text
    for key, other in known.items():
        if other.kind is not Kind.TIME and (mention.kind is Kind.THING) == (other.kind is Kind.THING):
            named = mention.kind is not Kind.THING
            if mention.words == other.words or (named and (_shortens(mention, other) or _shortens(other, mention))):
                return key
    return mention.text


def _shortens(short: Mention, full: Mention) -> bool:
    """Whether one is the other's last name, or its first."""
    a, b = words(short.text), words(full.text)
    first = len(a) == 1 and len(a[0]) > 2 and len(b) <= 3 and a == b[:1] and full.may_be_person
    return bool(a) and len(a) < len(b) and (a == b[-len(a) :] or first)


def _merged(old: Mention | None, new: Mention) -> Mention:
    if old is None:
        return new
    longer, other = (new, old) if len(new.text) > len(old.text) else (old, new)
    kind = other.kind if longer.kind is Kind.NAME else longer.kind
    return replace(longer, kind=kind, gender=longer.gender or other.gender)


def _called(history: Sequence[Turn]) -> dict[str, Gender]:
    """Names that earlier follow-ups called "he" or "she"."""
    found: dict[str, Gender] = {}
    for turn in history:
        said = set(words(turn.question))
        gender: Gender | None = (
            "he" if said & {"he", "him", "his"} else "she" if said & {"she", "her", "hers"} else None
        )
        own = {m.text for m in names(turn.question)}
        new = [m for m in names(turn.standalone_question) if m.text not in own and m.kind is not Kind.TIME]
        if gender and len(new) == 1:
            found[new[0].text] = gender
    return found


def _as_called(mention: Mention, called: dict[str, Gender]) -> Mention:
    gender = called.get(mention.text)
    if gender is None or mention.kind is Kind.THING:
        return mention
    return replace(mention, kind=Kind.PERSON, gender=gender)
