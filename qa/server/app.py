"""The REST API as an ASGI app over one engine: `create_app(engine, access)`. Decides nothing about answers."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from corpus.types import Filters
from qa import logs
from qa.engine import Citewire
from qa.errors import QuestionError
from qa.evaluation.questions import parse_questions
from qa.evaluation.report import summarize
from qa.evaluation.run import ask_all
from qa.journal import Journal
from qa.serialize import answer_to_json, hits_to_json
from qa.server import bodies, forms, models
from qa.server.access import Access
from qa.server.articles import article_routes
from qa.server.conversations import conversation_routes
from qa.server.feeds import feed_routes
from qa.server.guard import Guard
from qa.server.metrics import CONTENT_TYPE, Metrics
from qa.server.problems import MEDIA_TYPE, Problem, add_handlers
from qa.server.roles import Roles
from qa.server.slots import Slots
from qa.telemetry import Traces
from qa.types import Answer, Turn

log = logging.getLogger(__name__)

MAX_BODY = 32 * 1024 * 1024  # bytes: about 5,000 articles; more goes through `citewire add`
FORMS: dict[str, Callable[[Answer], Any]] = {
    "citewire": answer_to_json, "anthropic": forms.anthropic, "cohere": forms.cohere,
}  # fmt: skip
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
    for status in (400, 401, 403, 404, 409, 413, 421, 422, 429, 503)
}

EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
    "required": ["data"],
}
STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": EVENT}}}}

MODELS = {"object": "list", "data": [{"id": "citewire", "object": "model", "created": 0, "owned_by": "citewire"}]}


def _example(example: object, media_type: str = "application/json") -> dict[int | str, dict[str, Any]]:
    """An example of a response that has no model."""
    return {200: {"content": {media_type: {"example": example}}}}


def create_app(
    engine: Citewire, access: Access, *, hosts: Collection[str] = (), traces: Traces | None = None
) -> FastAPI:
    """The API over an engine. `hosts`: the names it answers to; empty allows any (behind a proxy that checks)."""
    app = FastAPI(
        title="Citewire", version=version("citewire"), docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        description="Ask a collection of news articles; every sentence of an answer is cited to its source sentence.",
        responses=ERRORS,
    )  # fmt: skip
    metrics = Metrics()
    slots = Slots(metrics)
    add_handlers(app)
    app.add_middleware(Guard, hosts=hosts, max_body=MAX_BODY, note=metrics.responded)

    roles, journal = Roles(access), Journal(engine.library)

    def finished(answer: Answer) -> None:
        """Count, trace and log an answer. What was asked is in the log at `debug` alone."""
        metrics.answered(answer)
        if traces:
            traces.answered(answer, logs.request_id.get())
        facts = {"reader": answer.reader, "answered": answer.answered, "confidence": round(answer.confidence, 4)}
        log.info("answered", extra=facts | {"timings_ms": {s: round(ms, 1) for s, ms in answer.timings_ms.items()}})
        log.debug("question", extra={"question": answer.question, "standalone_question": answer.standalone_question})

    def answered(ask: Callable[[], Answer]) -> Answer:
        slots.enter()
        try:
            answer = slots.run(ask)
        finally:
            slots.leave()
        finished(answer)
        return answer

    app.include_router(article_routes(engine, roles, journal))
    app.include_router(conversation_routes(engine, roles, journal, answered))
    app.include_router(feed_routes(engine, roles, journal))

    # ---- asking

    def answers(
        question: str, filters: Filters, history: tuple[Turn, ...], standalone: str | None, stop: threading.Event
    ) -> Iterator[Answer]:
        answer: Answer | None = None
        for answer in engine.stream(question, filters=filters, history=history, standalone=standalone, cancelled=stop):
            yield answer
        if answer:
            finished(answer)

    async def streamed(
        growing: Iterator[Answer], stop: threading.Event, encode: Callable[[Answer, int, bool], Iterator[str]]
    ) -> Response:
        """Server-sent events. The first answer is awaited before the headers go out, so that errors keep their status."""
        try:
            growing = slots.stream(growing)
            first = await run_in_threadpool(next, growing, None)
        except BaseException:
            slots.leave()
            raise

        async def events() -> AsyncIterator[str]:
            try:
                sent, answer = 0, first
                if first is not None:
                    for event in encode(first, 0, False):
                        yield event
                    sent = len(first.sentences)
                async for answer in iterate_in_threadpool(growing):
                    for event in encode(answer, sent, False):
                        yield event
                    sent = len(answer.sentences)
                if answer is not None:
                    for event in encode(answer, sent, True):
                        yield event
            finally:  # the end, or a client that went away
                stop.set()
                slots.leave()

        return StreamingResponse(events(), media_type="text/event-stream")

    @app.post(
        "/v1/ask", response_model=models.AnswerOut | models.MessageOut, dependencies=[roles.reader], tags=["questions"],
        responses=STREAMED,
    )  # fmt: skip
    async def ask(body: bodies.AskIn) -> Response:
        """Answer a question with cited sentences, or say that the articles don't answer it."""
        stop = threading.Event()
        slots.enter()
        growing = answers(
            body.question, body.filters.to_filters(), tuple(turn.to_turn() for turn in body.history),
            body.standalone_question, stop,
        )  # fmt: skip
        form = FORMS[body.citations]
        if body.stream:
            return await streamed(
                growing, stop, lambda answer, sent, last: _events(answer, sent, form if last else None)
            )
        try:
            answer = await run_in_threadpool(slots.run, lambda: _last(growing))
        finally:
            slots.leave()
        return JSONResponse(form(answer))

    @app.post("/v1/search", response_model=models.HitsOut, dependencies=[roles.reader], tags=["questions"])
    def search(body: bodies.SearchIn) -> dict[str, Any]:
        """Rank articles, passages or sentences for a query, without answering."""
        slots.enter()
        try:
            hits = slots.run(
                lambda: engine.search(body.query, level=body.level, k=body.k, filters=body.filters.to_filters())
            )
        finally:
            slots.leave()
        return {"query": body.query, "hits": hits_to_json(hits, body.level)}

    @app.post(
        "/v1/chat/completions", dependencies=[roles.reader], tags=["questions"], response_model=None, responses=STREAMED
    )
    async def chat_completions(body: bodies.ChatIn) -> Response:
        """OpenAI's chat completions, answered from the library: existing chat clients work. Citations are annotations."""
        try:
            question, history = forms.conversation(body.messages)
        except ValueError as error:
            raise QuestionError(str(error)) from error
        stop = threading.Event()
        slots.enter()
        growing = answers(question, Filters(), history, None, stop)
        if body.stream:
            identity = forms.new_id()
            return await streamed(
                growing, stop, lambda answer, sent, last: _chunks(answer, sent, last, body.model, identity)
            )
        try:
            answer = await run_in_threadpool(slots.run, lambda: _last(growing))
        finally:
            slots.leave()
        return JSONResponse(forms.completion(answer, body.model))

    @app.get(
        "/v1/models", dependencies=[roles.reader], tags=["questions"], response_model=None, responses=_example(MODELS)
    )
    def list_models() -> dict[str, Any]:
        """For clients that ask first: one model, the library."""
        return MODELS

    @app.post("/v1/eval", response_model=models.EvalOut, dependencies=[roles.editor], tags=["questions"])
    def evaluate(body: bodies.EvalIn) -> dict[str, Any]:
        """Measure ranking, citation and abstention on questions of your own; the library is only read."""
        rows = "\n".join(json.dumps(question.model_dump(exclude_none=True)) for question in body.questions)
        slots.enter()
        try:
            outcomes = slots.run(lambda: ask_all(engine, parse_questions(rows.encode(), "questions", engine.library)))
        finally:
            slots.leave()
        return {"sections": summarize(outcomes, threshold=engine.settings.threshold)}

    # ---- the server itself

    @app.get("/v1/stats", response_model=models.StatsOut, dependencies=[roles.reader], tags=["library"])
    def stats() -> models.StatsOut:
        """Counts over the library."""
        found = engine.library.stats()
        return models.StatsOut(**{name: getattr(found, name) for name in models.StatsOut.model_fields})

    @app.get("/health/live", response_model=models.HealthOut, tags=["health"])
    def live() -> models.HealthOut:
        """Whether the process answers at all."""
        return models.HealthOut(status="ok")

    @app.get("/health/ready", response_model=models.HealthOut, tags=["health"])
    def ready(response: Response) -> models.HealthOut:
        """Whether questions can be answered; 503 while the model loads, or when it could not."""
        if engine.ready:
            return models.HealthOut(status="ok")
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        if engine.warm_error:
            return models.HealthOut(status="failed", detail=engine.warm_error)
        return models.HealthOut(status="starting", detail=engine.activity)

    @app.get(
        "/metrics", dependencies=[roles.reader], tags=["health"], response_class=Response,
        responses=_example('citewire_requests_total{route="/v1/ask",status="200"} 12.0', "text/plain"),
    )  # fmt: skip
    def show_metrics() -> Response:
        """Prometheus metrics."""
        return Response(metrics.render(), media_type=CONTENT_TYPE)

    return app


def _last(growing: Iterator[Answer]) -> Answer:
    *_, last = growing
    return last


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _events(answer: Answer, sent: int, form: Callable[[Answer], Any] | None) -> Iterator[str]:
    """The sentences that are new, each with its citations; at the end the whole answer."""
    if form is not None:
        yield _event("answer", form(answer))
        return
    whole = answer_to_json(answer)
    for sentence in whole["sentences"][sent:]:
        cited = [citation for citation in whole["citations"] if citation["number"] in sentence["citations"]]
        yield _event("sentence", {"sentence": sentence, "citations": cited})


def _chunks(answer: Answer, sent: int, last: bool, model: str, identity: str) -> Iterator[str]:
    """OpenAI's stream: text as it is checked, then the annotations, then the end."""

    def data(delta: dict[str, Any], finish: str | None = None) -> str:
        return f"data: {json.dumps(forms.chunk(model, identity, delta, finish), ensure_ascii=False)}\n\n"

    if last:
        content, annotations = forms.content_of(answer)
        yield data({"content": content} if answer.abstention else {"annotations": annotations})
        yield data({}, "stop")
        yield "data: [DONE]\n\n"
        return
    earlier = [sentence for sentence in answer.sentences[:sent] if sentence.status != "withheld"]
    for number, sentence in enumerate(s for s in answer.sentences[sent:] if s.status != "withheld"):
        yield data(
            {"role": "assistant", "content": ("\n" if earlier or number else "") + forms.sentence_text(sentence)}
        )
