"""Ranking sentences by late interaction over the bi-encoder's own token states.

For each question token the maximum cosine over the sentence's tokens (MaxSim: Khattab and Zaharia, "ColBERT",
SIGIR 2020), averaged with weights by the rarity of the word in the library; mixed with the same over the whole
passage, with the pooled vectors' cosine, with exact matches of words, and with whether the sentence holds a thing
of the kind asked for. Retrieves nothing and decides nothing about answering: that is `qa.gate`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.lexical import STOP_WORDS, WORD
from corpus.types import Passage
from embeddings.states import PassageStates
from embeddings.types import Encoding, Float32
from qa.answer_type import AnswerType, answer_type, has_answer
from qa.stem import stem, stems
from qa.types import SentenceHit

# Pseudo-counts keep weights sane in a library of one article: 100 unseen passages, of which a word is in 1.
PRIOR_PASSAGES, PRIOR_FREQUENCY = 100.0, 1.0
STOP_WEIGHT = 0.25  # of the lightest content word's weight scale; "who" and "the" carry a little context


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for ranking.

    `weights`: float32 `[n]`, one a token of the encoding, summing to 1. `terms`: stem of each content word to its
    rarity weight. `names`: stems of words that are written like names or numbers.
    """

    text: str
    encoding: Encoding
    weights: Float32
    terms: Mapping[str, float]
    names: frozenset[str]
    kind: AnswerType


@dataclass(frozen=True, slots=True)
class Features:
    """What a sentence's score is made of, each in about [0, 1]."""

    sentence: float  # late interaction with the sentence
    passage: float  # late interaction with the whole passage
    pooled: float  # cosine of the question's vector and the mean of the sentence's states
    words: float  # weighted share of the question's content words in the sentence
    context_words: float  # the same in the sentence, its neighbors and the title
    kind: float  # 1 when the sentence holds a thing of the kind asked for


# Fitted by `python -m benchmarks.ranking_fit` (listwise logistic) on three public question sets at once.
WEIGHTS = Features(sentence=1.0, passage=0.1, pooled=0.1, words=0.2, context_words=0.1, kind=0.02)


def rarity(passages: int, frequency: int) -> float:
    """How much a word tells: the logarithm of its smoothed inverse passage frequency."""
    return math.log1p((passages + PRIOR_PASSAGES) / (1.0 + frequency + PRIOR_FREQUENCY))


def prepare(text: str, encoding: Encoding, frequencies: Mapping[str, int], passages: int) -> Query:
    """Weigh the tokens of a question by the rarity of their words.

    `frequencies` gives, for each content word in lower case, the number of passages that hold it.
    """
    weights = np.zeros(len(encoding.offsets), dtype=np.float32)
    terms: dict[str, float] = {}
    names: set[str] = set()
    found = list(WORD.finditer(text))
    for i, match in enumerate(found):
        word = match.group().lower()
        content = word not in STOP_WORDS
        weight = rarity(passages, frequencies.get(word, 0)) if content else STOP_WEIGHT
        tokens = [k for k, span in enumerate(encoding.offsets) if match.start() <= span.start < match.end()]
        for k in tokens:
            weights[k] = weight / len(tokens)
        if content:
            terms[stem(word)] = weight
            if match.group()[0].isdigit() or (match.group()[0].isupper() and i > 0):
                names.add(stem(word))
    total = float(weights.sum())
    uniform = np.full(len(weights), 1 / max(len(weights), 1), dtype=np.float32)
    return Query(text, encoding, weights / total if total else uniform, terms, frozenset(names), answer_type(text))


def rank(query: Query, passages: Sequence[tuple[Passage, PassageStates]]) -> list[SentenceHit]:
    """Every sentence of the passages, best first, by `(-score, article, position)`; a shared one counts once."""
    best: dict[tuple[str, int], SentenceHit] = {}
    for passage, states in passages:
        for sentence, features in zip(passage.sentences, score_features(query, passage, states), strict=True):
            hit = SentenceHit(sentence, passage, combine(features))
            key = (sentence.article_id, sentence.index)
            if key not in best or hit.score > best[key].score:
                best[key] = hit
    return sorted(best.values(), key=lambda h: (-h.score, h.sentence.article_id, h.sentence.index))


def combine(features: Features) -> float:
    """The weighted sum that ranks."""
    w = WEIGHTS
    return (
        w.sentence * features.sentence + w.passage * features.passage + w.pooled * features.pooled
        + w.words * features.words + w.context_words * features.context_words + w.kind * features.kind
    )  # fmt: skip


def score_features(query: Query, passage: Passage, states: PassageStates) -> list[Features]:
    """The features of each sentence of one passage."""
    similarity = query.encoding.states @ states.states.T  # [question tokens, passage tokens]
    whole = float(similarity.max(axis=1, initial=-1.0) @ query.weights) if similarity.size else 0.0
    matched = [stems(sentence.text) for sentence in passage.sentences]
    title = stems(passage.title)
    rows = []
    for i, (sentence, tokens) in enumerate(zip(passage.sentences, states.slices, strict=True)):
        inside = similarity[:, tokens]
        near = title.union(*matched[max(i - 1, 0) : i + 2])
        rows.append(
            Features(
                sentence=float(inside.max(axis=1) @ query.weights) if inside.shape[1] else 0.0,
                passage=whole,
                pooled=_cosine(query.encoding.vector, states.states[tokens]),
                words=coverage(query.terms, matched[i]),
                context_words=coverage(query.terms, near),
                kind=float(has_answer(query.kind, query.text, sentence.text)),
            )
        )
    return rows


def coverage(terms: Mapping[str, float], present: frozenset[str] | set[str]) -> float:
    """The weighted share of the terms that are present; 0 when there are none."""
    total = sum(terms.values())
    return sum(weight for term, weight in terms.items() if term in present) / total if total else 0.0


def _cosine(vector: Float32, states: Float32) -> float:
    if not len(states):
        return 0.0
    mean = states.mean(axis=0)
    return float(vector @ mean / (np.linalg.norm(mean) + 1e-8))
