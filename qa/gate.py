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
COEFFICIENTS = (4.84, 2.55, 2.93, 0.49, 0.0, 0.43, 0.39, -0.23, 1.22)
TERMS, MOST_TERMS = -0.56, 8  # a question of many content words is matched in full less often
INTERCEPT = -7.96

# At 0.4, cross-validated: of CLAPNQ's unanswerable questions 68 % are refused, with precision .86 (decision 006).
THRESHOLD = 0.4


def support(features: Features, terms: int = 4) -> float:
    """The probability that a sentence with these features answers a question of `terms` content words, in [0, 1]."""
    logit = INTERCEPT + sum(c * f for c, f in zip(COEFFICIENTS, astuple(features), strict=True))
    logit += TERMS * min(terms, MOST_TERMS) / MOST_TERMS
    return 1.0 / (1.0 + math.exp(-logit))


def confidence(query: Query, ranked: Sequence[SentenceHit]) -> float:
    """The probability that the best sentence answers the question; 0 when there is none or no content word."""
    if not ranked or not query.terms:
        return 0.0
    return support(ranked[0].features, len(query.terms))
