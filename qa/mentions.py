"""What a text names that a later question may mean by "he", "they" or "there": people, places, groups, times.

By spelling and small closed word lists; no model, English only. Does not decide who is meant: that is `qa.referents`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from corpus.lexical import STOP_WORDS

Gender = Literal["he", "she"]


class Kind(Enum):
    """What sort of thing a mention is; `NAME` when its spelling does not tell."""

    PERSON = "person"
    PLACE = "place"
    GROUP = "group"
    TIME = "time"
    NAME = "name"
    THING = "thing"


_QUALIFIED = re.compile(r" (?:of|in|at|on|for|from|between|against|over|with|by|that|who|which) ")


@dataclass(frozen=True, slots=True)
class Mention:
    """Something a text speaks of, as a question can repeat it: "Liz Truss", "the spire of Notre-Dame", "2019"."""

    text: str
    kind: Kind
    start: int
    gender: Gender | None = None
    plural: bool = False

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)

    @property
    def words(self) -> frozenset[str]:
        """Its words that carry a meaning, in lower case."""
        return frozenset(w for w in re.findall(r"[^\W_]+", self.text.lower()) if w not in STOP_WORDS and len(w) > 1)

    @property
    def may_be_person(self) -> bool:
        """Whether it is a person's name or role, or of no known kind and as short as a name."""
        role = self.kind is Kind.THING and self.head in TITLES  # "the president of France"
        return role or self.kind is Kind.PERSON or (self.kind is Kind.NAME and len(self.text.split()) <= 4)

    @property
    def head(self) -> str:
        """The noun that the rest qualifies: "spire" of "the spire of Notre-Dame"."""
        return _QUALIFIED.split(self.text)[0].split()[-1].lower()


MEN = frozenset(
    """abdullah adam adolf ahmed alan albert alex alexander alfred ali alok andrew anthony antonio arthur bashar ben
    benjamin bernard bill billy bob boris brad brian bruce carl carlos charles charlie chris christopher clark claude
    daniel dave david dennis dick donald doug douglas ed eddie edgar edward elon emmanuel eric ernest francis frank
    franz fred frederick gary gavin george gerald gordon graham greg harold harry henry herbert howard hugh ian isaac
    ivan jack jacob jake james jason jeff jeffrey jeremy jerry jim jimmy joe joel john johnny jonathan jorge jose joseph
    juan justin karl keir keith ken kenneth kevin kurt larry laurent lee leo leonard leonardo lewis louis luis luke
    marco mario mark martin matt matthew max michael miguel mike mohamed mohammed narendra nathan neil nicholas nick
    nicolas oliver olaf omar oscar otto patrick paul pedro peter phil philip ralph ray raymond recep reid richard rick
    rishi rob robert roger ron ronald roy russell ryan samuel scott sean sergei simon stanley stephen steve steven
    stuart tedros terry theo theodore thomas tim timothy tom tommy tony victor vincent vladimir volodymyr walter warren
    wayne wilhelm will william winston xi""".split()
)
WOMEN = frozenset(
    """agnes alice alison amanda amelia amy ana andrea angela angelina anita ann anna anne annie audrey barbara beatrice
    beth betty britney caroline catherine charlotte christina christine claire clara cynthia debbie deborah diana diane
    dolly donna doris dorothy edith eleanor elena elisabeth elizabeth ella ellen emily emma esther eva evelyn fiona
    florence frances giorgia gloria grace greta hannah helen hillary ingrid irene isabel jacinda jane janet jean
    jennifer jenny jessica jill joan joanna josephine joyce judith judy julia julie kamala karen kate katherine kathleen
    katie kim laura lauren lily linda lisa liz lois louise lucy madonna margaret maria marie marilyn marina martha mary
    megan mel melania michelle molly monica nancy naomi natalie nicole nicola nina olga olivia pamela patricia paula
    penelope rachel rebecca rihanna rita rosa rosalind rose ruth sally sandra sara sarah serena sharon shirley sofia
    sophia sophie stephanie stella sue susan suzanne sylvia teresa theresa tina ursula valerie vanessa vera veronica
    victoria virginia whitney yulia zenyatta""".split()
)
TITLES: dict[str, Gender | None] = dict.fromkeys(
    """president minister chancellor senator governor mayor judge captain general colonel pope prof professor dr doctor
    secretary archbishop bishop ambassador""".split()
) | {"king": "he", "prince": "he", "sir": "he", "lord": "he", "mr": "he", "queen": "she", "princess": "she",
     "lady": "she", "mrs": "she", "ms": "she", "miss": "she"}  # fmt: skip
_ROLES = frozenset(title for title, gender in TITLES.items() if gender is None)
PLACES = frozenset(
    """afghanistan africa alabama alaska albania algeria america angola argentina arizona armenia asia athens australia
    austria azerbaijan baghdad bahrain bangladesh barcelona beijing beirut belarus belgium berlin bolivia bosnia boston
    brazil britain brussels bulgaria burma cairo california cambodia cameroon canada chad chicago chile china colombia
    colorado congo connecticut croatia cuba cyprus damascus denmark dubai dublin ecuador egypt england estonia ethiopia
    europe finland florida france gaza geneva georgia germany ghana glasgow greece greenland guatemala haiti hawaii
    honduras hungary iceland idaho illinois india indiana indonesia iowa iran iraq ireland israel istanbul italy jakarta
    japan jerusalem jordan kansas kazakhstan kentucky kenya kiev korea kosovo kuwait kyiv laos latvia lebanon liberia
    libya lisbon lithuania london louisiana luxembourg madrid maine malaysia mali malta maryland massachusetts mexico
    michigan milan minnesota mississippi missouri moldova mongolia montana morocco moscow mozambique myanmar namibia
    nebraska nepal netherlands nevada nicaragua niger nigeria norway ohio oklahoma oman oregon pakistan palestine panama
    paraguay paris pennsylvania peru philippines poland portugal prague qatar romania rome russia rwanda scotland senegal
    serbia seoul shanghai siberia singapore slovakia slovenia somalia spain sudan sweden switzerland sydney syria taiwan
    tanzania tehran tennessee texas thailand tokyo toronto tunisia turkey uganda uk ukraine us usa utah uzbekistan
    venezuela vermont vienna vietnam wales warsaw washington wisconsin wyoming yemen zambia zimbabwe""".split()
)
GROUPS = frozenset(
    """academy administration agency airlines alliance army association authority band bank beatles board bureau church
    club co commission committee company congress corporation council court department federation firm forces foundation
    fund government group house inc institute league ltd ministry movement museum nations navy organization parliament
    party police school senate studios college hospital records society team union university""".split()
)
THINGS = frozenset(
    """act agreement album award awards bridge bowl canal cathedral championship channel cup day deal experiment festival
    film games lake law mission mountain movie nebula ocean prize river sea series show space story street summit island shop square theater
    telescope tour treaty trial tower vaccine war world""".split()
)
MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_JOIN = r"(?:of|of the|and the|de|de la|la|le|du|von|van|van der|der|bin|al|el|y|da|di)"
_CAP = r"(?:[^\W\d_a-zß-öø-ÿ][\w'’&.-]*[\w&]|[A-Z](?:\.[A-Z])*\.?|al-[A-Z]\w+|\d+(?:st|nd|rd|th)? (?=[A-Z]))"
NAME = re.compile(rf"(?<![\w-]){_CAP}(?:(?: {_JOIN})? {_CAP}| [IVX]+\b)*")
TIME = re.compile(
    rf"\b(?:\d{{1,2}} )?(?:(?:{'|'.join(MONTHS)})\b|(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\b\.?)(?: \d{{1,2}}\b)?(?:,? (?:1\d|20)\d\d\b)?|\b(?:1[0-9]|20)\d\d(?:s\b|\b)"
)
_OF_A_PEOPLE = re.compile(
    r"(?:[a-z]ish|[a-z]ian|[a-z]ese|[a-z]can|^French|^Dutch|^German|^Greek|^Iraqi|^Israeli|^Swiss)$"
)
_OPENS = re.compile(r"^[\"'“‘(]*$|[.!?:][\"'”’)]*\s+[\"'“‘(]*$|\n\s*$")
_ENDS = re.compile(rf"[^ \w]|$| (?:{'|'.join(sorted(STOP_WORDS))})\b")  # no noun follows that the name would qualify
_OPENING = frozenset(
    """according also although among another anyone anything both despite during each either even ever every following
    however indeed instead later like many meanwhile much neither none nobody nothing now often please several since
    sometimes soon still tell then there therefore though thus today together two three four name describe give list
    explain until unlike upon well whether within without yes yet isn't aren't wasn't weren't didn't don't doesn't won't
    what's who's where's how's when's that's it's he's she's they're let's""".split()
)


def names(text: str, known: frozenset[str] = frozenset()) -> list[Mention]:
    """The names and times in a text, in order. `known`: words, in lower case, that are names when they open a sentence.

    A single capitalized word that opens a sentence is otherwise no name: "Firefighters saved the towers".
    """
    found = [Mention(m.group(), Kind.TIME, m.start()) for m in TIME.finditer(text) if m.group() != "May"]
    taken = {i for m in found for i in range(m.start, m.end)}
    for match in NAME.finditer(text):
        start, words = match.start(), match.group().split()
        opens = bool(_OPENS.search(text[:start]))
        common = opens
        while words and common and (words[0].lower() in STOP_WORDS or words[0].lower() in _OPENING):
            start += len(words[0]) + 1
            words, opens = words[1:], False
        rank = next((n for n, word in enumerate(words[:-1], start=1) if word.lower() in _ROLES), 0)
        start += sum(len(word) + 1 for word in words[:rank])
        name = re.sub(r"['’]s?$", "", " ".join(words[rank:])).rstrip(".,")
        single = len(words) == 1
        if not name or start in taken or name in _DAYS or (single and (len(name) == 1 or name.lower() in STOP_WORDS)):
            continue
        if opens and single and not _spells_name(name, known):
            continue
        if single and _OF_A_PEOPLE.search(name) and re.match(r" [a-z]", text[start + len(name) :]):
            continue  # "the Spanish federation" names no Spanish
        mention = _name(name, start, text[:start])
        if mention.kind is not Kind.PERSON and text[:start].endswith("the ") and _ENDS.match(text, mention.end):
            mention = replace(mention, text=f"the {name}", start=start - 4)
        found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _spells_name(word: str, known: frozenset[str]) -> bool:
    lower = word.lower()
    return lower in known or lower in PLACES or lower in MEN or lower in WOMEN or (word.isupper() and len(word) > 1)


def _name(name: str, start: int, before: str) -> Mention:
    words = re.findall(r"[^\W_]+", name.lower())
    title = re.search(r"(\w+)\.? $", before)
    honor = title.group(1).lower() if title else ""
    gender: Gender | None = TITLES.get(words[0]) or TITLES.get(honor)
    given = next((word for word in words if word not in TITLES), "")
    if given in MEN or given in WOMEN:
        gender = gender or ("he" if given in MEN else "she")
    if words[-1] in PLACES:
        return Mention(name, Kind.PLACE, start)
    if set(words) & GROUPS:
        return Mention(name, Kind.GROUP, start, plural=words[-1].endswith("s"))
    if set(words) & THINGS or words[0] == "the" or any(c.isdigit() for c in name):
        return Mention(name, Kind.NAME, start)
    if gender or honor in TITLES or words[0] in TITLES:
        return Mention(name, Kind.PERSON, start, gender)
    if name.isupper() and len(words) == 1 and name not in ("EP", "LP", "TV", "DVD", "CD", "II", "III"):
        return Mention(name, Kind.GROUP, start)
    return Mention(name, Kind.PLACE if before.endswith(" in ") else Kind.NAME, start)
