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
from embeddings.states import PassageStates, turned
from embeddings.types import Encoding, Float32
from qa.answer_type import AnswerType, answer_type, counted_noun, has_answer
from qa.stem import stem, stems
from qa.types import Features, SentenceHit

# Pseudo-counts keep weights sane in a library of one article: 100 unseen passages, of which a word is in 1.
PRIOR_PASSAGES, PRIOR_FREQUENCY = 100.0, 1.0
QUESTION_WORDS = frozenset({"who", "whom", "whose", "what", "which", "when", "where", "why", "how"})
ASKING = frozenset({"say", "said", "says", "tell", "told", "tells", "think", "thinks", "mention", "happen", "happened"})
STOP_WEIGHT = 0.25  # of the lightest content word's weight scale; "who" and "the" carry a little context


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for ranking.

    `encoding`: turned, as passages' states are. `weights`: float32 `[n]`, one a token of it, summing to 1.
    `terms`: stem of each content word to its rarity weight. `term_tokens`: which tokens spell that word. `names`: stems of words that are written like names
    or numbers. `missing`: content words that no passage holds, as written, but
    for those of asking itself ("say", "happen"). `asking`: the tokens of the first question word.
    """

    text: str
    encoding: Encoding
    weights: Float32
    terms: Mapping[str, float]
    term_tokens: Mapping[str, tuple[int, ...]]
    names: frozenset[str]
    missing: tuple[str, ...]
    kind: AnswerType
    asking: tuple[int, ...]


TITLE, PRECEDING = 0.9, 0.8  # how much of a match in the title, or one sentence before, counts (docs/decisions/011)
LEAD_SLACK = 1e-4  # a sentence shared by two passages has states that differ by rounding

# Weights of the sum that ranks, fitted listwise on four public sets at once (benchmarks/fit_ranking.py).
RANKING = {
    "reach": 1.0, "passage": 0.4, "pooled": 0.51, "words": 0.19, "context_words": 0.26, "kind": 0.05,
    "asked": 0.51, "lead": 0.09,
}  # fmt: skip


def rarity(passages: int, frequency: int) -> float:
    """How much a word tells: the logarithm of its smoothed inverse passage frequency."""
    return math.log1p((passages + PRIOR_PASSAGES) / (1.0 + frequency + PRIOR_FREQUENCY))


def prepare(text: str, encoding: Encoding, frequencies: Mapping[str, int], passages: int) -> Query:
    """Weigh the tokens of a question by the rarity of their words.

    `frequencies` gives, for each content word in lower case, the number of passages that hold it.
    """
    weights = np.zeros(len(encoding.offsets), dtype=np.float32)
    terms: dict[str, float] = {}
    term_tokens: dict[str, tuple[int, ...]] = {}
    names: set[str] = set()
    missing: list[str] = []
    asking: tuple[int, ...] = ()
    found = list(WORD.finditer(text))
    for i, match in enumerate(found):
        word = match.group().lower()
        content = word not in STOP_WORDS
        weight = rarity(passages, frequencies.get(word, 0)) if content else STOP_WEIGHT
        tokens = [k for k, span in enumerate(encoding.offsets) if match.start() <= span.start < match.end()]
        for k in tokens:
            weights[k] = weight / len(tokens)
        if not asking and word in QUESTION_WORDS:
            asking = tuple(tokens)
        if content:
            terms[stem(word)] = weight
            if tokens:
                term_tokens[stem(word)] = tuple(tokens)
            measured = i > 0 and found[i - 1].group().lower() == "how"  # "how many", "how old": asks, names nothing
            if not frequencies.get(word) and not measured and word not in ASKING:
                missing.append(match.group())
            if match.group()[0].isdigit() or (match.group()[0].isupper() and i > 0):
                names.add(stem(word))
    total = float(weights.sum())
    uniform = np.full(len(weights), 1 / max(len(weights), 1), dtype=np.float32)
    return Query(
        text, turned(encoding), weights / total if total else uniform, terms, term_tokens, frozenset(names), tuple(missing),
        answer_type(text), asking,
    )  # fmt: skip


def rank(query: Query, passages: Sequence[tuple[Passage, PassageStates]]) -> list[SentenceHit]:
    """Every sentence of the passages, best first, by `(-score, article, position)`; a shared one counts once."""
    best: dict[tuple[str, int], SentenceHit] = {}
    for passage, states in passages:
        for sentence, features in zip(passage.sentences, score_features(query, passage, states), strict=True):
            hit = SentenceHit(sentence, passage, combine(features), features)
            key = (sentence.article_id, sentence.index)
            if key not in best or hit.score > best[key].score:
                best[key] = hit
    return sorted(best.values(), key=lambda h: (-h.score, h.sentence.article_id, h.sentence.index))


def combine(features: Features) -> float:
    """The weighted sum that ranks."""
    return sum(weight * float(getattr(features, name)) for name, weight in RANKING.items())


def score_features(query: Query, passage: Passage, states: PassageStates) -> list[Features]:
    """The features of each sentence of one passage."""
    similarity = query.encoding.states @ states.states.T  # [question tokens, passage tokens]
    in_passage = similarity.max(axis=1, initial=0.0)
    in_sentences = [similarity[:, tokens].max(axis=1, initial=0.0) for tokens in states.slices]
    reached = _reach(in_sentences, similarity[:, : states.slices[0].start].max(axis=1, initial=0.0))
    matched = [stems(sentence.text) for sentence in passage.sentences]
    title = stems(passage.title)
    everywhere = title.union(*matched)
    names = sum(name in everywhere for name in query.names) / len(query.names) if query.names else 1.0
    shared = {
        "passage": float(in_passage @ query.weights),
        "weakest_in_passage": _weakest(query, in_passage),
        "passage_words": coverage(query.terms, everywhere),
        "names": names,
    }
    rows = []
    for i, (sentence, tokens) in enumerate(zip(passage.sentences, states.slices, strict=True)):
        found = in_sentences[i]
        near = title.union(*matched[max(i - 1, 0) : i + 2])
        rows.append(
            Features(
                sentence=float(found @ query.weights),
                pooled=_cosine(query.encoding.vector, states.states[tokens]),
                words=coverage(query.terms, matched[i]),
                context_words=coverage(query.terms, near),
                kind=_kind(query, sentence.text, matched[i]),
                weakest_word=_weakest(query, found),
                reach=float(reached[i] @ query.weights),
                asked=float(found[list(query.asking)].max(initial=0.0)) if query.asking else 0.0,
                lead=float((found >= in_passage - LEAD_SLACK) @ query.weights),
                **shared,
            )
        )
    return rows


def _reach(in_sentences: Sequence[Float32], title: Float32) -> list[Float32]:
    """Token scores of each sentence, each at least those of the title and of the sentence before it, discounted."""
    reached: list[Float32] = []
    for found in in_sentences:
        best = np.maximum(found, TITLE * title)
        reached.append(np.maximum(best, PRECEDING * reached[-1]) if reached else best)
    return reached


def _kind(query: Query, text: str, matched: frozenset[str]) -> float:
    if not has_answer(query.kind, query.text, text):
        return 0.0
    counted = counted_noun(query.text)
    return 1.0 if counted is None or stem(counted) in matched else 0.5


def coverage(terms: Mapping[str, float], present: frozenset[str]) -> float:
    """The weighted share of the terms that are present; 0 when there are none."""
    total = sum(terms.values())
    return sum(weight for term, weight in terms.items() if term in present) / total if total else 0.0


def _weakest(query: Query, token_scores: Float32) -> float:
    """The lowest mean score of any content word's tokens; 0 when the question has no content word."""
    scores = (float(token_scores[list(tokens)].mean()) for tokens in query.term_tokens.values())
    return min(scores, default=0.0)


def _cosine(vector: Float32, states: Float32) -> float:
    if not len(states):
        return 0.0
    mean = states.mean(axis=0)
    return float(vector @ mean / (np.linalg.norm(mean) + 1e-8))
