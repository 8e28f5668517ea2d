"""Whether a cited sentence names what a draft names: in another form, in full, as a people, or by a pronoun.

Compares words alone; knows no person and no place beyond a few adjectives of countries.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.claims import Claim, Source, Word

TITLES = frozenset("president prime minister king queen prince princess senator governor chancellor secretary general chief "
                    "director judge justice pope sultan emperor mayor captain saudi crown sir lord lady".split())  # fmt: skip
_DEMONYMS = {
    "british": "britain", "french": "france", "spanish": "spain", "dutch": "netherlands", "swedish": "sweden", "danish": "denmark",
    "german": "germany", "greek": "greece", "polish": "poland", "swiss": "switzerland", "irish": "ireland", "finnish": "finland",
    "norwegian": "norway", "scottish": "scotland", "welsh": "wales", "afghan": "afghanistan", "filipino": "philippines",
    "english": "england", "american": "us", "kazakh": "kazakhstan", "uzbek": "uzbekistan", "thai": "thailand",
}  # fmt: skip
_DEMONYM_ENDINGS, _PLACE_ENDINGS = (
    ("ians", "ian", "ans", "an", "n", "ese", "ish", "is", "i", "s"),
    ("ia", "a", "ey", "y", "e", "o", ""),
)
SAME = {"united states": "us", "united kingdom": "uk", "united nations": "un", "european union": "eu", "america": "us",
         "great britain": "britain", "usa": "us"}  # fmt: skip
_PRONOUNS = frozenset("he she they it his her their its him them who".split())
_SLOT_WORDS = 3  # content words after a name or pronoun that tell its place


def around(source: Source) -> tuple[Claim, ...]:
    return (source.title, *source.nearby, *((source.before,) if source.before else ()))


def abbreviates(draft: Claim, run: Sequence[int], source: Claim) -> bool:
    """Whether the name is an abbreviation of one in the source, or the other way around."""
    forms = short_forms(draft, run)
    return any(forms & short_forms(source, other) for other in source.names)


def short_forms(claim: Claim, run: Sequence[int]) -> set[str]:
    """A name in short: "us" of "the United States", "who" of "World Health Organization"."""
    joined = " ".join(claim.words[i].key for i in run)
    forms = {SAME.get(joined, joined)}
    if len(run) > 1:
        forms.add(_initials(claim, run))
    return forms


def _initials(claim: Claim, run: Sequence[int]) -> str:
    return "".join(claim.words[i].key[0] for i in run) if len(run) > 1 else ""


def has_name(source: Claim, word: Word) -> bool:
    return any(word.key == other.key or (other.name and one_people(word.key, other.key)) for other in source.words)


def one_people(one: str, other: str) -> bool:
    """Whether one is the adjective of the other: "Syrian" and "Syria"."""
    if _DEMONYMS.get(one) == other or _DEMONYMS.get(other) == one:
        return True
    return _roots(one, _DEMONYM_ENDINGS) & _roots(other, _PLACE_ENDINGS) != set() or (
        _roots(other, _DEMONYM_ENDINGS) & _roots(one, _PLACE_ENDINGS) != set()
    )


def _roots(word: str, endings: Sequence[str]) -> set[str]:
    return {root for end in endings if word.endswith(end) and len(root := word.removesuffix(end) if end else word) >= 4}


def fuller_name(draft: Claim, run: Sequence[int], at: int, cited: Sequence[Source]) -> bool:
    """A fuller name than the cited one: its last word is cited or referred to, and the title or passage has it whole."""
    last = run[-1]
    if at == last or not any(
        has_name(source.claim, draft.words[last]) or refers(draft, last, source) for source in cited
    ):
        return False
    wanted = {draft.words[i].key for i in run}
    return any(
        wanted <= {near.words[i].key for i in other}
        for source in cited
        for near in around(source)
        for other in near.names
    )


def refers(draft: Claim, at: int, source: Source) -> bool:
    """Whether a pronoun or "the agency" stands in the source where the draft has this name, which is named just before.

    What a pronoun means is looked for in the sentence before; in the title only when that one names nobody.
    """
    word = draft.words[at]
    here = _following(draft, at)
    before = source.before
    for i, other in enumerate(source.claim.words):
        pronoun = other.key in _PRONOUNS
        described = (
            other.key in ("the", "its", "a") and i + 1 < len(source.claim.words) and not source.claim.words[i + 1].name
        )
        if not (pronoun or described) or not set(here) & set(_following(source.claim, i)[:_SLOT_WORDS]):
            continue
        places = [before] if before is not None and before.names else [source.title, *([before] if before else [])]
        if described and not pronoun:
            places = [source.title, *([before] if before else [])]
        if any(has_name(place, word) for place in places):
            return True
    return False


def _following(claim: Claim, at: int) -> tuple[str, ...]:
    """The content words after a place."""
    clause = claim.words[at].clause
    after = [word for word in claim.words[at + 1 :] if word.content and word.clause - clause <= 1]
    return tuple(word.stem for word in after[:_SLOT_WORDS])


def mixed(draft: Claim, run: Sequence[int], cited: Sequence[Source]) -> str:
    """Two names made one: "Vladimir Assad" of a sentence that names Vladimir Putin and Bashar Assad."""
    proper = [i for i in run if draft.words[i].key not in TITLES and draft.words[i].key not in _DEMONYMS
              and not any(draft.words[i].key.endswith(end) for end in ("ian", "ish", "ese", "can"))]  # fmt: skip
    if len(proper) < 2 or proper[-1] - proper[-2] != 1:
        return ""
    pair = [draft.words[i].key for i in proper[-2:]]
    texts = [claim for source in cited for claim in (source.claim, *around(source))]
    together = any(set(pair) <= {claim.words[i].key for i in other} for claim in texts for other in claim.names)
    plain = any(pair == [a.key, b.key] for claim in texts for a, b in zip(claim.words, claim.words[1:], strict=False))
    return "" if together or plain else f"“{draft.name(proper[-2:])}” is nobody in the cited sentences."
