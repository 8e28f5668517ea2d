"""PDF files as articles: the text layer with its places and fonts, read by PDFium.

Columns and paragraphs are `corpus.layout`. Running heads, page numbers and what a browser prints in the margins go.
Reads no pictures (no OCR), no forms, no attachments. The creation date of the file is not taken for the publication
date: a page printed today may be years old; only a date line in the text counts.
"""

from __future__ import annotations

import ctypes
import itertools
import math
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from corpus.boilerplate import cut_credit, ends_sentence, looks_like_heading
from corpus.decode import MAX_CHARACTERS
from corpus.errors import LoadError
from corpus.facts import Facts, is_fact, settle, title_from
from corpus.layout import BULLET, Line, Paragraph, Word, compounds, joined, paragraphs, read_page
from corpus.normalize import normalize
from corpus.types import Block, ParsedArticle

MAX_PAGES = 2000  # a year of a daily paper's front sections; text of more than `MAX_CHARACTERS` is refused anyway
MARGIN = 0.15  # of the page's height, above and below: where running heads and page numbers stand
HEADING = 1.15  # times the body's font size; footnotes and captions are below 1, headings usually 1.2 and more
_LOCK = threading.Lock()  # PDFium is not thread-safe
_LETTERS = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
     "\x02": "-", "\xad": "-", "\ufffe": "-", "\uf0b7": "•", "\uf0a7": "•"}
)  # fmt: skip  # ligatures; hyphens that PDFium or the file marks as optional; bullets of the symbol fonts
_BOLD = re.compile(r"bold|black|heavy|semibd|demi|(?:^|\+)(?:CMBX|SFBX)", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"^(?:[-–—|]\s*)?(?:page\s+|p\.?\s*)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/)\s*\d{1,4})?(?:\s*[-–—|])?$", re.IGNORECASE)  # fmt: skip
_PRINTED_FOOT = re.compile(r"^(?P<url>https?://\S+|file:\S+)\s+\d+\s*/\s*\d+$|^\d+ of \d+\s+\S.*\d\d:\d\d.*$")
_PRINTED_HEAD = re.compile(r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?,? \d{1,2}:\d\d(?:\s?[AP]M)?(?:\s+\S.*)?$")
_JUNK_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\s*-.*|untitled.*|no ?title|document\d*|book\d*|slide \d+|about:blank|"
    r"https?://.*|.*\.\w{2,5}|\S+)$",
    re.IGNORECASE,
)  # a program's name, a file's name, one word
_SITE = re.compile(r"\s+[|–—·-]\s+(?P<site>[A-Z][\w&.'’ ]{1,40})$")


@dataclass(frozen=True, slots=True)
class _Page:
    """The words of a page, upright, and the page's upper and lower edge in their coordinates."""

    words: tuple[Word, ...]
    top: float
    bottom: float


def parse_pdf(data: bytes, *, source_file: str | None = None) -> ParsedArticle:
    """One article from the text layer of a PDF.

    Raises:
        LoadError: the file is protected, damaged, too large, a scan, or holds no article text.
    """
    with _LOCK:
        pages, metadata, language = _open(data)
    facts = Facts()
    story = _without_furniture(pages, facts)
    pages = story if any(page.words for page in story) else pages  # pages that are alike throughout
    gutters: list[float] = []
    lines = [line for number, page in enumerate(pages) for line in read_page(page.words, number, gutters)]
    if not lines:
        raise LoadError(
            "has no text layer: it is a scan or a drawing. Run OCR on it first (for example with ocrmypdf)."
        )
    letters = [char for line in lines for char in line.text if char != " "]
    if 3 * sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in letters) > len(letters):
        raise LoadError(
            "has a text layer that cannot be read: its fonts do not say which letters they draw. "
            "Run OCR over it (for example with ocrmypdf --force-ocr)."
        )
    body = _body_size(lines)
    known = compounds(lines)
    groups = _merged_headings(paragraphs(lines, lambda line: is_fact(" | ".join(line.cells))), body)
    blocks = [_block(group, body, known) for group in groups]
    given = normalize(metadata.get("Title", "")).replace("\n", " ")
    title, taken = _title(given, groups, blocks, facts, body)
    first_page = " ".join(line.text for line in lines if line.page == 0)
    kept = settle([block for k, block in enumerate(blocks) if k not in taken], facts)
    if not any(block.kind != "heading" for block in kept):
        raise LoadError("holds no article text: nothing is left after headings, page numbers and notices are cut.")
    writer = normalize(metadata.get("Author", ""))
    return ParsedArticle(
        title=title or title_from(kept[0].text, source_file),
        blocks=tuple(kept),
        publisher=facts.publisher,
        author=facts.author or (writer if " " in writer and writer in first_page else None),
        url=facts.url, published=facts.published, updated=facts.updated,
        language=language, agencies=tuple(dict.fromkeys(facts.agencies)), source_file=source_file,
    )  # fmt: skip


def _open(data: bytes) -> tuple[list[_Page], dict[str, str], str]:
    """Everything that is wanted of the file, so that nothing of PDFium is left when the lock is."""
    try:
        with closing(pypdfium2.PdfDocument(data)) as document:
            if len(document) > MAX_PAGES:
                raise LoadError(f"has {len(document):,} pages; one article may have {MAX_PAGES:,}. Split it.")
            pages: list[_Page] = []
            count = 0
            for number in range(len(document)):
                found, characters = _read_page(document, number, MAX_CHARACTERS - count)
                pages += found
                count += characters
            return pages, document.get_metadata_dict(skip_empty=True), _language(document)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise LoadError("is protected by a password. Save it without one.") from error
        raise LoadError("is damaged, or no PDF: it cannot be opened. Save or download it again.") from error


def _language(document: Any) -> str:
    size = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
    buffer = ctypes.create_string_buffer(max(size, 2))
    pdfium.FPDFCatalog_GetLanguage(document, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    tag = buffer.raw[:size].decode("utf-16-le", errors="ignore").rstrip("\0")
    return tag[:2].lower() if re.match(r"[A-Za-z]{2}(?:-|$)", tag) else "en"


def _read_page(document: Any, number: int, most: int) -> tuple[list[_Page], int]:
    """The page's text by direction, the main one first (a sideways note is read on its own), and its characters."""
    try:
        with closing(document[number]) as page, closing(page.get_textpage()) as text:
            count = text.count_chars()
            if count > most:
                raise LoadError(f"holds over {MAX_CHARACTERS:,} characters, the most for one article. Split it.")
            left, bottom, right, top = page.get_bbox()
            turns: dict[int, list[Word]] = {}
            for turn, word in _words(text):
                turns.setdefault(turn, []).append(word)
    except pypdfium2.PdfiumError:  # one damaged page does not spoil the file
        return [], 0
    edges = {0: (-top, -bottom), 1: (left, right), 2: (bottom, top), 3: (-right, -left)}
    order = sorted(turns, key=lambda turn: (-len(turns[turn]), turn))
    return [_Page(tuple(turns[turn]), *edges[turn]) for turn in order], count


def _words(text: Any) -> Iterator[tuple[int, Word]]:
    """The words with their quarter turns. Text that is askew (a watermark) is left out."""
    styles: dict[int | None, tuple[float, bool, int | None]] = {}
    letters: list[str] = []
    start = end = base = 0.0
    style: tuple[float, bool, int | None] = (0.0, False, None)
    glued = False

    def finished() -> Iterator[tuple[int, Word]]:
        if letters and style[2] is not None and (whole := "".join(letters).translate(_LETTERS).strip()):
            yield style[2], Word(whole, start, end, base, style[0], style[1], glued)

    for i in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, i)
        if code in (0, 0xFEFF) or (code != 2 and code <= 32) or code in (0xA0, 0x3000):
            yield from finished()
            letters, glued = [], False
            continue
        pointer = ctypes.cast(pdfium.FPDFText_GetTextObject(text, i), ctypes.c_void_p).value
        if pointer not in styles:
            styles[pointer] = _style(text, i)
        x0, x1, y = _place(text, i, styles[pointer][2] or 0)
        if letters and (styles[pointer] != style or abs(y - base) > 0.1 * style[0] or abs(x0 - end) > style[0]):
            yield from finished()
            letters, glued = [], abs(y - base) < style[0] and abs(x0 - end) <= 0.15 * style[0]
        if not letters:
            start, base, style = x0, y, styles[pointer]
        letters.append(chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd")
        end = max(x1, end) if len(letters) > 1 else x1
    yield from finished()


def _style(text: Any, i: int) -> tuple[float, bool, int | None]:
    """Font size on the page, boldness, and quarter turns (`None` when askew) of a character."""
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, i, matrix)
    size = pdfium.FPDFText_GetFontSize(text, i) * (math.hypot(matrix.c, matrix.d) or 1.0)
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(text, i, name, 128, ctypes.c_int())
    turn = -pdfium.FPDFText_GetCharAngle(text, i) / (math.pi / 2)  # PDFium counts clockwise
    return (
        max(round(abs(size), 2), 0.1),
        _is_bold(name.value),
        round(turn) % 4 if abs(turn - round(turn)) < 0.1 else None,
    )


@lru_cache(maxsize=256)
def _is_bold(font: bytes) -> bool:
    return bool(_BOLD.search(font.decode("utf-8", errors="ignore")))


def _place(text: Any, i: int, turn: int) -> tuple[float, float, float]:
    """Left, right and baseline of a character, turned upright, y down."""
    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetLooseCharBox(text, i, box)
    pdfium.FPDFText_GetCharOrigin(text, i, x, y)
    if turn == 0:
        return box.left, box.right, -y.value
    if turn == 1:
        return box.bottom, box.top, x.value
    if turn == 2:
        return -box.right, -box.left, y.value
    return -box.top, -box.bottom, -x.value


def _without_furniture(pages: list[_Page], facts: Facts) -> list[_Page]:
    """The pages without running heads and feet, page numbers, and the lines that browsers print in the margins."""
    runs = [list(_margin_runs(page)) for page in pages]
    seen = Counter(key for page in runs for key in {_place_key(run) for run in page})
    least = 2 if len(pages) < 5 else max(3, len(pages) * 2 // 5)  # heads may differ on left and right pages
    cleaned = []
    for page, found in zip(pages, runs, strict=True):
        gone: set[Word] = set()
        for run in found:
            line = " ".join(word.text for word in run)
            if match := _PRINTED_FOOT.match(line):
                facts.url = facts.url or (match["url"] if (match["url"] or "").startswith("http") else None)
                gone.update(run)
            elif (
                (_PAGE_NUMBER.match(line) and _is_outermost(run, page))
                or _PRINTED_HEAD.match(line)
                or seen[_place_key(run)] >= least
            ):
                gone.update(run)
        cleaned.append(_Page(tuple(word for word in page.words if word not in gone), page.top, page.bottom))
    return cleaned


def _is_outermost(run: Sequence[Word], page: _Page) -> bool:
    """Whether nothing but the run's own row lies between it and the edge, and not another number beside it."""
    row = [word for word in page.words if abs(word.base - run[0].base) < 4 and word not in run]
    outside = all(word.base < run[0].base + 4 for word in page.words) or all(
        word.base > run[0].base - 4 for word in page.words
    )
    return outside and not any(_PAGE_NUMBER.match(word.text) for word in row)


def _margin_runs(page: _Page) -> Iterator[list[Word]]:
    """Rows of words in the margins: each as a whole, then its parts between wide gaps."""
    depth = MARGIN * (page.bottom - page.top)
    rows: dict[int, list[Word]] = {}
    for word in page.words:
        if word.base < page.top + depth or word.base > page.bottom - depth:
            rows.setdefault(round(word.base / 2), []).append(word)
    for row in rows.values():
        row.sort(key=lambda word: word.x0)
        yield row
        parts = [[row[0]]]
        for before, word in itertools.pairwise(row):
            if word.x0 - before.x1 > 2 * word.size:
                parts.append([])
            parts[-1].append(word)
        yield from parts if len(parts) > 1 else ()


def _place_key(run: Sequence[Word]) -> tuple[str, int]:
    return re.sub(r"\d+", "#", " ".join(word.text for word in run)), round(run[0].base / 4)


def _body_size(lines: list[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] or 1.0


def _is_heading(group: Paragraph, body: float) -> bool:
    text = " ".join(line.text for line in group.lines)
    if BULLET.match(text) or len(text) > 250 or is_fact(text) or not any(char.isalpha() for char in text):
        return False
    if group.first.size >= HEADING * body:
        return not (ends_sentence(text) and len(group.lines) > 3)
    return group.first.bold and group.first.size >= 0.95 * body and len(group.lines) < 3 and looks_like_heading(text)


def _merged_headings(groups: list[Paragraph], body: float) -> list[Paragraph]:
    """Lines of one headline, which look unfinished or full of room each, as one."""
    merged: list[Paragraph] = []
    for group in groups:
        last = merged[-1] if merged else None
        if (
            last is not None
            and (last.last.page, last.last.column) == (group.first.page, group.first.column)
            and abs(last.last.size - group.first.size) < 0.3
            and last.last.bold == group.first.bold
            and group.first.base - last.last.base < 1.5 * group.first.size
            and group.first.size >= HEADING * body
            and not ends_sentence(last.last.text)
            and _is_heading(last, body)
            and _is_heading(group, body)
        ):
            last.lines += group.lines
        else:
            merged.append(group)
    return merged


def _block(group: Paragraph, body: float, known: frozenset[str]) -> Block:
    text = normalize(joined((line.text for line in group.lines), known)).replace("\n", " ")
    if _is_heading(group, body):
        return Block("heading", text)
    if is_fact(facts := " | ".join(group.first.cells)):
        return Block("paragraph", facts)
    if BULLET.match(text) or len(group.first.cells) > 1:
        return Block("list", BULLET.sub("", text))
    rest, credit = cut_credit(text)
    if rest and (credit or (group.first.size < 0.9 * body and len(text) < 300)):
        return Block("caption", rest)
    return Block("paragraph", text)


def _title(
    given: str, groups: list[Paragraph], blocks: list[Block], facts: Facts, body: float
) -> tuple[str | None, set[int]]:
    """The title and the numbers of the blocks that are it (or the masthead above it, which names the publisher)."""
    heads = [
        k for k, block in enumerate(blocks[:12])
        if block.kind == "heading" and groups[k].first.page == 0 and groups[k].first.size >= HEADING * body
    ]  # fmt: skip
    head = max(heads, key=lambda k: (groups[k].first.size, -k), default=None)
    taken = set[int]()
    longer = len(heads) > 1 and len(blocks[heads[1]].text.split()) > 4
    if head is not None and head == heads[0] and longer and _is_masthead(blocks[head].text, given):
        facts.publisher, taken = blocks[head].text, {head}
        head = max(heads[1:], key=lambda k: (groups[k].first.size, -k))
    headline = blocks[head].text if head is not None else ""
    if site := _SITE.search(given):
        facts.publisher, given = facts.publisher or site["site"], given[: site.start()]
    if head is not None and given and (headline.lower().startswith(given.lower()) or given.startswith(headline)):
        return headline, {*taken, head}
    if head is not None and taken and (facts.publisher or "") in given:  # the paper's name again, with its date
        return headline, {*taken, head}
    page_words = {word for block in blocks[:20] for word in re.findall(r"\w+", block.text.lower())}
    words = re.findall(r"\w+", given.lower())
    shared = sum(word in page_words for word in words) / max(len(words), 1)
    if given and not _JUNK_TITLE.match(given) and (not headline or shared > 0.6):
        same = {k for k, block in enumerate(blocks[:12]) if block.text.lower() == given.lower()}
        return given, taken | same
    return headline or None, {*taken, *([head] if head is not None else [])}


def _is_masthead(text: str, given: str) -> bool:
    """A newspaper's name, as it stands above the headline: a few capitalized words."""
    words = text.split()
    capitalized = all(word[0].isupper() or word in ("of", "the") for word in words)
    return 2 <= len(words) <= 4 and capitalized and text != given
