"""Who says what a news sentence says: the outlet itself, somebody it reports, or somebody it quotes.

By rules over words and quotation marks; no model, no tagger. The verbs of saying are English, with the commonest German
and French ones. Does not judge whether the speaker is right, and knows a speaker's name only from the sentences given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from corpus.types import Span
from qa.quote_marks import quoted_spans
from qa.speaker_names import Names
from qa.speakers import Words, phrase_after, subject, tokens

Kind = Literal["own", "reported", "partial", "quotation"]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose words a sentence gives. Spans are of the sentence.

    `kind`: "own" is the outlet's statement, "reported" somebody's in the outlet's words, "partial" the same with some of
    the words quoted, "quotation" a quotation, or a part of one. `speaker`, `verb`: as written, where they are.
    `who`: the speaker's full name where the sentences tell it, else the speaker as written without "the"; also of a
    quotation whose speaker is named in another sentence. `quoted`: words of the speaker, marks included. `hedges`: where
    the outlet keeps its distance ("reportedly", "so-called", "is believed to").
    """

    kind: Kind
    who: str | None = None
    speaker: Span | None = None
    verb: Span | None = None
    quoted: tuple[Span, ...] = ()
    hedges: tuple[Span, ...] = ()


# Verbs that report whatever follows them.
_SAY = frozenset(
    "said says say told tells tweeted wrote writes added adds explained explains argued argues admitted "
    "admits conceded concedes asserted asserts remarked remarks stated replied replies commented warned warns denied denies "
    "complained accused accuses demanded urged urges alleged testified shouted joked cautioned quipped "
    "sagte sagt erklärte betonte dit déclaré affirmé".split()
)
# Verbs that do so before a clause ("announced that", "asked whether") or beside quoted words.
_CLAUSE = frozenset(
    "announced announces confirmed confirms declared declares suggested suggests suggest estimated estimates estimate "
    "predicted predicts believed believes believe promised promises pledged vowed agreed agrees reported reports report "
    "insisted insists asked asks pointed concluded concludes acknowledged acknowledges recalled recalls observed observes stressed stresses "
    "continued continues claimed claims claim noted notes note states state reasoned hoped hopes thinks emphasized "
    "maintained maintains responded mentioned ruled rules".split()
)
_CLAIMS = frozenset("claimed claims announced asked estimated estimates reported noted states".split())
# Verbs that report when the words are quoted: "called it “a joke”".
_WITH_QUOTE = frozenset(
    "called calls described describes dubbed spoke speaks voiced welcomed welcomes summed cited cites hailed hails praised "
    "praises condemned condemns criticized criticised characterized characterised labeled labelled branded compared put "
    "expressed likened recommending accepted rejected posted posts sees saw thanked".split()
)
_NAMING = frozenset("called calls dubbed labeled labelled branded put".split())  # a rocket called “Comet” says nothing
_PARTICLES = {"spoke": "of", "spoken": "of", "speaks": "of", "put": "it", "summed": "up", "pointed": "out"}
_VERBS = _SAY | _CLAUSE | _WITH_QUOTE
MOST_VERBS = 12  # of one sentence: more are a list of words, and each costs a look at the whole sentence
# They report less than "according to": in "According to The Times, Kern believed …" the Times speaks.
_WEAK = frozenset("believed believes believe thinks hoped hopes".split())
# They report only with "that" or quoted words: "agreed to meet" is an act.
_ACTS = frozenset(
    "agreed agrees promised promises pledged vowed confirmed continued continues responded recalled".split()
)
_BESIDE_QUOTE = frozenset("agreed believed promised".split())  # a quotation later in the sentence may be another's
_INVERTIBLE = frozenset("the a an one his her its their he she er sie il elle".split())
_NOT_A_SPEAKER = frozenset("that in on at to as by during".split())
_AUXILIARIES = frozenset("has a had also".split())  # "…, a déclaré X"
_CLAUSE_STARTS = frozenset(
    "that whether if how why what when where who he she it they we there his her its their the a an this these those "
    "all every many some no most few more several both one two three only there's".split()
)
_AFTER_PLACE = re.compile(
    r"^(?:(?:on|in|at|to|by|after|before|during|from|with|last|this|yesterday|today)\s(?:the |a |an |its |his |her |their )?"
    r"[\w.’'-]+(?:\s[A-Z][\w.’'-]+)*[,\s]*){1,3}(?=[.,;]|$|that\b)",
)
# After "…, X said": nothing, or when, where and to whom.
_NO_CLAUSE = re.compile(
    r"[.,:¤]|$|(?:on|in|at|to|by|after|before|during|from|as|later|last|minutes|hours|the|reporters|journalists|\w+day)\b"
    r"(?![^,¤]*\bthat\b)[^,¤]*(?:[.,¤]|$)"
)
_ACCORDING = re.compile(r"\b(?:[Aa]ccording to|[Ii]n the words of|[Ll]aut|[Ss]elon|[Nn]ach Angaben von)(?=\s)")
_PASSIVE = frozenset("is are was were be been being".split())
_NAMED = re.compile(
    r"(?:\b(?:named|nicknamed|called|dubbed|titled|entitled|known as|so-called|labeled|labelled|the (?:words?|term|phrase|"
    r"title|name|slogan|film|movie|book|novel|song|album|show|series|play|magazine|website|website,|site,|blog)|"
    r"on the words?|(?:film|book|novel|song|album|exhibition|exhibit|section|robot|country) (?:as)?)),?\s$",
    re.IGNORECASE,
)
_SOURCES = r"(?:analysts|experts|observers|critics|sources|scientists|researchers|economists|diplomats)"
_HEDGES = re.compile(
    r"\b(?:allegedly|reportedly|supposedly|purportedly|ostensibly|apparently|so-called|according to|unconfirmed|"
    r"(?:is|are|was|were|has been|have been) (?:\w+ly )?(?:believed|thought|said|reported|understood|alleged|rumou?red|"
    r"estimated|feared) to|it (?:is|was) (?:\w+ly )?(?:believed|thought|said|reported|understood|alleged|rumou?red|feared) that|"
    rf"(?:(?:some|many|several|most) )?{_SOURCES} (?:(?:have|had) )?(?:said|say|believe|think|argue|argued|suggest))\b",
    re.IGNORECASE,
)


def attribute(sentence: str, before: Sequence[str] = (), after: Sequence[str] = ()) -> Attribution:
    """Whose words one sentence gives. `before`, `after`: the sentences around it, in their order.

    >>> found = attribute("“It is over,” he said.", ["Ada Kern lost to Jo Brandt on Monday.", "Brandt was glad."])
    >>> found.kind, found.who
    ('quotation', 'Jo Brandt')
    """
    return attributions([*before, sentence, *after])[len(before)]


def attributions(sentences: Sequence[str], blocks: Collection[int] = ()) -> list[Attribution]:
    """Whose words the sentences of an article give, one of each. `blocks`: those of quotation blocks, without marks."""
    quoted = quoted_spans(sentences)
    parsed = [_Parsed.of(text, spans) for text, spans in zip(sentences, quoted, strict=True)]
    names = Names()
    found: list[Attribution] = []
    for i, (text, parse) in enumerate(zip(sentences, parsed, strict=True)):
        if i in blocks:
            found.append(_in_block(i, sentences, blocks, names))
        elif parse.speaker is not None:
            who = names.resolve(parse.words.text_of(parse.speaker))
            found.append(parse.attribution(who))
        elif parse.only_quoted:
            found.append(parse.attribution(_who_goes_on(i, parsed, found, names)))
        else:
            found.append(Attribution("own", hedges=_hedges(text)))
        names.read(parse.words, found[-1].who if parse.speaker is not None or parse.only_quoted else None)
    return found


@dataclass(frozen=True, slots=True)
class _Parsed:
    """One sentence: its words, with quoted ones hidden, and the speaker and verb it holds itself."""

    text: str
    words: Words
    quoted: tuple[Span, ...]
    speaker: Span | None
    verb: Span | None

    @classmethod
    def of(cls, text: str, quoted: tuple[Span, ...]) -> _Parsed:
        masked = text
        for span in quoted:
            masked = masked[: span.start] + "¤" * (span.end - span.start) + masked[span.end :]
        words = Words(text, masked, tokens(masked))
        speaker, verb = next(iter(sorted(_candidates(words, bool(quoted)))), (0, None, None))[1:]
        return cls(text, words, quoted, speaker, verb)

    @property
    def only_quoted(self) -> bool:
        """Whether nothing stands outside the marks."""
        return bool(self.quoted) and not re.search(r"\w", self.words.masked)

    @property
    def continues(self) -> bool:
        """Whether it begins inside a quotation, which a sentence before it opened."""
        return bool(self.quoted) and self.quoted[0].start == 0 and self.text[0] not in "“„«»\"‘'‚"

    def attribution(self, who: str | None) -> Attribution:
        said = tuple(span for span in self.quoted if not _NAMED.search(self.text[: span.start]))
        kind: Kind = "partial" if said else "reported"
        if any(self._is_whole(span) for span in said):
            kind = "quotation"
        return Attribution(kind, who, self.speaker, self.verb, said, _hedges(self.text))

    def _is_whole(self, span: Span) -> bool:
        """Whether the quoted stretch is a statement of its own, not a part of the outlet's."""
        if self.speaker is None or self.continues:
            return True
        inside, before = self.text[span.start + 1 : span.end - 1], self.text[: span.start].rstrip()
        follows = self.text[span.end : span.end + 1]
        if not before:
            return inside.rstrip()[-1:] in set(",.!?…") or follows in {",", ""}
        return bool(inside.strip()) and inside.strip()[0].isupper() and before[-1] in ",:"


Found = tuple[tuple[int, int], Span, Span]


def _candidates(words: Words, has_quote: bool) -> Iterator[Found]:
    """Speakers and verbs of saying, each with a rank: the least is taken."""
    for match in _ACCORDING.finditer(words.masked):
        if speaker := phrase_after(words, words.index(match.end())):
            yield (2, match.start()), speaker, Span(*match.span())
    verbs = [i for i in range(len(words.tokens)) if words.word(i).lower() in _VERBS]
    for i in verbs[:MOST_VERBS]:
        token, word = words.tokens[i], words.word(i).lower()
        inverted = _inverted(words, i)
        speaker = phrase_after(words, i + 1) if inverted else subject(words, i)
        if speaker is None:
            continue
        aside = inverted or _is_last(words, i, speaker)
        if not _reports(words, i, word, has_quote, aside):
            continue
        particle = words.word(i + 1) == _PARTICLES.get(word)
        rank = 0 if aside else 3 if word in _WEAK else 1
        yield (rank, token.start), speaker, words.span(i, i + particle)


def _reports(words: Words, i: int, word: str, has_quote: bool, aside: bool) -> bool:
    """Whether the verb reports speech here."""
    rest = words.masked[words.tokens[i].end :].lstrip()
    following = words.word(i + 1)
    if word in _SAY:
        return not (word in {"state", "say"} and words.word(i - 1).lower() in {"to", "the"})
    quote_later = "¤" in rest
    if word in _WITH_QUOTE:
        return quote_later and (following != "¤" or word not in _NAMING)
    if aside:
        return True
    rest = _AFTER_PLACE.sub("", rest)
    first = next(iter(re.findall(r"^[\w’']+", rest)), "").lower()
    if word == "asked":
        return has_quote or first not in {"for", "to", "not", "him"}
    if word == "announced" or first == "that" or rest.startswith("¤") or (quote_later and word not in _BESIDE_QUOTE):
        return True
    return word not in _ACTS and (first in _CLAUSE_STARTS or (rest[:1].isupper() and word in _CLAIMS))


def _inverted(words: Words, i: int) -> bool:
    """Whether the speaker follows the verb: "“…,” said X", "…, said X, …"."""
    j = i - 1
    while j >= 0 and words.word(j).lower() in _AUXILIARIES:
        j -= 1
    before, after = words.word(j), words.word(i + 1)
    if before not in {"¤", ","} or not after or after in {",", "¤", "."} or words.word(i).lower() in _WITH_QUOTE:
        return False
    crowd = before == "¤" and after.isalpha() and after.lower() not in _NOT_A_SPEAKER  # "“…,” said witnesses"
    if not (after[0].isupper() or after.lower() in _INVERTIBLE or crowd):
        return False
    if before == "¤":
        return True
    if subject(words, i) is not None:
        return False  # "Kern, who lost, denied the report."
    speaker = phrase_after(words, i + 1)
    return speaker is not None and words.masked[speaker.end : speaker.end + 1] in {",", ".", ""}


def _is_last(words: Words, i: int, speaker: Span) -> bool:
    """Whether "X said" stands aside, after what X said: "…, X said on Monday." """
    lead = words.masked[: speaker.start].rstrip()
    if not lead or lead[-1] not in ",¤" or speaker.start > words.tokens[i].start:
        return False
    return _NO_CLAUSE.match(words.masked[words.tokens[i].end :].strip()) is not None


def _who_goes_on(i: int, parsed: Sequence[_Parsed], found: Sequence[Attribution], names: Names) -> str | None:
    """Who speaks a sentence that is only quoted: named where the quotation ends, or before it, or just after it."""
    closing = i
    while closing + 1 < len(parsed) and parsed[closing + 1].continues:
        closing += 1
        if (speaker := parsed[closing].speaker) is not None:
            return names.resolve(speaker.of(parsed[closing].text))
    previous = found[i - 1] if i else None
    if previous is not None and previous.who and (previous.quoted or parsed[i - 1].text.rstrip().endswith((":", ","))):
        return previous.who
    if i + 1 < len(parsed) and (after := parsed[i + 1]).speaker is not None:
        rest = after.text[after.verb.end :] if after.verb else ""
        if not after.quoted and re.match(r"^(?: (?:in|on|at|to|after|during)\b[^,]*)?[.]?$", rest):
            return names.resolve(after.speaker.of(after.text))
    return names.subject


def _in_block(i: int, sentences: Sequence[str], blocks: Collection[int], names: Names) -> Attribution:
    """A sentence of a quotation block, said by the name at the block's end, else by who spoke last."""
    text = sentences[i]
    if _SIGNATURE.match(text):
        return Attribution("own")
    end = i
    while end + 1 in blocks and end + 1 < len(sentences):
        end += 1
        if signed := _SIGNATURE.match(sentences[end]):
            return Attribution("quotation", signed[1], quoted=(Span(0, len(text)),))
    return Attribution("quotation", names.subject, quoted=(Span(0, len(text)),))


_SIGNATURE = re.compile(r"^[—–-]?\s?((?:[A-Z][\w.’'-]+ ?){2,4})(?:,[^.!?]*)?$")


def _hedges(text: str) -> tuple[Span, ...]:
    return tuple(Span(*match.span()) for match in _HEDGES.finditer(text))
