"""Questions over many articles, answered by counting and not by reading: how many mention it, which outlets covered it.

Also recognizes comparisons of two speakers or outlets, which the pipeline answers side by side. Rules over English
question forms; anything else is an ordinary question. A count is a fact about the library, and cites where it comes from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from corpus.lexical import STOP_WORDS, WORD, articles_holding, words
from corpus.library import Library
from corpus.types import ArticleSummary, Filters, Sentence
from qa.cite import cite
from qa.stem import stem, stems
from qa.types import Abstention, Answer, AnswerSentence, Citation

NAME = "count"
CITED = 10  # articles of a count that are cited, the newest: a reader checks some, not hundreds

_ARTICLES = r"(?:articles?|stories|story|reports?|pieces?|texts?|news items?)"
_ABOUT = (
    r"(?:mention(?:s|ed)?|(?:is|are|were|was) about|cover(?:s|ed)?|discuss(?:es|ed)?|refer(?:s|red)? to|name[sd]?|"
    r"(?:talk|talked|write|wrote|written|report|reported)s? (?:about|on|of)|deals? with|carr(?:y|ied|ies))"
)
_OUTLETS = (
    r"(?:news )?(?:outlets?|publishers?|(?:news)?papers?|publications?|media|sources?|(?:news )?sites?|broadcasters?)"
)
_SAY = r"(?:say|says|said|write|writes|wrote|report|reports|reported|think|thinks|claim|claims|claimed)"
_COUNT = re.compile(
    rf"how many (?:of the |of these )?{_ARTICLES}(?: (?:here|there|in the library))?(?: that)? (?:have )?{_ABOUT} (?P<topic>.+)"
)
_COVERED = re.compile(rf"(?:which|what|who|how many) (?:(?:of the )?{_OUTLETS} )?(?:has |have )?{_ABOUT} (?P<topic>.+)")
_NAMES_OUTLETS = re.compile(
    rf"(?:which|what|how many) (?:of the )?{_OUTLETS}\b|who (?:has |have )?(?:covered|reported|wrote|written)\b"
)
_COMPARE = re.compile(
    rf"(?:(?:compare|contrast)(?: what)?|(?:what|how) (?:do|does|did)) (?P<one>.+?) (?:and|with|to|versus|vs\.?) (?P<two>.+?) "
    rf"(?:{_SAY} |differ |disagree |compare )?(?:(?:about|on|over|regarding) (?P<topic>.+)|(?P<where>(?:outside|inside|in|at|after|before|during) .+))"
)
_REPORTED = re.compile(
    rf"what (?:did|does|do|has) (?:the )?(?P<outlet>.+?) {_SAY} (?:about|on|of) (?P<topic>.+)", re.IGNORECASE
)
_WHERE = re.compile(r"(?:outside|inside|in|at|after|before|during) ", re.IGNORECASE)
_COMPARES = re.compile(rf"\b(?:compare|contrast|differ|disagree)\b|\b(?:do|did) .+ and .+ {_SAY}\b")


@dataclass(frozen=True, slots=True)
class Operation:
    """What to do instead of reading: count articles, list outlets, or compare two sides; `topic` in the user's words."""

    kind: Literal["count", "outlets", "compare"]
    topic: str
    sides: tuple[str, ...] = ()


def operation_of(question: str) -> Operation | None:
    """The operation that a question asks for.

    >>> operation_of("How many articles mention Erdogan?")
    Operation(kind='count', topic='Erdogan', sides=())
    """
    text = " ".join(question.split()).rstrip(" ?.!")
    lower = text.lower()
    if match := _COUNT.fullmatch(lower):
        return Operation("count", _cut(text, match, "topic"))
    if _NAMES_OUTLETS.match(lower) and (match := _COVERED.fullmatch(lower)):
        return Operation("outlets", _cut(text, match, "topic"))
    if _COMPARES.search(lower) and (match := _COMPARE.fullmatch(lower)):
        sides = (_cut(text, match, "one"), _cut(text, match, "two"))
        return Operation("compare", _cut(text, match, "topic" if match["topic"] else "where"), sides)
    return None


def _cut(text: str, match: re.Match[str], group: str) -> str:
    return text[match.start(group) : match.end(group)].strip(" \"“”'")


def count(library: Library, question: str, operation: Operation, filters: Filters) -> Answer:
    """The answer to a `count` or `outlets` question. An article mentions a topic that its title or text names."""
    found = _mentioning(library, operation.topic, filters)
    if not found:
        message = f"The articles don't answer that. No article mentions “{operation.topic}”."
        return Answer(question, question, NAME, 1.0, abstention=Abstention("no_hits", message))
    if operation.kind == "count":
        total = library.count_articles(filters=filters)
        verb = "mentions" if len(found) == 1 else "mention"
        text = f"{len(found):,} of {total:,} articles {verb} “{operation.topic}”."
        groups: dict[str, Sequence[ArticleSummary]] = {text: found[:CITED]}
    else:
        groups = _by_outlet(found, operation.topic)
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    for text, articles in groups.items():
        numbers = []
        for article in articles:
            number = len(citations) + 1
            citations.append(cite(library, _first_mention(library, article, operation.topic), number, 1.0))
            numbers.append(number)
        sentences.append(AnswerSentence(text, tuple(numbers), 1.0, "supported"))
    return Answer(question, question, NAME, 1.0, tuple(sentences), tuple(citations))


def side_question(library: Library, side: str, topic: str, filters: Filters) -> tuple[str, Filters]:
    """What to ask for one side of a comparison: within an outlet's own articles, or about what a speaker said."""
    name = side.lower().removeprefix("the ")
    if publisher := _outlet(library, name):
        return f"What about {topic}?", replace(filters, publishers=(publisher,))
    return f"What did {side} say {topic if _WHERE.match(topic) else f'about {topic}'}?", filters


def outlet_question(library: Library, question: str, filters: Filters) -> tuple[str, Filters]:
    """A question for what an outlet of the library reports, asked of that outlet's articles; any other as it is."""
    match = _REPORTED.match(" ".join(question.split()))
    publisher = _outlet(library, match["outlet"].lower()) if match else None
    if match is None or publisher is None:
        return question, filters
    return f"What about {match['topic']}", replace(filters, publishers=(publisher,))


def _outlet(library: Library, name: str) -> str | None:
    """The publisher of that name, with or without "the"."""
    wanted = name.removeprefix("the ")
    return next((p for p, _ in library.publishers() if p.lower().removeprefix("the ") == wanted), None)


def _by_outlet(found: Sequence[ArticleSummary], topic: str) -> dict[str, Sequence[ArticleSummary]]:
    """A sentence for each outlet, those with most articles first."""
    outlets: dict[str, list[ArticleSummary]] = defaultdict(list)
    for article in found:
        outlets[article.publisher or "An unnamed publisher"].append(article)
    order = sorted(outlets.items(), key=lambda item: (-len(item[1]), item[0].lower()))
    return {
        f"{name}: {len(articles):,} article{'s' if len(articles) > 1 else ''} on “{topic}”.": articles[:CITED]
        for name, articles in order
    }


def _mentioning(library: Library, topic: str, filters: Filters) -> tuple[ArticleSummary, ...]:
    """The articles that hold the topic's words side by side, else all of them somewhere in one passage; newest first."""
    content = [word for word in words(topic) if word not in STOP_WORDS]
    if not content:
        return ()
    # "heat shield" is a name of one thing; of "the flood in Derna" the words need not stand side by side.
    phrase, every = (" ".join(words(topic)),), tuple(content)
    side_by_side = len(content) == len(words(topic)) - _leading_article(topic)
    for terms in dict.fromkeys((phrase, every)) if side_by_side else (every,):
        found = articles_holding(library, terms)
        ids = set(found) & set(filters.article_ids or found)
        if ids:
            chosen = replace(filters, article_ids=tuple(sorted(ids)))
            if articles := library.summaries(filters=chosen, limit=-1):
                return articles
    return ()


def _leading_article(topic: str) -> bool:
    return topic.lower().startswith(("the ", "a ", "an "))


def _first_mention(library: Library, article: ArticleSummary, topic: str) -> Sentence:
    """The sentence that holds most of the topic's words, the first of equals."""
    wanted = {stem(word.group().lower()) for word in WORD.finditer(topic)} & stems(topic)
    sentences = library.sentences(article.id, article.version)
    return max(sentences, key=lambda sentence: (len(wanted & stems(sentence.text)), -sentence.index))
