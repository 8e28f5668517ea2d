"""The numbers of README.md and docs/*.md, written from the committed results: no number there is typed by hand.

    python -m benchmarks.tables            rewrites every block from benchmarks/results/*.json
    python -m benchmarks.tables --check    changes nothing; fails when a block is not what the results say

A block is what stands between `<!-- table:NAME -->` and `<!-- /table -->`: a table, or a paragraph with numbers in it.
Each is one function below or in `benchmarks.details`. What is best in a column is bold, whoever it is.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import details
from benchmarks.cells import best, percent, prose, share, table, values

BLOCK = re.compile(r"(?<=<!-- table:)([a-z_]+) -->\n(.*?)(?=<!-- /table -->)", re.DOTALL)
OPENING = re.compile(r"<!-- table:")
SETS = {"xquad": "XQuAD-en", "qamr": "QAMR Wikinews", "clapnq": "CLAPNQ dev"}
TOOLS = {"citewire": "Citewire", "txtai_hybrid": "txtai, hybrid", "txtai": "txtai", "llamaindex": "LlamaIndex",
         "haystack": "Haystack", "langchain": "LangChain, FAISS"}  # fmt: skip
Blocks = Mapping[str, Callable[[], str]]


class TableError(ValueError):
    """A block has no such name, or no end."""


def sentence() -> str:
    """XQuAD beside its baselines."""
    found = values("retrieval")
    names = {"bm25": "BM25 on sentences", "minilm": "MiniLM, sentence embedded alone", "citewire": "Citewire"}
    measures = ("R@1", "R@3", "R@5", "MRR")
    columns = [best([found[name][measure] for name in names], share) for measure in measures]
    rows = [[label, *(column[i] for column in columns)] for i, label in enumerate(names.values())]
    return table([f"ranking, {found['questions']:,} questions", *measures], rows)


def quality() -> str:
    """Ranking, refusing and citing on the sets with a known sentence."""
    found, rows = values("quality"), []
    for name, label in SETS.items():
        one = found[name]
        gone = share(one["abstention_left_out"]["auroc"])
        if "abstention_whole_left_out" in one:
            gone += f" ({share(one['abstention_whole_left_out']['auroc'])} with the whole source article gone)"
        if "abstention" in one:
            gone += f"; its own unanswerable ones {share(one['abstention']['auroc'])}"
        first, cited = one["sentence"], one["citation"]
        rows.append([f"{label}, {first['questions']:,}", share(first["hit@1"]), share(first["mrr@10"]), gone,
                     f"{share(cited['precision'], 2)} / {share(cited['recall'], 2)}"])  # fmt: skip
    return table(["set, questions", "right sentence first", "MRR@10", "refuses when the article is gone (AUROC)",
                  "cited sentences right / found"], rows)  # fmt: skip


def trecqa() -> str:
    """Judged news sentences, beside both baselines."""
    found = values("quality")["trecqa"]
    names = {
        "judged_bm25": "BM25 (SQLite FTS5)",
        "judged_cosine": "MiniLM, sentence embedded alone",
        "judged": "Citewire",
    }
    columns = [best([found[name][measure] for name in names], share) for measure in ("map", "mrr")]
    intervals = [
        f"{share(found[name]['map_interval'][0])} to {share(found[name]['map_interval'][1])}" for name in names
    ]
    rows = [[label, columns[0][i], intervals[i], columns[1][i]] for i, label in enumerate(names.values())]
    head = [f"ranking, {found['judged']['questions']} questions", "MAP", "95 % interval", "MRR"]
    return table(head, rows)


def threshold() -> str:
    """What the shipped threshold does."""
    found = [values("quality")[name]["abstention_left_out"] for name in SETS]
    answered = _range([row["answerable_answered"] for row in found])
    return prose(f"""At the shipped threshold {answered} of answerable questions are answered, and
        {_range([row["refusal_recall"] for row in found])} of those whose article is gone refused.""")


def near_misses() -> str:
    """SQuAD 2.0's unanswerable questions."""
    return prose(f"""Unanswerable questions written to be near misses (SQuAD 2.0) are often answered (AUROC
        {share(values("quality")["squad2"]["abstention"]["auroc"], 2)}): see `docs/decisions/012-gate.md`.""")


def text() -> str:
    """Everything before the ranking: pages, encodings, saved text, sentences."""
    pages, codes, saved, split = (values(name) for name in ("extraction", "encodings", "saved_text", "splitting"))
    day, title = pages["right_day"], pages["right_title"]
    whole = {name: split[name]["gum_wikinews"]["F1"] for name in ("citewire", "nupunkt", "sentencex", "pysbd")}
    golden = {name: split[name]["golden_rules"]["paragraphs_right"] for name in whole}
    titles = "all" if title["citewire"] == pages["pages"] else str(title["citewire"])
    return prose(f"""Main text of {pages["pages"]} real news pages (shingle F1 of the article-extraction benchmark):
        {share(pages["citewire"]["F1"])} ({share(pages["citewire_with_captions"]["F1"])} with captions), plain trafilatura
        {share(pages["trafilatura"]["F1"])} in the same run; right publication day on {day["citewire"]} of them (trafilatura
        {day["trafilatura"]}, htmldate {day["htmldate_original_date"]}), right title on {titles} (trafilatura
        {title["trafilatura"]}), by labels of our own (`benchmarks/results/extraction.json`; its rules were written in sight of
        these pages: expect less on others, see `docs/decisions/009-extraction.md`). Texts in old encodings:
        {codes["right"]["citewire"]} of {codes["files"] - len(codes["no_codec_in_python"])} exactly right, charset-normalizer
        alone {codes["right"]["charset_normalizer"]} (`benchmarks/results/encodings.json`). The same {saved["pages"]} pages
        saved as text, menus and all: {share(saved["citewire_F1"])}, the whole text {share(saved["whole_text_F1"])}
        (`benchmarks/results/saved_text.json`). Sentence boundaries on Wikinews (GUM): F1 {share(whole["citewire"])}; nupunkt
        {share(whole["nupunkt"])}, sentencex {share(whole["sentencex"])}, pysbd {share(whole["pysbd"])}; golden rules
        {golden["citewire"]} of {split["citewire"]["golden_rules"]["paragraphs"]}, where pysbd has {golden["pysbd"]}
        (`benchmarks/results/splitting.json`).""")


def adding() -> str:
    """How fast and lean adding is."""
    found, memory = values("adding"), values("adding_memory")
    return prose(f"""Adding (`benchmarks/results/adding.json`, two cores): {found["stored_articles_per_second"]:.0f} articles
        of 4 kB a second but for embedding, which runs {found["encode_time_over_ours"]:.1f} times as fast as a plain `encode`,
        at {share(found["encoder_share_of_matrix_product"], 2)} of the rate of this machine's matrix product; adding again
        takes {found["again_over_adding"] * 100:.1f} % of adding. A JSONL of {memory["jsonl_megabytes"]} MB,
        {memory["jsonl_articles"]:,} articles, was stored within {memory["jsonl_peak_megabytes"]} MB of memory
        (`benchmarks/results/adding_memory.json`; embedding not included).""")


def latency() -> str:
    """The stages of a question."""
    found = values("latency")
    stages = {"encode": "encode the question", "dense": "dense retrieval", "lexical": "lexical retrieval",
              "rerank": "rescore sentences", "time": "times asked about", "read": "read", "verify": "verify",
              "notes": "notes", "total": "**all**"}  # fmt: skip
    rows = [
        [label, f"{found[f'{stage}_median']:.0f}", f"{found[f'{stage}_p95']:.0f}"]
        for stage, label in stages.items()
        if f"{stage}_median" in found
    ]
    head = f"stage, {found['passages']:,} passages, {found['questions']} questions"
    return table([head, "median ms", "95th percentile ms"], rows)


def peers() -> str:
    """Quality beside other tools."""
    columns = [
        best(_measured(suite, level, measure), share)
        for suite in ("xquad", "qamr")
        for level, measure in (("article", "hit@1"), ("sentence", "hit@1"), ("sentence", "mrr@10"))
    ]
    rows = [[_versioned(tool), *(column[i] for column in columns)] for i, tool in enumerate(TOOLS)]
    head = [f"{suite}: {what}" for suite in ("XQuAD", "QAMR") for what in ("article@1", "sentence@1", "sentence MRR")]
    return table(["tool", *head], rows)


def peers_cost() -> str:
    """What each tool took for the sentences of XQuAD."""
    measures = ("index_cpu_seconds", "query_cpu_ms_median", "query_cpu_ms_p95", "peak_megabytes", "disk_megabytes")
    columns = [best(_measured("xquad", "sentence", measure), _plain, least=True) for measure in measures]
    rows = [[_versioned(tool), *(column[i] for column in columns)] for i, tool in enumerate(TOOLS)]
    head = ["tool", "to index, s", "a question, ms (median)", "95th percentile, ms", "peak memory, MB", "disk, MB"]
    return table(head, rows)


def _measured(suite: str, level: str, measure: str) -> list[float | None]:
    found = values("peers").get(suite, {}).get(level, {})
    return [found.get(tool, {}).get(measure) for tool in TOOLS]


def _versioned(tool: str) -> str:
    versions = values("peers")["versions"].get(tool, {})
    return " ".join([TOOLS[tool], *list(versions.values())[: tool != "citewire"]])


def _plain(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _range(shares: Sequence[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def followups() -> str:
    """Follow-ups searched as asked, as completed, and as a person completed them."""
    found = values("followups")
    canard = found["canard"]
    names = {"raw": "as asked", "raw + previous question": "with the question before", "raw + first question":
             "with the first question", "citewire": "Citewire's rules", "human": "completed by a person"}  # fmt: skip
    measures = ("R@1", "R@10", "MRR@10")
    rows = [[label, *(share(canard[name][m]) for m in measures)] for name, label in names.items()]
    return table([f"CANARD dev, {canard['questions']:,} follow-ups", *measures], rows)


def verification() -> str:
    """What the check of drafted sentences lets pass and strikes."""
    found = values("verification")
    sample, unseen = found["sample"], found["wikinews"]
    return prose(
        f"Of sentences with one fact changed (a number, date, name, unit, speaker, or a negation), "
        f"{sample['false_pass'] * 100:.1f} % passed on the sample and {unseen['false_pass'] * 100:.1f} % on Wikinews articles "
        f"that the rules were not written on; of true light rewrites {sample['false_strip'] * 100:.0f} % and "
        f"{unseen['false_strip'] * 100:.0f} % were struck (`benchmarks/results/verification.json`)."
    )


def injection() -> str:
    """Instructions hidden in articles."""
    found = values("injection")
    return prose(
        f"{sum(found['payloads'].values()):,} published payloads were put into articles: of {found['extractive_shown']:,} "
        f"sentences shown without a model {found['extractive_not_a_stored_slice']} were no stored slice, of "
        f"{found['prompts']:,} prompts {found['prompts_altered']} were altered, and of {found['hijacked_drafted']:,} drafts "
        f"by a wholly hijacked model {found['hijacked_unverified_shown']} were shown without support "
        "(`benchmarks/results/injection.json`)."
    )


SCALE = {  # measure of benchmarks.scale, and how it is called; pairs are a median and a 95th percentile
    "building the vector index, s of processor": ("index_build_cpu_s",),
    "vector search, ms of processor": ("search_cpu_ms_p50", "search_cpu_ms_p95"),
    "recall against comparing every vector, @10 / @50": ("recall@10", "recall@50"),
    "a filter that keeps 1 %: recall@10": ("filter_1%_recall@10",),
    "a filter that keeps 0.01 %: recall@10": ("filter_0.01%_recall@10",),
    "search by words, ms of processor": ("lexical_cpu_ms_p50", "lexical_cpu_ms_p95"),
    "search by common words, ms of processor": ("common_words_cpu_ms_p50",),
    "a question beyond the encoder, ms": ("ask_beyond_encoder_ms_p50", "ask_beyond_encoder_ms_p95"),
    "beyond encoder and rescoring, ms": (
        "ask_beyond_encoder_and_rescoring_ms_p50", "ask_beyond_encoder_and_rescoring_ms_p95",
    ),
    "a whole question, ms of processor": ("ask_cpu_ms_mean",),
    "resident memory, MB (the model alone: 700)": ("resident_mb",),
    "disk, MB": ("disk_mb",),
    "opening from a cold disk, s (of processor)": ("cold_open_s", "cold_open_cpu_s"),
    "adding 1,000 passages beyond encoding, s (of processor)": ("add_1000_s", "add_1000_cpu_s"),
    "deleting 1,000 passages, s (of processor)": ("delete_1000_s", "delete_1000_cpu_s"),
}  # fmt: skip


def scale() -> str:
    """Every size of library side by side, and how each measure grows."""
    found = values("scale")
    sizes, slopes = found["sizes"], found["exponents"]
    rows = [
        [label, *(" / ".join(f"{size[name]:g}" if name in size else "–" for name in names) for size in sizes),
         f"{slopes[names[0]]:g}" if names[0] in slopes else ""]
        for label, names in SCALE.items()
    ]  # fmt: skip
    return table(["passages", *(f"{size['passages']:,}" for size in sizes), "exponent"], rows)


def scale_lexical() -> str:
    """Search by words beside others."""
    found = values("scale_lexical")
    names = {"fts5": "Citewire (SQLite FTS5, on disk)", "bm25s": "bm25s (in memory)", "tantivy": "tantivy (on disk)"}
    rows = [
        [names[name], f"{row['index_cpu_s']:.0f}", f"{row['search_cpu_ms_p50']:.1f}", f"{row['search_cpu_ms_p95']:.1f}",
         f"{row['common_words_cpu_ms_p50']:.1f}"]
        for name, row in found["engines"].items()
    ]  # fmt: skip
    head = ["index", "made in, s", "a question, ms (median)", "95th percentile, ms", "common words, ms"]
    return table([f"{head[0]}, {found['passages']:,} passages", *head[1:]], rows)


BLOCKS: Blocks = {each.__name__: each for each in (
    sentence, quality, trecqa, threshold, near_misses, text, adding, latency, peers, peers_cost, followups,
    verification, injection, scale, scale_lexical, *details.BLOCKS,
)}  # fmt: skip


def rewritten(page: str, blocks: Blocks = BLOCKS) -> str:
    """The page with every block as the results say.

    Raises:
        TableError: a block has no function, or no end.
    """
    if len(OPENING.findall(page)) != len(BLOCK.findall(page)):
        raise TableError("A block has no name or no end: write <!-- table:NAME --> ... <!-- /table -->.")

    def block(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in blocks:
            raise TableError(f"There is no block {name!r}. Known: {', '.join(blocks)}.")
        return f"{name} -->\n{blocks[name]()}\n"

    return BLOCK.sub(block, page)


def pages() -> Iterator[Path]:
    """Where blocks may stand."""
    yield Path("README.md")
    yield from sorted(Path("docs").glob("*.md"))


def main() -> None:
    """Rewrite or check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = [(page, new) for page in pages() if (new := rewritten(old := page.read_text())) != old]
    for page, new in stale:
        if options.check:
            sys.stderr.write(f"{page} is not what the results say. Run: python -m benchmarks.tables\n")
        else:
            page.write_text(new)
    sys.exit(1 if options.check and stale else 0)


if __name__ == "__main__":
    main()
