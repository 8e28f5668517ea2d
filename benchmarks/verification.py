"""How well drafted sentences are checked: against people's judgments, on sentences with one fact changed, and how fast.

    python -m benchmarks.verification --data FOLDER

FOLDER holds `attributionbench/` (human labels) and `gum_wikinews_docs/` (Wikinews). `attribution`: every method's threshold
is chosen on the same training folds, for the best balanced accuracy; `guards` withhold on any fault and need none.
`sample`: mutations of the sample corpus (`benchmarks.mutations`), evidence as retrieved, the true sentence labeled. `wikinews`:
the same changes in articles that no rule was written with; evidence is the article. Milliseconds are of drafts whose
evidence was never encoded before; `cpu` leaves out what else the machine did. Writes `benchmarks/results/verification.json`.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.attribution_cases import FILE, attribution_cases, hits_of
from benchmarks.fit_verify import FOLDS, INPUTS, Array, Flags, Judged, judge, out_of_fold, table
from benchmarks.mutations import Variant, mutated, originals
from benchmarks.report import write_result
from corpus.lexical import STOP_WORDS, words
from corpus.sources import sources
from embeddings.sentence_transformer import SentenceTransformerEmbedder
from embeddings.types import Embedder
from qa.engine import Citewire
from qa.evaluation.metrics import auroc
from qa.settings import load_settings
from qa.types import DraftSentence, Evidence, SentenceHit
from qa.verify import SHOWN, SUPPORTED, Verifier

WIKINEWS = "gum_wikinews_docs/DERIVED_wikinews_docs.jsonl"
EVIDENCE = 40  # as in qa.pipeline
HELD_OUT = 500
TIMED = 150


def attribution(judged: Sequence[Judged]) -> dict[str, Any]:
    """Every method over AttributionBench, overall and by source set."""
    x, y, fold = table(judged)
    faults = np.array([[-float(len(j.finding.faults))] for j in judged])
    semantics = out_of_fold(judged, x)
    scores: dict[str, Array] = {
        "minilm_cosine": x[:, INPUTS.index("cosine")],
        "word_overlap": np.array([_overlap(j) for j in judged]),
        "guards": faults[:, 0],
        "semantics": semantics,
        "both": out_of_fold(judged, np.hstack([x, faults]), (*INPUTS, "soundness")),
    }
    decided = {name: _decide(values, y, fold) for name, values in scores.items()}
    decided["guards"] = faults[:, 0] == 0
    shipped = (semantics >= SHOWN) & (faults[:, 0] == 0)
    names = np.array([j.case.source for j in judged])
    sets = {"all": np.ones(len(y), dtype=bool)} | {name: names == name for name in sorted(set(names))}
    report: dict[str, Any] = {
        label: {
            "claims": int(mask.sum()),
            "auroc": {name: round(auroc(s[mask].tolist(), y[mask].tolist()), 4) for name, s in scores.items()},
            "balanced_accuracy": {name: _balanced(d[mask], y[mask]) for name, d in decided.items()},
        }
        for label, mask in sets.items()
    }
    report["margin_over_cosine_95"] = {
        name: _interval(scores[name], scores["minilm_cosine"], y) for name in ("semantics", "both")
    }
    report["shipped_rule"] = {
        "false_pass": round(float(shipped[~y].mean()), 4), "false_strip": round(float((~shipped)[y].mean()), 4),
        "precision_above_supported": round(float(y[semantics >= SUPPORTED].mean()), 4),
        "precision_above_supported_without_faults": round(float(y[(semantics >= SUPPORTED) & (faults[:, 0] == 0)].mean()), 4),
    }  # fmt: skip
    return report


def _overlap(judged: Judged) -> float:
    """Share of the claim's content words that are in the references, titles included."""
    own = {word for word in words(judged.case.claim) if word not in STOP_WORDS}
    known = {word for reference in judged.case.references for word in words(reference)}
    return len(own & known) / len(own) if own else 0.0


def _decide(scores: Array, y: Flags, fold: Any) -> Flags:
    """Each fold by the threshold that is best on the others."""
    result = np.zeros(len(y), dtype=bool)
    for n in range(FOLDS):
        rest = fold != n
        options = np.unique(np.quantile(scores[rest], np.linspace(0, 1, 201)))
        best = max(options, key=lambda t, rest=rest: _balanced(scores[rest] >= t, y[rest]))  # type: ignore[misc]
        result[~rest] = scores[~rest] >= best
    return result


def _balanced(found: Flags, y: Flags) -> float:
    return round(float(found[y].mean() + (~found)[~y].mean()) / 2, 4)


def _interval(one: Array, other: Array, y: Flags) -> list[float]:
    """95 % of bootstrap differences in AUROC."""
    random = np.random.default_rng(0)
    differences = []
    for _ in range(500):
        at = random.integers(0, len(y), len(y))
        differences.append(auroc(one[at].tolist(), y[at].tolist()) - auroc(other[at].tolist(), y[at].tolist()))
    return [round(float(value), 4) for value in np.quantile(differences, [0.025, 0.975])]


Evident = Callable[[Variant], tuple[SentenceHit, ...]]


def checked(variants: Sequence[Variant], evidence: Evident, verifier: Verifier) -> dict[str, Any]:
    """Mutations that pass and true drafts that are struck, by kind."""
    seen, wrong = Counter[str](), Counter[str]()
    for variant in variants:
        hits = evidence(variant)
        label = next(i for i, hit in enumerate(hits) if hit.sentence.text == variant.sentence.text)
        shown = verifier.verify(DraftSentence(variant.text, (label,)), Evidence(hits, 1.0)).status != "withheld"
        kind = f"{'true' if variant.true else 'mutated'} {variant.kind}"
        seen[kind] += 1
        wrong[kind] += shown != variant.true
    rates = {}
    for name in ("mutated", "true"):
        kinds = [kind for kind in seen if kind.startswith(name)]
        rates["false_pass" if name == "mutated" else "false_strip"] = round(
            sum(wrong[k] for k in kinds) / sum(seen[k] for k in kinds), 4
        )
    return rates | {kind: {"drafts": seen[kind], "wrong": wrong[kind]} for kind in sorted(seen)}


def of_sample(folder: Path) -> tuple[dict[str, Any], dict[str, float]]:
    """The sample corpus with real retrieval; and what a check costs."""
    engine = Citewire.open(load_settings(library=folder))
    engine.add(sources([Path("corpus/sample")]))
    sentences = [s for row in engine.library.summaries(limit=99) for s in engine.library.sentences(row.id)]
    retrieved = {s.text: tuple(engine.pipeline.rank_sentences(s.text)[1][:EVIDENCE]) for s in sentences}
    drafts = [*originals(sentences), *mutated(sentences)]
    verifier = engine.pipeline.verifier
    values = checked(drafts, lambda variant: retrieved[variant.sentence.text], verifier)
    wall, cpu = [], []
    timed = sorted((v for v in drafts if v.kind != "verbatim"), key=lambda v: zlib.crc32(v.text.encode()))[:TIMED]
    for variant in timed:
        hits = retrieved[variant.sentence.text]
        label = next(i for i, hit in enumerate(hits) if hit.sentence.text == variant.sentence.text)
        fresh = Verifier(engine.embedder, verifier.published)
        start, start_cpu = time.perf_counter(), time.process_time()
        fresh.verify(DraftSentence(variant.text, (label,)), Evidence(hits, 1.0))
        wall.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - start_cpu))
    engine.close()
    return values, {
        "median": round(statistics.median(wall), 1), "p95": round(float(np.quantile(wall, 0.95)), 1),
        "median_cpu": round(statistics.median(cpu), 1), "p95_cpu": round(float(np.quantile(cpu, 0.95)), 1),
    }  # fmt: skip


_PROPER = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+ [A-Z][a-z]+(?! [A-Z])\b")


def of_wikinews(file: Path, embedder: Embedder) -> dict[str, Any]:
    """Changed sentences of articles that were never looked at; names are taken from the next article that has one."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    articles = [hits_of([_flat(row)]) for row in rows if row["genre"] == "news"]
    names = [[name for hit in hits for name in _PROPER.findall(hit.sentence.text)] for hits in articles]
    home = {(id(hit.sentence)): hits for hits in articles for hit in hits}
    long = [hit.sentence for hits in articles for hit in hits if 8 <= len(hit.sentence.text.split()) <= 45]
    plain = [s for s in long if s.text.endswith(".")]
    false = [v for v in mutated(plain, 10_000) if v.kind != "name"] + list(_renamed(articles, names, plain))
    by_kind: dict[str, list[Variant]] = {}
    for variant in sorted(false, key=lambda v: zlib.crc32(v.text.encode())):
        by_kind.setdefault(variant.kind, []).append(variant)
    chosen = [v for kind in by_kind.values() for v in kind[: HELD_OUT // len(by_kind)]]
    true = [v for v in originals(plain) if v.kind != "verbatim"]
    return checked([*chosen, *true], lambda variant: home[id(variant.sentence)], Verifier(embedder))


def _flat(row: dict[str, Any]) -> str:
    _, *paragraphs = row["paragraphs"]  # the first is the title
    text = "\n".join(" ".join(sentences) for sentences in paragraphs)
    return f"Title: {row['title']}\n{text}"


def _renamed(
    articles: Sequence[tuple[SentenceHit, ...]], names: list[list[str]], plain: Sequence[Any]
) -> Iterator[Variant]:
    allowed = {id(sentence) for sentence in plain}
    for n, hits in enumerate(articles):
        foreign = [name for other in names[n + 1 :] + names[:n] for name in other if name not in names[n]]
        for hit in hits:
            match = _PROPER.search(hit.sentence.text)
            if match and foreign and id(hit.sentence) in allowed:
                other = foreign[zlib.crc32(hit.sentence.text.encode()) % min(20, len(foreign))]
                text = hit.sentence.text[: match.start()] + other + hit.sentence.text[match.end() :]
                yield Variant(hit.sentence, text, "name", False)


def main() -> None:
    """Measure and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    embedder = SentenceTransformerEmbedder()
    with tempfile.TemporaryDirectory() as folder:
        sample, milliseconds = of_sample(Path(folder))
    values = {
        "sample": sample,
        "milliseconds": milliseconds,
        "wikinews": of_wikinews(data / WIKINEWS, embedder),
        "attribution": attribution(judge(attribution_cases(data), embedder)),
    }
    write_result("verification", values, [data / FILE, data / WIKINEWS])


if __name__ == "__main__":
    main()
