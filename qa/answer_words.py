"""Which words of a sentence are the answer itself, when the question's type allows to tell: a moment or a number.

Light rules over English; a stretch of the sentence, never other words. When several stretches of the kind compete none is
taken: wrong words in bold mislead more than none. Names are left alone: a name that is alone in its sentence was too often
not the one asked for (docs/decisions/017-answer-words.md).
"""

from __future__ import annotations

import re

from corpus.lexical import words
from corpus.types import Span
from qa.answer_type import AnswerType, answer_type, counted_noun
from qa.stem import stem

_MONTHS = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_TIME = re.compile(
    rf"\b(?:(?:early|late|mid)[- ])?(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTHS}(?:,? \d{{4}})?|"
    rf"{_MONTHS}(?: \d{{1,2}}(?:st|nd|rd|th)?\b(?!\d))?(?:,? \d{{4}})?|(?:the )?(?:1\d|20)\d0s|(?:1[0-9]|20)\d\d(?:[–-]\d{{2,4}})?|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|evening|afternoon|night))?|"
    r"(?:the )?\d{1,2}(?:st|nd|rd|th) century|\d{1,2}(?::\d\d)? ?[ap]\.?m\.?|yesterday|today|tomorrow)\b"
)
_ONES = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|dozen)"
_UNIT = r"(?:%|percent|per cent|euros?|dollars?|pounds?|km|kilomet(?:er|re)s?|met(?:er|re)s?|miles?|feet|tonnes?|tons?|years?|months?|weeks?|days?|hours?|minutes?|seconds?|degrees?)"
_NUMBER = re.compile(
    rf"(?:(?:about|around|nearly|almost|over|more than|less than|fewer than|at least|up to|some|roughly|approximately) )?"
    rf"(?:[$€£¥]\s?)?(?:\b\d[\d,.]*\d\b|\b\d\b|\b{_ONES}(?:-{_ONES})?\b|\b(?:half a|a quarter of a|a|several|hundreds of|thousands of)"
    rf"(?= {_SCALE}))(?:[ -]{_SCALE}s?\b)*(?: ?{_UNIT}(?!\w))?",
    re.IGNORECASE,
)


def answer_words(question: str, sentence: str) -> Span | None:
    """The stretch of the sentence that answers, `None` when the question's kind does not tell.

    >>> sentence = "It is his first visit since September 2021, he said."
    >>> answer_words("When did he visit before?", sentence).of(sentence)
    'September 2021'
    """
    kind = answer_type(question)
    asked = {stem(word) for word in words(question)}
    if kind is AnswerType.TIME:
        found = _spans(_TIME, sentence)
    elif kind is AnswerType.NUMBER:
        found = _numbers(question, sentence)
    else:
        return None
    fresh = [span for span in found if not {stem(word) for word in words(span.of(sentence))} <= asked]
    return fresh[0] if len(fresh) == 1 else None


def _spans(pattern: re.Pattern[str], sentence: str) -> list[Span]:
    return [Span(*match.span()) for match in pattern.finditer(sentence) if match.group().strip()]


def _numbers(question: str, sentence: str) -> list[Span]:
    """Numbers, those that count what the question counts if there are any; never years when something else is there."""
    found = _spans(_NUMBER, sentence)
    if noun := counted_noun(question):
        after = [span for span in found if stem(noun) in {stem(word) for word in words(sentence[span.end :])[:4]}]
        return after or found
    times = _spans(_TIME, sentence)
    return [span for span in found if not any(t.start <= span.start < t.end for t in times)] or found
