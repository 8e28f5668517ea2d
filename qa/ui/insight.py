"""What the library covers: over time, by publisher and tag; a map of it; a story day by day; the state of its index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

import streamlit as st

from corpus.insight import Coverage, coverage, timeline
from corpus.iso import from_iso
from corpus.library import Library, LibraryStats
from corpus.listing import Listing
from corpus.listing import page as page_of
from corpus.stories import stories
from corpus.tags import tag_counts
from corpus.types import ArticleSummary, Filters
from corpus.vectors import generation
from embeddings.map import FEWEST, LibraryMap, draw_map
from qa.ui import places, plots, render, state, working
from qa.ui.dates import day
from qa.ui.state import Service

NAMED = 12  # publishers and tags with a bar of their own
AT_ONCE = 300  # articles whose map is drawn unasked: about a second of work
TOLD = 60  # articles of a timeline; more are counted
STORIES = 20  # stories offered, those with most articles
_MAP = "map"


def page() -> None:
    """Draw the page."""
    service = state.service()
    library = service.engine.library
    st.html('<h1 class="cw-h1">Insight</h1>')
    articles = library.count_articles()
    if not articles:
        st.html(
            '<div class="cw-empty"><p class="cw-empty-head">Nothing to show yet</p>'
            "<p>Once the library holds articles, their coverage over time and by publisher is drawn here.</p></div>"
        )
        st.page_link(places.articles(), label="Add articles", icon=":material/add:")
        return
    found, stats, publishers, tags = _facts(library.location, generation(library), articles, library)
    st.html(f'<p class="cw-meta">{_headline(stats)}</p>')
    _coverage(found)
    _publishers(publishers)
    _tags(tags)
    drawn = _map(service, articles)
    if drawn:
        _topics(drawn)
    _timeline(library, drawn, [name for name, _ in tags])
    _health(service, stats)


Facts = tuple[Coverage, LibraryStats, tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]


@st.cache_data(ttl=60, max_entries=8, show_spinner="Counting the articles…")
def _facts(folder: str, stamp: int, articles: int, _library: Library) -> Facts:  # noqa: ARG001  # parts of the cache key
    return coverage(_library), _library.stats(), _library.publishers(), tag_counts(_library)


def _headline(stats: LibraryStats) -> str:
    first, last = (day(from_iso(text)) for text in (stats.earliest, stats.latest))
    years = f"{first} to {last}" if first and last else None
    return render.byline(f"{stats.articles:,} articles", f"{stats.publishers:,} publishers", years)


def _heading(text: str, remark: str = "") -> None:
    more = f'<p class="cw-meta">{render.escape(remark)}</p>' if remark else ""
    st.html(f'<h2 class="cw-h2">{render.escape(text)}</h2>{more}')


# ---- coverage


def _coverage(found: Coverage) -> None:
    undated = f"{found.undated:,} without a date are not drawn." if found.undated else ""
    _heading("Over time", undated)
    if not found.bars:
        return
    rank = {name: i for i, name in enumerate(found.publishers)}
    rows = [{"period": b.period, "publisher": b.publisher, "count": b.count, "rank": rank[b.publisher]}
            for b in found.bars]  # fmt: skip
    totals = dict.fromkeys(found.periods, 0)
    for bar in found.bars:
        totals[bar.period] += bar.count
    most = max(totals, key=lambda period: totals[period])
    text = (
        f"Articles by {found.unit}, {found.periods[0]} to {found.periods[-1]}. Most in {most}: {totals[most]:,}. "
        "The table below has every number."
    )
    plots.draw(plots.bars_over_time(rows, found.periods, found.publishers, found.unit), text, "plot_time")
    plots.numbers([found.unit.capitalize(), "Articles"], totals.items(), f"Articles by {found.unit}")


def _publishers(publishers: Sequence[tuple[str, int]]) -> None:
    _heading("By publisher")
    if not publishers:
        st.html('<p class="cw-meta">No article names its publisher.</p>')
        return
    _ranked(publishers, "Publisher", "plot_publishers")


def _tags(tags: Sequence[tuple[str, int]]) -> None:
    _heading("By tag", "" if tags else "No article has a tag. Open an article to give it one.")
    if tags:
        _ranked(tags, "Tag", "plot_tags")


def _ranked(counts: Sequence[tuple[str, int]], noun: str, key: str) -> None:
    shown, rest = counts[:NAMED], counts[NAMED:]
    rows = [{"name": name, "count": count} for name, count in shown]
    first, count = counts[0]
    text = f"Articles by {noun.lower()}. Most: {first}, {count:,}. The table below has every number."
    plots.draw(plots.bars(rows, "Articles"), text, key)
    if rest:
        st.html(f'<p class="cw-meta">and {len(rest):,} more, with {sum(n for _, n in rest):,} articles</p>')
    plots.numbers([noun, "Articles"], counts, f"Articles by {noun.lower()}")


# ---- the map


def _map(service: Service, articles: int) -> LibraryMap | None:
    """The map, as far as it is drawn; it is made in a thread, and again when asked after the library changed."""
    _heading("Map", "Articles that are alike lie near each other. A click opens one.")
    job, stamp = service.jobs.get(_MAP), generation(service.engine.library)
    if not service.warmed.is_set():
        _awaited(service)
        return None
    if job is None and articles <= AT_ONCE:
        _start_map(service, stamp)
        job = service.jobs.get(_MAP)
    if job is None:
        st.button("Draw the map", key="draw_map", icon=":material/scatter_plot:", on_click=_start_map,
                  args=(service, stamp))  # fmt: skip
        return None
    if job.live:
        working.progress(job, stop="Stop drawing")
        return None
    if job.error:
        working.failed(job)
        st.button("Draw the map", key="draw_map", on_click=_start_map, args=(service, stamp))
        return None
    drawn = cast(LibraryMap, job.result)
    if drawn.generation != stamp:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.html('<p class="cw-meta" role="status">The library has changed since.</p>', width="content")
            st.button("Draw it again", key="draw_map", type="tertiary", on_click=_start_map, args=(service, stamp))
    if not drawn.points:
        st.html(f'<p class="cw-meta">A map needs {FEWEST} articles with vectors.</p>')
        return None
    _draw_map(drawn)
    return drawn


@st.fragment(run_every=working.POLL)
def _awaited(service: Service) -> None:
    if service.warmed.is_set():
        st.rerun()
    st.html('<p class="cw-working" role="status">Waiting for the language model to load…</p>')


def _start_map(service: Service, stamp: int) -> None:
    from qa.engine import Citewire

    engine = cast(Citewire, service.engine)
    service.jobs.start(
        _MAP, stamp, lambda job: draw_map(engine.library, engine.embedder.fingerprint, job.note)
    )  # fmt: skip


def _draw_map(drawn: LibraryMap) -> None:
    colored = st.segmented_control("Color by", ["Group", "Publisher"], key="map_color", default="Group",
                                   label_visibility="collapsed")  # fmt: skip
    by_publisher = colored == "Publisher"
    if by_publisher:
        counts: dict[str, int] = {}
        for point in drawn.points:
            name = point.article.publisher or "Unknown publisher"
            counts[name] = counts.get(name, 0) + 1
        named = sorted(counts, key=lambda name: (-counts[name], name))[:7]
        names = [*named, "Others"] if len(counts) > len(named) else named
    else:
        names = list(drawn.groups)
    rows = []
    for point in drawn.points:
        article = point.article
        publisher = article.publisher or "Unknown publisher"
        group = (publisher if publisher in names else "Others") if by_publisher else drawn.groups[point.group]
        rows.append({"id": article.id, "title": article.title or "Untitled", "publisher": publisher,
                     "day": day(article.published), "x": round(point.x, 3), "y": round(point.y, 3),
                     "group": group})  # fmt: skip
    text = (
        f"A map of {len(rows):,} articles in {len(drawn.groups)} groups: {'; '.join(drawn.groups)}. The table has all."
    )
    chosen = plots.draw(plots.points(rows, names), text, f"plot_map_{drawn.generation}", select=True)
    if picked := (chosen.selection.get("article") if chosen else None):
        places.open_article(picked[0]["id"])
    if len(drawn.points) < drawn.total:
        st.html(f'<p class="cw-meta">{len(drawn.points):,} of {drawn.total:,} articles, chosen at random.</p>')
    plots.numbers(
        ["Article", "Group", "Publisher", "Date"],
        [
            (r["title"], drawn.groups[p.group], r["publisher"], r["day"])
            for r, p in zip(rows, drawn.points, strict=True)
        ],
        "Articles on the map",
    )


def _topics(drawn: LibraryMap) -> None:
    """The groups of the map by their size: what the library is about, as far as its words tell."""
    counts = Counter(drawn.groups[point.group] for point in drawn.points)
    _heading("By topic", "The groups of the map, named by the words of their titles.")
    _ranked(counts.most_common(), "Topic", "plot_topics")


# ---- a story in time


def _timeline(library: Library, drawn: LibraryMap | None, tags: Sequence[str]) -> None:
    """Articles of one story, group, tag or search in the order of their days."""
    _heading("Timeline", "A story as it went on: near-copies of one report, a group of the map, or a tag.")
    choices: dict[str, Sequence[str] | None] = {}
    for story in stories(library, limit=STORIES):
        choices[f"Story: {story.articles[-1].title or 'Untitled'}"] = [article.id for article in story.articles]
    for number, name in enumerate(drawn.groups if drawn else ()):
        choices[f"Group: {name}"] = (
            [point.article.id for point in drawn.points if point.group == number] if drawn else []
        )
    choices |= {f"Tag: {name}": None for name in tags}
    if not choices:
        st.html('<p class="cw-meta">There is no story to tell yet: draw the map, or give articles a tag.</p>')
        return
    choice = st.selectbox("Story", list(choices), key="timeline")
    ids = choices[choice]
    if ids is None:
        listed = page_of(library, Listing(filters=Filters(tags=(choice.removeprefix("Tag: "),)), order="oldest"), TOLD)
        told, total = listed.articles, listed.total
    else:
        every = timeline(library, ids)
        told, total = every[:TOLD], len(every)
    st.html(_story(told))
    if total > len(told):
        st.html(f'<p class="cw-meta">and {total - len(told):,} later ones</p>')


def _story(told: Sequence[ArticleSummary]) -> str:
    items = "".join(
        f'<li><span class="cw-when">{render.escape(day(a.published) or "Undated")}</span>'
        f'<a class="cw-what" dir="auto" target="_self" href="articles?article={quote(a.id)}">{render.escape(a.title or "Untitled")}</a>'
        f'<span class="cw-meta">{render.byline(a.publisher)}</span></li>'
        for a in told
    )
    return f'<ol class="cw-timeline">{items}</ol>'


# ---- the index


def _health(service: Service, stats: LibraryStats) -> None:
    _heading("Index")
    tiles = [
        ("Articles", f"{stats.articles:,}"),
        ("Earlier versions", f"{stats.versions - stats.articles:,}"),
        ("Sentences", f"{stats.sentences:,}"),
        ("Passages", f"{stats.passages:,}"),
        ("Waiting for a vector", f"{stats.pending:,}"),
        ("On disk", size(stats.disk_bytes)),
    ]
    st.html(
        '<dl class="cw-tiles">' + "".join(f"<div><dt>{k}</dt><dd>{v}</dd></div>" for k, v in tiles) + "</dl>"
    )  # fmt: skip
    if stats.pending and service.engine.ready:
        st.html(
            '<p class="cw-note">Some passages are found by their words only. Add any article, or index the library '
            "anew on the Settings page, to finish their vectors.</p>"
        )


def size(count: int) -> str:
    """`1.4 MB`; powers of 1000."""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.0f} {units[0]}" if value >= 100 or units[0] == "B" else f"{value:.1f} {units[0]}"
