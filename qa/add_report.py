"""What becomes of inputs that are added: progress while it lasts, a report at the end. Loads no model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from corpus.adding import Outcome

InputStatus = Literal["added", "updated", "unchanged", "duplicate", "failed"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is: `done` of `total` inputs (store), passages (embed) or articles (reindex).

    `total` is None while it is not known; `articles` counts those read so far.
    """

    stage: Literal["store", "embed", "reindex"]
    done: int
    total: int | None
    label: str
    articles: int = 0


@dataclass(frozen=True, slots=True)
class InputResult:
    """What became of one input, or of those of its articles that share a status."""

    source: str
    status: InputStatus
    article_ids: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AddReport:
    """Every input's result, in order, failures last. `skipped` counts files that were passed over, by reason."""

    inputs: tuple[InputResult, ...]
    interrupted: bool = False
    skipped: Mapping[str, int] = field(default_factory=dict)
    passages: int = 0
    """Passages that were embedded."""

    @property
    def totals(self) -> dict[str, int]:
        """Articles by status; failed inputs under `failed`."""
        counts: Counter[str] = Counter(dict.fromkeys(("added", "updated", "unchanged", "duplicate", "failed"), 0))
        for result in self.inputs:
            counts[result.status] += max(len(result.article_ids), 1)
        return dict(counts)


OnProgress = Callable[[Progress], None]


@dataclass
class Book:
    """Outcomes as they come in: articles grouped by input and status, failures one by one, skipped files by reason."""

    articles: int = 0
    _groups: dict[tuple[str, InputStatus], list[str]] = field(default_factory=dict)
    _failures: list[InputResult] = field(default_factory=list)
    _skipped: Counter[str] = field(default_factory=Counter)

    def enter(self, outcome: Outcome) -> None:
        """Note what became of an article or file."""
        if outcome.status == "skipped":
            self._skipped[outcome.reason or ""] += 1
        elif outcome.status == "failed":
            self._failures.append(InputResult(outcome.source, "failed", (), outcome.reason))
        else:
            self.articles += 1
            ids = self._groups.setdefault((outcome.source, outcome.status), [])
            ids += [outcome.article_id] if outcome.article_id else []

    def report(self, interrupted: bool, passages: int) -> AddReport:
        """All that was entered."""
        found = [InputResult(source, status, tuple(ids)) for (source, status), ids in self._groups.items()]
        return AddReport((*found, *self._failures), interrupted, dict(self._skipped), passages)
