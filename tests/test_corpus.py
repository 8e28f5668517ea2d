"""Normalizing, cleaning, loading, chunking."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.clean import parse_saved_text
from corpus.dates import date_line
from corpus.errors import LoadError
from corpus.html import parse_html
from corpus.ingest import Chunker, build
from corpus.items import RawArticle
from corpus.loaders import load
from corpus.markdown import parse_markdown
from corpus.normalize import normalize
from corpus.sources import LoadFailure, Skipped, Source, sources
from corpus.types import Block, ParsedArticle
from tests.fakes import WORDS_CHUNKER

SAVED = """  1. Skip to content
  2. Skip to more Harbor Times sites

Bridge reopens after repairs

May 4, 2022

The bridge was closed for two years.

https://harbortimes.example/b/1
A crane above the river
Workers finished the last span in April.Image: Jo Field/Pool

The mayor cut the ribbon on Wednesday.

What comes next

Trams will cross from June.

Advertisement

ab,cd/ef (AP, Reuters)
"""


def test_saved_page() -> None:
    article = parse_saved_text(SAVED)
    assert (article.title, article.publisher, article.url) == (
        "Bridge reopens after repairs", "Harbor Times", "https://harbortimes.example/b/1",
    )  # fmt: skip
    assert article.published is not None
    assert article.published.date().isoformat() == "2022-05-04"
    assert article.agencies == ("AP", "Reuters")
    assert [(block.kind, block.text) for block in article.blocks] == [
        ("paragraph", "The bridge was closed for two years."),
        ("caption", "A crane above the river"),
        ("caption", "Workers finished the last span in April."),
        ("paragraph", "The mayor cut the ribbon on Wednesday."),
        ("heading", "What comes next"),
        ("paragraph", "Trams will cross from June."),
    ]


def test_headings_and_labels_are_never_sentences(chunker: Chunker) -> None:
    built = build(parse_saved_text(SAVED), chunker)
    texts = [sentence.text for sentence in built.sentences]
    assert "What comes next" not in texts
    assert "A crane above the river" not in texts
    assert "Workers finished the last span in April." in texts
    assert all(sentence.text == sentence.span.of(built.text) for sentence in built.sentences)


def test_wrapped_lines_are_joined() -> None:
    lines = "The council met for six hours on Tuesday and could not agree on the\nbudget, which must be passed before the end of the year by law."
    article = parse_saved_text(f"Council cannot agree\n\n{lines}\n")
    assert article.blocks[0].text == lines.replace("\n", " ")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("March 15, 2023", "2023-03-15T00:00:00"),
        ("Published: Wed, 15 Mar 2023 14:05 GMT", "2023-03-15T14:05:00+00:00"),
        ("15.03.2023", "2023-03-15T00:00:00"),
        ("2023-03-15T10:00:00Z", "2023-03-15T10:00:00+00:00"),
        ("March 2023", None),
        ("March 15, 2023 was cold", None),
    ],
)
def test_date_lines(line: str, expected: str | None) -> None:
    found = date_line(line)
    assert (found[1].isoformat() if found else None) == expected


@given(st.text(max_size=300))
@example("u\u200b\u0301")  # an accent that follows its letter once what is invisible between them is gone
def test_normalize_is_idempotent(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)


def test_what_is_stored_is_normalized_whatever_the_loader_made() -> None:
    article = parse_markdown("---\ntitle: T\n---\n# A dam\x0c\x0copens\n\nThe dam was opened.")
    built = build(article, WORDS_CHUNKER)
    assert normalize(built.text) == built.text


def test_html_facts_and_text() -> None:
    page = b"""<html lang="en-GB"><head><title>Dam opens | Vale Post</title>
    <script type="application/ld+json">{"@type": "NewsArticle", "headline": "Dam opens", "datePublished":
    "2021-06-01T08:30:00+02:00", "author": {"name": "Ann Lee"}, "publisher": {"name": "Vale Post"}}</script></head>
    <body><nav><a href="/">Home</a></nav><article><h1>Dam opens</h1><p>By Ann Lee</p><p>The dam on the upper river opened on
    Tuesday after nine years of work by two thousand people.</p><h2>Cheap power</h2><p>It will supply power to half a
    million homes in the valley, the operator said on Monday.</p></article><footer>All rights reserved.</footer></body></html>"""
    article = parse_html(page)
    assert (article.title, article.publisher, article.author) == ("Dam opens", "Vale Post", "Ann Lee")
    assert article.published is not None
    assert article.published.isoformat() == "2021-06-01T08:30:00+02:00"
    text = "\n".join(block.text for block in article.blocks)
    assert "nine years of work" in text
    assert "All rights reserved" not in text
    assert "By Ann Lee" not in text


def test_html_without_text_says_what_to_do() -> None:
    with pytest.raises(LoadError, match="save its text"):
        parse_html("<html><body><div id='root'></div><script>render()</script></body></html>")


def test_markdown_front_matter() -> None:
    article = parse_markdown(
        "---\ntitle: T\ndate: 2020-02-03\npublisher: P\n---\n\nFirst *word*.\n\n## Part\n\n- item one\n"
    )
    assert [(b.kind, b.text) for b in article.blocks] == [
        ("paragraph", "First word."), ("heading", "Part"), ("list", "item one"),
    ]  # fmt: skip
    with pytest.raises(LoadError, match="YAML"):
        parse_markdown("---\n: [\n---\ntext")
    with pytest.raises(LoadError, match="month must be in"):
        parse_markdown("---\npublished: 2022-13-04\n---\n# Dam opens\n\nThe dam opened.")


def read(item: object) -> ParsedArticle | LoadFailure:
    """The article of a raw one, or why there is none."""
    try:
        return item.parse() if isinstance(item, RawArticle) else item  # type: ignore[return-value]
    except LoadError as error:
        return LoadFailure(item.name, str(error))


def reason_of(name: str, data: bytes) -> str:
    (failure,) = map(read, load(Source(name, data=data)))
    assert isinstance(failure, LoadFailure)
    return failure.reason


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.txt", b"", "is empty"),
        ("image.txt", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "PNG image"),
        ("binary.txt", bytes(range(256)) * 50, "not text"),
        ("huge.txt", b"word " * 10_000_000, "one article may have"),
        ("letter.doc", b"\xd0\xcf\x11\xe0", "Save it as .docx"),
        ("tune.mp3", b"ID3", "unknown type"),
    ],
)
def test_bad_files_fail_with_a_reason(name: str, data: bytes, reason: str) -> None:
    assert reason in reason_of(name, data)


def test_bad_rows_do_not_stop_good_ones() -> None:
    rows = b'{"text": "One is fine."}\nnot json\n{"title": "no text"}\n{"text": "Two is fine.", "published": "soon"}\n[1]\n'
    items = [read(item) for item in load(Source("a.jsonl", data=rows))]
    assert [isinstance(item, ParsedArticle) for item in items] == [True, False, False, False, False]
    assert [item.source for item in items if isinstance(item, LoadFailure)] == [f"a.jsonl:{n}" for n in (2, 3, 4, 5)]


def test_folders_are_walked_in_order_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.txt", "1.txt", ".hidden.txt", "x.bin"):
        (tmp_path / name).write_text("Some text.")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    found = [Path(item.name).name for item in sources([tmp_path, tmp_path / "no"]) if isinstance(item, Source)]
    assert found == ["1.txt", "2.txt"]
    (tmp_path / ".citewireignore").write_text("1.*\nb/\n")
    rest = list(sources([tmp_path]))
    assert [type(item) for item in rest] == [Skipped, Skipped, Skipped, LoadFailure]
    assert {item.reason for item in rest if isinstance(item, Skipped)} == {
        "named in .citewireignore",
        "of unknown type .bin",
    }
    assert [Path(item.name).name for item in sources([tmp_path / "*" / "*.txt"]) if isinstance(item, Source)] == [
        "2.txt"
    ]


def test_legacy_encoding() -> None:
    text = "Le café de la gare a été fermé à la fin de l'été, a déclaré le maire. " * 5
    (article,) = map(read, load(Source("a.txt", data=text.encode("cp1252"))))
    assert isinstance(article, ParsedArticle)
    assert "été fermé à" in article.blocks[0].text


_PARAGRAPHS = st.lists(
    st.text(alphabet=st.sampled_from("ab é.漢字😀-\t'\"!?1"), min_size=1, max_size=900), min_size=1, max_size=6
)


@settings(deadline=None, max_examples=60)
@given(title=st.text(alphabet="ab c漢", max_size=600), paragraphs=_PARAGRAPHS)
def test_no_passage_is_ever_truncated(chunker: Chunker, title: str, paragraphs: list[str]) -> None:
    blocks = tuple(Block("paragraph", line) for p in paragraphs for line in normalize(p).split("\n") if line)
    built = build(ParsedArticle(title=normalize(title), blocks=blocks), chunker)
    covered = {sentence.index for passage in built.passages for sentence in passage.sentences}
    assert covered == set(range(len(built.sentences)))
    counts = chunker.count_tokens([passage.embedding_text for passage in built.passages])
    assert counts == [passage.token_count for passage in built.passages]
    assert max(counts, default=0) <= chunker.budget
