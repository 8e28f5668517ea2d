"""The extractive reader: answers with the stored sentences themselves. Needs no model, invents no word.

Chooses the one to three sentences that answer, most relevant first; more for a question that asks for a list. Of a
question for somebody's words it takes that speaker's own. A quotation is given with the sentence that names its speaker.
Says nothing about whether the sentences answer, and never "yes" or "no".
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.lexical import STOP_WORDS, words
from corpus.types import Sentence, Span
from qa.answer_type import asked_speaker, asked_unit, asks_for_list
from qa.attribution import Attribution, attributions
from qa.gate import THRESHOLD, support
from qa.speakers import PRONOUNS
from qa.stem import stems
from qa.types import DraftSentence, Evidence, SentenceHit

NAME = "extractive"
# A further sentence must score nearly as high as the first: on CLAPNQ this gives citation precision .67 and recall .61;
# the curve is in benchmarks/results/fit_reader.json (docs/decisions/013).
RELATIVE_SCORE = 0.88
REDUNDANT = 0.6  # share of the shorter sentence's stems that another already says
CONSIDERED = 12  # sentences below the twelfth are never within RELATIVE_SCORE in our sets
MORE = 2  # times as many sentences for a list or somebody's statements, which are told in one or two each
# Of the first's, for a sentence of a list beyond the usual number: .88 costs .001 of precision on CLAPNQ.
LIST_SCORE = 0.9
SAID_SCORE = 0.8  # of the best of the speaker's own
NEAR = 3  # sentences between a quotation and the one that names its speaker
UNIT_SCORE = 0.75  # of the best, for a sentence that has the unit asked for where the best has not
SAID_FIRST = 0.9  # of the best of all: a speaker's sentences on another matter are no answer

_NEEDS_CONTEXT = re.compile(
    r"^[\"“'‘(]?(?:(?:But|And|So|Yet|Instead|However|Still|Then|Meanwhile|Also|Later),?\s+)?"
    r"(?:he|she|they|it|his|her|their|its|this|that|these|those|both|the (?:move|decision|former|latter|two))\b(?!\s+is\s+\w+'s)",
    re.IGNORECASE,
)
_ENDS_QUOTATION = re.compile(r"[^“\"”]*”")  # a mark that closes what another sentence opened
_ENUMERATION = re.compile(r"\w[\w'’-]*, (?:[\w'’-]+ ){0,5}?[\w'’-]+,? (?:and|or) ")
_ITEM = re.compile(r"\b[A-Z][\w-]+|\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class ExtractiveReader:
    """Picks sentences from the evidence."""

    max_sentences: int = 3
    name: str = NAME
    relative_score: float = RELATIVE_SCORE

    def read(
        self, question: str, evidence: Evidence, cancelled: threading.Event | None = None
    ) -> Iterator[DraftSentence]:
        """Draft sentences, each the text of one evidence sentence, most relevant first."""
        del cancelled  # choosing takes no time
        hits = evidence.hits
        speech = Speech(hits)
        speaker = asked_speaker(question)
        own = speech.said_by(speaker) if speaker else []
        if (
            speaker
            and own
            and hits[own[0]].score
            >= SAID_FIRST * max(h.score for i, h in enumerate(hits) if not speech.is_others(i, own))
        ):
            most = MORE * self.max_sentences
            chosen = _choose(hits, _on_topic_first(question, speaker, hits, own), most, SAID_SCORE)
        elif asks_for_list(question):
            most = MORE * self.max_sentences
            chosen = self._list(question, hits, most)
        else:
            most = self.max_sentences
            chosen = self._usual(question, hits)
        chosen = speech.with_speakers(_with_context(chosen, hits, speech), max(most, 2))
        chosen = _in_order(chosen, hits)
        yield from (DraftSentence(hits[i].sentence.text, (i,)) for i in chosen)

    def _list(self, question: str, hits: Sequence[SentenceHit], most: int) -> list[int]:
        """Sentences that each bring a name or number not there yet, for members of a list are told in the same words."""
        if not hits or _ENUMERATION.search(hits[0].sentence.text):
            return self._usual(question, hits)  # the first lists them itself
        chosen = [0]
        said = {*words(question), *_items(hits[0])}
        for i, hit in enumerate(hits[1:CONSIDERED], start=1):
            if len(chosen) == most:
                break
            further = len(chosen) >= self.max_sentences
            if hit.score < (LIST_SCORE if further else self.relative_score) * hits[0].score:
                continue
            if further and support(hit.features) < THRESHOLD:
                continue
            new = _items(hit) - said
            told = any(_overlap(hit, hits[j]) >= REDUNDANT for j in chosen)
            if new or (hit.features.kind and not told):
                chosen.append(i)
                said |= new
        return chosen

    def _usual(self, question: str, hits: Sequence[SentenceHit]) -> list[int]:
        among = list(range(min(CONSIDERED, len(hits))))
        if (unit := asked_unit(question)) and hits:
            floor = UNIT_SCORE * hits[0].score
            fit = [i for i in among if hits[i].score >= floor and unit.search(hits[i].sentence.text)]
            among = fit or among
        return _choose(hits, among, self.max_sentences, self.relative_score)


def _choose(hits: Sequence[SentenceHit], among: Sequence[int], most: int, relative_score: float) -> list[int]:
    """The best of some hits, and others that score nearly as high and say something else."""
    chosen: list[int] = []
    for i in among:
        if len(chosen) == most:
            break
        if chosen and (hits[i].score < relative_score * hits[among[0]].score or not hits[i].features.kind):
            continue
        if all(_overlap(hits[i], hits[j]) < REDUNDANT for j in chosen):
            chosen.append(i)
    return chosen


def _on_topic_first(question: str, speaker: str, hits: Sequence[SentenceHit], own: list[int]) -> list[int]:
    """A speaker's sentences, those with a word of what they are asked about in front, if they score nearly as high."""
    topic = stems(question) - stems(speaker)
    near = [i for i in own if hits[i].score >= SAID_SCORE * hits[own[0]].score and topic & stems(hits[i].sentence.text)]
    return [*near, *(i for i in own if i not in near)]


def _in_order(chosen: list[int], hits: Sequence[SentenceHit]) -> list[int]:
    """A quotation's first half before its second, when the second was the better one."""
    if len(chosen) < 2 or not _ENDS_QUOTATION.match(hits[chosen[0]].sentence.text):
        return chosen
    before = next((i for i in chosen[1:] if _follows(hits[i].sentence, hits[chosen[0]].sentence)), None)
    return chosen if before is None else [before, *(i for i in chosen if i != before)]


def _with_context(chosen: list[int], hits: Sequence[SentenceHit], speech: Speech) -> list[int]:
    """After a first sentence led by a pronoun, the sentence before it in its article, which says who is meant."""
    if not chosen or not _NEEDS_CONTEXT.match(hits[chosen[0]].sentence.text):
        return chosen
    if speech.is_named(chosen[0]):
        return chosen  # "“It is over,” Ada Kern said": the pronoun is hers
    first = hits[chosen[0]].sentence
    before = next(
        (i for i, hit in enumerate(hits) if _follows(hit.sentence, first) and hit.sentence.role == first.role), None
    )
    if before is None:
        return chosen
    rest = [i for i in chosen[1:] if i != before]
    return [chosen[0], before, *rest]


def _follows(sentence: Sentence, other: Sentence) -> bool:
    """Whether the other is the next sentence of the same article."""
    return sentence.article_id == other.article_id and sentence.index == other.index - 1


@dataclass(frozen=True, slots=True)
class Speech:
    """Who says what in the sentences found. Looks at a passage when it is asked about a sentence of it."""

    hits: Sequence[SentenceHit]

    def of(self, i: int) -> Attribution:
        """Whose words a hit gives, as far as its passage tells."""
        passage = self.hits[i].passage
        place = self.hits[i].sentence.index - passage.sentences[0].index
        return _attributions(passage.sentences)[place]

    def said_by(self, speaker: str) -> list[int]:
        """The hits whose speaker has all of these names; of a title, the last word."""
        names = {word for word in words(speaker) if word not in STOP_WORDS}
        own = [i for i in range(len(self.hits)) if names and (who := self.of(i).who) and names <= set(words(who))]
        is_role = speaker.removeprefix("the ")[:1].islower()
        return own or ([i for i in range(len(self.hits)) if self._is_called(i, names)] if is_role else [])

    def is_others(self, i: int, own: Sequence[int]) -> bool:
        """Whether somebody else than the one asked about says this: no rival to what that one says."""
        return i not in own and self.of(i).who is not None

    def _is_called(self, i: int, names: set[str]) -> bool:
        """Whether the speaker is introduced with these words: "The mayor of Derna, X, told reporters"."""
        found = self.of(i)
        if found.speaker is None or found.verb is None:
            return False
        introduced = self.hits[i].sentence.text[: max(found.speaker.end, found.verb.start)]
        return bool(names) and names <= set(words(introduced))

    def is_named(self, i: int) -> bool:
        """Whether the sentence is somebody's quotation and names them itself."""
        found = self.of(i)
        return found.kind == "quotation" and found.speaker is not None and not self._is_pronoun(i, found.speaker)

    def _is_pronoun(self, i: int, speaker: Span) -> bool:
        return speaker.of(self.hits[i].sentence.text).lower() in PRONOUNS

    def with_speakers(self, chosen: Sequence[int], most: int) -> list[int]:
        """After each quotation that does not name its speaker, the sentence of its article that does."""
        result: list[int] = []
        for i in chosen:
            naming = self._naming(i)
            if i not in result:
                result.append(i)
            if naming and not set(naming) & set(result):
                result.append(next((j for j in naming if j in chosen), naming[0]))
        return result[:most]

    def _naming(self, i: int) -> list[int]:
        """The hits that name who speaks this quotation, the nearest first; none when it does itself."""
        found = self.of(i)
        if found.kind != "quotation" or found.who is None or self.is_named(i):
            return []
        here = self.hits[i].sentence
        name = found.who.split()[-1]
        near = [
            (abs(hit.sentence.index - here.index), hit.sentence.index, j)
            for j, hit in enumerate(self.hits)
            if j != i and hit.sentence.article_id == here.article_id and abs(hit.sentence.index - here.index) <= NEAR
        ]
        return [j for _, _, j in sorted(near) if name in self.hits[j].sentence.text and self.of(j).who == found.who]


@lru_cache(maxsize=256)  # the sentences of a passage are asked about one by one
def _attributions(sentences: tuple[Sentence, ...]) -> list[Attribution]:
    blocks = {i for i, sentence in enumerate(sentences) if sentence.role == "quote-block"}
    return attributions([sentence.text for sentence in sentences], blocks)


def _items(hit: SentenceHit) -> set[str]:
    """Names and numbers, in lower case."""
    return {word for match in _ITEM.finditer(hit.sentence.text) for word in words(match.group())} - STOP_WORDS


def _overlap(a: SentenceHit, b: SentenceHit) -> float:
    left, right = stems(a.sentence.text), stems(b.sentence.text)
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 1.0
