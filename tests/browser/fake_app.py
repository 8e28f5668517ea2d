"""The pages over the fake engine and a new library: `streamlit run` starts it where the model is not what is tested."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from qa.ui import MIDDLEWARE, SCRIPT, state
from tests.fakes import FakeEngine


@asynccontextmanager
async def _lifespan(_: object) -> AsyncIterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        state.use_engine(FakeEngine.over(Path(folder), evidence=True, readers=("extractive", "llm:tiny")))
        yield {}
        state.close()


app = st.App(SCRIPT, lifespan=_lifespan, middleware=MIDDLEWARE)
