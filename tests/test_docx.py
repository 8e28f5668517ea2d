"""Word files, written by python-docx or by hand for these tests."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.decode import MAX_CHARACTERS
from corpus.docx import parse_docx
from corpus.errors import LoadError


def _bytes(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _story(document: Any) -> Any:
    document.add_paragraph("The harbor council of Talmere voted on Tuesday to keep the night ferry.")
    return document


def test_everything_in_its_order() -> None:
    document = docx.Document()
    document.add_heading("Night ferry stays", level=0)
    document.add_paragraph("By Jane Roe, Harbor Times")
    document.add_paragraph("May 4, 2022")
    _story(document)
    document.add_heading("What it costs", level=1)
    table = document.add_table(rows=2, cols=3)
    for row, texts in zip(table.rows, (("Year", "Crowns", "Trips"), ("2022", "3.2m", "730")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("A second vessel", style="List Bullet")
    document.add_paragraph("We never wanted a bus.", style="Intense Quote")
    document.add_paragraph("The ferry at the quay. Photo: Jo Field/Pool")
    document.add_paragraph("Subscribe to our newsletter")
    article = parse_docx(_bytes(document), source_file="ferry.docx")
    assert (article.title, article.author, article.publisher) == ("Night ferry stays", "Jane Roe", "Harbor Times")
    assert article.published is not None
    assert article.published.date().isoformat() == "2022-05-04"
    assert [(block.kind, block.text) for block in article.blocks] == [
        ("paragraph", "The harbor council of Talmere voted on Tuesday to keep the night ferry."),
        ("heading", "What it costs"),
        ("list", "Year Crowns Trips"),
        ("list", "2022 3.2m 730"),
        ("list", "A second vessel"),
        ("quote", "We never wanted a bus."),
        ("caption", "The ferry at the quay."),
    ]


def test_core_properties() -> None:
    document = _story(docx.Document())
    document.core_properties.title, document.core_properties.author = "Ferry vote in Talmere", "Jane Roe"
    article = parse_docx(_bytes(document))
    assert (article.title, article.author) == ("Ferry vote in Talmere", "Jane Roe")
    document.core_properties.title, document.core_properties.author = "Microsoft Word - ferry.doc", "Administrator"
    article = parse_docx(_bytes(document), source_file="ferry_vote.docx")
    assert (article.title, article.author) == ("ferry vote", None)


def test_merged_cells_once_and_framed_text_as_text() -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].merge(table.rows[0].cells[1]).text = "A frame around the whole story, which is text."
    article = parse_docx(_bytes(document))
    assert [(block.kind, block.text) for block in article.blocks] == [
        ("paragraph", "A frame around the whole story, which is text.")
    ]


def _zip(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "Save it as .docx"),
        (b"plain text", "no Word file"),
        (_zip(a=b"text"), "ZIP archive"),
        (_zip(**{"word/document.xml": b"\0" * 20_000_000}), "would unpack"),
        (_zip(**{"word/document.xml": b"<x/>", "[Content_Types].xml": b"<broken"}), "damaged"),
        (_zip(**{"word/document.xml": b"<x/>"}), "damaged"),
        (_bytes(docx.Document()), "no article text"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        parse_docx(data)


def test_too_long() -> None:
    document = docx.Document()
    document.add_paragraph("word " * (MAX_CHARACTERS // 5 + 1))
    with pytest.raises(LoadError, match="over 2,000,000 characters"):
        parse_docx(_bytes(document))


WHOLE = _bytes(_story(docx.Document()))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=40))
def test_damaged_files_give_an_article_or_a_load_error(at: int, noise: bytes) -> None:
    for data in (WHOLE[:at], WHOLE[:at] + noise + WHOLE[at + len(noise) :]):
        try:
            parse_docx(data)
        except LoadError:
            continue
