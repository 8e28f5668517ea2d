"""Stems of words, as the lexical index has them: Porter's algorithm, in snowballstemmer's implementation."""

from __future__ import annotations

from functools import lru_cache

import snowballstemmer

from corpus.lexical import STOP_WORDS, words

_STEMMER = snowballstemmer.stemmer("porter")


@lru_cache(maxsize=65_536)  # words repeat: a question's passages cost about a millisecond instead of thirty
def stem(word: str) -> str:
    """The stem of a lower-case word; a possessive ending is dropped first. `stem("backs") == "back"`."""
    return str(_STEMMER.stemWord(word.removesuffix("'s").removesuffix("’s")))


@lru_cache(maxsize=8_192)
def stems(text: str) -> frozenset[str]:
    """The stems of a text's content words."""
    return frozenset(stem(word) for word in words(text) if word not in STOP_WORDS)
