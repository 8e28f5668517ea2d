"""What kind of thing a question asks for, and whether a sentence holds one that the question did not name.

Light rules over English question words; `OTHER` when they do not tell.
"""

from __future__ import annotations

import re
from enum import Enum

from corpus.lexical import words


class AnswerType(Enum):
    """The kind of thing asked for."""

    PERSON = "person"
    PLACE = "place"
    TIME = "time"
    NUMBER = "number"
    REASON = "reason"
    NAME = "name"
    OTHER = "other"


_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_TIME = re.compile(
    rf"\b(?:1[0-9]|20)\d\d\b|\b{_MONTH}\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:yesterday|today|tomorrow|"
    r"tonight|last|next|this|ago|earlier|since|century|centuries|decades?|years?|months?|weeks?|days?|hours?|noon|"
    r"midnight|morning|evening|afternoon|spring|summer|autumn|winter|early|late)\b|\b\d{1,2}(?::\d\d)? ?[ap]\.?m",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|third|quarter|twice|once|double|"
    r"both|couple|several|no|none|single|pair)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|due|so that|in order|to (?!the\b|a\b)\w+|as a result|caused?|owing|therefore|aim\w*|why|reasons?|"
    r"led to|following|after|amid|over|for)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!^)(?<![.!?] )(?<![\"“])\b[A-Z][\w'’-]+|^[A-Z][\w'’-]+ [A-Z][\w'’-]+")
_TIME_NOUN = re.compile(
    r"\b(?:what|which|in what|on what|during what) (?:year|date|day|month|time|decade|century|season|period|era)\b"
)
_NUMBER_NOUN = re.compile(
    r"\bhow (?:many|much|long|old|far|big|large|tall|high|deep|fast|often|wide|heavy)\b|\bwhat (?:percent\w*|number|share|"
    r"proportion|fraction|amount|age|rate|size|price|cost|population)\b|\bpopulation of\b|\bwhat (?:is|was|were) the (?:\w+ )?"
    r"(?:number|population|percentage|total|price|cost|rate|size|age|length|height|distance|score|death toll|toll)\b"
)
_PLACE_NOUN = re.compile(
    r"\b(?:what|which|in what|in which|to what|to which) (?:\w+ )?(?:city|cities|country|countries|place|state|town|region|"
    r"province|location|continent|capital|nation|island|river|street|village|stadium|venue)\b"
)
# Things that have names of their own, as places and people do.
_NAMED = re.compile(
    r"\b(?:what|which) (?:\w+ )?(?:ship|vessel|boat|submersible|plane|spacecraft|probe|mission|team|club|party|company|firm|"
    r"bank|agency|organi[sz]ation|group|union|army|militia|newspaper|broadcaster|university|school|court|film|movie|book|song|"
    r"storm|hurricane|typhoon|cyclone|volcano|war|treaty|law|religion|language)\b"
)


def answer_type(question: str) -> AnswerType:
    """The kind of thing the question asks for. `answer_type("When did it end?") is AnswerType.TIME`."""
    text = question.lower()
    if _TIME_NOUN.search(text) or re.search(r"\bwhen\b", text):
        return AnswerType.TIME
    if _NUMBER_NOUN.search(text):
        return AnswerType.NUMBER
    if _PLACE_NOUN.search(text) or re.search(r"\bwhere\b", text):
        return AnswerType.PLACE
    if re.search(r"\b(?:who|whom|whose)\b", text):
        return AnswerType.PERSON
    if _NAMED.search(text):
        return AnswerType.NAME
    if re.search(r"\bwhy\b|\bwhat (?:caused|reason|led)\b", text):
        return AnswerType.REASON
    return AnswerType.OTHER


_COUNTED = re.compile(
    r"\bhow many ((?:[\w'’-]+ ){0,4}?[\w'’-]+)(?= (?:is|are|was|were|has|have|had|do|does|did|can|could|will|would|"
    r"should|may|might|in|of|on|at|that|who|which|per|to|from|[a-z]+ed)\b|\?|$)",
    re.IGNORECASE,
)


def counted_noun(question: str) -> str | None:
    """What a "how many" question counts. `counted_noun("How many Russian soldiers are there?") == "soldiers"`."""
    match = _COUNTED.search(question)
    return match[1].split()[-1].lower() if match else None


def has_answer(kind: AnswerType, question: str, sentence: str) -> bool:
    """Whether the sentence holds a thing of this kind whose words are not all in the question."""
    asked = set(words(question))
    if kind is AnswerType.OTHER:
        return True
    if kind is AnswerType.REASON:
        return bool(_REASON.search(sentence))
    pattern = {AnswerType.TIME: _TIME, AnswerType.NUMBER: _NUMBER}.get(kind, _NAME)
    return any(not set(words(match.group())) <= asked for match in pattern.finditer(sentence))


_PLURAL = (
    r"(?:people|men|women|children|species|(?!(?:is|was|has|does|its|his|this|makes|happens|means|consists|lies|occurs|news)\b)"
    r"(?-i:[a-z])[\w-]*(?<![suia])s)"
)
_MODIFIERS = r"(?:(?!(?:is|was|are|were|does|did|do|has|had|can|could|will|would|makes?|of|in|one|name)\b)[\w'’.-]+\s+)"
_THEN = r"\s+(?:are|were|have|had|do|did|will|would|can|could|should|may|might|[a-z]+ed)\b"
_LIST = re.compile(
    rf"^(?:please\s+)?(?:name|list)\s+(?:the|all|some|every|each|several)\s+{_MODIFIERS}{{0,3}}?{_PLURAL}\b|"
    r"^(?:(?:in|from|to|of|for|by|at|on|during|with|against|and|so|but)\s+)?(?:"
    rf"which\s+(?:of\s+(?:the|these|those)\s+)?(?:{_PLURAL}\b|{_MODIFIERS}{{1,3}}?{_PLURAL}(?:{_THEN}|\s+(?:in|of|from)\b))|"
    rf"what\s+(?:{_PLURAL}\s+(?:in|of|from)\b|{_MODIFIERS}{{0,3}}?{_PLURAL}{_THEN})|"
    rf"wh(?:o|at)\s+(?:are|were)\s+(?:the|some|all|his|her|their|its)\s+(?:[\w'’.-]+\s+){{0,3}}?{_PLURAL}\b"
    r"(?!.*\b(?:called|named|known|[a-z]+ing)\W*$))",
    re.IGNORECASE,
)
_COUNT_GIVEN = re.compile(r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+)\b", re.IGNORECASE)


def asks_for_list(question: str) -> bool:
    """Whether several things are asked for, by the question's form; not when it says how many, for they stand together.

    >>> asks_for_list("Which countries objected?"), asks_for_list("Which country objected?")
    (True, False)
    """
    match = _LIST.search(question)
    return match is not None and not _COUNT_GIVEN.search(match.group())


_SPEAKER = r"((?:[\w.'’-]+\s+){0,6}?[\w.'’-]+)"
_SAID = re.compile(
    rf"\bwhat (?:did|does|do|has|have|had)\s+{_SPEAKER}\s+(?:(?:also|actually|originally|publicly|reportedly)\s+)?(?:say|said|"
    r"tell|told|claim|claimed|write|written|tweet|tweeted|argue|argued|warn|warned|announce|announced|demand|demanded|promise|"
    r"promised)\b|"
    rf"\bhow (?:did|does|do|has|have)\s+{_SPEAKER}\s+(?:react|reacted|respond|responded|comment|commented|describe|described)\b|"
    rf"\bwhat (?:was|is|were|are)\s+{_SPEAKER}(?:'s|’s|(?<=s)['’])\s+(?:\w+\s)?(?:reaction|response|comments?|statement)\b",
    re.IGNORECASE,
)


def asked_speaker(question: str) -> str | None:
    """Whose words are asked for. `asked_speaker("What did Ada Kern say about fish?") == "Ada Kern"`."""
    match = _SAID.search(question)
    return next((group for group in match.groups() if group), None) if match else None


_LENGTH = (
    r"\b(?:met(?:er|re)s?|kilomet(?:er|re)s?|km|miles?|feet|foot|ft|inch(?:es)?|yards?|centimet(?:er|re)s?|cm|m)\b"
)
_MONEY = r"[$€£¥]|\b(?:dollars?|euros?|pounds?|yen|yuan|rubles?|rupees?|francs?|crowns?|pesos?)\b"
_UNITS = (
    (r"how (?:tall|wide|high|deep|far)\b|how long (?:is|are)\b(?!.*\b(?:lasting|taking|known|been)\b)", _LENGTH),
    (r"how much money\b|how much (?:did|does|do|will|would) .+ (?:cost|pay|earn|spend)\b", _MONEY),
    (r"how strong (?:is|was|were) .*(?:earthquake|quake|tremor)", r"\bmagnitude\b|\bRichter\b"),
    (r"how old\b", r"\d|\b(?:years?|centur(?:y|ies)|months?|aged?)\b"),
)  # fmt: skip
_ASKED_UNITS = tuple((re.compile(form, re.IGNORECASE), re.compile(unit)) for form, unit in _UNITS)


def asked_unit(question: str) -> re.Pattern[str] | None:
    """What a number must be counted in to answer, where the question's form says it: lengths, money, a magnitude."""
    return next((unit for form, unit in _ASKED_UNITS if form.search(question)), None)
