"""The audit log of a library: who added, removed or exported what, and when; one JSON object a line, `audit.jsonl`.

Bounded: a full file is set aside under a number, the oldest is dropped. A library on a server has a table `audit` instead,
which is not: the server's keeper trims it. Holds ids and counts, never a text or a question.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus.errors import LibraryUnwritable
from corpus.iso import now
from corpus.library import Library
from qa.add_report import AddReport

FILE = "audit.jsonl"
FULL = 2 * 1024 * 1024  # bytes: some 10,000 entries
KEPT = 4  # full files beside the one in use: at most 10 MB in all
NAMED = 100  # ids in one entry; of more, the number is told

Action = Literal[
    "add", "remove", "export", "import", "sync", "subscribe", "unsubscribe", "rename", "reindex", "restore", "erase"
]


@dataclass(frozen=True, slots=True)
class Journal:
    """The log of one library. Several threads and processes may write it."""

    library: Library
    full: int = FULL
    kept: int = KEPT

    @property
    def file(self) -> Path:
        """Where it is, unless the library is on a server."""
        return self.library.folder / FILE

    def note(self, who: str, through: str, action: Action, ids: Sequence[str], **more: object) -> None:
        """Write one entry: who did what to which articles, conversations or sources, through which door.

        Raises:
            LibraryUnwritable: the disk is full or the folder read-only; what was done is done.
        """
        entry = {"when": now().isoformat(), "who": who, "through": through, "action": action, "count": len(ids)}
        line = json.dumps(entry | {"ids": list(ids[:NAMED])} | more, ensure_ascii=False) + "\n"
        if self.library.on_server:
            with self.library.write() as db:
                db.execute("INSERT INTO audit (entry) VALUES (?)", (line,))
            return
        try:
            if self._is_full():
                with self.library.write():  # so that no two processes set it aside at once
                    if self._is_full():
                        self._set_aside()
            descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode("utf-8", "replace"))  # one write: lines of two processes never mix
            finally:
                os.close(descriptor)
        except OSError as error:
            raise LibraryUnwritable(
                f"It was done, but the audit log {str(self.file)!r} cannot be written: {error.strerror}. "
                "Check the folder's permissions and the free disk space."
            ) from error

    def note_report(self, who: str, through: str, action: Action, report: AddReport) -> None:
        """Note which articles were added or changed; when none was, nothing is noted."""
        changed = [i for row in report.inputs if row.status in ("added", "updated") for i in row.article_ids]
        if changed:
            self.note(who, through, action, changed, totals=report.totals)

    def _is_full(self) -> bool:
        try:
            return self.file.stat().st_size >= self.full
        except FileNotFoundError:
            return False

    def _set_aside(self) -> None:
        """`audit.jsonl` becomes `audit.1.jsonl`, that `audit.2.jsonl`, and so on; the last one is dropped."""
        names = [self.file, *(self.file.with_name(f"audit.{number}.jsonl") for number in range(1, self.kept + 1))]
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            if newer.exists():
                newer.replace(older)
