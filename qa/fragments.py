"""Follow-ups that are no full question, completed from the last one: "What about Turkey?", "Why?", "Anything else?".

Each function returns the completed question, or None when the question is no such fragment. English only.
"""

from __future__ import annotations

import re

from corpus.lexical import words
from qa.mentions import TIME, Kind, Mention, names
from qa.noun_phrases import AUXILIARY, noun_phrases
from qa.pronouns import PRONOUN
from qa.referents import Referents

LEAD = re.compile(r"(?:and|but|so|or|then|ok|okay)\b,? (?=\w)", re.IGNORECASE)
_ABOUT = re.compile(r"(?:what|how) about (.+?)\s*[?.]*", re.IGNORECASE)
_ASKS = AUXILIARY | {"who", "what", "when", "where", "why", "how", "which", "whose", "else", "anything"}
_PREPOSITION = re.compile(
    r"(?:in|on|at|of|for|from|to|by|with|against|after|before|during|since|until) ", re.IGNORECASE
)
_SIDE = re.compile(r"\b(?:north|south|east|west|central)\w*[ -]$", re.IGNORECASE)
_BARE = re.compile(
    r"(?P<wh>why|when|where|how|who|how many|how much|how long|how often|since when|how come|what year|in what year)"
    r"(?P<not> not)?(?: (?:was|is|were|are) (?:that|this|there)(?: so| the case)?| did (?:that|this|it) (?:happen|take place))?",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:(?P<wh>who|where|how|when|which|what) else|any(?:thing|body|one) (?:else|more)|any others?|what other)"
    r"(?: (?:to know|about (?:it|that|this)|happened|happens|important|interesting))?[?.!]*|(?:(?:can|could) you |please )?"
    r"(?:tell me|say|give me) (?:some )?(?:more|anything else)(?: about (?:it|that|this))?[?.!]*",
    re.IGNORECASE,
)
_ADVERB = re.compile(
    r"(?:why|when|where|how(?: (?:long|often|far|old|soon))?|(?:in |on )?(?:what|which) (?:year|month|day|date|time)) ",
    re.IGNORECASE,
)
HEADLINE = 5  # words: a shorter title is a name, not what happened


def changed_detail(question: str, referents: Referents) -> str | None:
    """The last question with another name, time or place in it: "What about Turkey?", "And in 2020?"."""
    lead = LEAD.match(question)
    body = question[lead.end() :] if lead else question
    about = _ABOUT.fullmatch(body)
    detail = about.group(1) if about else body.rstrip(" ?.!")
    spoken = set(words(detail))
    if PRONOUN.search(detail) or spoken & _ASKS:
        return None
    preposition = _PREPOSITION.match(detail)
    if not about and (len(detail.split()) > 5 or not (lead or (preposition and names(f"x {detail}")))):
        return None
    previous = _previous(referents)
    bare = detail[preposition.end() :] if preposition else detail
    found = names(f"x {bare}")
    if place := _same_kind(bare, found[0] if found else None, previous):
        before = previous[: place[0]]
        kept = re.sub(r"^the ", "", bare, flags=re.IGNORECASE) if before.lower().endswith("the ") else bare
        return f"{before}{kept}{previous[place[1] :]}?"
    if preposition or TIME.fullmatch(bare):
        return f"{previous} {detail if preposition else f'in {bare}'}?"
    return f"{previous} ({bare})?"


def _previous(referents: Referents) -> str:
    """The last question without its mark; of "Why (Who backs Assad)?" what is in parentheses."""
    previous = referents.previous.standalone_question.rstrip(" ?.!")
    inner = re.fullmatch(r"[\w ]{2,20} \(((?:who|what|which|how|when|where|why) .+)\)", previous, re.IGNORECASE)
    return f"{inner[1][0].upper()}{inner[1][1:]}" if inner else previous


def _same_kind(detail: str, mention: Mention | None, previous: str) -> tuple[int, int] | None:
    """Where in the last question a thing of the same kind stands."""
    held = names(previous)
    if mention is None:
        things = noun_phrases(previous)
        alone = things and all(m.kind is Kind.TIME for m in held)
        return (things[-1].start, things[-1].end) if alone else None
    if mention.text.removeprefix("the ") != re.sub(r"^the ", "", detail, flags=re.IGNORECASE):
        return None
    same = [m for m in held if m.kind is mention.kind]
    if not same and mention.kind is not Kind.TIME:
        vague = {Kind.NAME, Kind.GROUP, Kind.PERSON}
        same = [m for m in held if m.kind is Kind.NAME or (mention.kind in vague and m.kind in vague)]
    if not same:
        return None
    start = same[-1].start
    side = _SIDE.search(previous[:start])  # "northwestern Syria" as a whole gives way to "Turkey"
    return side.start() if side else start, same[-1].end


def bare_question(question: str, referents: Referents) -> str | None:
    """A question word alone, asked of what the last question was about: "Why?", "When was that?", "How many?"."""
    said = LEAD.sub("", question, count=1).rstrip(" ?.!")
    match = _BARE.fullmatch(said)
    if match is None:
        return None
    wh = match["wh"].capitalize()
    previous = _previous(referents)
    if wh in ("How many", "How much"):
        return _how_many(wh, previous, referents)
    proposition = _ADVERB.sub("", previous, count=1) if _ADVERB.match(previous) else previous
    counted = re.match(r"how (?:many|much) (\w+) (\w+) ", previous, re.IGNORECASE)
    if counted and counted[2].lower() in AUXILIARY:  # "How many ships were waiting" is about ships that were waiting
        proposition = f"{counted[2]} {counted[1]} {previous[counted.end() :]}"
    first = proposition.split()[0].lower() if proposition else ""
    if first in AUXILIARY and wh != "Who":
        return f"{wh}{match['not'] or ''} {proposition[0].lower()}{proposition[1:]}?"
    headline = next((title for title in referents.previous.titles if len(title.split()) >= HEADLINE), previous)
    if headline is previous:
        headline = f"{previous[0].lower()}{previous[1:]}"
    return f"{said[0].upper()}{said[1:]} ({headline})?"


def _how_many(wh: str, previous: str, referents: Referents) -> str:
    """The things asked of last, counted: "How many victims of the fire were there?"."""
    plural = [m for m in noun_phrases(previous) if m.plural]
    counted = f"{wh} {re.sub('^(?:the|any|some|many) ', '', plural[-1].text)} were there" if plural else wh
    topic = referents.topic
    return f"{counted} ({topic.text})?" if topic and topic.text not in counted else f"{counted}?"


def more(question: str, referents: Referents) -> str | None:
    """A request for more: "Anything else?", "Who else?", "Tell me more."."""
    match = _MORE.fullmatch(LEAD.sub("", question, count=1))
    if match is None:
        return None
    previous = _previous(referents)
    if " else " in previous:
        return f"{previous}?"
    wh = (match["wh"] or "").lower()
    if wh and previous.lower().startswith(f"{wh} "):
        return f"{previous[: len(wh)]} else{previous[len(wh) :]}?"
    topic = referents.topic
    return f"What else is known about {topic.text}?" if topic else f"{previous}?"
