"""Word files (.docx) as articles: paragraphs, headings, lists, quotes and tables in their order.

Reads no pictures, comments, footnotes, headers or footers; of tracked changes it reads what python-docx shows, the
text as it stands. Old binary `.doc` files are refused. A file that would unpack to far more than it is is refused
before anything is unpacked.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from corpus.boilerplate import looks_like_heading
from corpus.decode import MAX_CHARACTERS
from corpus.errors import LoadError
from corpus.facts import Facts, settle, title_from
from corpus.normalize import normalize
from corpus.types import Block, BlockKind, ParsedArticle

MAX_UNPACKED = 256 * 1024 * 1024  # bytes; an article with its pictures has a few megabytes
MAX_RATIO = 200  # unpacked to packed; text alone reaches about 20, zip bombs 1000
MAX_DEPTH = 8  # tables within tables
_OLD = b"\xd0\xcf\x11\xe0"  # an OLE file: .doc, or a .docx under a password
_GENERIC_AUTHOR = re.compile(
    r"^(?:python-docx|user|admin\w*|author|owner|unknown|microsoft.*|windows.*|office.*|hp|dell|lenovo|acer|\S*\d\S*|\S+)$",
    re.IGNORECASE,
)  # accounts of computers; a person has two names
_GENERIC_TITLE = re.compile(
    r"^(?:word document|document\d*|untitled.*|microsoft word.*|.*\.\w{2,5}|\S+)$", re.IGNORECASE
)
_HEADING = re.compile(r"^(?:heading|title|subtitle|überschrift|titre|título|kop|rubrik)\b", re.IGNORECASE)
_TITLE = re.compile(r"^(?:title|heading 1|titel|überschrift 1)$", re.IGNORECASE)


def parse_docx(data: bytes, *, source_file: str | None = None) -> ParsedArticle:
    """One article from a Word file.

    Raises:
        LoadError: the file is no .docx, damaged, protected, a zip bomb, or holds no text.
    """
    document = _open(data)
    facts = Facts()
    try:
        given = normalize(document.core_properties.title or "").replace("\n", " ")
        writer = normalize(document.core_properties.author or "")
        lines = list(_limited(_lines(document, {})))
    except LoadError:
        raise
    except Exception as error:  # python-docx reads lazily and raises KeyError, ValueError, lxml's errors and its own
        raise LoadError("is damaged: its parts do not fit together. Open it in Word and save it again.") from error
    heading = next((k for k, (style, _) in enumerate(lines[:6]) if _TITLE.match(style)), None)
    title = given if given and not _GENERIC_TITLE.match(given) else None
    if title is None and heading is not None:
        title = lines[heading][1].text
    elif title is None and lines and lines[0][1].kind == "paragraph" and looks_like_heading(lines[0][1].text):
        title = lines[0][1].text
    blocks = settle([block for _, block in lines], facts, title)
    if not any(block.kind != "heading" for block in blocks):
        raise LoadError("holds no article text: there is nothing but headings and notices, or nothing at all.")
    return ParsedArticle(
        title=title or title_from(blocks[0].text, source_file),
        blocks=tuple(blocks),
        publisher=facts.publisher,
        author=facts.author or (writer if writer and not _GENERIC_AUTHOR.match(writer) else None),
        url=facts.url, published=facts.published, updated=facts.updated,
        language=_language(document), agencies=tuple(dict.fromkeys(facts.agencies)), source_file=source_file,
    )  # fmt: skip


def _open(data: bytes) -> Document:
    if data.startswith(_OLD):
        raise LoadError("is an old Word file (.doc) or protected by a password. Save it as .docx without one.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise LoadError("is no Word file, or it is damaged. Save it as .docx again.") from error
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(len(data), 1):
        raise LoadError(f"would unpack to {unpacked // 1024 // 1024:,} MB, which no article has. Save its text alone.")
    if not any(part.filename == "word/document.xml" or part.filename == "[Content_Types].xml" for part in parts):
        raise LoadError("is a ZIP archive, but no Word file. Give the files in it.")
    try:
        return docx.Document(io.BytesIO(data))
    except Exception as error:  # zip, zlib, lxml, KeyError for a missing part, python-docx's own: all mean the same
        raise LoadError("is no Word file, or it is damaged. Open it in Word and save it as .docx again.") from error


def _limited(lines: Iterator[tuple[str, Block]]) -> Iterator[tuple[str, Block]]:
    count = 0
    for line in lines:
        count += len(line[1].text)
        if count > MAX_CHARACTERS:
            raise LoadError(f"holds over {MAX_CHARACTERS:,} characters, the most for one article. Split it.")
        yield line


def _lines(container: Any, names: dict[str | None, str], depth: int = 0) -> Iterator[tuple[str, Block]]:
    """Style names and blocks, in the order of the body; a table gives its rows."""
    for item in container.iter_inner_content():
        if isinstance(item, Paragraph):
            if (key := item._p.style) not in names:  # python-docx looks through all styles each time
                names[key] = (item.style.name if item.style is not None else None) or ""
            style = names[key]
            for line in normalize(item.text).split("\n"):
                if line:
                    yield style, Block(_kind(item, style), line)
        elif isinstance(item, Table) and depth < MAX_DEPTH:
            yield from _rows(item, names, depth)


def _rows(table: Table, names: dict[str | None, str], depth: int) -> Iterator[tuple[str, Block]]:
    """One list block a row; a table of one column is a frame around text, read as text."""
    for row in table.rows:
        kept = list({cell._tc: cell for cell in row.cells}.values())  # a merged cell comes once for each column
        if len(kept) == 1:
            yield from _lines(kept[0], names, depth + 1)
            continue
        texts = [" ".join(block.text for _, block in _lines(cell, names, depth + 1)) for cell in kept]
        if text := " ".join(filter(None, texts)):
            yield "", Block("list", text)


def _kind(paragraph: Paragraph, style: str) -> BlockKind:
    name = style.lower()
    if _HEADING.match(style):
        return "heading"
    if "caption" in name or name == "beschriftung":
        return "caption"
    if "quote" in name or name == "zitat":
        return "quote"
    properties = paragraph._p.pPr
    if "list" in name or (properties is not None and properties.numPr is not None):
        return "list"
    return "paragraph"


def _language(document: Document) -> str:
    tag = (document.core_properties.language or "")[:5]
    return tag[:2].lower() if re.match(r"[A-Za-z]{2}(?:-|$)", tag) else "en"
