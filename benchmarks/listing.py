"""How long the list of articles takes in a library of 50,000: the first page, a deep one, each order, search and filters.

    python -m benchmarks.listing [--articles 50000] [--library FOLDER]

Makes the library itself, from sentences put together at random with a fixed seed; FOLDER keeps it for another run.
The times are those of one page of 20 with its counts, as the Articles page reads it: the first, the median of nine, and
the median of what the processor spent on it, which says more on a machine that has other work.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.report import write_result
from corpus.ingest import Chunker, build
from corpus.library import Library
from corpus.listing import ORDERS, Listing, Page, page
from corpus.tags import tag, tag_counts
from corpus.types import Block, Filters, ParsedArticle

SIZE, ROUNDS = 20, 9
TARGET_MS = 1500.0
CHUNKER = Chunker(lambda texts: [len(text.split()) + 2 for text in texts], 200)
PUBLISHERS = [f"{name} {kind}" for name in ("Harbor", "Northline", "Meridian", "Lantern", "Valley", "Capital", "Coast")
              for kind in ("Courier", "Gazette", "Wire", "Post", "News", "Times")]  # fmt: skip
SYLLABLES = [f"{start}{vowel}{end}" for start in "bdfgklmnprstv" for vowel in "aeiou" for end in ("", "n", "r", "s")]
SUBJECTS = ("Bridge", "Ferry line", "Budget", "Harvest report", "Dam", "Railway tunnel", "Water price", "Stadium")


def articles(count: int, seed: int = 5) -> Iterator[ParsedArticle]:
    """So many articles of some twelve sentences, over fifteen years, of 42 publishers; one in fifty has no date.

    Of made-up words, so that none is a near-copy of another; each article says "district", few say the same number.
    """
    dice = random.Random(seed)  # noqa: S311
    vocabulary = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(30_000)]
    first = date(2010, 1, 1)
    for number in range(count):
        body = [
            f"{' '.join(dice.choices(vocabulary, k=18)).capitalize()} in district {dice.randint(1, 900)}."
            for _ in range(dice.randint(6, 18))
        ]
        paragraphs = tuple(Block("paragraph", " ".join(body[i : i + 3])) for i in range(0, len(body), 3))
        day = first + timedelta(days=dice.randint(0, 5500))
        published = None if number % 50 == 7 else datetime(day.year, day.month, day.day)
        title = f"{dice.choice(SUBJECTS)} of {' '.join(dice.choices(vocabulary, k=3)).title()}"
        yield ParsedArticle(title, paragraphs, publisher=dice.choice(PUBLISHERS), published=published,
                            url=f"https://news.example/{number}")  # fmt: skip


def filled(folder: Path, count: int) -> Library:
    """The library in this folder, made if it is not there."""
    library = Library.open(folder, create=True)
    if library.count_articles() < count:
        for article in articles(count):
            library.store(build(article, CHUNKER))
        for row in library.summaries(limit=500):
            tag(library, row.id, "to read")
    return library


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """Milliseconds: the first run, the median of `ROUNDS` after it, and their processor time."""
    times, spent = [], []
    for _ in range(ROUNDS + 1):
        start, used = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - start) * 1000)
        spent.append((time.process_time() - used) * 1000)
    return {
        "first_ms": round(times[0], 1), "median_ms": round(statistics.median(times[1:]), 1),
        "cpu_ms": round(statistics.median(spent[1:]), 1),
    }  # fmt: skip


def deep(library: Library, listing: Listing, pages: int) -> Page:
    """A page far down."""
    found = page(library, listing, SIZE)
    for _ in range(pages):
        found = page(library, listing, 500, after=found.after)
    return found


def measure(library: Library) -> dict[str, dict[str, float]]:
    """Every kind of page."""
    since, some = Filters(since="2019-01-01", until="2019-12-31"), Filters(publishers=tuple(PUBLISHERS[:2]))
    listings = {f"by {order}": Listing(order=order) for order in ORDERS} | {
        "search: a rare word": Listing("stadium district 77"),
        "search: a word of every article": Listing("district"),
        "search: a word of every article, by title": Listing("district", order="title"),
        "search: nothing found": Listing("zebra"),
        "one year": Listing(filters=since),
        "one year, oldest": Listing(filters=since, order="oldest"),
        "two publishers": Listing(filters=some),
        "two publishers, by title": Listing(filters=some, order="title"),
        "a tag": Listing(filters=Filters(tags=("to read",))),
        "a word, two publishers and one year": Listing(
            "dam", Filters("2019-01-01", "2019-12-31", tuple(PUBLISHERS[:2]))
        ),
    }
    found = {name: timed(partial(page, library, listing, SIZE)) for name, listing in listings.items()}
    place = deep(library, Listing(), 60)
    found["by newest, 30,000 articles down"] = timed(lambda: page(library, Listing(), SIZE, after=place.after))
    found["the page before that"] = timed(lambda: page(library, Listing(), SIZE, before=place.before))
    found["publishers with counts"] = timed(library.publishers)
    found["tags with counts"] = timed(lambda: tag_counts(library))
    return found


def main() -> None:
    """Make the library, measure, write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--library", type=Path, help="keep the library here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        library = filled(options.library or Path(temporary), options.articles)
        times = measure(library)
        library.close()
        library = Library.open(options.library or Path(temporary))  # as after a start: nothing in SQLite's own cache
        times["the first page after opening"] = timed(lambda: page(library, Listing(), SIZE))
        stats = library.stats()
        library.close()
    slowest = max(row["median_ms"] for row in times.values())
    values = {
        "articles": stats.articles, "passages": stats.passages, "page_size": SIZE, "target_ms": TARGET_MS,
        "slowest_median_ms": slowest, "times": times,
    }  # fmt: skip
    write_result("listing", values, [], "")


if __name__ == "__main__":
    main()
