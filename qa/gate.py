"""How probable it is that the best sentence answers the question, and the threshold below which no answer is given.

A logistic regression over the features of the best sentence. It uses no score that grows with the library, so one
set of coefficients serves a library of one article and of a million. It ranks nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple

from qa.rerank import Query
from qa.types import Features, SentenceHit

# In the order of `Features`. Fitted on answerable and unanswerable questions of four public sets, in whole libraries,
# with the gold article left out, and in libraries of that one article alone (docs/decisions/006).
COEFFICIENTS = (4.77, 2.76, 2.91, 0.57, 0.33, 0.46, 0.32, -0.15, -0.51, 1.23)
TERMS, MOST_TERMS = -0.55, 8  # a question of many content words is matched in full less often
INTERCEPT = -8.05
# A "how many soldiers" question whose best sentence counts something else. With the gold article left out of XQuAD
# such questions have 1.4 lower log-odds than those whose noun is there; half of it is applied, by judgment.
COUNTS_SOMETHING_ELSE = -0.7

# Chosen to keep nine of ten answerable questions: at 0.3, cross-validated on CLAPNQ, 93 % of the answerable ones are
# answered and 61 % of the unanswerable ones refused (precision of refusal .89); at 0.4 it is 88 % and 72 % (.86).
THRESHOLD = 0.32


def support(features: Features, terms: int = 4) -> float:
    """The probability that a sentence with these features answers a question of `terms` content words, in [0, 1]."""
    logit = INTERCEPT + sum(c * f for c, f in zip(COEFFICIENTS, astuple(features), strict=True))
    if features.kind == 0.5:
        logit += COUNTS_SOMETHING_ELSE
    logit += TERMS * min(terms, MOST_TERMS) / MOST_TERMS
    return 1.0 / (1.0 + math.exp(-logit))


def confidence(query: Query, ranked: Sequence[SentenceHit]) -> float:
    """The probability that the best sentence answers the question; 0 when there is none or no content word."""
    if not ranked or not query.terms:
        return 0.0
    return support(ranked[0].features, len(query.terms))
