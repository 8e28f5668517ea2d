"""Questions to go on with, made of the sentences that were found beside the answer, and of the articles they are in.

Rules over English, few and strict: a question keeps the sentence's own words in their order and only asks for its
subject, its count or its speaker. It is offered when the engine answers it with that very sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from corpus.lexical import STOP_WORDS, words
from corpus.types import Sentence
from qa.types import Answer

OFFERED = 3
CHECKED = 8  # questions put to the engine to find them: about a second of one core
LONGEST = 90  # characters of a question: it must fit a button
ABOUT = "What is known about “"
_DEEDS = "|".join(
    "accused agreed announced approved appointed asked attacked backed backs banned became built bought called canceled "
    "carried chose condemned created criticized declared defeated demanded denied designed developed discovered elected "
    "entered expelled filed fired founded funded gave greeted helped invaded invited joined kept killed launched leads led "
    "left made met moved named offered opened opposed ordered organized owns paid passed pledged presided promised "
    "proposed protested published ran rebuilt refused rejected released replaced rescued resigned restored retook saved "
    "scored seized sent signed sold spoke started supported supports suspended took traveled urged visited voted welcomed "
    "withdrew won wrote".split()
)  # what people and states do, not things: "Who …?" fits whatever the subject was
_REST = r"(?! by\b)(?P<rest>[^,;:“”\"()—–]+)(?P<cut>,|$)"  # up to a comma or the end, not into a quotation
_ASIDE = r"(?:, [^,]{3,80},)?"
_WHO = re.compile(
    rf"^(?P<subject>[\w’'.-]+(?: [\w’'.-]+){{0,5}}?){_ASIDE} "
    rf"(?P<deed>(?:(?:has|have|had) (?:also )?)?(?:{_DEEDS})\b(?! off)|was (?:named|elected|appointed|chosen)){_REST}"
)
_NUMBER = (
    r"(?:\d[\d,.]*|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Eleven|Twelve|Dozens|Hundreds|Thousands)"
    r"(?: hundred| thousand| million| of)*"
)
_COUNT = re.compile(
    rf"^(?:(?:About|Around|Some|Nearly|Almost|More than|Over|At least|Up to) )?{_NUMBER} "
    rf"(?P<noun>(?!years|months|days|hours|percent)[a-z]{{3,}}s|people|children|men|women) {_REST}"
)
_SPEAKER = r"(?:[Tt]he )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){1,3}"
_OWNED = r"(?<!\bits )(?<!\bhis )(?<!\bher )(?<!\btheir )(?<!['’]s )"  # "its Foreign Ministry" is nobody's name
_SAID = re.compile(
    rf"\b(?:said|says) (?P<a>{_SPEAKER})|{_OWNED}(?P<b>\b{_SPEAKER})(?:, [^,.;]{{3,60}},)? (?:said|says)\b"
)
_POINTING = re.compile(
    r"\b(?:he|she|it|its|they|him|them|this|that|these|those|there|here|then|which|we|you|also|former|latter)\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r" (?:after|before|when|where|while|as|because|and|but|or|with|for|to|of|in|by|that)(?: [^ ]+){0,3}$"
)
_TOPIC = re.compile(r"\b(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)[A-Z][\w’'-]{2,}")
_DOER = re.compile(
    r"(?:^|.* )(?:[A-Z][\w.-]*|[a-z]+[^s’']s)$"
)  # ends in a name, or in a plural: people, states, parties
_VERB = re.compile(r"\b(?:is|are|was|were|be|been|has|have|had|will|would|can|could|not|to|in|on|at|by|with)\b")


def suggestions(
    answer: Answer, nearby: Sequence[Sentence], asked: Iterable[str], ask: Callable[[str], Answer]
) -> Iterator[str]:
    """At most `OFFERED` questions that the library answers, none of them in `asked`.

    `nearby`: the sentences found for the answer, best first. `ask` answers a question; it is called `CHECKED` times.
    """
    known = {question.casefold() for question in asked}
    fresh = (pair for pair in _drafts(related(answer, nearby), answer) if pair[0].casefold() not in known)
    offered, used = 0, set[tuple[str, int]]()
    for question, source in islice(fresh, CHECKED):
        if (source.article_id, source.index) in used:
            continue
        found = ask(question).citations[:1]
        if found and found[0].article_id == source.article_id and (
            found[0].sentence == source.index or question.startswith(ABOUT)
        ):  # fmt: skip
            used.add((source.article_id, source.index))
            yield question
            offered += 1
        if offered == OFFERED:
            return


def _drafts(sentences: Sequence[Sentence], answer: Answer) -> Iterator[tuple[str, Sentence]]:
    """Questions and the sentence each is made of; when they run out, questions about the articles not yet cited."""
    seen = set[str]()
    for sentence in sentences:
        for question in questions(sentence.text):
            if question not in seen:
                seen.add(question)
                yield question, sentence
    cited = {citation.article_id for citation in answer.citations}
    titles = {hit.passage.article_id: hit.passage.title for hit in answer.evidence}
    for sentence in sentences:
        title = titles.get(sentence.article_id)
        if title and sentence.article_id not in cited:
            cited.add(sentence.article_id)
            yield f"{ABOUT}{title}”?", sentence


def related(answer: Answer, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Those of the sentences that are about the answer's matter and not in it: of a cited article, or sharing a name."""
    cited = {(c.article_id, c.version, c.sentence) for c in answer.citations}
    articles = {c.article_id for c in answer.citations}
    text = " ".join((answer.standalone_question, *(c.quote for c in answer.citations)))
    names = set(_TOPIC.findall(text)) - {word.capitalize() for word in STOP_WORDS}
    return [
        s for s in sentences
        if (s.article_id, s.version, s.index) not in cited
        and (s.article_id in articles or names & set(_TOPIC.findall(s.text)))
    ]  # fmt: skip


def questions(sentence: str) -> Iterator[str]:
    """Questions that this sentence answers, at most one of each kind.

    >>> list(questions("About 250 companies worked on the roof, said Ann Bell."))
    ['How many companies worked on the roof?', 'What did Ann Bell say?']
    """
    if match := _COUNT.match(sentence):
        yield from _asked(f"How many {match['noun']} {match['rest']}", match["cut"])
    elif (match := _WHO.match(sentence)) and _is_doer(match["subject"]):
        yield from _asked(f"Who {match['deed']}{match['rest']}", match["cut"])
    if match := _SAID.search(sentence):
        yield f"What did {re.sub('^The ', 'the ', match['a'] or match['b'])} say?"


def _is_doer(subject: str) -> bool:
    return bool(_DOER.match(subject)) and not _VERB.search(subject) and not _POINTING.search(subject)


def _asked(text: str, cut: str) -> Iterator[str]:
    text = re.split(r" and (?=[A-Z])", " ".join(text.rstrip(" .!?").split()))[0]  # who else did what
    if cut:  # a clause went on behind the comma: what only led to it goes too
        text = _DANGLING.sub("", text)
    content = [word for word in words(text) if word not in STOP_WORDS]
    if len(text) < LONGEST and len(content) >= 3 and not _POINTING.search(text):
        yield f"{text}?"
