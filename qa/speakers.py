"""The noun phrases that can be speakers, found around a verb by rules. Whom they mean is `qa.speaker_names`.

There is no tagger: a phrase is bounded by closed-class words, punctuation and capitals. English word order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.types import Span

_ABBREVIATION = r"(?:Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|Maj|Capt|St|Sgt|Jr|Sr)\.(?=\s)"
_TOKEN = re.compile(
    rf"¤+|\d+(?:[,.]\d+)+|{_ABBREVIATION}|(?:[A-Z]\.)+(?:\s(?=[A-Z]\.?\s))?|\w[\w'’&/@.-]*(?<![.'’-])|[^\w\s]"
)
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ]|al-[A-Z]|@\w")
PARTICLES = frozenset("al bin bint ibn de del della der den di da dos du el la le ten ter van von y".split())

SINGULAR = frozenset("he she him her er sie il elle".split())
PRONOUNS = SINGULAR | {"they", "it", "them"}
_NO_SPEAKER = frozenset("nobody none i we you who which that what this there one".split())
DETERMINERS = frozenset("the a an his her its their our my this these those some many several one two three".split())
PREPOSITIONS = frozenset(
    "of for in at from to on with between near about under over against by into among after before during since until "
    "through within without despite besides following".split()
)
_AUXILIARIES = frozenset(
    "has have had is are was were do does did will would can could may might must should be been".split()
)
CLAUSE_WORDS = frozenset(
    "that because when while as if although though but or since until where how what why whether than so yet nor who "
    "which whose whom because".split()
)
_ADVERBS = frozenset(
    "also later then again now already still once first only further not never too soon since often just even therefore "
    "thus meanwhile recently yesterday today earlier".split()
)
_TIMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday yesterday today tonight later ago earlier week month year "
    "day night morning evening afternoon january february march april may june july august september october november "
    "december".split()
)
_VERBS = frozenset(
    "stood took met went came left got gave made held spoke began became won lost put kept saw found knew led fell ran sat "
    "wrote told said broke chose drew drove felt flew grew heard hit lay let meant paid read rose sent set shot shut spent "
    "struck taught thought threw wore tweeted visited travelled traveled defended".split()
)
TITLES = frozenset(
    "president prime minister secretary-general secretary chancellor mr mrs ms dr prof professor ambassador senator sen rep "
    "representative congressman congresswoman governor gov general gen major maj colonel col captain capt lieutenant lt "
    "sergeant sgt judge justice king queen pope prince princess crown sheikh sir lord lady dame vice deputy former acting "
    "then-president director chairman chairwoman chair administrator spokesman spokeswoman spokesperson emeritus officer "
    "chief coach mayor commissioner archbishop bishop cardinal rabbi imam reverend foreign finance home shadow attorney "
    "undersecretary envoy adviser author executive first lady leader".split()
)
_ENDS = frozenset(
    "in on at to by with from about and during after before minutes hours".split()
)  # a phrase going on from a verb


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence, the same with its quoted words hidden by "¤", and the tokens of the latter."""

    text: str
    masked: str
    tokens: tuple[Span, ...]

    def word(self, i: int) -> str:
        """A token as written; "¤" for quoted words; "" outside."""
        if not 0 <= i < len(self.tokens):
            return ""
        written = self.tokens[i].of(self.masked)
        return "¤" if written.startswith("¤") else written

    def index(self, position: int) -> int:
        """The first token that begins there or later."""
        return next((i for i, token in enumerate(self.tokens) if token.start >= position), len(self.tokens))

    def span(self, first: int, last: int) -> Span:
        """From one token to another, both included."""
        return Span(self.tokens[first].start, self.tokens[last].end)

    def text_of(self, span: Span) -> str:
        """What is written there."""
        return span.of(self.text)


def tokens(masked: str) -> tuple[Span, ...]:
    """Words, marks, and hidden quotations, one token each."""
    return tuple(Span(match.start(), match.end() - match.group().endswith(" ")) for match in _TOKEN.finditer(masked))


def is_capital(word: str) -> bool:
    """Whether it is written like a name."""
    return bool(_CAPITAL.match(word))


def _is_word(word: str) -> bool:
    return bool(word) and (word[0].isalnum() or word[0] == "@")


def subject(words: Words, verb: int) -> Span | None:
    """Who does what the verb says: the phrase before it, or before its apposition or relative clause."""
    i = verb - 1
    while i >= 0 and (words.word(i).lower() in _AUXILIARIES | _ADVERBS or words.word(i).endswith(("ly", "n't", "n’t"))):
        if words.word(i).lower() in {"is", "are", "was", "were", "be", "been"}:
            return None  # passive: somebody else says it
        i -= 1
    word = words.word(i).lower()
    if i < 0 or word in {"to", "¤", "the", "a", "an"}:
        return None
    if word in {"who", "which"}:
        i -= 1 + (words.word(i - 1) == ",")
        return phrase_before(words, i)
    if word == ",":
        return _before_apposition(words, i)
    if word in {"and", "but"}:
        return _coordinated(words, i)
    for j in range(i, -1, -1):
        if not _is_word(words.word(j)) or words.word(j).lower() in CLAUSE_WORDS - {"who"} | {"he", "she", "they"}:
            break
        if words.word(j).lower() == "who":
            return phrase_before(words, j - 1)  # "two people who saw it said"
    return phrase_before(words, i)


def phrase_before(words: Words, last: int) -> Span | None:
    """The noun phrase that ends with this token."""
    if words.word(last).lower() in PRONOUNS:
        return words.tokens[last]
    first = last + 1
    while first > 0 and _continues(words, first - 1, last):
        first -= 1
    first = _phrase_start(words, first, last)
    if first > last or not _is_word(words.word(last)):
        return None
    head = words.word(last).lower()
    if head in _NO_SPEAKER | PREPOSITIONS | _TIMES | _ADVERBS or head in DETERMINERS:
        return None
    return words.span(first, last)


def _continues(words: Words, i: int, last: int) -> bool:
    """Whether a phrase that goes on to the right may hold this token."""
    word = words.word(i).lower()
    if word == "and":
        return i < last and is_capital(words.word(i + 1)) and is_capital(words.word(i - 1))
    if not _is_word(word) or word in CLAUSE_WORDS | _AUXILIARIES | {"and", "not"}:
        return False
    return word not in PRONOUNS - {"her"}


_INSIDE_NAMES = PREPOSITIONS | DETERMINERS | PARTICLES


def _phrase_start(words: Words, first: int, last: int) -> int:
    """Where the phrase begins, once an adverbial before it is cut off: "On Monday | the ministry"."""
    starts_clause = words.word(first).lower() in PREPOSITIONS
    for i in range(last, first, -1):
        word, before = words.word(i), words.word(i - 1).lower()
        if word.lower() in DETERMINERS and before not in PREPOSITIONS:
            return i
        if before in _TIMES:
            return i
        new_name = is_capital(word) and not is_capital(words.word(i - 1)) and before not in _INSIDE_NAMES
        if starts_clause and new_name and _lone(words, first, i):
            return i
    return last + 1 if starts_clause and words.word(first).lower() != "of" else first


def _lone(words: Words, first: int, i: int) -> bool:
    """Whether the words up to here are an adverbial, not a description of the name that follows."""
    return all(words.word(j).lower() not in TITLES for j in range(first, i))


def _before_apposition(words: Words, comma: int) -> Span | None:
    """The name before "…, the mayor, said", or the name in "the mayor, …, said"."""
    segments: list[tuple[int, int]] = []
    last = comma - 1
    i = last
    while i >= -1:
        word = words.word(i)
        if i == -1 or word in {",", "¤", ";", ":", "—", "–"}:
            if last > i:
                segments.insert(0, (i + 1, last))
            if word not in {","}:
                break
            last = i - 1
        i -= 1
    while len(segments) > 1 and (
        (
            len(segments) > 2 and any(_is_past(words.word(j)) for j in range(*segments[0]))
        )  # "The flood killed 80, X, the mayor, said"
        or words.word(segments[0][0]).lower() in PREPOSITIONS | CLAUSE_WORDS | _ADVERBS
        or words.word(segments[0][0]).endswith(("ing", "ly"))
        or any(words.word(j).lower() in _AUXILIARIES | _VERBS for j in range(*segments[0]))
    ):
        del segments[0]
    if len(segments) < 2:
        return None
    (first, last), (next_first, next_last) = segments[:2]
    if _is_name(words, next_first, next_last) and not _is_name(words, first, last):
        return words.span(next_first, next_last)
    return phrase_before(words, last)


def _is_past(word: str) -> bool:
    return word.endswith("ed") and word.islower()


def _is_name(words: Words, first: int, last: int) -> bool:
    """Whether all tokens are of a name of two to six."""
    return 1 <= last - first <= 5 and all(
        is_capital(words.word(i)) or words.word(i).lower() in PARTICLES for i in range(first, last + 1)
    ) and is_capital(words.word(first))  # fmt: skip


def _coordinated(words: Words, conjunction: int) -> Span | None:
    """The subject of "X stood up and said": what stands before the first verb of the clause."""
    first = conjunction
    while first > 0 and words.word(first - 1) not in {";", ":"}:
        first -= 1
    for i in range(first, conjunction):
        word = words.word(i).lower()
        is_verb = word in _VERBS | _AUXILIARIES or (word.endswith("ed") and not is_capital(words.word(i)))
        if is_verb and i > first:
            return subject(words, i)
    return None


def phrase_after(words: Words, first: int) -> Span | None:
    """The noun phrase that begins with this token."""
    while words.word(first).lower() in _ADVERBS:
        first += 1
    if words.word(first).lower() in PRONOUNS and not (words.word(first) == "her" and words.word(first + 1).isalpha()):
        return words.tokens[first]
    last = first - 1
    while words.word(last + 1) and _goes_on(words, first, last + 1):
        last += 1
    if last < first or words.word(first).lower() in _NO_SPEAKER | PREPOSITIONS:
        return None
    if words.word(last + 1) == "," and not is_capital(words.word(last)):
        end = last + 2
        while is_capital(words.word(end)) or words.word(end).lower() in PARTICLES:
            end += 1
        if words.word(end) in {",", ".", ""} and _is_name(words, last + 2, end - 1):
            return words.span(last + 2, end - 1)  # "said the mayor, Jane Doe"
    return words.span(first, last)


_NOT_IN_PHRASE = (CLAUSE_WORDS | _AUXILIARIES | _ADVERBS | _TIMES | PRONOUNS | _ENDS) - {"her"}


def _goes_on(words: Words, first: int, i: int) -> bool:
    word = words.word(i)
    lower = word.lower()
    named = i - 2 >= first and is_capital(words.word(i - 1)) and is_capital(words.word(i - 2))
    if lower == "and":
        return i > first and is_capital(words.word(i - 1)) and is_capital(words.word(i + 1))
    if not _is_word(word) or lower in _NOT_IN_PHRASE:
        return lower in {"in", "from"} and i > first and not any(is_capital(words.word(j)) for j in range(first, i))
    if lower in {"of", "for"}:
        return not named
    return not (lower in DETERMINERS and i > first and words.word(i - 1).lower() not in PREPOSITIONS)
