"""The comparison's own parts: what is right, and what a peer says of itself (Citewire, the one that is installed)."""

from __future__ import annotations

from benchmarks.latency import summary
from benchmarks.peers.__main__ import judged
from benchmarks.peers.run import account


def test_pieces_of_one_document_count_once() -> None:
    found = [["a", "a", "b"], ["c", "c", "d"], ["x"]]
    right = [frozenset({"b"}), frozenset({"c"}), frozenset({"y"})]
    assert judged(found, right) == {"hit@1": 0.3333, "mrr@10": 0.5}


def test_a_peer_accounts_for_itself() -> None:
    bridge = "The old bridge over the Tarn reopened on Wednesday. Engineers replaced forty steel cables."
    job = {
        "level": "sentence", "k": 5,
        "documents": [("b", "Bridge reopens", bridge), ("f", "", "The island ferry stopped running in June.")],
        "questions": ["How many cables did engineers replace?", "When did the ferry stop running?"],
    }  # fmt: skip
    found = account("citewire", job)
    assert judged(found["found"], [frozenset({"b:1"}), frozenset({"f:0"})]) == {"hit@1": 1, "mrr@10": 1}
    assert set(found["versions"]) >= {"citewire", "torch"}
    assert len(found["query_ms"]) == len(found["query_cpu_ms"]) == 2
    assert min(found["index_seconds"], found["index_cpu_seconds"], found["disk_bytes"], found["peak_kilobytes"]) > 0


def test_stages_are_summed_up() -> None:
    timings = [{"encode": 10.0, "rerank": 30.0, "total": 50.0}, {"encode": 20.0, "rerank": 20.0, "total": 50.0}]
    found = summary([*timings, {"encode": 60.0, "rerank": 10.0, "read": 5.0, "total": 100.0}])
    assert (found["encode_median"], found["encode_p95"]) == (20, 60)
    assert found["read_median"] == 5
    assert found["rescoring_share"] == 0.3
