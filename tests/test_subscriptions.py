"""Subscriptions over a real library file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from corpus.library import Library
from corpus.subscriptions import MAX_BACK_OFF, MAX_RETRY_AFTER, POLL, Subscriptions, back_off

FEED, PAGE = "https://courier.test/feed", "https://courier.test/"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def subscriptions(library: Library) -> Subscriptions:
    return Subscriptions(library)


def sources(subscriptions: Subscriptions, moment: datetime) -> list[str]:
    return [one.source for one in subscriptions.due(moment)]


def test_a_new_one_is_due_at_once_and_added_once(subscriptions: Subscriptions) -> None:
    assert subscriptions.add(FEED, "Courier")
    assert not subscriptions.add(FEED, "Another title")
    (one,) = subscriptions.all()
    assert (one.source, one.title, one.etag, one.checked, one.due, one.failures, one.error) == (
        FEED, "Courier", None, None, None, 0, None,
    )  # fmt: skip
    assert one == subscriptions.find(FEED)
    assert one.added.tzinfo is not None
    assert subscriptions.due(NOON - timedelta(days=9000)) == (one,)


def test_a_success_keeps_the_validators_and_sets_the_next_poll(subscriptions: Subscriptions) -> None:
    subscriptions.add(FEED)
    subscriptions.record_success(FEED, moment=NOON, etag='"v1"', last_modified="Mon", title="Courier")
    one = subscriptions.find(FEED)
    assert one is not None
    assert (one.etag, one.last_modified, one.title, one.checked, one.due) == (
        '"v1"',
        "Mon",
        "Courier",
        NOON,
        NOON + POLL,
    )
    assert sources(subscriptions, NOON + POLL - timedelta(seconds=1)) == []
    assert sources(subscriptions, NOON + POLL) == [FEED]
    subscriptions.record_success(FEED, moment=NOON, wait=timedelta(hours=6))
    one = subscriptions.find(FEED)
    assert one is not None
    assert (one.etag, one.title, one.due) == (None, "Courier", NOON + timedelta(hours=6))


def test_failures_back_off_and_a_success_forgets_them(subscriptions: Subscriptions) -> None:
    subscriptions.add(FEED)
    subscriptions.record_success(FEED, moment=NOON, etag='"v1"')
    for failures, wait in ((1, POLL), (2, 2 * POLL), (3, 4 * POLL)):
        subscriptions.record_failure(FEED, "answers 500.", moment=NOON)
        one = subscriptions.find(FEED)
        assert one is not None
        assert (one.failures, one.error, one.due, one.etag) == (failures, "answers 500.", NOON + wait, '"v1"')
    subscriptions.record_success(FEED, moment=NOON)
    one = subscriptions.find(FEED)
    assert one is not None
    assert (one.failures, one.error, one.due) == (0, None, NOON + POLL)


def test_back_off_is_capped_and_retry_after_honored() -> None:
    assert back_off(0) == timedelta(minutes=15)
    assert back_off(5) == timedelta(hours=8)
    assert back_off(7) == back_off(10_000) == MAX_BACK_OFF
    assert back_off(0, 3600) == timedelta(hours=1)
    assert back_off(3, 60) == back_off(3)  # asked for less than we wait anyway
    assert back_off(0, 10**12) == MAX_RETRY_AFTER
    waits = [back_off(n) for n in range(20)]
    assert waits == sorted(waits)


def test_those_never_polled_come_first_then_the_longest_overdue(subscriptions: Subscriptions) -> None:
    for source, minutes in (("/b", 5), ("/a", 9), ("/c", 7)):
        subscriptions.add(source)
        subscriptions.record_success(source, moment=NOON - timedelta(minutes=minutes), wait=timedelta())
    subscriptions.add("/new")
    assert sources(subscriptions, NOON) == ["/new", "/a", "/c", "/b"]


def test_moments_of_any_zone_compare(subscriptions: Subscriptions) -> None:
    subscriptions.add(FEED)
    tokyo = timezone(timedelta(hours=9))
    subscriptions.record_success(FEED, moment=NOON.astimezone(tokyo))
    assert sources(subscriptions, NOON + POLL - timedelta(minutes=1)) == []
    assert sources(subscriptions, (NOON + POLL).astimezone(tokyo)) == [FEED]


def test_what_was_removed_stays_removed(subscriptions: Subscriptions) -> None:
    subscriptions.add(FEED)
    subscriptions.add(PAGE)
    assert subscriptions.remove(FEED)
    assert not subscriptions.remove(FEED)
    subscriptions.record_success(FEED, moment=NOON)
    subscriptions.record_failure(FEED, "late", moment=NOON)
    assert subscriptions.find(FEED) is None
    assert [one.source for one in subscriptions.all()] == [PAGE]


def test_a_reopened_library_has_them_still(tmp_path: Path) -> None:
    library = Library.open(tmp_path, create=True)
    Subscriptions(library).add(FEED, "Courier")
    kept = Subscriptions(library).all()
    library.close()
    again = Library.open(tmp_path)
    assert Subscriptions(again).all() == kept
    again.close()
