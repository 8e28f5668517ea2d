"""What the app writes into the library's audit log: what people added, deleted, brought back, exported or indexed anew.

Who did it is the address under which somebody is signed in; `app` where nobody signs in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from corpus.errors import CorpusError
from qa.add_report import AddReport
from qa.journal import Action, Journal
from qa.ui import gate
from qa.ui.state import Service

DOOR = "app"
log = logging.getLogger(__name__)


def who() -> str:
    """Who uses the page that is being drawn."""
    return str(st.user.get("email") or DOOR) if gate.oidc() else DOOR


def note(service: Service, person: str, action: Action, ids: Sequence[str], **more: object) -> None:
    """Note what was done; usable from any thread."""
    with _told():
        Journal(service.engine.library).note(person, DOOR, action, ids, **more)


def note_added(service: Service, person: str, report: AddReport) -> None:
    """Note what was added or changed, if anything was; usable from any thread."""
    with _told():
        Journal(service.engine.library).note_report(person, DOOR, "add", report)


@contextmanager
def _told() -> Iterator[None]:
    """That it cannot be written is for the server's log: what was to be noted is done."""
    try:
        yield
    except CorpusError as error:
        log.error("%s", error)
