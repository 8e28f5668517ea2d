"""The servers' log: one JSON object a line on stderr. At `info`, what was asked for and how it went; never a question's text.

A question's text is logged at `debug` alone, which nobody gets by default.
"""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is being served here, so that every line of it can be found."""

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, request, and whatever `extra` holds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. Control characters are escaped by JSON, so that no text can forge a line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(),
        }  # fmt: skip
        if identity := request_id.get():
            line["request_id"] = identity
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def start(level: str, stream: TextIO = sys.stderr) -> logging.Handler:
    """Log to a stream from now on, everything of ours from `level` up, of others warnings. Returns the handler."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in ("qa", "corpus", "embeddings"):
        logging.getLogger(ours).setLevel(level.upper())
    return handler
