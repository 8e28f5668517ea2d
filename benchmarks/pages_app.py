"""The app's pages over a library and an engine without a model, for timing what asks no model.

`python -m streamlit run benchmarks/pages_app.py` starts it, from the root of the repository.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from corpus.library import Library
from qa.add_report import AddReport
from qa.settings import load_settings
from qa.types import Answer
from qa.ui import MIDDLEWARE, SCRIPT, state


@dataclass
class Idle:
    """Knows the library, answers nothing and adds nothing."""

    library: Library
    ready: bool = True
    warm_error: str | None = None
    activity: str = "Ready"
    readers: tuple[str, ...] = ("extractive",)

    def warm(self) -> None:
        """Nothing to load."""

    def stream(self, question: str, **_: Any) -> Iterator[Answer]:
        """No answer."""
        yield Answer(question, question, "extractive", 0.0)

    def add(self, *_: Any, **__: Any) -> AddReport:
        """Nothing."""
        return AddReport(())

    def remove(self, article_id: str) -> None:
        """Nothing."""


@asynccontextmanager
async def _lifespan(_: object) -> AsyncIterator[dict[str, Any]]:
    state.use_engine(Idle(Library.open(load_settings().library)))
    yield {}
    state.close()


app = st.App(SCRIPT, lifespan=_lifespan, middleware=MIDDLEWARE)
