"""The routes of subscriptions: list, subscribe, unsubscribe, poll. Web addresses only: no path of the server is read."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from corpus.iso import to_iso
from corpus.sources import is_url
from corpus.subscriptions import Subscription, Subscriptions
from qa.engine import Citewire
from qa.journal import Journal
from qa.serialize import report_to_json
from qa.server import bodies, models
from qa.server.problems import Refused
from qa.server.roles import Roles
from qa.sync import sync

Json = dict[str, Any]


def feed_to_json(one: Subscription) -> Json:
    """A subscription and how its last poll went."""
    return {
        "source": one.source, "title": one.title, "added": to_iso(one.added), "checked": to_iso(one.checked),
        "due": to_iso(one.due), "failures": one.failures, "error": one.error,
    }  # fmt: skip


def feed_routes(engine: Citewire, roles: Roles, journal: Journal) -> APIRouter:
    """What `citewire sync` polls. Private and local addresses are refused when they are fetched."""
    router = APIRouter(prefix="/v1/feeds", tags=["feeds"])
    calendar = Subscriptions(engine.library)

    @router.get("", response_model=models.FeedsOut, dependencies=[roles.reader])
    def list_feeds() -> Json:
        """The subscriptions, in the order in which they were added. Folders of the server are counted, not named."""
        every = calendar.all()
        named = [feed_to_json(one) for one in every if is_url(one.source)]
        return {"feeds": named, "folders": len(every) - len(named)}

    @router.post(
        "", response_model=models.FeedOut, status_code=201,
        responses={200: {"model": models.FeedOut, "description": "It was subscribed before."}},
    )  # fmt: skip
    def subscribe(body: bodies.FeedIn, response: Response, who: str = roles.editor) -> Json:
        """Subscribe to a feed, sitemap or page; 200 when it was subscribed before. The next poll fetches it."""
        if calendar.add(body.source):
            journal.note(who, "rest", "subscribe", [body.source])
        else:
            response.status_code = HTTPStatus.OK
        found = calendar.find(body.source)
        if found is None:
            raise Refused(HTTPStatus.CONFLICT, "It was unsubscribed at the same moment. Send the request again.")
        return feed_to_json(found)

    @router.delete("", status_code=204)
    def unsubscribe(
        source: Annotated[str, Query(max_length=bodies.MAX_URL, examples=["https://example.org/news.rss"])],
        who: str = roles.editor,
    ) -> None:
        """Unsubscribe. Articles that came from there stay."""
        if not calendar.remove(source):
            raise Refused(HTTPStatus.NOT_FOUND, f"{source!r} is not subscribed.")
        journal.note(who, "rest", "unsubscribe", [source])

    @router.post("/sync", response_model=models.ReportOut)
    def poll(body: bodies.SyncIn, who: str = roles.editor) -> Json:
        """Poll what is due, or all, and add what is new; the response comes when it is done."""
        report = sync(engine, every=body.all)
        journal.note_report(who, "rest", "sync", report)
        return report_to_json(report)

    return router
