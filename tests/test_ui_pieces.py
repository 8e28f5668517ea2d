"""Small parts of the pages that need no browser: the time chip's words, names in an article, the first frame."""

from __future__ import annotations

from datetime import date

import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from qa.question_time import question_time
from qa.types import Answer, Note
from qa.ui import address
from qa.ui.asked_time import described, rewritten
from qa.ui.entities import entities, named
from qa.ui.shell import FRAME, ROOT, Shell
from qa.ui.versions import address_of

TODAY = date(2024, 5, 15)


@pytest.mark.parametrize(
    ("question", "shown", "since", "until", "asked"),
    [
        ("Who resigned in March 2023?", "Mar 2023", date(2023, 4, 1), None, "Who resigned since 1 April 2023?"),
        ("Who won the 2022 World Cup?", "2022", date(2018, 1, 1), date(2018, 12, 31),
         "Who won the World Cup between 1 January 2018 and 31 December 2018?"),
        ("What happened since 8 May 2024?", "since 8 May 2024", date(2024, 5, 9), date(2024, 5, 9), "What happened on 9 May 2024?"),
        ("Who resigned from 3 to 9 March 2023?", "3–9 Mar 2023", None, date(2023, 3, 9), "Who resigned until 9 March 2023?"),
        ("Who left since the earthquake?", "7 February 2023 or later", None, None, "Who left?"),
    ],
)  # fmt: skip
def test_the_time_of_a_question_is_told_and_rewritten(
    question: str, shown: str, since: date | None, until: date | None, asked: str
) -> None:
    when = question_time(question, TODAY, TODAY)
    assert when
    answer = Answer(question, question, "extractive", 0.9, notes=(Note("time", "Read as 7 February 2023 or later."),))
    assert described(when, answer) == shown
    again = rewritten(question, when, since, until)
    assert again == asked
    if found := question_time(again, TODAY, TODAY):  # what the chip writes is read as those days
        assert (found.since, found.until) == (since, until)


def test_names_are_counted_and_lead_to_their_articles() -> None:
    found = entities(
        ["Bill Nelson spoke in Houston on 3 May 2023.", "Nelson thanked the White House.", "Houston waits."]
    )
    assert dict(found) == {"Bill Nelson": 2, "Houston": 2, "White House": 1}
    assert found[0] == ("Bill Nelson", 2)
    html = named([('A & "B"', 2)])
    assert 'href="articles?q=A+%26+%22B%22"' in html
    assert "A &amp; &quot;B&quot;<small>2</small>" in html
    assert named([]) == ""


def test_the_first_frame_is_in_the_page_and_nowhere_else() -> None:
    page = b"<html><title>Streamlit</title><body>" + ROOT + b"</body></html>"
    app = Starlette(routes=[
        Route("/", lambda _: HTMLResponse(page + 1000 * b" ", headers={"etag": "x"})),
        Route("/gone", lambda _: HTMLResponse(page, status_code=404)),
        Route("/script.js", lambda _: PlainTextResponse(ROOT)),
    ])  # fmt: skip
    app.add_middleware(GZipMiddleware)
    app.add_middleware(Shell)
    with TestClient(app) as client:
        found = client.get("/", headers={"accept": "text/html,*/*", "accept-encoding": "gzip", "if-none-match": "x"})
        assert FRAME in found.content
        assert b"<title>Citewire</title>" in found.content
        assert int(found.headers["content-length"]) == len(found.content)
        assert "etag" not in found.headers
        assert client.get("/gone").content == page
        assert client.get("/script.js").content == ROOT
    assert b"<script" not in FRAME  # the security policy would refuse it


def test_addresses() -> None:
    assert address_of("a&b", 2) == "articles?article=a%26b&v=2"
    filters = address.filters_of(lambda name: {"tag": ["x", "y"], "since": ["2023-01-01"]}.get(name, []))
    assert address.query_of(filters)["tag"] == ["x", "y"]
