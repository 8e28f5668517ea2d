"""From words with places to paragraphs in reading order: columns, lines, paragraphs, hyphens.

Pure geometry: knows no file format. Coordinates are points, x to the right and y *down* the page. A page is cut into
bands of columns wherever white space runs down between words; a headline that spans the columns ends a band.
Right-to-left and vertical scripts are read as if they ran from left to right.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from corpus.boilerplate import ends_sentence

GUTTER = 0.8  # of the font size: the least white space between columns; CSS's default is 1, a word space about .3
MIN_LINES = 4  # in each of two columns; fewer line up by chance
MIN_WIDTH = 8.0  # of the font size, about 16 letters: narrower runs are bullets, numbers, labels, long words
MIN_CHARACTERS = 12.0  # a line on average; tables have fewer
MAX_DEPTH = 40  # columns within columns; a page has three or four
MAX_CAPS = 12  # drop caps in a column; more are no drop caps
LOOKAHEAD = 400  # strips of a page, so that a hostile page costs no quadratic time
BULLET = re.compile(r"^(?:[•◦▪‣●○■\uf0b7\uf0a7]\s*|[–-]\s+|\d{1,2}[.)]\s+)(?=\S)")
_BROKEN = re.compile(r"([^\W_]+(?:[-‐][^\W_]+)*)[-‐]$")
_FIRST = re.compile(r"[^\W_]+")
_COMPOUND = re.compile(r"[^\W_]+(?:[-‐][^\W_]+)+")


@dataclass(frozen=True, slots=True)
class Word:
    """A run of letters on a page. `base` is its baseline; `glued` when no space stood before it in the file."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    bold: bool = False
    glued: bool = False

    @property
    def top(self) -> float:
        """The height of a capital, about."""
        return self.base - 0.8 * self.size

    @property
    def bottom(self) -> float:
        """The depth of a `g`, about."""
        return self.base + 0.2 * self.size


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in its column, whose edges are `left` and `right`. `cells` are its runs apart by wide gaps."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    bold: bool
    cells: tuple[str, ...]
    left: float
    right: float
    first_width: float
    page: int
    column: int


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together, in order."""

    lines: list[Line] = field(default_factory=list)

    @property
    def first(self) -> Line:
        """The first line."""
        return self.lines[0]

    @property
    def last(self) -> Line:
        """The last line."""
        return self.lines[-1]


def read_page(words: Sequence[Word], page: int, gutters: list[float]) -> list[Line]:
    """The lines of one page in reading order. `gutters`, of the pages before, is added to."""
    lines: list[Line] = []
    for number, region in enumerate(_regions(list(words), gutters)):
        lines += _lines(region, page, number)
    return lines


def _regions(words: list[Word], gutters: list[float], depth: int = 0) -> list[list[Word]]:
    strips = _strips(words)
    regions: list[list[Word]] = []
    plain: list[Word] = []
    i = 0
    while i < len(strips):
        found = _columns_at(strips[i : i + LOOKAHEAD], gutters) if depth < MAX_DEPTH else None
        if found is None:
            plain += strips[i]
            i += 1
            continue
        skip, count, gutter = found
        plain += [word for strip in strips[i : i + skip] for word in strip]
        band = [word for strip in strips[i + skip : i + count] for word in strip]
        regions += [plain] if plain else []
        plain = []
        if round(gutter) not in gutters:
            gutters.append(round(gutter))
        regions += _regions([word for word in band if word.x1 <= gutter], gutters, depth + 1)
        regions += _regions([word for word in band if word.x1 > gutter], gutters, depth + 1)
        i += count
    return [*regions, plain] if plain else regions


def _strips(words: Iterable[Word]) -> list[list[Word]]:
    """Groups of words that no horizontal line can part, from the top down."""
    strips: list[list[Word]] = []
    bottom = float("-inf")
    for word in sorted(words, key=lambda w: (w.top, w.x0)):
        if word.top >= bottom or not strips:
            strips.append([])
        strips[-1].append(word)
        bottom = max(bottom, word.bottom)
    return strips


def _columns_at(strips: list[list[Word]], gutters: list[float]) -> tuple[int, int, float] | None:
    """Strips before the band, strips to its end, and the x at which to cut it; `None` when no columns begin here."""
    groups: list[tuple[float, float]] = []
    count = 0
    for strip in strips:
        size = _median(word.size for word in strip)
        merged = _merge([*groups, *((word.x0, word.x1) for word in strip)], GUTTER * size)
        if len(merged) < 2 and (len(groups) > 1 or (count > 0 and _spans(strip, groups))):
            break
        groups = merged
        count += 1
    band = [word for strip in strips[:count] for word in strip]
    size = _median(word.size for word in band)
    groups = _without_narrow(groups, MIN_WIDTH * size)
    gaps = sorted(itertools.pairwise(groups), key=lambda pair: pair[0][1] - pair[1][0])
    for left, right in gaps:
        known = any(left[1] <= gutter <= right[0] for gutter in gutters)
        if all(_is_column(band, group, 2 if known else MIN_LINES) for group in (left, right)):
            cut = (left[1] + right[0]) / 2
            edges = (left[0], right[0])
            skip = next((k for k, strip in enumerate(strips[:count]) if _is_flush(strip, edges, size)), 0)
            return skip, _band_end(strips[:count], cut), cut
    return None


def _spans(strip: list[Word], groups: list[tuple[float, float]]) -> bool:
    """Whether the strip and what lies above it are one plain run of text."""
    return bool(groups) and strip[0].x0 <= groups[0][0] + 1 and max(word.x1 for word in strip) >= groups[-1][1] - 1


def _is_flush(strip: list[Word], edges: tuple[float, float], size: float) -> bool:
    """Whether the strip begins at the edge of a column; a date set to the right above the columns does not."""
    return any(abs(min(word.x0 for word in strip) - edge) < 2 * size for edge in edges)


def _band_end(strips: list[list[Word]], cut: float) -> int:
    """Where the columns end: what stands left only, after a space, below the end of the right column is no column."""
    last = max(k for k, strip in enumerate(strips) if any(word.x1 > cut for word in strip))
    if last + 1 < len(strips):
        bottom = max(word.bottom for word in strips[last])
        below = strips[last + 1]
        if min(word.top for word in below) - bottom > 0.9 * _median(word.size for word in below):
            return last + 1
    return len(strips)


def _merge(intervals: list[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted(intervals):
        if merged and start - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _without_narrow(groups: list[tuple[float, float]], width: float) -> list[tuple[float, float]]:
    """Bullets and numbers joined to the nearer neighbor."""
    groups = list(groups)
    while len(groups) > 1 and (narrow := [k for k, (a, b) in enumerate(groups) if b - a < width]):
        k = narrow[0]
        before = groups[k][0] - groups[k - 1][1] if k else float("inf")
        after = groups[k + 1][0] - groups[k][1] if k + 1 < len(groups) else float("inf")
        k -= before < after
        groups[k : k + 2] = [(groups[k][0], groups[k + 1][1])]
    return groups


def _is_column(words: list[Word], group: tuple[float, float], min_lines: int) -> bool:
    inside = [word for word in words if group[0] - 0.1 <= word.x0 and word.x1 <= group[1] + 0.1]
    starts: dict[int, float] = {}
    for word in inside:
        row = round(word.base / 3)
        starts[row] = min(starts.get(row, word.x0), word.x0)
    if len(starts) < min_lines or sum(len(word.text) + 1 for word in inside) < MIN_CHARACTERS * len(starts):
        return False
    flush = sum(start - group[0] < 0.1 * inside[0].size for start in starts.values())
    return flush >= 0.6 * len(starts)  # white space that runs down justified lines by chance has no straight edge


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0


def _lines(words: list[Word], page: int, column: int) -> list[Line]:
    """The lines of one region, from the top down."""
    size = _median(word.size for word in words)
    caps = [w for w in words if len(w.text) == 1 and w.text.isalpha() and w.size > 1.8 * size and len(words) > 20]
    caps = caps if len(caps) <= MAX_CAPS else []
    rows: list[list[Word]] = []
    for word in sorted((w for w in words if w not in caps), key=lambda w: (w.base, w.x0)):
        tallest = max(rows[-1], key=lambda w: w.size) if rows else None
        if tallest and abs(word.base - tallest.base) <= 0.45 * max(tallest.size, word.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    for row in rows:
        row.sort(key=lambda w: w.x0)
    for cap in caps:
        _prepend(cap, rows)
    left, right = min(w.x0 for w in words), max(w.x1 for w in words)
    return [_line(row, left, right, page, column) for row in rows]


def _prepend(cap: Word, rows: list[list[Word]]) -> None:
    """Put a drop cap before the first of the lines beside it, and those lines flush with it."""
    beside = [row for row in rows if row[0].x0 >= cap.x0 and cap.top - 2 <= row[0].base <= cap.bottom]
    for k, row in enumerate(beside):
        first = row[0]
        row[0] = replace(first, x0=cap.x0, text=cap.text + first.text if k == 0 else first.text)
    if not beside:
        rows.insert(next((k for k, row in enumerate(rows) if row[0].base > cap.base), len(rows)), [cap])


def _line(row: list[Word], left: float, right: float, page: int, column: int) -> Line:
    size = max(row, key=lambda w: len(w.text) * w.size).size
    text, gaps = row[0].text, list[float]()
    for before, word in itertools.pairwise(row):
        gap = word.x0 - before.x1
        apart = not word.glued or gap >= 0.15 * size
        text += " " * apart + word.text
        gaps += [gap] if apart else []
    wide = max(4 * size if len(gaps) < 2 else 2 * size, 2.5 * min(gaps, default=0))  # justified gaps are alike
    cells = [row[0].text]
    for before, word in itertools.pairwise(row):
        if word.x0 - before.x1 > wide:
            cells.append(word.text)
        else:
            cells[-1] += " " + word.text
    base = max(row, key=lambda w: w.size).base
    letters = sum(len(word.text) for word in row)
    bold = sum(len(word.text) for word in row if word.bold) > 0.8 * letters
    first_width = row[0].x1 - row[0].x0
    return Line(
        text, row[0].x0, max(w.x1 for w in row), base, size, bold, tuple(cells), left, right, first_width, page, column
    )


def paragraphs(lines: Sequence[Line], stands_alone: Callable[[Line], bool]) -> list[Paragraph]:
    """Lines grouped; a line for which `stands_alone` holds (a date, a byline) is a paragraph of its own."""
    steps = Counter(
        round((b.base - a.base) / a.size, 1)
        for a, b in itertools.pairwise(lines)
        if (a.page, a.column) == (b.page, b.column)
        and abs(a.size - b.size) < 0.5
        and 0.8 < (b.base - a.base) / a.size < 2
    )
    leading = steps.most_common(1)[0][0] if steps else 1.2
    groups: list[Paragraph] = []
    for line in lines:
        last = groups[-1] if groups else None
        alone = stands_alone(line) or len(line.cells) > 1
        if last is None or alone or stands_alone(last.last) or _breaks(last, line, leading):
            groups.append(Paragraph([line]))
        else:
            last.lines.append(line)
    return groups


def _breaks(paragraph: Paragraph, line: Line, leading: float) -> bool:
    """Whether a new paragraph begins with `line`."""
    first, last, size = paragraph.first, paragraph.last, line.size
    if abs(last.size - size) > 0.08 * size or last.bold != line.bold or len(last.cells) > 1 or BULLET.match(line.text):
        return True
    unfinished = not ends_sentence(last.text)
    room = last.right - last.x1
    if (last.page, last.column) != (line.page, line.column):
        full = room < line.first_width + 0.5 * size
        flush = line.x0 - line.left < 0.7 * size
        return not (unfinished and (line.text[:1].islower() or last.text.endswith(("-", "‐")) or (full and flush)))
    if line.base - last.base > (leading + 0.35) * max(size, last.size):
        return not (unfinished and line.text[:1].islower() and line.base - last.base < 2 * leading * size)
    indented = line.x0 - last.x0 > 0.7 * size and line.x0 - line.left > 0.7 * size
    if indented and not (BULLET.match(first.text) and last is first):
        return not (unfinished and line.text[:1].islower())
    fits = room > line.first_width + 0.6 * size
    short = room > 0.3 * (last.right - last.left)
    return fits and (not unfinished or (short and not line.text[:1].islower()))


def compounds(lines: Iterable[Line]) -> frozenset[str]:
    """Words that have a hyphen within a line, in lower case: their hyphens are real at a line end too."""
    return frozenset(word.lower().replace("‐", "-") for line in lines for word in _COMPOUND.findall(line.text))


def joined(parts: Iterable[str], known: frozenset[str]) -> str:
    """Lines as one, hyphens at line ends mended unless the compound is `known`, or capitals or numbers speak for it.

    >>> joined(["The govern-", "ment of north-", "western Anglo-", "Saxons"], frozenset({"north-western"}))
    'The government of north-western Anglo-Saxons'
    """
    text = ""
    for part in parts:
        broken, first = _BROKEN.search(text[-80:]), _FIRST.match(part)
        if not text or broken is None or first is None:
            text += " " + part if text else part
        elif _is_real(broken[1], first[0], known):
            text += part
        else:
            text = text[:-1] + part
    return text


def _is_real(before: str, after: str, known: frozenset[str]) -> bool:
    """Whether the hyphen between the two is part of the word."""
    last = re.split("[-‐]", before)[-1]
    return (
        f"{before}-{after}".lower() in known
        or f"{last}-{after}".lower() in known
        or before != last
        or before[-1].isdigit()
        or after[0].isdigit()
        or (after[0].isupper() and not (before.isupper() and len(before) > 1))
    )
