"""The blocks of docs/benchmarks.md that the README does not have: functions for `benchmarks.tables`."""

from __future__ import annotations

import json
from collections.abc import Callable

from benchmarks.cells import best, percent, prose, share, table, values
from benchmarks.report import RESULTS

CHANGES = ("number", "date", "name", "unit", "speaker", "negation")


def provenance() -> str:
    """Every results file, with the command and the commit that made it."""
    rows = []
    for file in sorted(RESULTS.glob("*.json")):
        found = json.loads(file.read_text())
        rows.append([f"`{file.name}`", f"`{found['command']}`", f"`{found['commit']}`", found["machine"]])
    return table(["file", "command", "commit", "machine"], rows)


def levels() -> str:
    """Which article, passage and sentence is first, on every set, with intervals."""
    rows = []
    for name, label in (("xquad", "XQuAD-en"), ("qamr", "QAMR Wikinews"), ("clapnq", "CLAPNQ dev"), ("squad2", "SQuAD 2.0")):  # fmt: skip
        for level in ("article", "passage", "sentence"):
            if one := values("quality")[name].get(level):
                low, high = one["hit@1_interval"]
                rows.append([label, level, f"{one['questions']:,}", share(one["hit@1"]),
                             f"{share(low)} to {share(high)}", share(one["hit@3"]), share(one["mrr@10"])])  # fmt: skip
    return table(["set", "of", "questions", "first is right", "95 % interval", "in the first 3", "MRR@10"], rows)


def refusals() -> str:
    """Answering and refusing at the shipped threshold."""
    kinds = {"abstention": "its own unanswerable questions", "abstention_left_out": "article removed",
             "abstention_whole_left_out": "whole source removed"}  # fmt: skip
    rows = []
    for name, label in (("xquad", "XQuAD-en"), ("qamr", "QAMR Wikinews"), ("clapnq", "CLAPNQ dev"), ("squad2", "SQuAD 2.0")):  # fmt: skip
        for kind, meaning in kinds.items():
            if one := values("quality")[name].get(kind):
                rows.append([label, meaning, share(one["auroc"]), percent(one["answerable_answered"]),
                             percent(one["refusal_recall"]), percent(one["refusal_precision"])])  # fmt: skip
    head = ["set", "unanswerable because", "AUROC", "answerable answered", "unanswerable refused", "refusals right"]
    return table(head, rows)


def citations() -> str:
    """Cited sentences against those that people chose."""
    rows = []
    for name, label in (("xquad", "XQuAD-en"), ("qamr", "QAMR Wikinews"), ("clapnq", "CLAPNQ dev")):
        one = values("quality")[name]["citation"]
        rows.append([label, f"{one['answered']:,} of {one['questions']:,}", share(one["precision"]), share(one["recall"]),
                     share(one["f1"]), f"{one['cited_per_answer']:.1f}"])  # fmt: skip
    return table(["set", "answered", "precision", "recall", "F1", "sentences an answer"], rows)


def mutations() -> str:
    """Sentences with one fact changed, by kind: how many passed the check."""
    found = values("verification")
    rows = []
    for kind in CHANGES:
        cells = [found[where][f"mutated {kind}"] for where in ("sample", "wikinews")]
        rows.append([kind, *(f"{cell['wrong']} of {cell['drafts']}" for cell in cells)])
    return table(["what was changed", "passed: sample", "passed: Wikinews, unseen"], rows)


def claims() -> str:
    """AttributionBench: telling supported claims from others."""
    found = values("verification")["attribution"]["all"]
    names = {"word_overlap": "words in common", "minilm_cosine": "MiniLM, cosine", "both": "Citewire"}
    columns = [best([found[measure][name] for name in names], share) for measure in ("auroc", "balanced_accuracy")]
    rows = [[label, *(column[i] for column in columns)] for i, label in enumerate(names.values())]
    return table([f"AttributionBench dev, {found['claims']:,} claims", "AUROC", "balanced accuracy"], rows)


def times() -> str:
    """Times in questions and days in sentences, on the rows that were held out."""
    found = values("times")
    asked, moments = found["questions"]["held_out"], found["moments"]["held_out"]
    names = {"citewire": "Citewire", "dateparser": "dateparser", "dateutil": "dateutil"}
    columns = [best([moments[name][measure] for name in names], share) for measure in ("day_right", "range_right")]
    spurious = best([moments[name]["spurious"] for name in names], str, least=True)
    rows = [[label, *(column[i] for column in columns), spurious[i]] for i, label in enumerate(names.values())]
    head = [
        f"{moments['citewire']['moments']} moments in sentences",
        "first day right",
        "days right",
        "found where none is",
    ]
    told = prose(
        f"Held-out rows of our own labels. The time that a question asks about is read as labeled in {asked['right']} of "
        f"{asked['questions']} (`benchmarks/results/times.json`)."
    )
    return f"{told}\n\n{table(head, rows)}"


def speakers() -> str:
    """Who says what."""
    found = values("attribution")["wikinews"]
    return prose(
        f"Of {found['attributed']} sentences that give somebody's words in Wikinews articles no rule was made from, "
        f"{found['found']} were recognized and {found['speaker_right']} came with the right speaker; of {found['own']} "
        f"in the outlet's own voice {found['own_given_to_somebody']} was given to somebody "
        "(`benchmarks/results/attribution.json`)."
    )


def bold() -> str:
    """The words set in bold."""
    found = values("answer_words")
    parts = [f"of {found[kind]['questions']} questions for a {kind}, words are set in bold in {found[kind]['stressed']} "
             f"answers, and are the answer in {found[kind]['right']} of these" for kind in ("number", "time")]  # fmt: skip
    text = "; ".join(parts)
    return prose(f"{text[0].upper()}{text[1:]} (XQuAD-en, `benchmarks/results/answer_words.json`).")


def copies() -> str:
    """Copies of a report against articles that only share text."""
    found = values("stories")
    chosen = found["thresholds"][f"{found['chosen']['threshold']:.2f}"]
    wrong = sum(chosen["wrong_by_kind"].values())
    return prose(
        f"{found['copies']:,} copies of {found['articles']} articles, edited as outlets edit them, against pairs of different "
        f"articles, {found['hard_pairs']:,} of them hard: precision {share(chosen['precision'])}, recall {share(chosen['recall'])}; "
        f"{wrong} wrong, all of them articles that took over a part of the other or a footer. Copies cut or rewritten most "
        f"heavily are found least often: {share(chosen['recall_by_edit']['extreme'], 2)} of them "
        "(`benchmarks/results/stories.json`)."
    )


def broken_files() -> str:
    """Hostile and broken files."""
    found = values("malformed")
    files = sum(kind["files"] for kind in found.values())
    return prose(
        f"{files} broken or hostile files (JSON, feeds, old encodings, PDF) went through `add`: each was added, or passed over "
        "or refused with its reason, and none ended the run (`benchmarks/results/malformed.json`)."
    )


def latency_line() -> str:
    """The latency table in one line."""
    found = values("latency")
    return prose(
        f"A question takes {found['total_median']:.0f} ms over {found['passages']:,} passages (median of {found['questions']}; "
        f"95th percentile {found['total_p95']:.0f} ms), two processor cores, no graphics card."
    )


def lists() -> str:
    """The Articles page over a large library."""
    found = values("listing")
    rows = [[label, *(f"{row[part]:.0f}" for part in ("first_ms", "median_ms", "cpu_ms"))]
            for label, row in found["times"].items()]  # fmt: skip
    head = [
        f"one page of {found['page_size']}, {found['articles']:,} articles",
        "first, ms",
        "median, ms",
        "processor, ms",
    ]
    return table(head, rows)


def model_overhead() -> str:
    """What Citewire adds to a language model's own time."""
    found = values("llm_latency")
    return prose(
        f"Before a language model gets its prompt, retrieval and packing take {found['before_ms']['median']:.0f} ms (median; "
        f"95th percentile {found['before_ms']['p95']:.0f}); after its first sentence is complete, it is checked, cited and shown "
        f"within {found['after_ms']['median']:.1f} ms (95th percentile {found['after_ms']['p95']:.1f}). Measured on a machine "
        f"with other work, {found['questions']} questions over the sample (`benchmarks/results/llm_latency.json`)."
    )


def ray_speed() -> str:
    """One node and two on one machine."""
    found = values("ray_embedding")
    return prose(
        f"Two nodes of one core each embed {found['two_nodes_over_one_best']:.2f} times as fast as one (best runs; by the processor "
        f"time of the busier worker {found['two_nodes_over_one_by_processor_time']:.2f}), and one such node "
        f"{found['one_node_over_this_process_best']:.2f} times as fast as no cluster "
        "(`benchmarks/results/ray_embedding.json`)."
    )


def load() -> str:
    """Many clients of the REST API at once, while articles come and go."""
    found = values("load")
    rows = [
        [name, f"{one['answers']:,}", f"{one['a_second']:g}", f"{one['median_ms']:,}", f"{one['p95_ms']:,}", f"{one['p99_ms']:,}",
         str(sum(one[key] for key in ("differing", "crossed", "misquoted", "stale"))), str(one["server_errors"]),
         str(one["refused_429"])]
        for name, one in found["clients"].items()
    ]  # fmt: skip
    head = [
        "clients",
        "answers",
        "a second",
        "median, ms",
        "95 %",
        "99 %",
        "wrong",
        "server errors",
        "told to wait (429)",
    ]
    told = prose(
        f"{found['questions']:,} questions in all; the server's memory was {found['memory_settled_mb']:.0f} MB after the first "
        f"hundred and {found['memory_ended_mb']:.0f} MB at the end."
    )
    return f"{table(head, rows)}\n\n{told}"


def app_speed() -> str:
    """The app in a browser, one person and ten."""
    found, many = values("app_times"), values("app_load")
    times = {
        "first paint": found["first_paint"], "first answer, model loaded": found["first_answer"],
        "from a click on a citation to its sentence": found["citation"], "a conversation of 100 questions opened": found["conversation_of_100"],
        "a key pressed to its letter, while articles are added": found["key_to_letter_while_adding"],
        "a library of 50,000 articles listed": found["list_of_50000"]["opened"],
    }  # fmt: skip
    rows = [
        [label, f"{one['median_ms']:,.0f}", f"{one['slowest_ms']:,.0f}", str(one["times"])]
        for label, one in times.items()
    ]
    told = prose(
        f"Ten people at once, twenty questions each: {many['answers']} answers, {many['errors']} errors, {many['crossed']} answers "
        f"to somebody else's question; median {many['median_s']:.1f} s, 95th percentile {many['p95_s']:.1f} s, "
        "waiting for the others included."
    )
    return f"{table(['in the browser', 'median, ms', 'slowest, ms', 'times'], rows)}\n\n{told}"


def hardening() -> str:
    """What was thrown at it."""
    kills, bytes_, requests = values("faults"), values("fuzz"), values("api_fuzz")
    return prose(
        f"Killed {kills['kills']} times at random while adding, removing, indexing anew, chatting and upgrading: {kills['lost']} things "
        f"lost that were finished, {kills['differing_from_a_clean_build']} libraries that differ from a clean build. "
        f"{bytes_['inputs']:,} made-up files and command lines in {bytes_['seconds'] / 60:.0f} minutes: {bytes_['crashes']} crashes. "
        f"{requests['requests']:,} requests made from the API's description: {requests['server_errors']} server errors."
    )


def postgres() -> str:
    """The same evaluation in a file and on servers."""
    found = values("postgres")
    names = {"file": "a file", "one": "one PostgreSQL server", "three": "three PostgreSQL servers"}
    rows = []
    for kind, label in names.items():
        one = values("quality")["xquad"] if kind == "file" else found[f"xquad, {kind}"]["quality"]
        first, cited = one["sentence"], one["citation"]
        rows.append([label, share(first["hit@1"]), share(first["mrr@10"]), share(one["passage"]["hit@1"]),
                     share(one["abstention_left_out"]["auroc"]), f"{share(cited['precision'])} / {share(cited['recall'])}"])  # fmt: skip
    return table(["XQuAD-en, library in", "right sentence first", "MRR@10", "right passage first", "refusing, AUROC",
                  "cited sentences right / found"], rows)  # fmt: skip


STORES = {"citewire": "Citewire", "faiss_flat": "FAISS, flat", "txtai": "txtai", "lancedb": "LanceDB",
          "lancedb_indexed": "LanceDB, indexed", "chroma": "Chroma", "qdrant": "Qdrant, local"}  # fmt: skip


def scale_peers() -> str:
    """Vector stores side by side."""
    found = values("scale_peers")
    stores = {name: found["stores"].get(name, {}) for name in STORES}
    shown = {"build_cpu_s": 1, "query_cpu_ms_p50": 2, "query_ms_p50": 2, "disk_mb": 0, "resident_before_mb": 0,
             "resident_mb": 0}  # decimals of each  # fmt: skip
    columns = [
        best([row.get(name) for row in stores.values()], f"{{:.{digits}f}}".format, least=True)
        for name, digits in shown.items()
    ]
    columns.insert(3, best([row.get("recall@10") for row in stores.values()], share))
    rows = [
        [" ".join([STORES[name], *list(row.get("versions", {}).values())[: name != "citewire"]]),
         *(column[i] for column in columns), row.get("settings", "not installed here")]
        for i, (name, row) in enumerate(stores.items())
    ]  # fmt: skip
    head = [f"store, {found['passages']:,} vectors", "built in, s of processor", "a query, ms of processor (median)",
            "by the clock, ms", "recall@10", "disk, MB", "memory before opening, MB", "after the queries, MB",
            "its defaults"]  # fmt: skip
    return table(head, rows)


BLOCKS: tuple[Callable[[], str], ...] = (
    load, app_speed, hardening, postgres,
    ray_speed,
    provenance, levels, refusals, citations, mutations, claims, times, speakers, bold, copies, broken_files, latency_line, lists,
    model_overhead, scale_peers,
)  # fmt: skip
