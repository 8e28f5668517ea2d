"""The app: pages to ask questions, see the cited sentences, and keep the library. Only this package knows Streamlit.

`app.py` puts `SCRIPT`, `LIFESPAN` and `MIDDLEWARE` together, since `streamlit run` looks for an `st.App` written there.
Nothing here loads a model: the engine does, in a thread of its own.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware

from qa.ui import state
from qa.ui.gate import Gate
from qa.ui.headers import SecurityHeaders
from qa.ui.shell import Shell


@asynccontextmanager
async def _lifespan(_: object) -> AsyncIterator[dict[str, Any]]:
    """Open the library and start to load the model as soon as the server runs, not at the first visit."""
    state.start()
    yield {}
    state.close()


SCRIPT = Path(__file__).resolve().with_name("main.py")
# For each run of the script Streamlit puts its folder at the head of `sys.path` and takes it away after, unless it is
# there: that shifts the list under whatever another thread is importing, which then does not find an installed module.
if str(SCRIPT.parent) not in sys.path:
    sys.path.append(str(SCRIPT.parent))
LIFESPAN = _lifespan
MIDDLEWARE = [Middleware(SecurityHeaders), Middleware(Gate), Middleware(Shell)]
