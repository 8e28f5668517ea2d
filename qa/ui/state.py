"""What all sessions of one server share: the engine, the answer jobs and the add jobs."""

from __future__ import annotations

import threading

from qa.engine import Citewire
from qa.settings import load_settings
from qa.ui.jobs import AddJobs, AnswerJobs

_lock = threading.Lock()
_engine: Citewire | None = None
answers = AnswerJobs()
adds = AddJobs()


def engine() -> Citewire:
    """The server's engine; on the first call it is opened and starts to load its model in the background."""
    global _engine  # one a process, whatever the number of sessions
    with _lock:
        if _engine is None:
            _engine = Citewire.open(load_settings())
            threading.Thread(target=_engine.warm, name="warm", daemon=True).start()
        return _engine


def use_engine(engine: Citewire) -> None:
    """Serve this engine instead of opening the one of the settings."""
    global _engine
    with _lock:
        _engine = engine
