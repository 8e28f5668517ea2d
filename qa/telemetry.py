"""Traces of answers for OpenTelemetry: one span an answer, one inside for each stage. Extra `telemetry`.

The only module that imports OpenTelemetry, and only when an endpoint is named in the environment, as OpenTelemetry's own
variables do it; nothing is sent otherwise. No question, answer or quote is in a span.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

from qa.errors import SettingsError
from qa.types import Answer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
TOTAL = "total"  # the stage that is the whole


class Traces:
    """Sends spans to an exporter, in batches, from a thread of its own. `close` sends what is left."""

    def __init__(self, exporter: SpanExporter, *, service: str = "citewire") -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": service, "service.version": version("citewire")})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("citewire")

    def answered(self, answer: Answer, request_id: str | None = None) -> None:
        """Record an answer that was just finished: its stages end to end, the last one ending now."""
        from opentelemetry.trace import set_span_in_context

        stages = {stage: round(ms * 1e6) for stage, ms in answer.timings_ms.items() if stage != TOTAL}
        whole = max(round(answer.timings_ms.get(TOTAL, 0.0) * 1e6), sum(stages.values()))
        end = time.time_ns()
        start = at = end - whole
        span = self._tracer.start_span("answer", start_time=start, attributes=_facts(answer, request_id))
        inside = set_span_in_context(span)
        for stage, duration in stages.items():
            part = self._tracer.start_span(stage, context=inside, start_time=at)
            at += duration
            part.end(end_time=at)
        span.end(end_time=end)

    def close(self) -> None:
        """Send what is left, and stop."""
        self._provider.shutdown()


def traces_from(environment: Mapping[str, str] = os.environ) -> Traces | None:
    """Traces to the endpoint that OpenTelemetry's variables name; `None` when none is named.

    Raises:
        SettingsError: an endpoint is named, and the extra is not installed.
    """
    if not any(environment.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return Traces(OTLPSpanExporter())
    except ImportError as error:
        raise SettingsError(
            f"Traces need more packages ({error.name}). Install them: pip install -e '.[telemetry]', or unset "
            f"{' and '.join(ENDPOINTS)}."
        ) from error


def _facts(answer: Answer, request_id: str | None) -> dict[str, str | bool | int | float]:
    facts: dict[str, str | bool | int | float] = {
        "citewire.reader": answer.reader, "citewire.answered": answer.answered,
        "citewire.confidence": round(answer.confidence, 4), "citewire.sentences": len(answer.sentences),
        "citewire.withheld": sum(sentence.status == "withheld" for sentence in answer.sentences),
        "citewire.citations": len(answer.citations),
    }  # fmt: skip
    return facts | ({"citewire.request_id": request_id} if request_id else {})
