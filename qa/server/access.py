"""Who may do what: two tokens, two roles. A server that other machines can reach has tokens, or does not start.

Tokens come from the environment, are compared in constant time, and are never logged.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import IntEnum
from http import HTTPStatus

from qa.guessing import Guesses
from qa.server.problems import Refused

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
    guesses: Guesses = field(default_factory=Guesses)

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
        if wait := self.guesses.wait(address):
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong tokens. Wait, then try again.", retry_after=wait
            )
        role = self._role(authorization)
        if role is None:
            self.guesses.note(address)
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
