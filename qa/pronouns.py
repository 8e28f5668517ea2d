"""Pronouns of a question replaced by what they mean: "Did she resign?" as "Did Liz Truss resign?". English only.

Leaves those that mean something the question names itself ("What did Truss say when she resigned?") or nothing at all
("Is it true that ...", "Were there ...").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from corpus.lexical import STOP_WORDS
from qa.mentions import Kind, Mention
from qa.noun_phrases import AUXILIARY, acts, noun_phrases
from qa.referents import Referents

Class = Literal["he", "she", "it", "they", "there", "time", "said"]
"""What a pronoun stands for; `said`: what was said or happened, for which there is no name."""

PRONOUN = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|there|this|that|these|those|then)\b(?!['’-]\w)",
    re.IGNORECASE,
)
_CLASSES: dict[str, Class] = {"he": "he", "him": "he", "his": "he", "she": "she", "her": "she", "hers": "she",
                              "they": "they", "them": "they", "their": "they", "theirs": "they", "its": "it"}  # fmt: skip
_EXPLETIVE = re.compile(
    r"\bit (?:(?:be |been )?(?:true|possible|likely|important|necessary|hard|difficult|easy|common|legal|known|like|"
    r"safe|worth|correct|better|normal|okay|ok|said|believed|thought)\b|(?:take|took|cost|mean|matter)s? (?:.* )?"
    r"(?:to|for|that|when|if)\b|called when\b|rain|snow)|\bit(?:['’]s| is| was) (?:\w+ ){1,3}(?:that|to)\b|"
    r"\b(?:made|makes?|find|found|think|consider) it (?:\w+ ){1,2}to\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:when|while|after|before|because|since|that|if|as|who|which|once|until|so|and|but|to)\b|[,;:]", re.IGNORECASE
)
_TIMES = frozenset("year season time day month".split())  # "that year"; "this year" is the year of asking

_BE_FORMS = frozenset("is are was were".split())

# How well a kind of thing goes with a pronoun. A name of unknown kind may be a person's: a poor "it".
_FIT: dict[Class, dict[Kind, float]] = {
    "it": {Kind.THING: 1.0, Kind.GROUP: 0.9, Kind.NAME: 0.7, Kind.PLACE: 0.6},
    "they": {Kind.GROUP: 1.0, Kind.NAME: 0.6, Kind.PLACE: 0.4, Kind.PERSON: 0.4},
    "there": {Kind.PLACE: 1.0},
    "time": {Kind.TIME: 1.0},
}


def resolve(question: str, own: Sequence[Mention], referents: Referents) -> tuple[str, bool]:
    """The question with its pronouns replaced, and whether one was left that means something. `own`: the names in it."""
    text, at, named, left = "", 0, set[Class](), False
    for match in PRONOUN.finditer(question):
        form = match.group().lower()
        kind = None if _spells_name(match, question) else _class(form, question, match)
        if kind is None or kind in named or _within(form, kind, question, match, own):
            continue
        antecedent = _antecedent(kind, f"{text} {question}", referents)
        if antecedent is None:
            left = True
            continue
        named.add(kind)  # the next pronoun of the class means the same
        before, at_next = question[at : match.start()], match.end()
        if kind == "time":
            before, at_next = _without_preposition(before), _after_time(form, question, match.end())
        text += _agreeing(before, kind, antecedent) + _form(form, kind, antecedent, before, question[match.end() :])
        at = at_next
    return text + question[at:], left


def _spells_name(match: re.Match[str], question: str) -> bool:
    """Whether capitals make it a part of a name: "Her Majesty", "the IT department"."""
    word = match.group()
    return word[0].isupper() and match.start() > 0 and not question.isupper()


def _class(form: str, question: str, match: re.Match[str]) -> Class | None:
    """What a pronoun stands for in its place; None when for nothing."""
    before, after = question[: match.start()].lower().split(), question[match.end() :]
    following = re.match(r"\s*([\w'’-]+)", after)
    last, word = before[-1] if before else "", following.group(1).lower() if following else ""
    if form in _CLASSES:
        return _CLASSES[form]
    if form == "it":
        return None if _EXPLETIVE.search(question) else "it"
    if form == "there":
        existential = last in AUXILIARY | {"isn't", "aren't", "wasn't", "out", "over"} or word in AUXILIARY
        return None if existential else "there"
    if form == "then":
        return "time" if last in ("since", "by", "until", "before") or not word else None
    if form == "that" and word in _TIMES:
        return "time"
    if last in _BE_FORMS and word.endswith("ed"):
        return "said"  # "How was that received?"
    if word and word not in AUXILIARY | STOP_WORDS - {"other", "own", "same"}:
        return None  # "this album": a noun follows, or "that" opens a clause
    opens = (
        form == "that" and word and last not in ("did", "was", "is", "does", "after", "before", "about", "for", "why")
    )
    return None if opens else "said"


def _within(form: str, kind: Class, question: str, match: re.Match[str], own: Sequence[Mention]) -> bool:
    """Whether the pronoun means something that the question names before it."""
    names = [m for m in own if m.end <= match.start()]
    nouns = [m for m in noun_phrases(question) if m.end <= match.start()]
    if kind in ("he", "she"):
        agreeing = [m for m in names if m.may_be_person and m.gender in (None, kind)]
    elif kind in ("they", "it"):
        plural = kind == "they"
        things = (m for m in names if m.kind is not Kind.PERSON or form == "its")
        agreeing = [*things, *(m for m in nouns if m.plural is plural)]
    elif kind == "there":
        agreeing = [m for m in names if m.kind is Kind.PLACE]
    else:
        return False
    if not agreeing:
        return False
    after = question[match.end() :]
    objective = form in ("him", "them") or (form == "it" and not re.match(r"\s*\w", after))
    objective = objective or (form == "her" and not _possessive(form, after))
    # "Did Turkey back them?": the object of a verb is not its subject, unless it stands in a clause of its own
    return not objective or bool(_CLAUSE.search(question[max(m.end for m in agreeing) : match.start()]))


def _antecedent(kind: Class, question: str, referents: Referents) -> Mention | None:
    """The heaviest mention that agrees and that the question does not hold itself."""
    if kind in ("he", "she"):
        return referents.best(lambda m: m.may_be_person and m.gender in (None, kind), question)
    fit = _FIT.get(kind, {})
    if kind == "they":
        return referents.best(lambda m: (1.0 if acts(m) else 0.5) if m.plural else fit.get(m.kind, 0.0), question)
    return referents.best(lambda m: 0.0 if m.plural and m.kind is Kind.THING else fit.get(m.kind, 0.0), question)


# ---- the words put in its place


def _form(form: str, kind: Class, antecedent: Mention, before: str, after: str) -> str:
    name = re.sub(r"^(?:an?|any|some) ", "the ", antecedent.text)
    if kind == "there" or kind == "time":
        return name if re.search(r"\b(?:since|by|until|before|from|to|of) $", before, re.IGNORECASE) else f"in {name}"
    if not _possessive(form, after):
        return name
    return name + ("'" if name.endswith("s") else "'s")


def _possessive(form: str, after: str) -> bool:
    following = re.match(r" ([\w-]+)", after)
    noun = following is not None and following.group(1).lower() not in STOP_WORDS - {"own", "other", "most"}
    return form in ("his", "their", "its", "theirs", "hers") or (form == "her" and noun)


def _agreeing(before: str, kind: Class, antecedent: Mention) -> str:
    """The verb before "they" in the singular when one thing takes its place: "are they", but "is the agency"."""
    if kind != "they" or antecedent.plural:
        return before
    singular = {"are": "is", "were": "was", "have": "has", "do": "does"}
    pattern = re.compile(r"\b(are|were|have|do)(?= $)", re.IGNORECASE)
    return pattern.sub(lambda m: singular[m[1].lower()].capitalize() if m[1][0].isupper() else singular[m[1]], before)


def _without_preposition(before: str) -> str:
    return re.sub(r"\b(?:at|in|on|during) $", "", before, flags=re.IGNORECASE)


def _after_time(form: str, question: str, at: int) -> int:
    """The offset after "that year"."""
    noun = re.compile(r" \w+").match(question, at) if form == "that" else None
    return noun.end() if noun else at
