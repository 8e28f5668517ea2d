"""The people, places and groups that an article names, most often named first, each leading to the articles with it.

By the spelling rules of `qa.mentions`; English. A surname alone counts for the full name beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlencode

from qa.mentions import Kind, names
from qa.ui.render import escape

SHOWN = 14  # names: two lines of a desktop page
SHORTEST = 3  # letters; less is an initial


def entities(texts: Iterable[str]) -> list[tuple[str, int]]:
    """Names and how often they occur in the sentences, most often first, those alike in the order of the text.

    >>> entities(["Bill Nelson spoke in Houston.", "Nelson thanked NASA."])
    [('Bill Nelson', 2), ('Houston', 1), ('NASA', 1)]
    """
    given = list(texts)
    # A word of a name seen elsewhere is a name at the head of a sentence too.
    known = frozenset(
        w.lower() for text in given for m in names(text) if m.kind is not Kind.TIME for w in m.text.split()
    )
    counts: Counter[str] = Counter()
    for text in given:
        for mention in names(text, known):
            name = mention.text.removeprefix("the ").removeprefix("The ")
            if mention.kind not in (Kind.TIME, Kind.THING) and len(name.replace(".", "")) >= SHORTEST:
                counts[name] += 1
    for name in list(counts):
        longer = [other for other in counts if other != name and other.endswith(f" {name}")]
        if len(longer) == 1:
            counts[longer[0]] += counts.pop(name)
    return counts.most_common(SHOWN)


def named(found: Iterable[tuple[str, int]]) -> str:
    """The names as links to the list of articles that hold them."""
    links = "".join(
        f'<a class="cw-entity" target="_self" href="articles?{escape(urlencode({"q": name}))}" '
        f'title="Articles that mention it">{escape(name)}{f"<small>{count}</small>" if count > 1 else ""}</a>'
        for name, count in found
    )
    return f'<p class="cw-entities"><span>Named here</span>{links}</p>' if links else ""
