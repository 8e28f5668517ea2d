"""How long each stage of an answer took."""

from __future__ import annotations

import time


class Clock:
    """Milliseconds by stage, from its making on."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Book the time since the last lap to `stage`; a stage that comes again is added up."""
        now = time.perf_counter()
        self._laps[stage] = self._laps.get(stage, 0.0) + (now - self._last) * 1000
        self._last = now

    def total(self) -> dict[str, float]:
        """The laps so far and their total."""
        return self._laps | {"total": (time.perf_counter() - self._start) * 1000}
