"""A follow-up made a question that stands alone, from the turns before it. By rules over English; no model.

In order: fragments completed ("What about Turkey?", "Why?", "Anything else?"), pronouns and definite references replaced
by what they mean, and last, where grammar gives it no place, the topic in parentheses. A question that names its own
subject is left as it is. Knows nothing of the library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.lexical import STOP_WORDS, words
from qa.fragments import LEAD, bare_question, changed_detail, more
from qa.mentions import GROUPS, NAME, THINGS, Kind, Mention, names
from qa.noun_phrases import is_head
from qa.pronouns import resolve
from qa.referents import Referents
from qa.stem import stem
from qa.types import Answer, StandaloneQuestion, Turn

MAX_TURNS = 12  # turns looked back; what an older one says weighs under 2 % of what the last one does
FEW = 1  # content words: a question of so few and without a name is a fragment ("How many children?")

_ARTICLE = re.compile(
    r"\b(?:(?:this|the|that) (?:article|story)|this (?:page|passage|topic|subject|text))\b(?! of)", re.I
)
_DEFINITE = re.compile(
    r"\b(?:the|this|that|these|those) ([a-z]{2,})\b(?! (?:of|in|at|on|for|between|from|that|which|who)\b)",
    re.IGNORECASE,
)
_SOME = re.compile(r"\b(?:the|that|any|more) (?:[a-z]+ )?([a-z]+)", re.IGNORECASE)
_NOW = "year|week|month|day|morning|evening|summer|winter|weekend|century"  # "this year" needs no earlier turn
_THIS = re.compile(rf"\b(?:this|these|those) (?!(?:{_NOW})\b)[a-z]", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:else|any others?|other)\b(?! than)", re.IGNORECASE)
_DEFINITION = re.compile(r"(?:what|who) (?:is|are|was|were) (?:an? )?(?!the\b)[\w-]+(?: [\w-]+)?\s*\??", re.IGNORECASE)
_NEXT = re.compile(
    r"\b(?:happen(?:s|ed)? (?:next|then|after\w*|later)|next|afterwards?|after that)\s*[?.]*$", re.IGNORECASE
)
_COPULAR = re.compile(
    r"(?:what|who|where|when|how \w+) (?:is|are|was|were) the (?:[a-z]+ )?[a-z]+\s*[?.]*", re.IGNORECASE
)
# Nouns that are always somebody's or something's; said without "of", they are the topic's.
_RELATIONAL = frozenset(
    """aftermath aim announcement author cause causes children consequences cost date deal death details effect effects goal husband impact
    leader leaders location meaning members motive name names outcome parents plan price public purpose reaction reactions reason
    reasons response result results role score size stats strategy success symptoms terms victims wife winner winners""".split()
)
# Words of questions about any event, which do not tell which.
_COMMON = frozenset("people died die killed injured hurt wounded happen happened happens survived involved".split())
# What sort of thing a named thing is: "the band" is a way to say its name.
_SORTS = frozenset(
    """album band book city club company country film game group movie novel program project series show single song team
    tour""".split()
)


def contextualize(question: str, history: Sequence[Turn]) -> StandaloneQuestion:
    """The question as it is to be searched. `history`: the turns before it, oldest first.

    After "When did Liz Truss resign?", "Who succeeded her?" becomes "Who succeeded Liz Truss?".
    """
    told = [turn for turn in history if words(turn.standalone_question)]  # an empty question refers to nothing
    if not told or not words(question):
        return StandaloneQuestion(question)
    referents = Referents.of(told[-MAX_TURNS:])
    asked = " ".join(question.split())
    for complete in (changed_detail, bare_question, more):
        if text := complete(asked, referents):
            return StandaloneQuestion(text, "rules")
    text = _referring(asked, referents)
    return StandaloneQuestion(question) if text == asked else StandaloneQuestion(text, "rules")


def turn_of(answer: Answer) -> Turn:
    """What a later question may refer to: the question, the sentences shown and the titles they cite, in order."""
    shown = [sentence for sentence in answer.sentences if sentence.status != "withheld"] if answer.answered else []
    titles = {citation.number: citation.title for citation in answer.citations}
    cited = dict.fromkeys(titles[number] for sentence in shown for number in sentence.citations)
    return Turn(answer.question, answer.standalone_question, tuple(s.text for s in shown), tuple(cited))


def _referring(question: str, referents: Referents) -> str:
    """The question with what it refers to put in; the topic is added when it cannot stand without."""
    own = _own_names(question, referents)
    text, left = resolve(question, own, referents)
    topic = referents.topic
    if topic and not own:
        text = _ARTICLE.sub(lambda _: topic.text, text)
    if not own:
        text = _definite(text, referents)
    if not _own_names(text, referents):
        named = topic is not None and topic.kind is not Kind.THING
        if left or (text != question and named) or (text == question and _leans(question, referents)):
            text = _with(topic, text)
    return text if text == question else _opened(text)


def _own_names(question: str, referents: Referents) -> list[Mention]:
    """The names in a question, also those that only the turns before spell with capitals."""
    if found := [m for m in names(question) if m.kind is not Kind.TIME]:
        return found
    for mention in referents.mentions:
        if mention.kind not in (Kind.TIME, Kind.THING):
            for word in sorted(mention.words - GROUPS - THINGS):
                if len(word) > 3 and (match := re.search(rf"\b{re.escape(word)}\b", question, re.IGNORECASE)):
                    return [replace(mention, text=match.group(), start=match.start())]
    return []


def _definite(question: str, referents: Referents) -> str:
    """The first definite reference as an earlier turn said it in full: "the scandal" as "the BALCO scandal"."""
    match = next((m for m in _DEFINITE.finditer(question) if m[1].lower() not in STOP_WORDS), None)
    if match is None or not is_head(question, match.end()):
        return question
    head = match[1].lower()
    for mention in referents.mentions:
        if mention.kind is Kind.THING and mention.head == head and any(c.isupper() for c in mention.text):
            return _put(question, match, mention.text)
    for text in referents.shown:
        if found := re.search(rf"(?P<before>{NAME.pattern}) {head}\b|\b{head} (?P<after>{NAME.pattern})", text):
            name = next(
                (m.text for m in names(f"x {found['before'] or found['after']}") if m.kind is not Kind.TIME), None
            )
            if name:
                return _put(question, match, f"{name} {head}" if found["before"] else f"{head} {name}")
    return question


def _put(question: str, match: re.Match[str], phrase: str) -> str:
    phrase = re.sub(r"^(?:the|an?|any|some) ", "", phrase, flags=re.IGNORECASE)
    return f"{question[: match.start()]}the {phrase}{question[match.end() :]}"


def _leans(question: str, referents: Referents) -> bool:
    """Whether a question without a name of its own and without a pronoun needs the turns before it."""
    if _DEFINITION.fullmatch(question) and not _OTHER.search(question):
        return False
    if _THIS.search(question) or (_OTHER.search(question) and "besides" not in question.lower()):
        return True
    if any(stem(m[1].lower()) in referents.vocabulary for m in _SOME.finditer(question)):
        return True
    if _NEXT.search(question) or _COPULAR.fullmatch(question):
        return True
    if any(m[1].lower() in _RELATIONAL | _SORTS for m in _DEFINITE.finditer(question)):
        return True
    return sum(word not in STOP_WORDS and word not in _COMMON for word in words(question)) <= FEW


def _with(topic: Mention | None, question: str) -> str:
    """The topic in parentheses at the end of a question that gives it no other place."""
    if topic is None or topic.text.lower() in question.lower():
        return question
    body = question.rstrip(" ?.!")
    return f"{body} ({topic.text}){question[len(body) :].strip()}"


def _opened(text: str) -> str:
    """Without the "And" that leaned on the turn before."""
    lead = LEAD.match(text)
    return f"{text[lead.end()].upper()}{text[lead.end() + 1 :]}" if lead else text
