"""The noun phrases of a question: what "it", "they" and "the group" may mean when it has no name of its own.

By closed word lists and the order of words in English questions; no model. Single bare nouns are passed over, and where
a verb cannot be told from a noun the phrase may come out a word too short or too long.
"""

from __future__ import annotations

import re

from corpus.lexical import STOP_WORDS
from qa.mentions import NAME, Kind, Mention

AUXILIARY = frozenset(
    "do does did is are was were has have had will would can could should must may might am be been".split()
)
_BE = frozenset("is are was were has have had am be been".split())
_ARTICLES = frozenset("the a an".split())
_QUANTIFIERS = frozenset("many much few several more".split())
_POINTERS = frozenset("this that these those his her its their our my your some any".split())
_DETERMINERS = _ARTICLES | _QUANTIFIERS | _POINTERS
_QUESTION = frozenset("who what which whose whom when where why how".split())
_IMPERATIVE = frozenset("describe tell explain list name give show compare discuss".split())
_IRREGULAR = frozenset(
    """began begun became become born bought broke broken brought built came chosen cut died done drawn driven fell
    felt found fought gave given go gone got grew grown happen happened held hit hurt kept killed knew known led left lost
    made meant met paid put ran read said sang sank sat saw seen sent set shot shown sold spent stand stood struck
    sung sunk taken taught told took thought threw won wore written wrote""".split()
)
# Bare verbs as they follow "did"; none that is as common as a noun.
_VERBS = frozenset(
    """accept achieve add affect agree allow announce appear approve arrive ask attend avoid become begin believe block
    bring build buy carry cause choose collapse come compare connect consider contain continue create criticize declare
    decide defeat deliver demand deny describe destroy develop die differ disappear discover earn elect end enter escape
    evolve expand fail fall feel find follow get give go grow happen help hit hold include increase insist introduce invade
    invent join keep kill know last launch lead learn leave lose make mean meet occur offer open oppose own pass pay perform
    persuade play produce promise provide publish put reach react receive reject relate release rely remain remove reopen
    replace resign return rise rule run sail say see sell send serve sign sing sink speak spend spread start stay stop suffer
    suggest survive take teach tell think travel try turn use visit vote want warn wear win work write""".split()
)
# Heads that say nothing without what follows them.
_EMPTY = frozenset(
    """way ways example examples type types kind kinds sort sorts difference differences similarity similarities thing
    things aspect aspects part parts most first last name time times lot rest number one ones same year years day""".split()
)
_PEOPLE = re.compile(
    r"(?:people|men|women|children|police|groups?|parties|forces|troops|rebels|teams?|companies|countries|nations|states|"
    r"families|parents|members|crews?|leaders|students|victims|brothers|sisters|bands?|\w+(?:ers|ors|ists|ians|ants))$"
)
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_TAIL = re.compile(rf" (?:of|in|at|on|for|from|between|against|over|with|by) (?:the )?(?:[a-z]+ )?{NAME.pattern}")
_CLAUSE = re.compile(rf" (?:that|who|which) [a-z]+ (?:(?:the )?{NAME.pattern}|(?:the|an?) [a-z]+)")
_OWNED = re.compile(rf"(?:{NAME.pattern})['’]s(?= [a-z])")

_Token = tuple[str, int, int]


def noun_phrases(question: str) -> list[Mention]:
    """The phrases, in order, each with what qualifies it; what follows "of" also alone.

    "Who backs opposition groups in northwestern Syria?" gives "opposition groups in northwestern Syria"; "When did the
    spire of Notre-Dame fall?" gives "the spire of Notre-Dame".
    """
    tokens = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(question)]
    found: list[Mention] = []
    owners = {
        m.start(): next((k for k, t in enumerate(tokens) if t[1] > m.end()), 0) for m in _OWNED.finditer(question)
    }
    i, verb_next, auxiliary = 0, False, ""
    while i < len(tokens):
        word = tokens[i][0].lower()
        following = tokens[i + 1][0].lower() if i + 1 < len(tokens) else ""
        if word in _QUESTION:
            asks_noun = word in ("which", "whose") or (word == "what" and following and not following.endswith("s"))
            verb_next, auxiliary = word in ("who", "what") and not asks_noun, ""
        elif word in AUXILIARY:
            verb_next, auxiliary = False, word
        elif i == 0 and word in _IMPERATIVE:
            verb_next = False
        elif word == "to":
            verb_next = True
        elif tokens[i][1] in owners:
            i, phrases = _chunk(question, tokens, owners[tokens[i][1]], auxiliary, begin=tokens[i][1])
            found += phrases
            verb_next, auxiliary = False, ""
            continue
        elif tokens[i][0][0].isupper() and i and word not in _DETERMINERS:  # a name; "did Zappa" wants a verb
            verb_next = bool(auxiliary) and auxiliary not in _BE
        elif word not in _DETERMINERS and (word in STOP_WORDS or verb_next):
            verb_next, auxiliary = False, "" if verb_next else auxiliary
        else:
            i, phrases = _chunk(question, tokens, i, auxiliary)
            found += phrases
            verb_next, auxiliary = False, ""
            continue
        i += 1
    return found


def _chunk(
    question: str, tokens: list[_Token], first: int, auxiliary: str, begin: int | None = None
) -> tuple[int, list[Mention]]:
    """The phrases that begin at a token, and the token after them. `begin`: where the name stands that owns the first."""
    opened, start = first, first + (tokens[first][0].lower() in _DETERMINERS)
    end = start
    while end < len(tokens) and _continues(question, tokens, end, start):
        end += 1
    while not auxiliary and start == first and start < end and _opens_with_verb(tokens[start][0]):
        first = start = start + 1
    before_name = bool(_TAIL.match(question, tokens[end - 1][2])) if end > start else False
    cut = _without_verb([token[0] for token in tokens[start:end]], auxiliary, last=not before_name) + start
    after = max(cut, opened + 1)
    if cut <= start or tokens[first][0].lower() in _POINTERS:
        return after, []
    if tokens[first][0].lower() in _QUANTIFIERS:
        first = start
    close, inner = tokens[cut - 1][2], list[Mention]()
    if cut < len(tokens) and tokens[cut][0] == "of" and cut + 1 < len(tokens) and cut == end:
        after, inner = _chunk(question, tokens, cut + 1, auxiliary)
        if inner and inner[0].start == tokens[cut + 1][1]:
            close = inner[0].end
        elif re.fullmatch(r"[a-z]{3,}", tokens[cut + 1][0]) and tokens[cut + 1][0] not in STOP_WORDS:
            close, after = tokens[cut + 1][2], cut + 2
    if cut == end or inner:
        while tail := _TAIL.match(question, close):
            close = tail.end()
        if clause := _CLAUSE.match(question, close):
            close = len(question[: clause.end()].rstrip())
    while after < len(tokens) and tokens[after][1] < close:
        after += 1
    head, lead = tokens[cut - 1][0], tokens[first][0].lower()
    if head.endswith(("'s", "’s")):  # "lung cancer's symptoms": what owns them
        head, close, after = head[:-2], close - 2, cut + 1
    qualified = close > tokens[cut - 1][2]
    named = not head[0].islower()
    bare = lead not in _ARTICLES and not qualified and not is_plural(head) and cut - first < 2 and begin is None
    if named or bare or (head in _EMPTY and not qualified):
        return after, inner
    begin = tokens[first][1] if begin is None else begin
    text = question[begin:close]
    return after, [Mention(text, Kind.THING, begin, plural=not named and is_plural(head)), *inner]


def _continues(question: str, tokens: list[_Token], at: int, start: int) -> bool:
    word, begin, _ = tokens[at]
    gap = question[tokens[at - 1][2] : begin].strip() if at > start else ""
    owned = at > start and tokens[at - 1][0].endswith(("'s", "’s"))
    return not gap and not owned and word.lower() not in STOP_WORDS | AUXILIARY | _QUESTION


def _opens_with_verb(word: str) -> bool:
    return word in _VERBS | _IRREGULAR or (word.islower() and word.endswith(("ed", "ing")) and len(word) > 4)


def _without_verb(words: list[str], auxiliary: str, *, last: bool) -> int:
    """How many of the words are the noun phrase: the verb after it is cut off, "the spire fell" at "spire"."""
    if auxiliary and auxiliary not in _BE:
        for n, word in enumerate(words[1:], start=1):
            if word in _VERBS or (is_plural(words[n - 1]) and word.islower()):
                return n
        return (
            len(words) - 1
            if last and len(words) > 1 and words[-1].islower() and not is_plural(words[-1])
            else len(words)
        )
    for n, word in enumerate(words[1:], start=1):
        if (
            word in _IRREGULAR
            or (word.islower() and is_plural(words[n - 1]))
            or _verbal(word, last=n == len(words) - 1)
        ):
            return n
    return len(words)


def _verbal(word: str, *, last: bool) -> bool:
    return word.islower() and len(word) > 4 and (
        word.endswith(("ed", "able", "ible", "ous", "ful")) or (last and word.endswith("ing"))
    )  # fmt: skip


def is_head(question: str, at: int) -> bool:
    """Whether the word that ends at an offset ends its noun phrase: what follows is no noun."""
    following = re.match(r" ([\w'’-]+)", question[at:])
    return (
        following is None
        or following[1].lower() in STOP_WORDS | AUXILIARY | _VERBS | _IRREGULAR
        or bool(re.search(r"(?:ed|ing|ly)$", following[1]))
    )


def is_plural(word: str) -> bool:
    """Whether a noun looks like more than one."""
    return word in ("people", "children", "men", "women", "police", "media") or (
        word.islower() and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")) and len(word) > 3
    )


def acts(mention: Mention) -> bool:
    """Whether the phrase means people or groups of them, who do things: "opposition groups", not "copies"."""
    return bool(_PEOPLE.match(mention.head))
