"""What the app writes into the library's audit log: what people added, deleted, brought back, exported or indexed anew.

Who did it is the address under which somebody is signed in; `app` where nobody signs in.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import streamlit as st

from corpus.errors import CorpusError
from qa.journal import Action, Journal
from qa.ui import gate
from qa.ui.state import Service

DOOR = "app"
log = logging.getLogger(__name__)


def who() -> str:
    """Who uses the page that is being drawn."""
    return str(st.user.get("email") or DOOR) if gate.oidc() else DOOR


def note(service: Service, person: str, action: Action, ids: Sequence[str], **more: object) -> None:
    """Note what was done; usable from any thread. That it cannot be written is for the server's log: it is done."""
    try:
        Journal(service.engine.library).note(person, DOOR, action, ids, **more)
    except CorpusError as error:
        log.error("%s", error)
