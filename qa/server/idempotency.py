"""Requests that may be sent twice: the second one with the same key gets the first one's response.

Kept in memory for a while: a client retries within minutes. Adding twice would do no harm either (unchanged text is
recognized), but the response would differ.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from qa.server.problems import Refused

KEPT = 1000  # responses

Json = dict[str, Any]


class Replays:
    """Thread-safe. Two requests with one key at once: the second waits for the first."""

    def __init__(self) -> None:
        self._done: OrderedDict[str, tuple[bytes, Json]] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def once(self, key: str | None, body: bytes, run: Callable[[], Json]) -> Json:
        """What `run` gives, or gave before under this key.

        Raises:
            Refused: 409, the key was used for another body.
        """
        if not key:
            return run()
        digest = hashlib.sha256(body).digest()
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if known := self._done.get(key):
                if known[0] != digest:
                    raise Refused(
                        HTTPStatus.CONFLICT, "This Idempotency-Key was used for another request. Choose a new one."
                    )
                return known[1]
            result = run()
            with self._lock:
                self._done[key] = (digest, result)
                while len(self._done) > KEPT:
                    oldest, _ = self._done.popitem(last=False)
                    self._locks.pop(oldest, None)
            return result
