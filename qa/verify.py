"""The check before anything is shown: a drafted sentence against the stored sentences it rests on.

A draft that is a stored sentence, word for word, passes as it is. Any other must state something, must get every guarded
fact right (`qa.guards`), and must agree in meaning: late interaction of its tokens with those of the cited sentences, and
back, weighed by a logistic regression. Better sentences are looked for before a draft is given up. Retrieves nothing.
"""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Protocol

import numpy as np

from embeddings.types import Embedder, Encoding, Float32
from qa.claims import PREAMBLE, Claim, Source, claim
from qa.gate import THRESHOLD, support
from qa.guards import check, referred, understated
from qa.types import Check, DraftSentence, Evidence, SentenceHit, Status, Verdict

WEAK = THRESHOLD  # a quoted sentence below it is shown marked: alone it would not have been given as an answer
MOST_LABELS = 3  # a sentence that needs more than three sources is no sentence to check
CANDIDATES = 6  # sentences of the evidence that are compared in meaning, those that share most words
KEPT = 512  # encodings of sentences kept: the evidence of a dozen answers, about 25 MB
STOP_WEIGHT = 0.25  # as in ranking: "the" and "of" carry a little context
CLOSE = 0.1  # of forward match: a sentence that is farther behind the nearest is about something else

# Guards that another source may satisfy: a missing fact. The others name a contradiction.
_MISSING = frozenset({"quotation", "numbers", "units", "dates", "names"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a draft agrees with the sentences it cites, in what they say; each in about [0, 1]."""

    forward: float
    """Mean over the draft's tokens of the best match among the sources' tokens (MaxSim), content words counting most."""
    weakest: float
    """The same of the content word that is matched least."""
    weak: float
    """Mean of the worst-matched third of the content words."""
    backward: float
    """Mean over the tokens of the best source of the best match in the draft."""
    cosine: float
    """Of the vectors of the draft and of the nearest source."""
    words: float
    """Share of the draft's content words that are in the sources."""
    pairs: float
    """Share of the draft's neighboring content words that stand near each other in one source, too."""


class Entailment(Protocol):
    """A model that reads two texts together and tells whether the first says the second. Thread-safe."""

    def entailed(self, premise: str, hypothesis: str) -> float:
        """The probability that whoever accepts the premise accepts the hypothesis, in [0, 1]."""


# Fitted on the human labels of AttributionBench's development set (benchmarks/fit_verify.py, docs/decisions/020).
COEFFICIENTS = {"forward": 3.149, "weakest": 0.773, "backward": 2.265, "cosine": 1.922, "pairs": 0.329}
INTERCEPT = -5.236
SHOWN = 0.5  # more likely than not
SUPPORTED = 0.65  # below it a draft is shown marked; of AttributionBench's claims above it 76 % are supported, by folds


@dataclass(frozen=True, slots=True)
class Finding:
    """A draft held against some sentences of the evidence."""

    labels: tuple[int, ...]
    agreement: Agreement
    checks: tuple[Check, ...]
    probability: float

    @property
    def faults(self) -> frozenset[str]:
        """The names of the guards that failed."""
        return frozenset(check.name for check in self.checks if not check.passed)


class _Encodings:
    """Encodings by text, the latest `KEPT`. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Encoding] = OrderedDict()

    def get(self, embedder: Embedder, texts: Sequence[str]) -> list[Encoding]:
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        fresh = dict(zip(missing, embedder.embed_passages(missing), strict=True)) if missing else {}
        with self._lock:
            self._kept |= fresh
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return [known[text] if text in known else fresh[text] for text in texts]


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks drafted sentences. Thread-safe, as its embedder is.

    `published` tells the day of an article's version, for drafts that write "on Wednesday" as a date. `nli`, when there is
    one, has the last word on the meaning of a draft that passed everything else.
    """

    embedder: Embedder
    published: Callable[[str, int], datetime | None] | None = None
    nli: Entailment | None = None
    _encodings: _Encodings = field(default_factory=_Encodings, repr=False, compare=False)

    def verify(self, draft: DraftSentence, evidence: Evidence) -> Verdict:
        """What is shown of a drafted sentence, and with which labels."""
        hits = evidence.hits
        given = tuple(dict.fromkeys(label for label in draft.labels if 0 <= label < len(hits)))
        order = (*given, *(i for i in range(len(hits)) if i not in given))
        quoted = next((i for i in order if hits[i].sentence.text == draft.text), None)
        if quoted is not None:
            return _quoted(draft, quoted, hits[quoted])
        text = PREAMBLE.sub("", draft.text).strip()
        if text != draft.text:  # "The answer is: Turkey backs them." is shown without its first words
            draft = DraftSentence(text[:1].upper() + text[1:], draft.labels)
        if not hits or not _states(text):
            detail = "It states nothing that a sentence could confirm." if hits else "There is no sentence to rest on."
            return _withheld(draft, (Check("support" if hits else "labels", False, detail),))
        best = _choose(self.findings(text, hits, given, search=False)) if given else None
        if best is None or best.faults or best.probability < SUPPORTED:
            best = _choose(self.findings(text, hits, given))
        if self.nli is not None and not best.faults and best.probability >= SHOWN:
            premise = " ".join(hits[i].sentence.text for i in sorted(best.labels))
            best = replace(best, probability=self.nli.entailed(premise, text))
        return _verdict(draft, best, _labels_check(draft, given, best), claim(text), self._sources(best.labels, hits))

    def findings(
        self, text: str, hits: Sequence[SentenceHit], given: Sequence[int] = (), *, search: bool = True
    ) -> Iterator[Finding]:
        """The draft against single sentences, those given first, then against growing sets that match it better.

        Without `search` only the sentences given are looked at.
        """
        own = claim(text)
        candidates = _candidates(own, hits, given) if search else list(given[:MOST_LABELS])
        draft, *encodings = self._encodings.get(self.embedder, [text, *(hits[i].sentence.text for i in candidates)])
        compare = _Comparison(own, draft, dict(zip(candidates, encodings, strict=True)), hits)
        singles = [self._finding(own, compare, (i,), hits) for i in candidates]
        yield from singles
        best = max(singles, key=lambda f: (f.agreement.forward, -f.labels[0]))
        while len(best.labels) < min(MOST_LABELS, len(candidates)):
            rest = [i for i in candidates if i not in best.labels]
            added = max(rest, key=lambda i: (compare.gain(best.labels, i), -i))
            best = self._finding(own, compare, (*best.labels, added), hits)
            yield best

    def _finding(
        self, own: Claim, compare: _Comparison, labels: tuple[int, ...], hits: Sequence[SentenceHit]
    ) -> Finding:
        sources = self._sources(labels, hits)
        agreement = compare.agreement(labels, referred(own, sources))
        checks = check(own, sources)
        probability = supported_probability(agreement)
        return Finding(labels, agreement, checks, probability)

    def _sources(self, labels: Sequence[int], hits: Sequence[SentenceHit]) -> list[Source]:
        return [self._source(hits[i]) for i in labels]

    def _source(self, hit: SentenceHit) -> Source:
        sentence = hit.sentence
        others = hit.passage.sentences
        before = next((s for s in others if s.index == sentence.index - 1 and s.role == sentence.role), None)
        moment = self.published(sentence.article_id, sentence.version) if self.published else None
        return Source(
            claim(sentence.text), claim(before.text) if before else None, claim(hit.passage.title),
            tuple(claim(s.text) for s in others if abs(s.index - sentence.index) <= 3), moment.date() if moment else None,
        )  # fmt: skip


def supported_probability(agreement: Agreement) -> float:
    """The probability that the sentences support the draft, as people judged such pairs, in [0, 1]."""
    logit = INTERCEPT + sum(weight * float(getattr(agreement, name)) for name, weight in COEFFICIENTS.items())
    return 1.0 / (1.0 + math.exp(-logit))


class _Comparison:
    """Token similarities of one draft with its candidates, computed once."""

    def __init__(
        self, own: Claim, draft: Encoding, candidates: dict[int, Encoding], hits: Sequence[SentenceHit]
    ) -> None:
        self._own = own
        self._weights, self._words = _weigh(own, draft)
        self._similar = {i: draft.states @ e.states.T for i, e in candidates.items()}
        self._best = {i: s.max(axis=1, initial=0.0) for i, s in self._similar.items()}
        self._cosine = {i: float(draft.vector @ e.vector) for i, e in candidates.items()}
        self._claims = {i: claim(hits[i].sentence.text) for i in candidates}
        self._backward = {i: _backward(self._claims[i], e, self._similar[i]) for i, e in candidates.items()}

    def gain(self, labels: Sequence[int], more: int) -> float:
        """How much better the draft's tokens are matched with one more sentence."""
        together = np.maximum(self._together(labels), self._best[more])
        return float(together @ self._weights)

    def agreement(self, labels: Sequence[int], referred: frozenset[int] = frozenset()) -> Agreement:
        """The features of one set of candidates; `referred` are words that it names otherwise ("he")."""
        found = self._together(labels)
        weights = self._weights.copy()
        kept = {i: list(tokens) for i, tokens in self._words.items() if i not in referred}
        for i in referred & self._words.keys():
            weights[list(self._words[i])] = 0.0
        each = sorted(float(found[tokens].mean()) for tokens in kept.values()) or [float(found @ weights)]
        stems = frozenset[str]().union(*(self._claims[i].stems for i in labels))
        own = {self._own.words[i].stem for i in kept}
        return Agreement(
            forward=float(found @ weights) / (float(weights.sum()) or 1.0),
            weakest=each[0],
            weak=float(np.mean(each[: max(1, len(each) // 3)])),
            backward=max(self._backward[i] for i in labels),
            cosine=max(self._cosine[i] for i in labels),
            words=len(own & stems) / len(own) if own else 0.0,
            pairs=_pairs(self._own, [self._claims[i] for i in labels]),
        )

    def _together(self, labels: Sequence[int]) -> Float32:
        return np.asarray(np.max([self._best[i] for i in labels], axis=0), dtype=np.float32)


def _weigh(own: Claim, encoding: Encoding) -> tuple[Float32, dict[int, tuple[int, ...]]]:
    """A weight for each token, summing to 1, and the tokens of each content word by its position."""
    weights = np.zeros(len(encoding.offsets), dtype=np.float32)
    spelled: dict[int, tuple[int, ...]] = {}
    starts = [span.start for span in encoding.offsets]
    for i, word in enumerate(own.words):
        tokens = tuple(k for k, start in enumerate(starts) if word.span.start <= start < word.span.end)
        for k in tokens:
            weights[k] = (1.0 if word.content or word.key.isdigit() else STOP_WEIGHT) / len(tokens)
        if word.content and tokens:
            spelled[i] = tokens
    total = float(weights.sum())
    return (weights / total if total else weights), spelled


def _backward(source: Claim, encoding: Encoding, similar: Float32) -> float:
    weights, _ = _weigh(source, encoding)
    return float(similar.max(axis=0, initial=0.0) @ weights)


_WINDOW = 6  # words that neighbors in the draft may be apart in the source


def _pairs(own: Claim, sources: Sequence[Claim]) -> float:
    content = [word.stem for word in own.words if word.content]
    pairs = set(pairwise(content))
    near: set[tuple[str, str]] = set()
    for source in sources:
        stems = [word.stem if word.content else "" for word in source.words]
        near |= {
            (a, b) for i, a in enumerate(stems) if a
            for b in stems[max(0, i - _WINDOW) : i + _WINDOW + 1] if b and b != a
        }  # fmt: skip
    return len(pairs & near) / len(pairs) if pairs else 0.0


def _candidates(own: Claim, hits: Sequence[SentenceHit], given: Sequence[int]) -> list[int]:
    """The labels given, then the sentences that share most of the draft's words and numbers, the better ranked first."""

    def shared(i: int) -> float:
        other = claim(hits[i].sentence.text)
        numbers = {q.value for q in own.quantities} & {q.value for q in other.quantities}
        return (
            len(own.stems & other.stems)
            + len(numbers)
            + len({m.month for m in own.moments} & {m.month for m in other.moments} - {None})
        )

    others = sorted((i for i in range(len(hits)) if i not in given), key=lambda i: (-shared(i), i))
    return [*given[:MOST_LABELS], *others][: max(CANDIDATES, len(given[:MOST_LABELS]))]


_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|did|does|do|should)\b|\w{2,}(?:ed|s)\b",
    re.IGNORECASE,
)
_LEAST_WORDS = 3  # content words, names and numbers of the shortest statement: "Turkey backs rebels"


def _states(text: str) -> bool:
    """Whether a draft says something: no question, no bare name, no "yes"."""
    own = claim(text)
    told = sum(word.content for word in own.words) + len(own.quantities) + len(own.moments)
    lower = [word for word in own.words if not word.name]
    return (
        not text.endswith("?")
        and told >= _LEAST_WORDS
        and any(_FINITE.fullmatch(word.text) or word.content for word in lower)
    )


def _choose(findings: Iterable[Finding]) -> Finding:
    """The smallest set that supports; among equals the most probable. Without one, the sentence that is nearest.

    A sentence that matches clearly worse than the nearest one supports nothing: then the draft is a garbled form of the
    nearest. Nor do more sentences help where the nearest one says the contrary.
    """
    every = list(findings)
    nearest = max((f for f in every if len(f.labels) == 1), key=lambda f: (f.agreement.forward, -f.labels[0]))
    close = [
        f for f in every
        if f.agreement.forward >= nearest.agreement.forward - CLOSE and (len(f.labels) == 1 or nearest.faults <= _MISSING)
    ]  # fmt: skip
    sound = [f for f in close if not f.faults and f.probability >= SHOWN]
    strong = [f for f in sound if f.probability >= SUPPORTED]
    return min(strong or sound, key=lambda f: (len(f.labels), -f.probability, f.labels), default=nearest)


def _labels_check(draft: DraftSentence, given: Sequence[int], best: Finding) -> Check:
    if len(given) < len(set(draft.labels)):
        return Check("labels", True, "A label that names no sentence was dropped.")
    if set(best.labels) <= set(given):
        return Check("labels", True, "The sentences it names are those it rests on.")
    return Check("labels", True, "It rests on other sentences than it named.")


def _verdict(draft: DraftSentence, best: Finding, labels: Check, own: Claim, sources: Sequence[Source]) -> Verdict:
    checks = (labels, *best.checks)
    if best.faults:
        return _withheld(draft, checks)
    if best.probability < SHOWN:
        return _withheld(draft, (*checks, Check("support", False, "The cited sentences do not say this.")))
    status: Status = "supported"
    detail = "The cited sentences say this."
    if fault := understated(own, sources):
        status, detail = "weak", fault
    elif best.probability < SUPPORTED:
        status, detail = "weak", "The cited sentences say something close to this."
    final = Check("support", status == "supported", detail)
    return Verdict(draft.text, best.labels, best.probability, status, (*checks, final))


def _quoted(draft: DraftSentence, label: int, hit: SentenceHit) -> Verdict:
    probability = support(hit.features)
    checks = (Check("quotation", True, "It is the cited sentence, word for word."),)
    return Verdict(draft.text, (label,), probability, "supported" if probability >= WEAK else "weak", checks)


def _withheld(draft: DraftSentence, checks: tuple[Check, ...]) -> Verdict:
    return Verdict(draft.text, (), 0.0, "withheld", checks)
