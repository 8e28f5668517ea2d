"""What `sync` polls: feeds, sitemaps, pages and folders, when each is due, and how it went last time.

Keeps the calendar only: polls nothing. A source that fails is asked less and less often, and not before it said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from corpus.iso import from_iso, now, to_iso
from corpus.library import Library

POLL = timedelta(minutes=15)  # the usual `ttl` of news feeds lies between 5 and 60 minutes
MAX_BACK_OFF = timedelta(days=1)  # a source that is back is noticed within a day
MAX_RETRY_AFTER = timedelta(days=7)  # a longer wait asked for is more likely a mistake than a wish


@dataclass(frozen=True, slots=True)
class Subscription:
    """One source. `failures` counts those in a row; `error` is the last one's message, `None` after a success.

    `source` is a URL or the absolute path of a folder. Without `due` it has never been polled: it is due now.
    """

    source: str
    title: str | None
    etag: str | None
    last_modified: str | None
    added: datetime
    checked: datetime | None
    due: datetime | None
    failures: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The subscriptions of one library. Thread-safe, as the library is. Moments are UTC, to the second."""

    library: Library

    def add(self, source: str, title: str | None = None) -> bool:
        """Subscribe to a source, due at once; whether it is new. A known one keeps its history and due moment."""
        with self.library.write() as db:
            cursor = db.execute(
                "INSERT INTO subscriptions (source, title, added) VALUES (?, ?, ?) ON CONFLICT (source) DO NOTHING",
                (source, title, to_iso(now())),
            )
        return cursor.rowcount == 1

    def remove(self, source: str) -> bool:
        """Unsubscribe; whether there was such a subscription. Its articles stay."""
        with self.library.write() as db:
            return db.execute("DELETE FROM subscriptions WHERE source = ?", (source,)).rowcount == 1

    def find(self, source: str) -> Subscription | None:
        """The subscription to this source, if there is one."""
        with self.library.read() as db:
            row = db.execute("SELECT * FROM subscriptions WHERE source = ?", (source,)).fetchone()
        return None if row is None else _subscription(row)

    def all(self) -> tuple[Subscription, ...]:
        """All of them, in the order in which they were added."""
        with self.library.read() as db:
            rows = db.execute("SELECT * FROM subscriptions ORDER BY added, source").fetchall()
        return tuple(_subscription(row) for row in rows)

    def due(self, moment: datetime) -> tuple[Subscription, ...]:
        """Those to poll at `moment` (with a zone), longest overdue first, never polled before all others."""
        with self.library.read() as db:
            rows = db.execute(
                "SELECT * FROM subscriptions WHERE due IS NULL OR due <= ? OR checked > ? "  # a clock that ran ahead
                "ORDER BY due NULLS FIRST, added, source",
                (_stamp(moment), _stamp(moment)),
            ).fetchall()
        return tuple(_subscription(row) for row in rows)

    def record_success(
        self,
        source: str,
        *,
        moment: datetime,
        etag: str | None = None,
        last_modified: str | None = None,
        title: str | None = None,
        wait: timedelta = POLL,
    ) -> None:
        """Keep the validators of a poll that went well; due again after `wait`. `title` replaces only when given.

        A source that was removed meanwhile stays removed.
        """
        with self.library.write() as db:
            db.execute(
                "UPDATE subscriptions SET etag = ?, last_modified = ?, title = coalesce(?, title), checked = ?, "
                "due = ?, failures = 0, error = NULL WHERE source = ?",
                (etag, last_modified, title, _stamp(moment), _stamp(moment + wait), source),
            )

    def record_failure(self, source: str, error: str, *, moment: datetime, retry_after: int | None = None) -> None:
        """Keep why a poll failed; due again after the back-off, or the `retry_after` seconds that were asked for."""
        with self.library.write() as db:
            row = db.execute("SELECT failures FROM subscriptions WHERE source = ?", (source,)).fetchone()
            if row is None:
                return
            wait = back_off(row["failures"], retry_after)
            db.execute(
                "UPDATE subscriptions SET checked = ?, due = ?, failures = failures + 1, error = ? WHERE source = ?",
                (_stamp(moment), _stamp(moment + wait), error, source),
            )


def back_off(failures: int, retry_after: int | None = None) -> timedelta:
    """How long to wait after a failure that had `failures` before it: doubling from `POLL` to `MAX_BACK_OFF`.

    A longer `retry_after` (seconds) is honored up to `MAX_RETRY_AFTER`.

    >>> [str(back_off(n)) for n in (0, 1, 2, 99)]
    ['0:15:00', '0:30:00', '1:00:00', '1 day, 0:00:00']
    """
    doubled = POLL * (1 << min(failures, 10))  # 15 min * 1024 is over ten days: the cap is reached long before
    wanted = min(timedelta(seconds=min(retry_after or 0, 10**9)), MAX_RETRY_AFTER)
    return max(min(doubled, MAX_BACK_OFF), wanted)


def _stamp(moment: datetime) -> str:
    """UTC to the second in one form, so that the database compares moments as text."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _subscription(row: Any) -> Subscription:
    return Subscription(
        source=row["source"],
        title=row["title"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        added=datetime.fromisoformat(row["added"]),
        checked=from_iso(row["checked"]),
        due=from_iso(row["due"]),
        failures=row["failures"],
        error=row["error"],
    )
