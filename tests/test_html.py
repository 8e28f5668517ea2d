"""Web pages: what is cut, what is kept, which facts win. Every page here is written for its rule."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import LoadError
from corpus.html import parse_html
from corpus.page_dates import day_in_url
from corpus.types import ParsedArticle

ONE = "The ferry between the two islands will run again from Monday, the harbor office said on Thursday afternoon."
TWO = "It had been in the dock since a storm in January tore off part of the ramp and flooded the engine room."
THREE = "Two hundred people who live on the smaller island had to take a fishing boat to work for eleven weeks."
FOUR = "The repair cost four million crowns, which the county and the owner of the ferry will share equally."
BODY = f"<p>{ONE}</p><p>{TWO}</p><p>{THREE}</p>"


def page(body: str = BODY, head: str = "", title: str = "Ferry runs again") -> str:
    return f"<html lang='en'><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def story(inner: str) -> str:
    return page(f"<article><h1>Ferry runs again</h1>{inner}</article>")


def texts(article: ParsedArticle) -> list[str]:
    return [block.text for block in article.blocks]


def ld(**values: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **values})}</script>'


@pytest.mark.parametrize(
    "box",
    [
        "<div class='related-links'><p>Harbor gets a new crane after years of talks between the two owners</p></div>",
        "<div class='story-promo'><p>Join the eleven thousand readers who get our letter about the islands every morning.</p></div>",
        "<section id='newsletterSignup'><h3>Our letter</h3><p>Get it every morning before breakfast, in your mail.</p></section>",
        "<form action='/go'><p>Type your address here and we will write to you about ferries.</p></form>",
        "<ul><li><a href='/a'>Storm of the century, in pictures</a></li><li><a href='/b'>Who owns the ferries?</a></li></ul>",
        "<p><strong><a href='/c'>CRANE FALLS INTO HARBOR DURING STORM</a></strong></p>",
        "<h3>Read more</h3><div><a href='/d'>A crane for the harbor at long last</a></div>",
        "<h3>You may also like</h3><article><p>A crane for the harbor, at long last, came by sea on Sunday.</p></article>",
        "<span itemprop='datePublished'>Thursday, in the late afternoon of May</span>",
        "<p>Email Ann Lee at ann@isles.example or follow her on Twitter @annlee.</p>",
        "<p>Reporter Bo Field contributed to this report.</p>",
        "<p>Leggi anche: il traghetto che non parte</p>",
    ],
)
def test_what_is_no_story_goes(box: str) -> None:
    article = parse_html(story(f"<p>{ONE}</p><p>{TWO}</p>{box}<p>{THREE}</p><p>{FOUR}</p>"))
    assert texts(article) == [ONE, TWO, THREE, FOUR]


def test_what_only_looks_like_it_stays() -> None:
    sentence = "Passengers can book <a href='/book'>by telephone or at the pier</a>."
    listed = f"<ul><li>{THREE} <a href='/x'>A map</a></li><li>{FOUR}</li></ul>"
    whole = f"<div class='related'><p>{ONE}</p><p>{TWO}</p><p>{sentence}</p>{listed}</div>"
    found = " ".join(texts(parse_html(story(whole))))
    for part in (ONE, TWO, THREE, FOUR, "by telephone or at the pier"):
        assert part in found


def test_a_body_cut_up_by_advertisements_is_joined() -> None:
    chunk = "<div class='chunk'><div class='item body article__body'>{}</div><div class='ad'>Ad</div></div>"
    parts = "".join(map(chunk.format, (BODY, f"<p>{FOUR}</p><p>{ONE[:-1]} again.</p>")))
    article = parse_html(page(f"<div class='page'><h1>Ferry runs again</h1>{parts}</div>"))
    assert texts(article) == [ONE, TWO, THREE, FOUR, f"{ONE[:-1]} again."]


def test_a_pop_up_in_a_paragraph_goes() -> None:
    box = "<span class='rollover-box'><img src='x'><b>More on Isles Line and its eleven ships</b></span>"
    article = parse_html(story(f"<p>{ONE}</p><p>The owner, <span>Isles Line{box}</span>, agreed.</p><p>{TWO}</p>"))
    assert texts(article) == [ONE, "The owner, Isles Line, agreed.", TWO]


def test_comments_are_not_joined() -> None:
    comments = "".join(f"<div class='comment'><p>{FOUR}</p><p>{FOUR}</p></div>" for _ in range(3))
    assert FOUR not in texts(parse_html(story(f"<div class='text'>{BODY}</div>{comments}")))


def test_a_quoted_post_is_a_quotation() -> None:
    post = "<div class='social-embed'><blockquote class='twitter-tweet'><p>We sail on Monday at six, weather or not.</p>— Ferry Office (@ferry)</blockquote></div>"
    blocks = parse_html(story(f"<p>{ONE}</p>{post}<p>{TWO}</p><p>{THREE}</p>")).blocks
    assert any("We sail on Monday" in block.text for block in blocks)


def test_a_layout_table_is_no_row() -> None:
    article = parse_html(page(f"<table><tr><td><h1>Ferry runs again</h1>{BODY}</td><td>Top story</td></tr></table>"))
    assert texts(article)[:3] == [ONE, TWO, THREE]


def test_the_story_once_and_no_title_in_it() -> None:
    deck = "<h2>The island waited eleven weeks</h2>"
    copy = f"<div><p>{ONE}</p><p>{TWO}</p><p>{THREE}</p></div>"
    article = parse_html(story(f"{deck}{BODY}{copy}<p>Ferry runs again</p><p>{FOUR}</p>"))
    assert texts(article) == [ONE, TWO, THREE, FOUR]


def test_a_subhead_of_any_tag_is_a_heading() -> None:
    article = parse_html(story(f"{BODY}<div class='art_subhead'>What it cost</div><p>{FOUR}</p>"))
    assert [(block.kind, block.text) for block in article.blocks][-2:] == [
        ("heading", "What it cost"), ("paragraph", FOUR),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "heading", "expected"),
    [
        ("<meta property='og:title' content='Ferry back after storm - Isles Post'>", "Ferry runs again after storm", "Ferry runs again after storm"),
        ("<meta property='og:site_name' content='Isles Post'>", "Isles Post", "Ferry runs again"),
        (ld(headline="Ferry &amp; ramp: both mended"), "Ferry & ramp: both mended", "Ferry & ramp: both mended"),
    ],
)  # fmt: skip
def test_the_headline_is_what_readers_see(head: str, heading: str, expected: str) -> None:
    html = page(f"<h1>{heading}</h1><article>{BODY}</article>", head, "Ferry runs again - Isles Post")
    assert parse_html(html).title == expected


def test_facts_of_a_related_article_do_not_count() -> None:
    other = ld(headline="Crane falls into harbor", datePublished="2015-01-01T10:00:00Z", author={"name": "Bo Field"})
    own = ld(
        headline="Ferry runs again",
        datePublished="2021-03-04T10:00:00Z",
        author=[{"name": "By Ann Lee, Staff Writer"}, "Ann Lee"],
    )
    for head in (other + own, own + other):
        article = parse_html(page(f"<article><h1>Ferry runs again</h1>{BODY}</article>", head))
        assert article.published is not None
        assert (article.published.year, article.author) == (2021, "Ann Lee")
    alone = parse_html(page(f"<article><h1>Ferry runs again</h1>{BODY}</article>", other))
    assert alone.author is None


@pytest.mark.parametrize(
    ("shown", "meta", "expected"),
    [
        ("March 3, 2021 at 9:30 pm", "2021-03-04T03:30:00Z", "2021-03-03T21:30:00-06:00"),  # the clock tells the zone
        ("March 4, 2021 at 4:30 am", "2021-03-04T03:30:00Z", "2021-03-04T04:30:00+01:00"),
        ("March 4, 2021 3:30 am", "2021-03-04T03:30:00Z", "2021-03-04T03:30:00+00:00"),  # the page shows UTC
        ("March 3, 2021", "2021-03-04T03:30:00Z", "2021-03-03T00:00:00"),  # only the day is known
        ("March 9, 2021", "2021-03-04T03:30:00Z", "2021-03-04T03:30:00+00:00"),  # no zone is that far away
        ("Updated March 5, 2021 9:10 pm", "2021-03-04T03:30:00Z", "2021-03-04T03:30:00+00:00"),
        ("", "2021-03-04T03:30:00+05:30", "2021-03-04T03:30:00+05:30"),
        ("", "0001-01-01T00:00:00Z", None),
    ],
)
def test_the_day_is_that_of_the_readers(shown: str, meta: str, expected: str | None) -> None:
    head = f"<meta property='article:published_time' content='{meta}'>"
    article = parse_html(page(f"<article><h1>Ferry runs again</h1><div>{shown}</div>{BODY}</article>", head))
    assert (article.published.isoformat() if article.published else None) == expected


def test_a_second_clock_tells_the_zone_of_the_first() -> None:
    head = "<meta property='article:published_time' content='2021-03-04T03:30:00Z'>"
    updated = "<time datetime='2021-03-04T06:10:00Z'>Updated 12:10 am, March 4, 2021</time>"
    article = parse_html(page(f"<article><h1>Ferry runs again</h1>{updated}{BODY}</article>", head))
    assert article.published is not None
    assert article.published.isoformat() == "2021-03-03T21:30:00-06:00"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2021/03/04/ferry", "2021-03-04"),
        ("https://a.example/2021/mar/4/ferry", "2021-03-04"),
        ("https://a.example/story/2021-03-04/ferry", "2021-03-04"),
        ("https://a.example/2021/13/04/ferry", None),
        ("https://a.example/2021/03/ferry-44", None),
        (None, None),
    ],
)
def test_day_in_an_address(url: str | None, day: str | None) -> None:
    found = day_in_url(url)
    assert (found.date().isoformat() if found else None) == day


def test_unknown_zones_are_read_without_a_warning() -> None:
    article = parse_html(story(f"<time datetime=''>March 4, 2021 - 11:28 AMT</time>{BODY}"))
    assert article.published is None or article.published.year == 2021


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(
    ["<div class='related'>", "</div>", "<p>", "</p>", "<article>", "</article>", "<table><tr><td>", "</table>", "<h1>",
     "<ul><li>", "<a href='/x'>", "</a>", "<blockquote class='tweet'>", "<time datetime='2021-03-04T03:30:00Z'>", "\x00",
     "<script type='application/ld+json'>{", "</script>", "March 3, 2021 9:30 pm", ONE, TWO, "<form>", "é", "<!--", "-->"]
), max_size=40))  # fmt: skip
def test_broken_markup_gives_an_article_or_a_reason(parts: list[str]) -> None:
    try:
        article = parse_html("".join(parts))
    except LoadError:
        return
    assert any(block.kind != "heading" for block in article.blocks)
