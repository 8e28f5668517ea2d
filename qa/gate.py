"""How probable it is that the best sentence answers the question, and the threshold below which no answer is given.

A logistic regression over the features of the best sentence. It uses no score that grows with the library, so one
set of coefficients serves a library of one article and of a million. It ranks nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, fields

from qa.rerank import Query
from qa.types import Features, SentenceHit

MOST_TERMS = 8  # a question of many content words is matched in full less often; beyond eight it makes no difference
INPUTS = (*(field.name for field in fields(Features)), "terms", "counts_something_else")

# Fitted on answerable and unanswerable questions of four public sets, in whole libraries, with the gold article left
# out, and in libraries of one article; no match may lower the probability (benchmarks/fit_gate.py, docs/decisions/012).
# An input that the fit gave nothing is left out. `counts_something_else` is set by judgment (the fit gives -0.269): a
# number of other things than asked reads as an answer and is none.
COEFFICIENTS = {
    "sentence": 3.631, "passage": 5.785, "pooled": 3.0, "words": 0.661, "context_words": 1.077, "kind": 0.255,
    "names": 1.266, "asked": 1.066, "lead": 1.189, "terms": 0.464, "counts_something_else": -0.7,
}  # fmt: skip
INTERCEPT = -11.32
# More likely than not. By five folds of questions: 89 % of XQuAD's and 87 % of CLAPNQ's answerable questions are answered;
# with the gold article left out 92 to 95 % are refused (precision .88 to .89); of CLAPNQ's own unanswerable ones 78 % (.85).
THRESHOLD = 0.5


def inputs(features: Features, terms: int) -> tuple[float, ...]:
    """The numbers the regression sees, as `INPUTS` names them.

    `counts_something_else`: a "how many soldiers" question whose sentence counts another thing.
    """
    return (*astuple(features), min(terms, MOST_TERMS) / MOST_TERMS, float(features.kind == 0.5))


def support(features: Features, terms: int = 4) -> float:
    """The probability that a sentence with these features answers a question of `terms` content words, in [0, 1]."""
    values = zip(INPUTS, inputs(features, terms), strict=True)
    logit = INTERCEPT + sum(COEFFICIENTS.get(name, 0.0) * value for name, value in values)
    return 1.0 / (1.0 + math.exp(-logit))


def confidence(query: Query, ranked: Sequence[SentenceHit]) -> float:
    """The probability that the best sentence answers the question; 0 when there is none or no content word."""
    if not ranked or not query.terms:
        return 0.0
    return support(ranked[0].features, len(query.terms))
