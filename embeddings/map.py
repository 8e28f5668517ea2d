"""A map of the library: articles as points, like ones near each other, in named groups. The only module that imports
scikit-learn.

An article's vector is the mean of its passages' vectors. Distances on the map are those of t-SNE: who is near whom can be
read from it, how far apart two groups are cannot.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.insight import article_ids, article_vectors
from corpus.lexical import STOP_WORDS, WORD
from corpus.library import Library
from corpus.types import ArticleSummary, Filters
from corpus.vectors import generation
from embeddings.types import Float32

LIMIT = 1500  # articles drawn: t-SNE of so many takes about 20 s on a slow core, and more dots hide one another
FEWEST = 5  # articles that make a map
MOST_GROUPS = 8  # colors that can be told apart
BATCH = 250  # articles read at a time, between two looks at whether to stop
NAMES = 3  # words that name a group

OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Point:
    """An article on the map; `x` and `y` without unit. `group` counts from 0."""

    article: ArticleSummary
    x: float
    y: float
    group: int


@dataclass(frozen=True, slots=True)
class LibraryMap:
    """The map. `total`: articles that could be on it, of which some are drawn. `groups`: their names, largest first.

    `generation` is that of the vectors that it was made from.
    """

    points: tuple[Point, ...]
    groups: tuple[str, ...]
    total: int
    generation: int


def draw_map(library: Library, model: str, on_step: OnStep, *, limit: int = LIMIT, seed: int = 0) -> LibraryMap:
    """Place up to `limit` articles, chosen at random when there are more; none when there are fewer than `FEWEST`."""
    stamp = generation(library)
    every = article_ids(library)
    chosen = sorted(random.Random(seed).sample(every, limit)) if len(every) > limit else every  # noqa: S311
    vectors: dict[str, Float32] = {}
    for start in range(0, len(chosen), BATCH):
        on_step("Reading the vectors", start, len(chosen))
        vectors |= _means(library, model, chosen[start : start + BATCH])
    if len(vectors) < FEWEST:
        return LibraryMap((), (), len(every), stamp)
    ids, matrix = list(vectors), np.stack(list(vectors.values()))
    on_step("Finding groups", 0, 0)
    labels = _groups(matrix)
    on_step(f"Placing {len(ids):,} articles", 0, 0)
    places = _places(matrix)
    rows = {row.id: row for row in library.summaries(filters=Filters(article_ids=tuple(ids)), limit=len(ids))}
    kept = [i for i, key in enumerate(ids) if key in rows]  # one may have been removed meanwhile
    sizes = Counter(labels[i] for i in kept)
    order = {group: rank for rank, (group, _) in enumerate(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))}
    points = tuple(
        Point(rows[ids[i]], float(places[i][0]), float(places[i][1]), order[labels[i]]) for i in kept
    )  # fmt: skip
    return LibraryMap(points, group_names([(p.article.title, p.group) for p in points], len(order)), len(every), stamp)


def _means(library: Library, model: str, ids: Sequence[str]) -> dict[str, Float32]:
    """The mean of each article's vectors, of length 1. An article without any is left out."""
    sums: dict[str, Float32] = {}
    for key, data in article_vectors(library, model, ids):
        vector = np.frombuffer(data, dtype="<f4")
        sums[key] = sums[key] + vector if key in sums else vector.copy()
    return {key: total / norm for key, total in sums.items() if (norm := float(np.linalg.norm(total)))}


def _groups(matrix: Float32) -> list[int]:
    """k-means with the k of the best mean silhouette (Rousseeuw 1987)."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    best: tuple[float, list[int]] = (-2.0, [0] * len(matrix))
    for k in range(2, min(MOST_GROUPS, len(matrix) - 1) + 1):
        labels = KMeans(k, n_init=4, random_state=0).fit_predict(matrix)
        score = float(silhouette_score(matrix, labels)) if len(set(labels.tolist())) > 1 else -1.0
        best = max(best, (score, labels.tolist()), key=lambda item: item[0])
    return best[1]


def _places(matrix: Float32) -> Float32:
    """t-SNE (van der Maaten and Hinton 2008) from the first two principal components, so that a map stays alike."""
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(matrix) - 1) / 3)  # scikit-learn's own default, as far as there are articles for it
    return np.asarray(TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(matrix), dtype=np.float32)


def group_names(titles: Sequence[tuple[str, int]], groups: int) -> tuple[str, ...]:
    """Names of groups 0 to `groups - 1`: the words of their titles that are frequent in them and rare outside.

    >>> group_names([("Dam in Lindholm breaks", 0), ("Dam repaired", 0), ("Ferry to run", 1)], 2)
    ('Dam, Lindholm, breaks', 'Ferry, run')
    """
    inside: list[Counter[str]] = [Counter() for _ in range(groups)]
    every: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    for title, group in titles:
        for word in dict.fromkeys(match.group() for match in WORD.finditer(title)):
            key = word.lower()
            if key in STOP_WORDS or len(key) < 3:
                continue
            if key not in spelling or (word[0].isupper() and not title.startswith(word)):
                spelling[key] = word
            inside[group][key] += 1
            every[key] += 1
    names = []
    for counts in inside:
        weight = {key: n * n / every[key] for key, n in counts.items()}  # how often, times how much its own
        best = sorted(weight, key=lambda key: -weight[key])[:NAMES]
        names.append(", ".join(spelling[key] for key in best) or "Untitled")
    return tuple(names)
