"""The app: pages to ask questions, see the cited sentences, and keep the library. Only this package knows Streamlit.

`create_app()` is all that others need. Nothing here loads a model: the engine does, in a thread of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from qa.ui import state
from qa.ui.headers import SecurityHeaders


def create_app() -> st.App:
    """The ASGI app for `streamlit run`; its lifespan opens the library and starts loading the model."""
    return st.App(
        Path(__file__).with_name("main.py"), lifespan=_lifespan, middleware=[Middleware(SecurityHeaders)]
    )


@asynccontextmanager
async def _lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    state.start()
    yield {}
    state.close()
