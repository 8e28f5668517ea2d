"""Where the story lies in the text of a saved page: the run of lines that is most prose among menus, teasers and comments.

Each line counts for the story (a sentence, by its words) or against it (a short line without an end; more so in a run, as
menus and lists of links are); the story is the run with the greatest sum, which is maximum subsequence segmentation
(Pasternack and Roth, 2009) on lines instead of words. Judges lines by their look alone; knows no site.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from corpus.boilerplate import byline, ends_sentence, is_noise

LineKind = Literal["prose", "short sentence", "fragment", "notice", "end"]

# Chosen on the visible text of 181 real pages (benchmarks/results/saved_text.json); neighbors differ by under a point.
PROSE = 8  # words from which a sentence speaks for a story
LONG = 25  # words from which a line is prose even without an end
CAP = 60  # most that one line counts: a long legal notice must not outweigh a story
IN_A_RUN, ALONE, AFTER_STORY = (
    15,
    3,
    20,
)  # cost of a fragment in a run of them, alone (a subheading), as the story's end
LINKS = 3  # fragments in a row inside a story are links, not subheadings
LEAST_FRAGMENTS, FRAGMENT_SHARE = 12, 0.3  # below these a text is no saved page: all of it is the story
TITLE_REACH = 20  # lines above the story among which its headline is looked for
LEAST_TITLE, MAX_TITLE = 3, 200  # words; characters

_END = re.compile(
    r"^\W*(?:(?:leave|post|write|add|submit) (?:a |your )?(?:reply|comment)s?|(?:\d+ )?(?:comments?|replies|responses|"
    r"kommentare|commentaires|comentarios|comentários|commenti)(?: ?\(\d+\))?|join the (?:conversation|discussion)|"
    r"related\b.{0,30}|recommended\b.{0,30}|most (?:read|popular|viewed|shared)|trending\b.{0,20}|"
    r"more (?:from|on|in|news|stories|articles|like)\b.{0,40}|you (?:may|might) (?:also )?(?:like|be interested).*|"
    r"(?:recent|latest|popular|similar|top) (?:posts?|news|stories|articles|comments)|(?:read|up) next|about the author|"
    r"share this.*|tags?:?|filed under.*|(?:previous|next) (?:article|post|story)|editors?'? picks?|sponsored.*|"
    r"(?:around|from) the web|promoted.*|newsletter.*|sign up.*|subscribe.*|follow us.*)\W*$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"\bcookies?\b|privacy policy|terms of (?:use|service)|all rights reserved|©|personal data|"
    r"your (?:browser|inbox|email address)|\bjavascript\b|logged in|\bsubscri(?:be|ption)\b",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"\b(?:19|20)\d\d\b.*\b\d{1,2}[:.]\d\d\b|^(?:updated|posted|published|by|image|photo)\b|sharing options|»|\|.*\|",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


class Story(NamedTuple):
    """The lines before the story, the story's own, and its headline if one stands above it."""

    before: list[str]
    lines: list[str]
    title: str | None


def find_story(lines: Sequence[str]) -> Story | None:
    """The story among the lines of a saved page; `None` when the text is no saved page, or holds no story."""
    kinds = [line_kind(line) for line in lines]
    fragments = sum(kind in ("fragment", "notice", "end") for kind in kinds)
    if fragments < LEAST_FRAGMENTS or fragments < FRAGMENT_SHARE * len(lines):
        return None
    start, stop = _best_run(_scores(lines, kinds))
    if start == stop:
        return None
    title = _headline(lines, kinds, start, stop)
    return Story(list(lines[:start]), [lines[i] for i in _kept(kinds, start, stop)], title)


def line_kind(line: str) -> LineKind:
    """What a line looks like."""
    words = _words(line)
    if _END.match(line):
        return "end"
    if is_noise(line) or (words < CAP and _NOTICE.search(line)):
        return "notice"
    if ends_sentence(line) or line.endswith(("。", "！", "？", "」")):
        return "prose" if words >= PROSE else "short sentence"
    return "prose" if words >= LONG else "fragment"


def _words(line: str) -> int:
    """Words; two ideographs count as one."""
    return len(line.split()) + len(_IDEOGRAPHS.findall(line)) // 2


def _runs(kinds: Sequence[LineKind], start: int, stop: int) -> list[range]:
    """Stretches of lines that are no sentences."""
    found: list[range] = []
    for i in range(start, stop):
        if kinds[i] in ("fragment", "notice", "end"):
            if found and found[-1].stop == i:
                found[-1] = range(found[-1].start, i + 1)
            else:
                found.append(range(i, i + 1))
    return found


def _scores(lines: Sequence[str], kinds: Sequence[LineKind]) -> list[int]:
    scores = [min(_words(line), CAP) if kind == "prose" else 1 for line, kind in zip(lines, kinds, strict=True)]
    for run in _runs(kinds, 0, len(kinds)):
        for i in run:
            scores[i] = -AFTER_STORY if kinds[i] == "end" else -(ALONE if len(run) == 1 else IN_A_RUN)
    return scores


def _best_run(scores: Sequence[int]) -> tuple[int, int]:
    """The half-open range with the greatest sum (Kadane's algorithm); the first of equals, empty when all are negative."""
    best, found, total, start = 0, (0, 0), 0, 0
    for i, score in enumerate(scores):
        total += score
        if total <= 0:
            total, start = 0, i + 1
        elif total > best:
            best, found = total, (start, i + 1)
    return found


def _kept(kinds: Sequence[LineKind], start: int, stop: int) -> list[int]:
    """The lines of the story without lists of links and notices."""
    dropped = {i for run in _runs(kinds, start, stop) for i in run if len(run) >= LINKS or kinds[i] != "fragment"}
    return [i for i in range(start, stop) if i not in dropped]


def _headline(lines: Sequence[str], kinds: Sequence[LineKind], start: int, stop: int) -> str | None:
    """The line above the story that shares most of its words with the story; the earlier of equals."""
    story = Counter(word for i in range(start, stop) if kinds[i] == "prose" for word in _content(lines[i]))
    best, found = 0.0, None
    for i in range(max(0, start - TITLE_REACH), start):
        line, words = lines[i], _content(lines[i])
        if kinds[i] == "fragment" and words and len(line) <= MAX_TITLE and not _NO_TITLE.search(line):
            shared = sum(word in story for word in words)
            score = shared * shared / len(words)
            if score > best and _words(line) >= LEAST_TITLE and not byline(line):
                best, found = score, line
    return found


def _content(line: str) -> set[str]:
    """The longer words of a line, lower case: those that tell one story from another."""
    return {word for word in _WORD.findall(line.lower()) if len(word) > 3}
