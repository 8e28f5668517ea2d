"""Whether a draft takes the stance of its sources: what they deny, what they leave open, and whose word it is.

Each function gives the fault in words for the user, empty when there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.claims import NEGATIVE_WORDS, Claim, Report, Scoped, Source
from qa.names import SAME, has_name, one_people
from qa.stem import stem

_OPPOSITE_WORDS = (
    "rise fall", "rises falls", "rose fell", "increase decrease", "gain lose", "win lose", "won lost", "support oppose", "accept reject",
    "open close", "north south", "northern southern", "northwest southeast", "northwest northeast", "northwest southwest",
    "east west", "eastern western", "before after", "more less", "more fewer", "most least", "first last", "begin end", "began ended",
    "start end", "arrive leave", "enter leave", "higher lower", "best worst", "largest smallest", "success failure", "allow ban",
    "import export", "buy sell", "bought sold", "guilty innocent", "man woman", "early late", "earlier later", "approve reject", "cut raise",
    "ally enemy", "agree disagree", "strong weak", "strongest weakest", "rich poor", "live die", "up down", "strengthen weaken", "join quit",
    "attack defend", "raise lower", "include exclude", "praise criticize", "confirm deny", "hire fire", "above below", "inside outside", "with without",
)  # fmt: skip


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _OPPOSITE_WORDS:
        one, other = map(stem, pair.split())
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


_OPPOSITES = _opposites()


def negation(draft: Claim, cited: Sequence[Source]) -> str:
    stems = frozenset[str]().union(*(source.claim.stems for source in cited))
    theirs = [scoped for source in cited for scoped in source.claim.negations]
    denied = {stem for scoped in theirs for stem in scoped.stems}
    heads = {scoped.stems[0] for scoped in theirs if scoped.stems}
    own = {stem for scoped in draft.negations for stem in scoped.stems}
    for scoped in draft.negations:
        head = scoped.stems[0] if scoped.stems else ""
        if scoped.cue.startswith("un") and (
            scoped.cue in {w.key for s in cited for w in s.claim.words} or head not in stems
        ):
            continue
        if not (denied & set(scoped.stems) or (head not in stems and _negative(scoped, cited))):
            return f"It has “{scoped.cue}”; the cited sentences don't deny that."
    for head in heads:
        if head in draft.stems and head not in own and not draft.stems & NEGATIVE_WORDS and _always_denied(head, cited):
            return "The cited sentence denies what it states."
    if not own and not draft.stems & NEGATIVE_WORDS and not draft.negations:
        for scoped in theirs:
            shared = len(set(scoped.stems) & draft.stems)
            much = len(scoped.stems) > 1 and 2 * shared >= len(scoped.stems)
            if much and not scoped.cue.startswith("un") and _always_denied(scoped.stems[0], cited):
                return "The cited sentence denies what it states."
    return _opposite(draft, cited)


def _negative(scoped: Scoped, cited: Sequence[Source]) -> bool:
    """Whether a cited sentence says no in other words ("rejected the sum"), of one of the same things."""
    for source in cited:
        content = [word.stem for word in source.claim.words if word.content]
        for i, word in enumerate(content):
            if word in NEGATIVE_WORDS and set(scoped.stems) & set(content[i + 1 : i + 5]):
                return True
        if source.claim.negations and not set(scoped.stems) & source.claim.stems:
            return True
    return False


def _always_denied(head: str, cited: Sequence[Source]) -> bool:
    """Whether no cited sentence has the word outside of what it denies."""
    for source in cited:
        scopes = {stem for scoped in source.claim.negations for stem in scoped.stems}
        count = sum(word.stem == head for word in source.claim.words)
        if (head in source.claim.stems and head not in scopes) or count > 1:
            return False
    return True


def _opposite(draft: Claim, cited: Sequence[Source]) -> str:
    """A word turned around where the words beside it are the same: "rose sharply" for "fell sharply"."""
    own = {word.stem for word in draft.words}
    for i, word in enumerate(draft.words):
        for opposite in () if word.name else _OPPOSITES.get(word.stem, ()):
            if opposite in own or any(word.stem == w.stem for source in cited for w in source.claim.words):
                continue
            beside = _beside(draft, i)
            for source in cited:
                places = (k for k, other in enumerate(source.claim.words) if other.stem == opposite)
                if any(beside & _beside(source.claim, k) for k in places):
                    return f"“{word.text}” is the opposite of what the cited sentence says."
    return ""


def _beside(claim: Claim, at: int) -> frozenset[str]:
    """The two content words on each side, and numbers."""
    left = [word for word in claim.words[:at] if word.content or word.key.isdigit()][-2:]
    right = [word for word in claim.words[at + 1 :] if word.content or word.key.isdigit()][:2]
    return frozenset(word.stem for word in (*left, *right))


def modality(draft: Claim, cited: Sequence[Source]) -> str:
    theirs = [scoped for source in cited for scoped in source.claim.hedges]
    kinds = {scoped.kind for scoped in draft.hedges}
    every = {scoped.kind for scoped in theirs}
    for scoped in draft.hedges:
        if scoped.kind == "possible" and "possible" not in every:
            return f"It has “{scoped.cue}”; the cited sentence leaves no doubt."
        head = scoped.stems[0] if scoped.stems else ""
        stems = frozenset[str]().union(*(source.claim.stems for source in cited))
        if (
            scoped.kind == "planned"
            and scoped.cue in ("will", "would", "shall", "should", "must")
            and not theirs
            and head in stems
        ):
            return f"It has “{scoped.cue}”; the cited sentence reports what happened."
    for scoped in theirs:
        if not scoped.stems or scoped.stems[0] not in draft.stems or stem(scoped.cue) in draft.stems:
            continue
        plain = any(_unhedged(scoped.stems[0], source.claim) for source in cited)
        if not plain and scoped.kind not in kinds and not ("possible" in kinds and scoped.kind == "planned"):
            return f"The cited sentence says “{scoped.cue}”; it does not."
    return ""


def _unhedged(head: str, source: Claim) -> bool:
    return head in source.stems and not any(head in scoped.stems for scoped in source.hedges)


def speaker(draft: Claim, cited: Sequence[Source]) -> str:
    """Whether a speaker's word is given as such, by the same speaker."""
    if not draft.reports:
        return _given_as_fact(draft, cited)
    theirs = [(source, report) for source in cited for report in source.claim.reports]
    quoted = any(source.claim.quotations for source in cited)
    for report in draft.reports:
        shown = _joined(draft, report.speaker)
        if not theirs and not quoted:
            return f"No cited sentence gives this as the word of “{shown}”."
        if theirs and not any(_same_speaker(draft, report, source, other) for source, other in theirs):
            return f"“{shown}” is not who says this in the cited sentence."
    return ""


def _given_as_fact(draft: Claim, cited: Sequence[Source]) -> str:
    own = draft.stems | {str(q.value) for q in draft.quantities}
    best: tuple[int, str] | None = None
    for source in cited:
        whole = source.claim.stems | {str(q.value) for q in source.claim.quantities}
        shared = len(own & whole)
        fault = ""
        for report in source.claim.reports:
            inside = {source.claim.words[i].stem for i in report.content}
            outside = {
                w.stem for i, w in enumerate(source.claim.words) if i not in report.content and i not in report.speaker
            }
            within, without = len(own & inside), len(own & outside - inside)
            if within > without and within >= 2:
                fault = f"The cited sentence gives it as the word of “{_joined(source.claim, report.speaker)}”."
        if best is None or shared > best[0] or (shared == best[0] and not fault):
            best = (shared, fault)
    return best[1] if best else ""


def _same_speaker(draft: Claim, own: Report, source: Source, other: Report) -> bool:
    mine = [draft.words[i] for i in own.speaker]
    theirs = [source.claim.words[i] for i in other.speaker]
    names, known = [w for w in mine if w.name], [w for w in theirs if w.name]
    if not any(w.content for w in mine):
        return True  # "he said": nobody is named
    if names and known:
        joined = {w.key for w in known}
        short = {"".join(w.key[0] for w in known), "".join(w.key[0] for w in names)}
        return any(w.key in joined or any(one_people(w.key, key) for key in joined) for w in names) or bool(
            short & {w.key for w in (*names, *known)}
        ) or bool({SAME.get(" ".join(w.key for w in names))} & joined)  # fmt: skip
    words = {w.stem for w in mine if w.content}
    said = {w.stem for w in theirs if w.content}
    if known or (said and not names):
        return bool(words & said)
    # "They said", "the two firms said": whoever is named there, or in the sentence before.
    places = [source.claim, source.before or source.title]
    if names:
        return bool(words & said) or any(has_name(place, w) for place in places for w in names)
    return any(words & place.stems for place in places)


def _joined(claim: Claim, run: Sequence[int]) -> str:
    return claim.name(run) if run else "somebody"
