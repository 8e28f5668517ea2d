"""PDF files, written by a small writer of text at places. The samples are written for these tests."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import LoadError
from corpus.layout import joined
from corpus.pdf import MAX_PAGES, parse_pdf
from corpus.types import ParsedArticle

Text = tuple[float, float, float, str, str]  # x, y from below, size, font (F1 plain, F2 bold), text
WORDS = [
    "ferry",
    "harbor",
    "council",
    "winter",
    "timetable",
    "vessel",
    "quay",
    "engineer",
    "pier",
    "island",
    "vote",
    "budget",
    "crane",
    "river",
    "school",
    "roof",
    "bridge",
    "tram",
    "market",
    "fisher",
    "captain",
    "storm",
    "signal",
    "lamp",
    "depot",
    "union",
    "ticket",
    "plan",
    "mayor",
    "water",
]


def write_pdf(pages: list[list[Text]], *, title: str = "", rotate: int = 0) -> bytes:
    """A PDF with each text at its place, in Helvetica, on pages of 595 by 842 points."""
    objects = [b"<</Type/Catalog/Pages 2 0 R/Lang(en-GB)>>", b""]
    fonts = "<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>/F2<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>>>"
    kids = []
    for texts in pages:
        parts = []
        for x, y, size, font, text in texts:
            shown = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            place = f"0 1 -1 0 {595 - y} {x}" if rotate else f"1 0 0 1 {x} {y}"
            parts.append(f"BT /{font} {size} Tf {place} Tm (".encode() + shown + b") Tj ET")
        stream = b"\n".join(parts)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        kids.append(f"{len(objects) + 1} 0 R")
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate {rotate}/Resources<</Font{fonts}>>/Contents {len(objects)} 0 R>>"
        objects.append(page.encode())
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    objects.append(f"<</Title({title})>>".encode())
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF"
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + trailer % (
        len(objects) + 1, len(objects), len(out),
    )  # fmt: skip


def sentences(count: int, seed: int = 1) -> list[str]:
    """Sentences that say which they are, so that a lost or moved word shows."""
    rng = random.Random(seed)  # noqa: S311
    return [f"S{n} {' '.join(rng.choices(WORDS, k=rng.randint(6, 14)))} e{n}." for n in range(count)]


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` letters; at 10 points a letter of Helvetica is about 5 wide."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def column(lines: list[str], x: float, y: float, size: float = 10) -> list[Text]:
    """Lines set below each other, 1.2 times their size apart."""
    return [(x, y - k * 1.2 * size, size, "F1", line) for k, line in enumerate(lines)]


def words_of(article: ParsedArticle) -> str:
    return " ".join(block.text for block in article.blocks)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_columns_below_a_headline_across_pages(columns: int) -> None:
    wanted = sentences(150)
    width = {1: 90, 2: 42, 3: 26}[columns]
    lines = wrap(" ".join(wanted), width)
    step = 500 / columns
    pages: list[list[Text]] = []
    while lines:
        page: list[Text] = [(50, 815, 8, "F1", "The Harbor Times"), (480, 815, 8, "F1", f"Page {len(pages) + 1}")]
        top = 780.0
        if not pages:
            page += [(50, 770, 26, "F2", "Night ferry stays for two more years"), (50, 745, 9, "F1", "By Jane Roe")]
            page += [(450, 745, 9, "F1", "May 4, 2022")]
            top = 710
        for k in range(columns):
            take = int((top - 60) / 12)
            page += column(lines[:take], 50 + k * step, top)
            lines = lines[take:]
        pages.append(page)
    article = parse_pdf(write_pdf(pages))
    assert article.title == "Night ferry stays for two more years"
    assert words_of(article) == " ".join(wanted)
    assert (article.author, article.language) == ("Jane Roe", "en")
    assert article.published is not None
    assert article.published.date().isoformat() == "2022-05-04"


def test_two_stories_each_across_two_columns() -> None:
    first, second = sentences(16, 2), [text.replace("S", "T", 1) for text in sentences(16, 3)]
    page: list[Text] = [(50, 790, 22, "F2", "Night ferry stays for two more years")]
    for story, y in ((first, 760.0), (second, 420.0)):
        lines = wrap(" ".join(story), 42)
        half = (len(lines) + 1) // 2
        page += column(lines[:half], 50, y) + column(lines[half:], 300, y)
    page.append((50, 450, 18, "F2", "School roof is repaired before the winter storms"))
    article = parse_pdf(write_pdf([page]))
    head = next(k for k, block in enumerate(article.blocks) if block.kind == "heading")
    assert article.blocks[head].text == "School roof is repaired before the winter storms"
    assert " ".join(block.text for block in article.blocks[:head]) == " ".join(first)
    assert " ".join(block.text for block in article.blocks[head + 1 :]) == " ".join(second)


def test_the_order_of_writing_does_not_matter() -> None:
    wanted = sentences(40)
    lines = wrap(" ".join(wanted), 42)
    half = len(lines) // 2
    page = column(lines[:half], 50, 780) + column(lines[half:], 300, 780)
    random.Random(5).shuffle(page)  # noqa: S311
    assert words_of(parse_pdf(write_pdf([page]))) == " ".join(wanted)


def test_paragraphs_by_indent_gap_and_short_line() -> None:
    one, two, three = (" ".join(sentences(4, seed)) for seed in (1, 2, 3))
    page, y = list[Text](), 780.0
    for text, indent, gap in ((one, 0, 0), (two, 15, 0), (three, 0, 8)):
        lines = wrap(text, 80)
        page.append((50 + indent, y - gap, 10, "F1", lines[0]))
        page += column(lines[1:], 50, y - gap - 12)
        y -= gap + 12 * len(lines)
    assert [block.text for block in parse_pdf(write_pdf([page])).blocks] == [one, two, three]


def test_hyphens() -> None:
    assert joined(["the govern-", "ment"], frozenset()) == "the government"
    assert joined(["a north-", "western wind"], frozenset({"north-western"})) == "a north-western wind"
    assert joined(["Anglo-", "Saxons of 2019-", "20"], frozenset()) == "Anglo-Saxons of 2019-20"
    assert joined(["GOVERN-", "MENT"], frozenset()) == "GOVERNMENT"
    assert joined(["state-of-the-", "art"], frozenset()) == "state-of-the-art"
    assert joined(["the plan -", "which failed"], frozenset()) == "the plan - which failed"
    lines = [
        "The coun-",
        "cil met at the north-western pier before the long north-",
        "western storm came in from the sea.",
    ]
    article = parse_pdf(write_pdf([column(lines, 50, 700)]))
    assert words_of(article).startswith("The council met")
    assert words_of(article).endswith("the long north-western storm came in from the sea.")


def test_ligatures_and_lists_and_captions() -> None:
    body = wrap(" ".join(sentences(8)), 80)
    page = column(body, 50, 780)
    y = 780 - 12 * len(body) - 20
    page += [(50, y, 10, "F1", "\u2022 First point"), (50, y - 12, 10, "F1", "\u2022 Second point")]
    page.append((50, y - 40, 8, "F1", "The ferry at the quay. Photo: Jo Field/Pool"))
    blocks = parse_pdf(write_pdf([page])).blocks
    assert [(block.kind, block.text) for block in blocks[1:]] == [
        ("list", "First point"), ("list", "Second point"), ("caption", "The ferry at the quay."),
    ]  # fmt: skip


def test_printed_from_a_browser() -> None:
    body = wrap(" ".join(sentences(12)), 80)
    title = "Night ferry stays - Harbor Times"
    page = column(body, 50, 700)
    page += [
        (24, 820, 8, "F1", "5/4/22, 6:30 AM"),
        (250, 820, 8, "F1", title),
        (50, 740, 24, "F2", "Night ferry stays"),
    ]
    page += [(24, 20, 8, "F1", "https://harbor.example/ferry"), (560, 20, 8, "F1", "1/1")]
    article = parse_pdf(write_pdf([page], title=title))
    assert (article.title, article.publisher, article.url) == (
        "Night ferry stays", "Harbor Times", "https://harbor.example/ferry",
    )  # fmt: skip
    assert words_of(article) == " ".join(sentences(12))
    assert article.published is None  # the day it was printed is not the day it was published


@pytest.mark.parametrize("given_title", ["Microsoft Word - ferry.doc", "untitled", "ferry.indd", "Document1", ""])
def test_title_of_a_program_is_no_title(given_title: str) -> None:
    data = write_pdf([column(wrap(" ".join(sentences(6)), 80), 50, 700)], title=given_title)
    assert parse_pdf(data, source_file="night_ferry.pdf").title == "night ferry"


def test_turned_pages_read_upright() -> None:
    wanted = sentences(20)
    page = column(wrap(" ".join(wanted), 42), 50, 500)
    assert words_of(parse_pdf(write_pdf([page], rotate=90))) == " ".join(wanted)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.4 nothing more", "damaged"),
        (b"no pdf", "damaged"),
        (write_pdf([[]]), "no text layer"),
        (write_pdf([[(50, 700, 20, "F2", "A Headline and Nothing Below")]]), "no article text"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        parse_pdf(data)


def test_protected() -> None:
    key = b"<" + b"5a" * 32 + b">"
    lock = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O " + key + b"/U " + key + b">>/Root"
    with pytest.raises(LoadError, match="protected by a password"):
        parse_pdf(WHOLE.replace(b"/Root", lock))


def test_running_heads_that_differ_left_and_right() -> None:
    wanted = sentences(150)
    lines = wrap(" ".join(wanted), 90)
    pages = []
    for number, start in enumerate(range(0, len(lines), 25), 1):
        head = (
            (50, 815, 8, "F1", f"{number}  The Harbor Times") if number % 2 else (400, 815, 8, "F1", f"City  {number}")
        )
        pages.append([head, *column(lines[start : start + 25], 50, 780)])
    assert len(pages) > 5
    assert words_of(parse_pdf(write_pdf(pages))) == " ".join(wanted)


def test_limits() -> None:
    with pytest.raises(LoadError, match="2,001 pages"):
        parse_pdf(write_pdf([[]] * (MAX_PAGES + 1)))
    lines = column(["word " * 2000] * 201, 50, 700)
    with pytest.raises(LoadError, match="over 2,000,000 characters"):
        parse_pdf(write_pdf([lines]))


def test_threads_take_turns() -> None:
    data = write_pdf([column(wrap(" ".join(sentences(30)), 80), 50, 700)])
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(words_of(parse_pdf(data)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [" ".join(sentences(30))] * 6


WHOLE = write_pdf([column(wrap(" ".join(sentences(10)), 42), 50, 700)] * 2)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=30))
def test_damaged_files_give_an_article_or_a_load_error(at: int, noise: bytes) -> None:
    for data in (WHOLE[:at], WHOLE[:at] + noise + WHOLE[at + len(noise) :]):
        try:
            parse_pdf(data)
        except LoadError:
            continue
