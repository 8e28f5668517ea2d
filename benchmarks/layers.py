"""Whether states of other layers of the encoder than its last would rank better.

    python -m benchmarks.layers --data FOLDER [--cache FOLDER]

Every set is ranked with the token states of one layer alone, of two layers averaged, and with the shipped features of the
last layer plus the `reach` of another. Weights are fitted as in `benchmarks.fit_ranking`, on the other sets only.
Passages are retrieved as always. Writes `benchmarks/results/layers.json`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.cases import Case, library_of
from benchmarks.fit_ranking import DEPTH, NAMES, SETS, Lists, is_right, trial
from benchmarks.report import write_result
from corpus.types import Passage, Span
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.states import PassageStates, sentence_slices
from embeddings.types import Float32
from qa.evaluation.questions import EvalQuestion
from qa.evaluation.suites import file_names, load_suite
from qa.rerank import RANKING, Query, rank

LAST, OTHER = 6, 4  # MiniLM has six layers
Layers = npt.NDArray[np.float16]  # [layers, tokens, dimensions], each state L2-normalized


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the states of every layer, and the passages retrieved for it."""

    question: EvalQuestion
    query: Query
    layers: Layers
    passages: tuple[Passage, ...]


def all_layers(embedder: SentenceTransformerEmbedder, texts: Iterable[str]) -> list[tuple[tuple[Span, ...], Layers]]:
    """Each text's token spans and the states of every layer, special tokens left out."""
    transformer: Any = embedder.load()[0]
    found = []
    for text in texts:
        tokens = transformer.tokenizer(
            text, return_offsets_mapping=True, truncation=True, max_length=embedder.max_tokens
        )
        ids = torch.tensor([tokens["input_ids"]])
        with torch.inference_mode():
            output = transformer.auto_model(ids, attention_mask=torch.ones_like(ids), output_hidden_states=True)
            states = torch.nn.functional.normalize(torch.stack(output.hidden_states)[:, 0], dim=-1)
        spans = [Span(*offset) for offset in tokens["offset_mapping"]]
        kept = [i for i, span in enumerate(spans) if span.end > span.start]
        found.append((tuple(spans[i] for i in kept), states[:, kept].numpy().astype(np.float16)))
    return found


def gather(
    name: str, data: Path, cache: Path | None
) -> tuple[dict[int, tuple[tuple[slice, ...], Layers]], list[Asked]]:
    """The layers of every passage of a set, and its answerable questions."""
    suite = load_suite(name, data)
    with library_of(suite, cache) as engine:
        passages = engine.library.passages(engine.library.passage_ids())
        encoded = all_layers(engine.embedder, (passage.embedding_text for passage in passages.values()))
        states = {
            key: (sentence_slices(passage, spans), layers)
            for (key, passage), (spans, layers) in zip(passages.items(), encoded, strict=True)
        }
        questions = [question for question in suite.questions if question.answerable]
        asked = []
        for question, (_, layers) in zip(
            questions, all_layers(engine.embedder, (q.text for q in questions)), strict=True
        ):
            query, ranked, _ = engine.pipeline.rank_sentences(question.text)
            found = {hit.passage.id: hit.passage for hit in ranked}
            asked.append(Asked(question, query, layers, tuple(found.values())))
    return states, asked


def features(
    states: dict[int, tuple[tuple[slice, ...], Layers]], asked: list[Asked], mixed: Callable[[Layers], Float32]
) -> list[dict[tuple[str, int], tuple[Any, Case]]]:
    """For each question, every sentence's features with the states that `mixed` makes of the layers, best first."""
    made = {key: PassageStates(mixed(layers), slices) for key, (slices, layers) in states.items()}
    rows = []
    for each in asked:
        query = replace(each.query, encoding=replace(each.query.encoding, states=mixed(each.layers)))
        ranked = rank(query, [(passage, made[passage.id]) for passage in each.passages])
        case = Case(each.question, "whole", True, query, tuple(ranked))
        rows.append({(hit.sentence.article_id, hit.sentence.index): (hit, case) for hit in ranked})
    return rows


def stacked(first: list[dict[Any, Any]], second: list[dict[Any, Any]] | None) -> tuple[Any, Any, Any]:
    """Padded arrays of the candidates: the first's features, and behind them the second's `reach`."""
    values = np.zeros((len(first), DEPTH, len(NAMES) + 1), dtype=np.float32)
    exists, right = np.zeros((2, len(first), DEPTH), dtype=bool)
    for i, row in enumerate(first):
        for j, (key, (hit, case)) in enumerate(list(row.items())[:DEPTH]):
            reach = second[i][key][0].features.reach if second else 0.0
            values[i, j], exists[i, j], right[i, j] = (*astuple(hit.features), reach), True, is_right(case, hit)
    return values, exists, right


def measured(raw: dict[str, tuple[Any, Any, Any]], columns: list[int]) -> dict[str, Any]:
    """Each set with weights fitted on the others, and on all."""
    seen = np.concatenate([values[exists] for values, exists, _ in raw.values()])
    mean, spread = seen.mean(0), seen.std(0) + 1e-6
    data: dict[str, Lists] = {
        name: (torch.from_numpy((values - mean) / spread), torch.from_numpy(exists), torch.from_numpy(right))
        for name, (values, exists, right) in raw.items()
    }
    return trial(data, columns)


def one(layer: int) -> Callable[[Layers], Float32]:
    """The states of one layer."""
    return lambda layers: layers[layer].astype(np.float32)


def mean_of(first: int, second: int) -> Callable[[Layers], Float32]:
    """The normalized sum of two layers' states."""

    def mixed(layers: Layers) -> Float32:
        total = layers[first].astype(np.float32) + layers[second]
        return np.asarray(total / np.linalg.norm(total, axis=-1, keepdims=True).clip(1e-9), dtype=np.float32)

    return mixed


def main() -> None:
    """Collect, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="keep the libraries here for the next time")
    options = parser.parse_args()
    variants = {
        f"layer {LAST}": one(LAST),
        "layer 5": one(5),
        f"layer {OTHER}": one(OTHER),
        "layers 5 and 6": mean_of(5, 6),
    }
    raw: dict[str, dict[str, tuple[Any, Any, Any]]] = {}
    for name in SETS:
        states, asked = gather(name, options.data, options.cache)
        rows = {variant: features(states, asked, mixed) for variant, mixed in variants.items()}
        for variant, found in rows.items():
            raw.setdefault(variant, {})[name] = stacked(found, None)
        both = stacked(rows[f"layer {LAST}"], rows[f"layer {OTHER}"])
        raw.setdefault(f"layer {LAST} and reach of layer {OTHER}", {})[name] = both
    columns = [NAMES.index(name) for name in RANKING]
    values = {
        variant: measured(sets, [*columns, len(NAMES)] if "reach" in variant else columns)
        for variant, sets in raw.items()
    }
    write_result("layers", values, [options.data / file for name in SETS for file in file_names(name)])


if __name__ == "__main__":
    main()
