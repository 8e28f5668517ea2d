"""What a sentence claims, as plain facts of its text: names, quotations, what it negates, hedges and attributes.

Rules over English text, made to compare a draft with its source (`qa.guards`). Knows no article and no model. Numbers and
moments are in `qa.quantities`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from corpus.lexical import STOP_WORDS
from corpus.types import Span
from qa.casing import opens_as_name
from qa.quantities import Moment, Quantity, moments, quantities
from qa.stem import stem

Modality = Literal["possible", "planned"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence. `key`: lower case, no accents, no possessive ending; `stem` of that."""

    text: str
    key: str
    stem: str
    span: Span
    content: bool
    name: bool
    clause: int
    """Number of the clause that it is in; clauses end at commas, colons, dashes, quotation marks."""


@dataclass(frozen=True, slots=True)
class Scoped:
    """A word that negates or hedges, and the stems of the content words after it in its clause, nearest first."""

    cue: str
    stems: tuple[str, ...]
    kind: Modality | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Words that a sentence gives to a speaker: "`speaker` said `content`", both as positions in `Claim.words`."""

    speaker: tuple[int, ...]
    content: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence taken apart. `names`: runs of positions in `words`, each a name as it is written."""

    text: str
    words: tuple[Word, ...]
    names: tuple[tuple[int, ...], ...]
    quantities: tuple[Quantity, ...]
    moments: tuple[Moment, ...]
    quotations: tuple[str, ...]
    negations: tuple[Scoped, ...]
    hedges: tuple[Scoped, ...]
    reports: tuple[Report, ...]

    @property
    def stems(self) -> frozenset[str]:
        """The stems of the content words."""
        return frozenset(word.stem for word in self.words if word.content)

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all words."""
        return frozenset(word.key for word in self.words)

    def name(self, run: Sequence[int]) -> str:
        """A run of words as it stands in the text."""
        return self.text[self.words[run[0]].span.start : self.words[run[-1]].span.end]


@dataclass(frozen=True, slots=True)
class Source:
    """A cited sentence with what its words may refer to: the sentence before it, its title, its passage, its day."""

    claim: Claim
    before: Claim | None
    title: Claim
    nearby: tuple[Claim, ...] = ()
    published: date | None = None


_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:['’][^\W_]+)*")
_BREAK = re.compile(r"[,;:—–()\"“”]|\s-\s|[.!?](?:\s|$)")
_STARTS = re.compile(r"(?:^|[.!?:][\"”’)]?\s+|\n)\s*[\"“‘'(\[]*$|[\"“]$")
_LOOK_BACK = 12  # characters: a stop, spaces and marks
_PARTICLES = frozenset("al bin ibn de del della di da du van von der den el la le y".split())
_CALENDAR = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug sep "
    "sept oct nov dec monday tuesday wednesday thursday friday saturday sunday".split()
)
# More words without a topic than the index leaves out: an initial capital on them tells nothing.
_PLAIN = STOP_WORDS | frozenset("however meanwhile although though despite during since according both each every another "
    "several many some few yes no two three four five six seven eight nine ten one about around nearly almost within "
    "without between against among amid along across behind near toward towards upon via per like unlike mr mrs ms dr "
    "i let's it's he's she's they're".split())  # fmt: skip


def fold(word: str) -> str:
    """Lower case without accents and possessive ending. `fold("Bonmatí’s") == "bonmati"`."""
    plain = unicodedata.normalize("NFKD", word.replace("’", "'")).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char)).replace(".", "")
    return plain.removesuffix("'s").rstrip("'")


@lru_cache(maxsize=4_096)
def claim(text: str) -> Claim:
    """Take a sentence apart."""
    times = moments(text)
    numbers = quantities(text)
    words = _words(text, times, numbers)
    return Claim(
        text, words, _names(text, words), numbers, times, _quotations(text), _negations(words), _hedges(words),
        _reports(text, words),
    )  # fmt: skip


def _words(text: str, times: Sequence[Moment], numbers: Sequence[Quantity]) -> tuple[Word, ...]:
    found: list[Word] = []
    dated = {at for time in times for at in range(*time.span)}
    counted = {at for number in numbers for at in range(*number.span)}
    clause = end = 0
    for match in _TOKEN.finditer(text):
        raw, key = match.group(), fold(match.group())
        if not key:
            continue
        at = match.start()
        if found and _BREAK.search(text, end, match.start()):
            clause += 1
        initial = _STARTS.search(text[:at] if at <= _LOOK_BACK else f"x{text[at - _LOOK_BACK : at]}")
        capital = raw[0].isupper() and key not in _CALENDAR and at not in dated and at not in counted
        shout = len(raw.replace(".", "")) > 1 and raw.replace(".", "").isupper()
        name = capital and (
            shout or (key not in _PLAIN and (not initial or opens_as_name(raw.split("'")[0].split("’")[0])))
        )
        content = name or (key not in _PLAIN and at not in dated and at not in counted and not key.isdigit())
        found.append(Word(raw, key, stem(key), Span(*match.span()), content, name, clause))
        end = match.end()
    return tuple(found)


def _names(text: str, words: Sequence[Word]) -> tuple[tuple[int, ...], ...]:
    """Runs of name words, joined by spaces, hyphens and small particles ("bin", "al-")."""
    runs: list[list[int]] = []
    for i, word in enumerate(words):
        if not word.name:
            continue
        last = runs[-1][-1] if runs else -9
        small = last >= 0 and all(words[k].key in _PARTICLES for k in range(last + 1, i))
        joined = small and i - last <= 3 and not words[last].text.endswith(("'s", "’s"))
        if joined and re.fullmatch(r"[\s\w'’-]*", text[words[last].span.end : word.span.start]):
            runs[-1].append(i)
        else:
            runs.append([i])
    return tuple(tuple(run) for run in runs)


_QUOTATION = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|(?<!\w)‘([^‘’]+(?:’\w+[^‘’]*)*)’(?!\w)")


def _quotations(text: str) -> tuple[str, ...]:
    found = (next(part for part in match.groups() if part) for match in _QUOTATION.finditer(text))
    return tuple(quote for quote in map(plain_quotation, found) if quote)


def plain_quotation(text: str) -> str:
    """A quotation as it is compared: straight marks, single spaces, no stop at its ends, no capitals."""
    straight = re.sub(r"[’‘]", "'", re.sub(r"[“”«»]", '"', text))
    return " ".join(straight.casefold().split()).strip(" .,!?;:…\"'")


_SCOPE = 4  # content words that a cue can reach
_ENDS_SCOPE = frozenset("but although though while whereas because which who after before when if until".split())
_NEGATORS = frozenset(
    "not no never none nobody nothing neither nor without cannot unable refused refuses refuse declined declines decline "
    "failed fails fail denied denies deny lacked lacks lack".split()
)
# What says that something is not so without negating a word.
NEGATIVE_WORDS = frozenset(stem(word) for word in
    "reject refuse decline deny fail lack without prevent ban block cancel oppose absent stop halt dismiss rule end lose "
    "withdraw avoid unable impossible unlikely hardly barely rarely little few neither except instead criticize against "
    "unchanged unclear open".split())  # fmt: skip


def _scope(words: Sequence[Word], cue: int) -> tuple[str, ...]:
    reached: list[str] = []
    for word in words[cue + 1 :]:
        if word.clause != words[cue].clause or word.key in _ENDS_SCOPE or len(reached) == _SCOPE:
            break
        if word.content and word.key not in ("longer", "yet", "even", "ever"):
            reached.append(word.stem)
    return tuple(reached)


def _negations(words: Sequence[Word]) -> tuple[Scoped, ...]:
    found = []
    for i, word in enumerate(words):
        if word.key in _NEGATORS or word.text.lower().replace("’", "'").endswith("n't"):
            if (
                word.key == "no"
                and i + 1 < len(words)
                and words[i + 1].key in ("more", "fewer", "less", "doubt", "later")
            ):
                continue  # "no more than": a bound
            found.append(Scoped(word.key, _scope(words, i)))
        elif word.key.startswith("un") and len(word.key) > 6 and not word.name:
            found.append(Scoped(word.key, (stem(word.key[2:]),)))
    return tuple(found)


_POSSIBLE = frozenset(
    "may might could possibly perhaps probably likely unlikely reportedly allegedly alleged alleges suspected apparently appears "
    "appeared seems seemed believed thought rumored potentially purportedly supposedly presumably".split()
)
_PLANNED = frozenset(
    "will would shall should must plan plans planned planning aim aims aimed hope hopes hoped want wants wanted intend intends "
    "intended seek seeks sought propose proposes proposed consider considers considered considering expected expects due "
    "scheduled promise promises promised pledge pledges pledged vow vows vowed threaten threatens threatened offer offers offered "
    "demand demands demanded urge urged ask asks asked".split()
)
_BE = frozenset("is are was were be been being am".split())


def _hedges(words: Sequence[Word]) -> tuple[Scoped, ...]:
    found = []
    for i, word in enumerate(words):
        after = words[i + 1].key if i + 1 < len(words) else ""
        if word.key in _POSSIBLE and not (word.text == "May" and i):
            found.append(Scoped(word.key, _scope(words, i), "possible"))
        elif word.key in _PLANNED or word.key.endswith(("'ll", "'d")):
            found.append(Scoped(word.key, _scope(words, i), "planned"))
        elif word.key in _BE and after == "to":
            found.append(Scoped(f"{word.key} to", _scope(words, i + 1), "planned"))
    return tuple(found)


_REPORTING = frozenset(
    "said says say saying told tells added adds warned warns estimated claimed argued argues insisted insists "
    "stated wrote writes tweeted explained explains confirmed confirms denied denies acknowledged admitted predicted "
    "noted asserted alleged suggested suggests believes believe thinks testified revealed reported "
    "stressed emphasized complained".split()
)
_BETWEEN = frozenset("has have had also later then again already previously earlier still has".split())
_SPEAKER_ENDS = frozenset("on in at during after before that to when while as".split())
# Words a model puts before what it drafts; they claim nothing about the articles.
PREAMBLE = re.compile(
    r"^\s*(?:(?:based on|according to|as (?:stated|mentioned|reported|noted) in|from)\s+(?:the|these|this|that|your)?\s*(?:given |provided |"
    r"above |cited )?(?:articles?|passages?|sentences?|texts?|sources?|evidence|context|information|documents?|reports?)(?:\s(?:provided|given|above))?\s*[,:]?\s*"
    r"|(?:the|a|my|short|final)?\s*(?:correct |best |short |final )?answer(?: to (?:the|this|your) question)?\s*(?:is|:)\s*(?:that\b|:)?\s*|answer\s*:\s*)",
    re.IGNORECASE,
)


def _reports(text: str, words: Sequence[Word]) -> tuple[Report, ...]:
    """Who says what. A small set of shapes: "X said P", "P, X said", "P, said X", "according to X"."""
    found = []
    for i, word in enumerate(words):
        if word.key == "according" and i + 1 < len(words) and words[i + 1].key == "to":
            speaker = _chunk_after(words, i + 2)
            rest = tuple(k for k in range(len(words)) if k not in speaker and k not in (i, i + 1))
            found.append(Report(speaker, rest))
        elif (
            word.key in _REPORTING
            and not (i and words[i - 1].key in _BE)
            and not (i and words[i - 1].key in ("the", "a", "of"))
        ):
            report = _report(text, words, i)
            if report is not None:
                found.append(report)
    return tuple(found)


def _report(text: str, words: Sequence[Word], verb: int) -> Report | None:
    first = verb
    while first and words[first - 1].key in _BETWEEN and words[first - 1].clause == words[verb].clause:
        first -= 1
    broken = first == 0 or words[first - 1].clause != words[verb].clause
    if broken and verb + 1 < len(words) and first == verb and _inverted(text, words, verb):
        speaker = _chunk_after(words, verb + 1)
        return Report(speaker, tuple(range(verb)))
    start = first
    clauses = 0
    while start and (
        words[start - 1].clause == words[start].clause
        or (start == first and clauses == 0)
        or _apposed(words, start, first)
    ):
        clauses += words[start - 1].clause != words[start].clause
        if (
            words[start - 1].key in ("and", "but", "that", "while", "as")
            and start - 1 < first - 1
            and not words[start].name
        ):
            break
        start -= 1
    speaker = tuple(range(start, first))
    if speaker and words[speaker[0]].key in ("and", "but"):
        speaker = speaker[1:]
    if not speaker or words[first - 1].key in ("and", "but"):
        speaker = tuple(range(min(3, verb)))  # "Prosecutors treated it as ... and said": the subject opens the sentence
    after = list(range(verb + 1, len(words)))
    told = [k for k in after if words[k].clause == words[verb].clause]
    before = tuple(k for k in range(start) if k not in speaker)
    plain = [k for k in told if not _is_when(words[k])]
    goes_before = bool(before) and len(plain) <= 1 and words[start - 1].clause != words[verb].clause if start else False
    return Report(speaker, before if goes_before else tuple(after)) if speaker else None


def _is_when(word: Word) -> bool:
    return (
        word.key in _CALENDAR
        or not word.content
        or word.key in ("morning", "evening", "afternoon", "reporters", "statement")
    )


def _inverted(text: str, words: Sequence[Word], verb: int) -> bool:
    """Whether the speaker follows the verb: the word before it ends a quotation or clause, and no "that" comes after."""
    return verb > 0 and bool(re.search(r"[,\"”?!]\s*$", text[: words[verb].span.start])) and words[verb + 1].key not in (
        "that", "he", "she", "it", "they", "there", "in", "on",
    ) and words[verb + 1].clause == words[verb].clause and not _apposed_before(words, verb)  # fmt: skip


def _apposed_before(words: Sequence[Word], verb: int) -> bool:
    """Whether what stands between the commas before the verb is a name set beside a noun: "The head, Ann Lee, said"."""
    clause = words[verb - 1].clause
    inside = [word for word in words[:verb] if word.clause == clause]
    return clause > 0 and len(inside) <= 6 and inside[0].name and inside[-1].name


def _apposed(words: Sequence[Word], start: int, first: int) -> bool:
    """Whether the clause before `start` is the noun that a name in commas stands beside."""
    clause = words[start].clause
    inside = [word for word in words[:first] if word.clause == clause]
    return bool(inside) and clause > 0 and words[start - 1].clause == clause - 1 and clause - words[0].clause <= 1 and (
        inside[0].name and len(inside) <= 6 and words[first - 1].clause == clause and first < len(words) and words[first].clause != clause
    )  # fmt: skip


def _chunk_after(words: Sequence[Word], start: int) -> tuple[int, ...]:
    found: list[int] = []
    for k in range(start, len(words)):
        if words[k].clause != words[start].clause or (words[k].key in _SPEAKER_ENDS and found):
            break
        found.append(k)
    return tuple(found)
