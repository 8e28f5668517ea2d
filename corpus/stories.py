"""Stories: the articles that are copies of one another, as outlets make them of a wire service's text.

Two texts are copies when they are equal but for case and punctuation, or when their signatures share a band and say
that most of the shorter text is in the longer one (docs/decisions/010). A story is a connected set of copies, named by
its smallest article id; it depends on the articles alone, not on the order in which they came. Equal texts stand for one
another: only one of them, their representative, has bands. Does not compare titles, dates or publishers, and does not
know texts that tell the same event in other words.

    >>> with library.write() as db:
    ...     place(db, "b2", text)
    'a1'
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from corpus.connection import Connection
from corpus.types import ArticleSummary, Filters

if TYPE_CHECKING:  # the library calls `place`; at run time the import would be a circle
    from corpus.library import Library

Hashes = npt.NDArray[np.uint64]
Signature = npt.NDArray[np.uint32]

SHINGLE_WORDS = 4  # 3 to 5 do alike within two points; fewer are shared by chance (benchmarks/results/stories.json)
PERMUTATIONS = 128  # 64 loses four points of recall at the same strictness, 256 gains none with 4 words (same file)
ROWS = (
    2  # of a band: 64 bands of 2 find .93 of the pairs with Jaccard .2 and .998 of those with .3 (copies cut to half)
)
THRESHOLD = 0.5  # of the shorter text that the longer one holds: passes 1 in 100 of each kind of hard pair (same file)
LEAST_LENGTH = 0.25  # of the longer text: below it one is a brief inside a digest, and digests would chain stories
LEAST_SHINGLES = 20  # below it a shared place line or sign-off is half the text: only an equal text is a copy
CROWDED = 500  # different texts in a band: that is boilerplate, not a story; comparing 500 takes about a millisecond
SEED = 1  # of the permutations; changing it makes stored signatures useless

AT_ONCE = 8  # members of a story that are compared before it is asked whether one was a copy: mostly the first are

EXACT = -1  # the band of equal texts; its hash is `Signature[:2]`
_HEADER = 3  # two words of the text's digest, then the number of its shingles
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that are copies of one another, newest first. `id` is the smallest of their ids."""

    id: str
    articles: tuple[ArticleSummary, ...]


# ---- signatures


@lru_cache(maxsize=1 << 16)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def shingles(text: str, size: int = SHINGLE_WORDS) -> Hashes:
    """Hashes of the different runs of `size` words of the text, ascending; none when it has fewer words."""
    words = np.array([_word_hash(word) for word in _WORD.findall(text.lower())], dtype=np.uint64)
    count = max(len(words) - size + 1, 0)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(size if count else 0):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + words[offset : offset + count]  # wraps: modulo 2^64
    return np.unique(hashes ^ (hashes >> np.uint64(32)))


@cache
def _permutations(count: int) -> Any:
    from datasketch import MinHash  # 0.4 s, for all of scipy: paid by the first article added, not at start

    return MinHash(count, seed=SEED, scheme="affine32").permutations


def minhash(hashes: Hashes, count: int = PERMUTATIONS) -> Signature:
    """MinHash (Broder 1997) of a set: the share of equal places of two estimates their Jaccard similarity."""
    from datasketch import MinHash

    # The scheme is named because datasketch's default has changed once, and stored signatures must not.
    sketch = MinHash(seed=SEED, hashfunc=int, permutations=_permutations(count), scheme="affine32", num_perm=count)
    sketch.update_batch((hashes >> np.uint64(32)).tolist())
    return np.asarray(sketch.hashvalues, dtype=np.uint32)


def signature(text: str) -> bytes:
    """What is kept to compare a text: a digest of its words, its number of shingles, its MinHash.

    Little-endian uint32, `3 + PERMUTATIONS` of them; the same on every machine.
    """
    words = " ".join(_WORD.findall(text.lower())).encode("utf-8", "surrogatepass")
    head = np.frombuffer(blake2b(words, digest_size=8).digest(), dtype="<u4")
    hashes = shingles(text)
    return np.concatenate([head, [len(hashes)], minhash(hashes)]).astype("<u4").tobytes()


def similar(one: Signature, others: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Which rows of `others` (n, 3 + PERMUTATIONS) are copies of `one`, by the estimated containment."""
    if not len(others):
        return np.zeros(0, dtype=np.bool_)
    jaccard = (others[:, _HEADER:] == one[_HEADER:]).mean(axis=1)
    left, right = float(one[_HEADER - 1]), others[:, _HEADER - 1].astype(np.float64)
    shorter, longer = np.minimum(left, right), np.maximum(left, right)
    common = jaccard / (1 + jaccard) * (left + right)
    enough = (shorter >= LEAST_SHINGLES) & (shorter >= LEAST_LENGTH * longer)
    return np.asarray(enough & (common >= THRESHOLD * shorter))


def _decode(data: bytes) -> Signature:
    return np.frombuffer(data, dtype="<u4").astype(np.uint32, copy=False)


def _bands(signed: Signature) -> list[tuple[int, bytes]]:
    """The bands of a text's MinHash; a text too short to be compared has none."""
    if signed[_HEADER - 1] < LEAST_SHINGLES:
        return []
    rows = signed[_HEADER:].astype("<u4").reshape(-1, ROWS)
    return [(band, row.tobytes()) for band, row in enumerate(rows)]


def _digest(signed: Signature) -> bytes:
    return signed[:2].astype("<u4").tobytes()


# ---- placing


def place(db: Connection, article_id: str, text: str, *, crowded: int = CROWDED) -> str:
    """Record what text an article has now, and the id of the story that it belongs to.

    Runs inside the caller's transaction, after the article's row is written; an earlier text of it is forgotten.
    """
    data = signature(text)
    known = db.execute("SELECT signature, story FROM signatures WHERE article_id = ?", (article_id,)).fetchone()
    if known and known[0] == data:
        return str(known[1])
    if known:
        withdraw(db, article_id, crowded=crowded)
    signed = _decode(data)
    db.execute("INSERT INTO signatures VALUES (?, ?, ?)", (article_id, data, article_id))
    twin = _members(db, EXACT, _digest(signed), 1)
    db.execute("INSERT INTO signature_bands VALUES (?, ?, ?)", (EXACT, _digest(signed), article_id))
    if twin:
        return _join(db, {article_id, _story(db, twin[0])})
    candidates: set[str] = set()
    overflowing: set[str] = set()
    for members in _members_of(db, _bands(signed), crowded + 1):
        if len(members) < crowded:
            candidates.update(members)
        elif len(members) == crowded:
            overflowing.update(members)
    db.executemany(
        "INSERT INTO signature_bands VALUES (?, ?, ?)", [(*band, article_id) for band in _bands(signed)]
    )  # fmt: skip
    story = _join(db, {article_id} | _stories_of_copies(db, signed, candidates))
    if overflowing:  # what only this band joined comes apart
        _regroup(db, {story} | {_story(db, member) for member in overflowing}, crowded)
    return _story(db, article_id)


def withdraw(db: Connection, article_id: str, *, crowded: int = CROWDED) -> None:
    """Forget an article's text; its story comes apart when only that text held it together.

    Runs inside the caller's transaction, before the article's row is deleted. Nothing happens for an unknown id.
    """
    row = db.execute("SELECT signature, story FROM signatures WHERE article_id = ?", (article_id,)).fetchone()
    if row is None:
        return
    signed, stories = _decode(row[0]), {str(row[1])}
    db.execute("DELETE FROM signature_bands WHERE band = ? AND hash = ? AND article_id = ?",
               (EXACT, _digest(signed), article_id))  # fmt: skip
    db.execute("DELETE FROM signatures WHERE article_id = ?", (article_id,))
    twin = _members(db, EXACT, _digest(signed), 1)
    if twin:  # it stands in for the one that goes, so nothing comes apart
        db.execute("UPDATE signature_bands SET article_id = ? WHERE article_id = ?", (twin[0], article_id))
        if row[1] == article_id:
            _join(db, {article_id})
        return
    db.execute("DELETE FROM signature_bands WHERE article_id = ?", (article_id,))
    for members in _members_of(db, _bands(signed), crowded + 1):
        if len(members) == crowded:  # no longer crowded: it joins again
            stories.update(_story(db, member) for member in members)
    _regroup(db, stories, crowded)


def _members(db: Connection, band: int, value: bytes, limit: int) -> list[str]:
    rows = db.execute(
        "SELECT article_id FROM signature_bands WHERE band = ? AND hash = ? LIMIT ?", (band, value, limit)
    ).fetchall()
    return [row[0] for row in rows]


def _members_of(db: Connection, bands: Sequence[tuple[int, bytes]], limit: int) -> list[list[str]]:
    """The members of each band, up to `limit`, in one statement: a server is asked once, not 64 times."""
    found: list[list[str]] = [[] for _ in bands]
    if bands:
        one = "SELECT * FROM (SELECT ? AS place, article_id FROM signature_bands WHERE band = ? AND hash = ? LIMIT ?) b"
        values = [value for place, band in enumerate(bands) for value in (place, *band, limit)]
        for row in db.execute(" UNION ALL ".join([one] * len(bands)), values).fetchall():
            found[row[0]].append(row[1])
    return found


def _story(db: Connection, article_id: str) -> str:
    return str(db.execute("SELECT story FROM signatures WHERE article_id = ?", (article_id,)).fetchone()[0])


def _load(db: Connection, ids: Iterable[str]) -> dict[str, Signature]:
    read = "SELECT signature FROM signatures WHERE article_id = ?"
    return {key: _decode(db.execute(read, (key,)).fetchone()[0]) for key in sorted(ids)}


def _stories_of_copies(db: Connection, signed: Signature, candidates: set[str]) -> set[str]:
    """The stories that hold a copy of the text. One copy is enough: the others of its story are not compared."""
    stories: dict[str, list[str]] = defaultdict(list)
    rows = db.execute(
        "SELECT article_id, story FROM signatures WHERE article_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(candidates)),),
    )
    for article_id, story in rows.fetchall():
        stories[story].append(article_id)
    found: set[str] = set()
    for story, members in stories.items():
        members.sort()
        for start in range(0, len(members), AT_ONCE):
            if _copies(signed, _load(db, members[start : start + AT_ONCE])):
                found.add(story)
                break
    return found


def _copies(signed: Signature, candidates: dict[str, Signature]) -> list[str]:
    if not candidates:
        return []
    found = similar(signed, np.stack(list(candidates.values())))
    return [key for key, copy in zip(candidates, found, strict=True) if copy]


def _join(db: Connection, stories: set[str]) -> str:
    """Make one story of these, and say its name."""
    old = json.dumps(sorted(stories))
    (name,) = db.execute(
        "SELECT min(article_id) FROM signatures WHERE story IN (SELECT value FROM json_each(?))", (old,)
    ).fetchone()
    db.execute(
        "UPDATE signatures SET story = ? WHERE story IN (SELECT value FROM json_each(?)) AND story <> ?",
        (name, old, name),
    )
    return str(name)


def _regroup(db: Connection, stories: set[str], crowded: int) -> None:
    """Find the stories anew among the articles of these: whole ones, so that no copy lies outside."""
    signed: dict[str, Signature] = {}
    twins: dict[bytes, list[str]] = defaultdict(list)
    for story in sorted(stories):
        for row in db.execute("SELECT article_id, signature FROM signatures WHERE story = ?", (story,)).fetchall():
            signed[row[0]] = _decode(row[1])
            twins[_digest(signed[row[0]])].append(row[0])
    bands: dict[tuple[int, bytes], list[str]] = defaultdict(list)
    for ids in twins.values():
        for band in _bands(signed[ids[0]]):
            bands[band].append(ids[0])
    groups = {ids[0]: {*ids} for ids in twins.values()}  # a set is shared by all representatives of its story
    for (number, value), members in bands.items():
        if len(members) > 1 and len(_members(db, number, value, crowded + 1)) <= crowded:
            _merge(groups, members, signed)
    for group in {id(group): group for group in groups.values()}.values():
        name = min(group)
        db.executemany("UPDATE signatures SET story = ? WHERE article_id = ?", [(name, key) for key in sorted(group)])


def _merge(groups: dict[str, set[str]], members: Sequence[str], signed: dict[str, Signature]) -> None:
    """Unite the groups of those members of one band that are copies; pairs already united are not compared."""
    for position, member in enumerate(members):
        if all(groups[key] is groups[member] for key in members[position + 1 :]):
            return  # the usual case, before anything is compared
        apart = {key: signed[key] for key in members[position + 1 :] if groups[key] is not groups[member]}
        for copy in _copies(signed[member], apart):
            large, small = sorted((groups[member], groups[copy]), key=len, reverse=True)
            if large is not small:
                large |= small
                groups.update((key, large) for key in small if key in groups)


# ---- reading


def copies(library: Library, article_id: str) -> tuple[ArticleSummary, ...]:
    """The other articles of an article's story, newest first; none when it was never placed."""
    with library.read() as db:
        rows = db.execute(
            "SELECT o.article_id FROM signatures s JOIN signatures o ON o.story = s.story "
            "WHERE s.article_id = ? AND o.article_id <> s.article_id",
            (article_id,),
        ).fetchall()
    return _summaries(library, [row[0] for row in rows])


def stories_of(library: Library, ids: Iterable[str]) -> dict[str, str]:
    """The id of each article's story. An article that was never placed is its own."""
    wanted = list(dict.fromkeys(ids))
    with library.read() as db:
        rows = db.execute(
            "SELECT article_id, story FROM signatures WHERE article_id IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),),
        ).fetchall()
    known = {row[0]: str(row[1]) for row in rows}
    return {key: known.get(key, key) for key in wanted}


def stories(library: Library, *, limit: int = 50, offset: int = 0) -> tuple[Story, ...]:
    """The stories of more than one article, those with most articles first, then by id."""
    with library.read() as db:
        rows = db.execute(
            "SELECT s.story, s.article_id FROM signatures s JOIN (SELECT story, count(*) AS n FROM signatures "
            "GROUP BY story HAVING count(*) > 1 ORDER BY n DESC, story LIMIT ? OFFSET ?) t ON t.story = s.story "
            "ORDER BY t.n DESC, s.story",
            (limit, offset),
        ).fetchall()
    members: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        members[row["story"]].append(row["article_id"])
    return tuple(Story(story, _summaries(library, ids)) for story, ids in members.items())


def count_stories(library: Library) -> int:
    """How many stories `stories` would list without a limit."""
    with library.read() as db:
        row = db.execute("SELECT count(*) FROM (SELECT 1 FROM signatures GROUP BY story HAVING count(*) > 1)")
        return int(row.fetchone()[0])


def crowded_bands(library: Library) -> int:
    """How many bands are passed over because more than `CROWDED` different texts share them. Reads every band."""
    with library.read() as db:
        row = db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM signature_bands WHERE band <> ? GROUP BY band, hash HAVING count(*) > ?)",
            (EXACT, CROWDED),
        )
        return int(row.fetchone()[0])


def _summaries(library: Library, ids: list[str]) -> tuple[ArticleSummary, ...]:
    return library.summaries(filters=Filters(article_ids=tuple(ids)), limit=len(ids)) if ids else ()
