"""Errors as RFC 9457 problem details. A message is fit for a user; nothing of a traceback leaves the server."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from corpus.errors import ArticleNotFound, CorpusError, LibraryBusy
from embeddings.errors import EmbeddingError
from qa.errors import QAError, QuestionError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """RFC 9457. `title` names the kind, `detail` says what was wrong and what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str | None = None


class Refused(Exception):
    """A request that is turned away, with its status, the reason, and seconds after which to try again."""

    def __init__(self, status: HTTPStatus, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry_after = status, detail, retry_after


def problem(
    request: Request, status: int, detail: str, *, retry_after: int | None = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem as a response."""
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail,
        request_id=getattr(request.state, "request_id", None),
    )  # fmt: skip
    more = dict(headers or {})
    if retry_after is not None:
        more["Retry-After"] = str(retry_after)
    if status == HTTPStatus.UNAUTHORIZED:
        more["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body.model_dump(), status, more, MEDIA_TYPE)


_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (ArticleNotFound, HTTPStatus.NOT_FOUND),
    (LibraryBusy, HTTPStatus.SERVICE_UNAVAILABLE),
    (QuestionError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (QAError, HTTPStatus.SERVICE_UNAVAILABLE),
    (EmbeddingError, HTTPStatus.SERVICE_UNAVAILABLE),
    (CorpusError, HTTPStatus.SERVICE_UNAVAILABLE),
)


def add_handlers(app: FastAPI) -> None:
    """Turn every error into a problem."""

    def known(request: Request, error: Exception) -> JSONResponse:
        status = next(status for kind, status in _STATUS if isinstance(error, kind))
        return problem(request, status, str(error))

    def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refused)
        return problem(request, error.status, error.detail, retry_after=error.retry_after)

    def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {first['msg']}")

    def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return problem(request, error.status_code, str(error.detail), headers=dict(error.headers or {}))

    def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("A request failed", exc_info=error)
        return problem(
            request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong. The server's log has the rest."
        )

    for kind in (CorpusError, EmbeddingError, QAError):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)
