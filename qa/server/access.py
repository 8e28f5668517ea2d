"""Who may do what: two tokens, two roles. A server that other machines can reach has tokens, or does not start.

Tokens come from the environment, are compared in constant time, and are never logged.
"""

from __future__ import annotations

import hmac
import ipaddress
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import IntEnum
from http import HTTPStatus

from qa.server.problems import Refused

FAILURES = 10  # wrong tokens from one address before it must wait
WAIT_SECONDS = 60
ADDRESSES = 10_000  # remembered at most: an attacker with more addresses than that cannot fill the memory
LEAST_TOKEN = 16  # characters


class Role(IntEnum):
    """A reader asks and reads; an editor also adds and removes."""

    reader = 1
    editor = 2


@dataclass
class Access:
    """The tokens of one server, and who gave wrong ones lately. Without tokens everyone is an editor."""

    reader_token: str = ""
    editor_token: str = ""
    _failures: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for token in filter(None, (self.reader_token, self.editor_token)):
            if len(token) < LEAST_TOKEN:
                raise ValueError(f"A token must have at least {LEAST_TOKEN} characters.")

    @property
    def open(self) -> bool:
        """Whether no token is asked for."""
        return not (self.reader_token or self.editor_token)

    def require(self, needed: Role, authorization: str | None, address: str) -> str:
        """Who is asking, for the audit log: "reader", "editor", or "anyone" where no token is asked for.

        Raises:
            Refused: 401 without a known token, 403 when its role is not enough, 429 after many failures.
        """
        if self.open:
            return "anyone"
        self._check_failures(address)
        role = self._role(authorization)
        if role is None:
            self._note_failure(address)
            raise Refused(
                HTTPStatus.UNAUTHORIZED, "Send the header 'Authorization: Bearer TOKEN' with a token of this server."
            )
        if role < needed:
            raise Refused(
                HTTPStatus.FORBIDDEN, f"This needs the token of an {needed.name}; yours is that of a {role.name}."
            )
        return role.name

    def _role(self, authorization: str | None) -> Role | None:
        scheme, _, token = (authorization or "").partition(" ")
        given = token.strip().encode()
        editor = hmac.compare_digest(given, self.editor_token.encode()) and bool(self.editor_token)
        reader = hmac.compare_digest(given, self.reader_token.encode()) and bool(self.reader_token)
        if scheme.lower() != "bearer":
            return None
        return Role.editor if editor else Role.reader if reader else None

    def _check_failures(self, address: str) -> None:
        with self._lock:
            count, since = self._failures.get(address, (0, 0.0))
        left = since + WAIT_SECONDS - time.monotonic()
        if count >= FAILURES and left > 0:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong tokens. Wait, then try again.", retry_after=int(left) + 1
            )

    def _note_failure(self, address: str) -> None:
        now = time.monotonic()
        with self._lock:
            count, since = self._failures.pop(address, (0, now))
            recent = now - since < WAIT_SECONDS
            self._failures[address] = (count + 1 if recent else 1, since if recent and count + 1 < FAILURES else now)
            while len(self._failures) > ADDRESSES:
                self._failures.popitem(last=False)


def is_loopback(host: str) -> bool:
    """Whether a server bound to this host can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
