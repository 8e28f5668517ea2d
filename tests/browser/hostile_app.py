"""The pages over articles whose every field was written by an attacker: `streamlit run` starts it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from corpus.library import Library
from corpus.types import Block, ParsedArticle
from qa.ui import MIDDLEWARE, SCRIPT, state
from tests.fakes import FakeEngine, fill

# Each of these asks the host evil.example for something, or sets `owned`, wherever it is taken for markup.
PAYLOADS = (
    '"><img src="https://evil.example/p.png" onerror="window.owned=1"><script>window.owned=2</script>',
    "<svg onload=window.owned=3></svg><iframe srcdoc='<script>parent.owned=4</script>'></iframe>",
    "![pixel](https://evil.example/md.png) [link](javascript:window.owned=5) <style>@import url(https://evil.example/c.css);</style>",
    "'-(window.owned=6)-' \" onmouseover=window.owned=7 x=\" $\\href{javascript:owned=8}{x}$ :material/home: ${owned=9} {{owned=9}}",
)
ARTICLES = tuple(
    ParsedArticle(
        f"Harbor {payload}",
        (
            Block("heading", payload),
            Block("paragraph", f"The harbor opened {number} piers, the port said. {payload} was written on a wall."),
            Block("quote", payload), Block("caption", f"A caption. {payload}."),
        ),
        publisher=payload, author=payload, url=("javascript:window.owned=10", f"https://evil.example/{payload}")[number % 2],
        section=payload, language=payload, published=datetime(2026, 3, 4 + number),
    )
    for number, payload in enumerate(PAYLOADS)
)  # fmt: skip


@asynccontextmanager
async def _lifespan(_: object) -> AsyncIterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        engine = FakeEngine(Library.open(Path(folder), create=True), evidence=True)
        fill(engine.library, ARTICLES)
        state.use_engine(engine)
        yield {}
        state.close()


app = st.App(SCRIPT, lifespan=_lifespan, middleware=MIDDLEWARE)
