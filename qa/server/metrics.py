"""Prometheus metrics of one server: requests, answers, and how long their stages take. No question is in them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from qa.types import Answer

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """A registry of its own, so that two servers in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "citewire_requests_total", "Requests by route and status.", ("route", "status"), registry=self._registry
        )
        self.refused = Counter("citewire_refused_total", "Questions turned away while busy.", registry=self._registry)
        self.running = Gauge("citewire_questions_running", "Questions being answered.", registry=self._registry)
        self._answers = Counter(
            "citewire_answers_total", "Answers by reader and outcome.", ("reader", "outcome"), registry=self._registry
        )
        self._withheld = Counter("citewire_sentences_withheld_total", "Sentences not shown.", registry=self._registry)
        self._stages = Histogram(
            "citewire_stage_seconds",
            "Time by stage of an answer.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def responded(self, route: str, status: int) -> None:
        """Count a response. `route` is the path's pattern, so that ids make no series of their own."""
        self._requests.labels(route, str(status)).inc()

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        outcome = "abstained" if answer.abstention else "answered"
        self._answers.labels(answer.reader, outcome).inc()
        self._withheld.inc(sum(sentence.status == "withheld" for sentence in answer.sentences))
        for stage, ms in answer.timings_ms.items():
            self._stages.labels(stage).observe(ms / 1000)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
