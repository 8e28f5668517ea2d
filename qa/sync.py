"""Polling what the library is subscribed to: feeds, sitemaps, pages and folders. Adds what is new; knows no schedule."""

from __future__ import annotations

import threading
from dataclasses import replace

from corpus.errors import FetchError
from corpus.fetch import Fetcher
from corpus.iso import now
from corpus.sources import sources
from corpus.subscriptions import Subscription, Subscriptions
from corpus.web import Poll, Web
from qa.add_report import AddReport, InputResult, OnProgress
from qa.engine import Citewire


def sync(
    engine: Citewire,
    *,
    every: bool = False,
    on_progress: OnProgress | None = None,
    cancelled: threading.Event | None = None,
    allow_private: bool = False,
    fetcher: Fetcher | None = None,
) -> AddReport:
    """Poll what is due, or `every` subscription; each one's outcome is booked, and one that fails is asked less often."""
    calendar = Subscriptions(engine.library)
    due = calendar.all() if every else calendar.due(now())
    report = AddReport(())
    with fetcher or Fetcher(allow_private=allow_private) as shared:
        polls = {one.source: Poll(one.etag, one.last_modified) for one in due}
        web = Web(shared, engine.library, polls)
        for one in due:
            if cancelled is not None and cancelled.is_set():
                return replace(report, interrupted=True)
            done = engine.add(sources([one.source]), on_progress=on_progress, cancelled=cancelled, web=web)
            if not done.interrupted:
                _book(calendar, one, web, done)
            report = _joined(report, done)
    return report


def _book(calendar: Subscriptions, one: Subscription, web: Web, done: AddReport) -> None:
    """Keep how the poll went. Pages of a feed that failed are the pages' failures, not the feed's."""
    answer = web.answers.get(one.source)
    own = [item for item in done.inputs if item.status == "failed" and item.source == one.source]
    if isinstance(answer, FetchError):
        calendar.record_failure(one.source, str(answer), moment=now(), retry_after=answer.retry_after)
    elif own:
        calendar.record_failure(one.source, own[0].reason or "", moment=now())
    else:
        etag, modified = (answer.etag, answer.last_modified) if answer else (None, None)
        if answer and answer.not_modified:
            etag, modified = etag or one.etag, modified or one.last_modified
        calendar.record_success(
            one.source, moment=now(), etag=etag, last_modified=modified, title=web.titles.get(one.source)
        )


def _joined(first: AddReport, second: AddReport) -> AddReport:
    results: tuple[InputResult, ...] = (*first.inputs, *second.inputs)
    skipped = {
        reason: first.skipped.get(reason, 0) + second.skipped.get(reason, 0)
        for reason in {**first.skipped, **second.skipped}
    }
    return AddReport(results, second.interrupted, skipped, first.passages + second.passages)
