"""Whom a surname, a pronoun or a title means, by the names and roles that the sentences before have given.

Tells people from bodies by closed lists of words; knows nobody from elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qa.speakers import (
    CLAUSE_WORDS,
    DETERMINERS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    SINGULAR,
    TITLES,
    Words,
    is_capital,
)

_PERSON_ROLES = frozenset(
    "minister president player activist spokesman spokeswoman spokesperson leader director chairman chairwoman mayor governor "
    "senator ambassador envoy lawyer author actor actress singer coach captain woman man boy girl student professor judge "
    "premier chancellor candidate politician scientist researcher executive lawmaker general champion striker writer artist "
    "king queen pope bishop archbishop doctor founder commissioner secretary secretary-general administrator".split()
)
_BODIES = frozenset(
    "agency company firm group organization organisation ministry department party club bank union federation".split()
)
_ORGANIZATION = re.compile(
    r"^[Tt]he\s|\b(?:Ministry|Minister|Party|News|Wire|University|Institute|United|Nations|States|House|Bank|League|Department|"
    r"Police|Court|Council|Commission|Committee|Agency|Authority|Association|Union|Organi[sz]ation|Company|Group|Inc|Corp|"
    r"Ltd|Times|Post|Star|Herald|Gazette|Street|Journal|Magazine|Foundation|Museum|School|Fund|Service|Office|Army|Navy|"
    r"Force|Forces|Republic|Kingdom|Canal|Cup|World|Center|Centre|Federation|Church|Telescope|Treasury|Parliament|Congress|"
    r"Senate|Commons|Twitter|Facebook|Google|Security|Tracker|Helmets|List|Today|Africa|America|Europe|Asia|Canada)\b"
)
_ARTICLE = re.compile(r"^(?:the|The)\s+(?=\S)")
_NAME_WORD = r"(?:[A-Z][\w.’'-]+|al-\w+|bin|van|de)"
_ROLE_BEFORE = re.compile(rf"([a-z-]+), ({_NAME_WORD}(?: {_NAME_WORD})+)(?=[,.])")
_ROLE_AFTER = re.compile(
    r"((?:[A-Z][\w.’'-]+ )+[A-Z][\w.’'-]+|[A-Z][\w’'-]+), (?:a|an|the|one of the|(?:[A-Z]\S+ )*\S+['’]s) ([^,]{2,60})(?=,)"
)
_RUN = re.compile(
    r"(?:(?:[A-ZÀ-ÖØ-Þ][\w'’-]*\.?|al-[A-Z][\w-]*|(?:bin|bint|ibn|de|del|der|van|von|di|da|la)(?= ))(?:\s|(?=[^\w])|$))+"
)


@dataclass(slots=True)
class Names:
    """The people and bodies that the sentences so far have named. Grows as they are read."""

    full: list[str] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    spoke: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    subject: str | None = None
    person: str | None = None
    lone: str | None = None
    """Who spoke last under one name, in case nobody is named in full: a surname whose first name came earlier."""
    body: str | None = None

    def read(self, words: Words, who: str | None) -> None:
        """Take in a sentence. `who`: who speaks in it, when somebody does."""
        masked = words.masked
        for match in _ROLE_BEFORE.finditer(masked):
            self.roles[match[1]] = match[2]
        for match in _ROLE_AFTER.finditer(masked):
            role = re.split(r"\s(?:of|for|in|at|to|on|from|under|with)\s", match[2])[0].split()[-1]
            self.roles[role.lower()] = self._known(_untitled(match[1]))
        first: str | None = None
        for match in _RUN.finditer(masked):
            run = match.group().strip().rstrip(".,")
            name = _untitled(run)
            if name != run and " " in name:
                self.roles[run[: -len(name)].split()[-1].lower()] = name
            if " " in name and name.split()[0].lower() not in DETERMINERS | PREPOSITIONS | CLAUSE_WORDS | PRONOUNS:
                self.full.append(name)
            else:
                name = self._known(name)
            is_body = run.isupper() or _ORGANIZATION.search(run)
            if match.start() == 0 and is_body and run.split()[0].lower() not in DETERMINERS:
                self.body = run
            if first is None and " " in name and not _ORGANIZATION.search(name):
                first = name
        self.phrases.append(masked)
        if who is not None:
            self.subject = who
            self.spoke.append(who)
            if " " in who and is_capital(who.split()[-1]) and not _ORGANIZATION.search(who):
                self.person = who
            elif who.isalpha() and is_capital(who) and not who.isupper():
                self.lone = who
        elif first is not None:
            self.subject = self.person = first

    def resolve(self, phrase: str) -> str | None:
        """The fullest name for a phrase."""
        lower = phrase.lower()
        if lower in SINGULAR:
            return self.person or self.lone
        if lower in PRONOUNS:
            return self.spoke[-1] if self.spoke and lower != "it" else self.subject
        if name := _name_in(phrase):
            return self._known(name)
        bare = _ARTICLE.sub("", phrase)
        head = re.split(r"\s(?:of|for|in|at|from|to)\s", lower)[0].split()[-1]
        if bare != phrase:
            if same := next((s for s in reversed(self.spoke) if s.lower().split()[-1] == head), None):
                return same
            if head in self.roles:
                return self.roles[head]
            if longer := self._longer(head):
                return longer
            if head in _PERSON_ROLES and self.person is not None and len(bare.split()) <= 2:
                return self.person
            if head in _BODIES and self.body is not None:
                return self.body
        return bare

    def _known(self, name: str) -> str:
        """The full name that ends, or begins, with this one."""
        if " " in name:
            return name
        for part in (-1, 0):
            for full in reversed(self.full):
                if full.split()[part] == name and not _ORGANIZATION.search(full):
                    return full
        return name

    def _longer(self, head: str) -> str | None:
        """A body named with more words that end in this one: "Foreign Ministry" for "ministry"."""
        pattern = re.compile(rf"((?:\b[A-Z][\w’'.-]*\s){{1,5}}{re.escape(head)})\b", re.IGNORECASE)
        capital = re.compile(r"[A-Z]")
        for text in reversed(self.phrases):
            for match in pattern.finditer(text):
                kept = [word for word in match[1].split() if word.lower() not in PREPOSITIONS]
                while kept and (not capital.match(kept[0]) or kept[0].lower() in DETERMINERS):
                    del kept[0]
                if len(kept) > 1:
                    return " ".join(kept)
        return None


def _name_in(phrase: str) -> str | None:
    """The name that ends a phrase: "Ada Kern" of "the mayor Ada Kern"."""
    parts = phrase.split()
    first = len(parts)
    while first > 0 and (
        is_capital(parts[first - 1]) or (parts[first - 1].lower() in PARTICLES and first < len(parts))
    ):
        first -= 1
    run = parts[first:]
    if not run or (first == 0 and len(run) > 1 and run[0] in {"A", "An"}):
        return None
    while run and run[0].lower() in PARTICLES:
        del run[0]
    if first > 0 and parts[first - 1].lower() in PREPOSITIONS | {"and"}:
        return None  # "residents of Jindires" is not a name
    if first == 0 and not run:
        return None
    name = _untitled(" ".join(run))
    return _ARTICLE.sub("", name) if name else None


def _untitled(run: str) -> str:
    """A run of capitalized words without the titles, and the place or country, before the name."""
    parts = run.split()
    last = max((i for i, part in enumerate(parts[:-1]) if part.lower().rstrip(".") in TITLES), default=-1)
    if last >= 0 and not re.search(r"(?:Ministry|Department|Office|Committee)$", parts[-1]):
        return " ".join(parts[last + 1 :])
    possessive = next((i for i, part in enumerate(parts[:-2]) if part.endswith(("'s", "’s"))), None)
    if possessive is not None and not _ORGANIZATION.search(run):
        return " ".join(parts[possessive + 1 :])
    return run
