"""Sentences of the sample corpus with one fact changed, and true ones with the wording lightly changed. Deterministic.

Shared by `benchmarks.verification` and the tests. Made with word lists of its own, not with the rules that it tests.
Kinds of change: number, date, name (another name, or two names swapped), negation, unit, speaker (another one, or none).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from corpus.types import Sentence

MUTATIONS = 500
KINDS = ("number", "date", "name", "negation", "unit", "speaker")


@dataclass(frozen=True, slots=True)
class Variant:
    """A draft made from a stored sentence. `kind`: what was changed; `true`: whether it still says the same."""

    sentence: Sentence
    text: str
    kind: str
    true: bool


def originals(sentences: Sequence[Sentence]) -> list[Variant]:
    """Every sentence as it is, and every light rewrite of it."""
    found = [Variant(s, s.text, "verbatim", True) for s in sentences]
    for sentence in sentences:
        found += [Variant(sentence, text, kind, True) for kind, text in _rewrites(sentence.text)]
    return found


def mutated(sentences: Sequence[Sentence], count: int = MUTATIONS) -> list[Variant]:
    """Up to `count` false drafts, as many of each kind as there are: sentences or their rewrites with one change."""
    by_kind: dict[str, list[Variant]] = {kind: [] for kind in KINDS}
    for sentence in sentences:
        bases = [sentence.text, *(text for kind, text in _rewrites(sentence.text) if kind != "dropped_clause")]
        for kind in KINDS:
            seen: set[str] = set()
            for n, base in enumerate(bases):
                for text in _MUTATORS[kind](base):
                    if text not in seen and text != base and (n == 0 or _pick(text, 2) == 0):
                        seen.add(text)
                        by_kind[kind].append(Variant(sentence, text, kind, False))
    for variants in by_kind.values():
        variants.sort(key=lambda v: zlib.crc32(v.text.encode()))
    chosen: list[Variant] = []
    rank = 0
    while len(chosen) < count and any(rank < len(variants) for variants in by_kind.values()):
        chosen += [variants[rank] for variants in by_kind.values() if rank < len(variants)]
        rank += 1
    return chosen[:count]


def _pick(text: str, options: int) -> int:
    return zlib.crc32(text.encode()) % options


# --- light rewrites that stay true

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split()
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTH, _DAY = "|".join(_MONTHS), "|".join(_DAYS)
_FORMS: tuple[tuple[str, str, str], ...] = (
    ("number_format", r"(\d+) million (euros|dollars)", r"{money}\1 million"),
    ("number_format", r"\$(\d[\d.]*) (billion|trillion)", r"\1 \2 dollars"),
    ("number_format", r"(\d+)(?: percent|%)", r"\1 per cent"),
    ("number_format", r"(\d+),000\b", r"\1 thousand"),
    ("number_format", r"\b(two|three|four|five|six|ten) (?=days|years|weeks|layers|doses|minutes|months|decades|border|billion)", "{digit} "),
    ("number_format", r"(\d) meters", r"\1 metres"),
    ("number_format", r"\babout (?=\d)", "around "),
    ("number_format", r"\bmore than (?=\d)", "over "),
    ("date_format", rf"({_MONTH}) (\d{{4}})", "{short} \\2"),
    ("date_format", r"(?:Jan)\. 30, 2020", "30 January 2020"),
    ("date_format", r"Nov\. 27", "27 November"),
    ("date_format", r"Dec\. 2", "December 2"),
    ("clause_order", rf"^(?!.*\bsaid\b)([A-Z].*?) on ({_DAY})(?! morning| evening)(?=[ .])(.*)\.$", "{when}"),
    ("clause_order", rf"^(.+), ((?:the |aid )?[\w ]{{3,40}}?) said(?: on ({_DAY}))?\.$", "{said}"),
    ("dropped_clause", r"^([^,]{40,}), (?:which|the worst|one of|their first|before any)\b[^,]*\.$", r"\1."),
    ("dropped_clause", rf" on (?:{_DAY})(?: (?:morning|evening))?(?=[ .,])", ""),
    ("dropped_clause", r"^([A-Z][^,]{35,}\w) (?:after|because|while) .*\.$", r"\1."),
)  # fmt: skip


def _rewrites(text: str) -> Iterator[tuple[str, str]]:
    seen = {text}
    for kind, pattern, replacement in _FORMS:
        match = re.search(pattern, text)
        if not match:
            continue
        new = text[: match.start()] + _fill(match, replacement) + text[match.end() :]
        if new not in seen:
            seen.add(new)
            yield kind, new


def _fill(match: re.Match[str], replacement: str) -> str:
    if replacement == "{said}":
        when = f" on {match[3]}" if match[3] else ""
        speaker, said = match[2], match[1]
        return f"{speaker[0].upper()}{speaker[1:]} said{when} that {_lowered(said)}."
    if replacement == "{when}":
        return f"On {match[2]}, {_lowered(match[1])}{match[3]}."
    if "{money}" in replacement:
        replacement = replacement.replace("{money}", "€" if match[2] == "euros" else "$")
    if "{digit}" in replacement:
        replacement = replacement.replace("{digit}", str(_SMALL.index(match[1])))
    if "{short}" in replacement:
        replacement = replacement.replace("{short}", match[1][:3] + ("" if match[1] == "May" else "."))
    return match.expand(replacement)


_COMMON_STARTS = frozenset("The A Countries Engineers Tugs Rebel Several Roads Nearly".split())


def _lowered(text: str) -> str:
    """A clause as it stands inside a sentence."""
    return text[0].lower() + text[1:] if text.split()[0] in _COMMON_STARTS else text


# --- one change that makes it false


def _replaced(text: str, pattern: str, change: Callable[[re.Match[str]], Sequence[str]]) -> Iterator[str]:
    for match in re.finditer(pattern, text):
        for new in change(match):
            if new != match.group():
                yield text[: match.start()] + new + text[match.end() :]


def _numbers(text: str) -> Iterator[str]:
    dated = rf"(?:{_MONTH}|Nov\.|Dec\.|Jan\.) \d{{1,2}}\b|\b(?:19|20)\d\d\b(?! people)|\d+:\d+|\d+ [ap]\.m|\bL2|-\d+|[A-Z] ?\d{{2,4}}"
    plain = re.sub(dated, lambda m: "#" * len(m.group()), text)
    for match in re.finditer(r"\d[\d,]*(?:\.\d+)?", plain):
        number = match.group().rstrip(",")
        start, end = match.start(), match.start() + len(number)
        if re.match(r"[-–]\d", plain[end:]) or plain[max(0, start - 7) : start].rstrip().endswith("Ariane"):
            continue
        if re.match(r"th|st|nd|rd", plain[end:]):
            later = int(number) + 10 if int(number) % 10 > 3 else int(number) * 2 + 4
            yield f"{text[:start]}{later}{text[end:]}"
            continue
        options = [_more(number), number[:-1] + str((int(number[-1]) + 3) % 10)] if len(number) > 1 else [_more(number)]
        new = options[_pick(text, len(options))]
        if new != number and new.strip("0"):
            yield text[:start] + new + text[end:]
    words = r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\b"
    yield from _replaced(text, words, lambda m: [_SMALL[(_SMALL.index(m.group()) - 1) % 9 + 2]])
    ordinals = ["first", "second", "third", "fourth", "fifth"]
    yield from _replaced(
        text, r"(?<!at )\b(?:first|second|third|fourth)\b", lambda m: [ordinals[ordinals.index(m.group()) + 1]]
    )


def _more(number: str) -> str:
    value = float(number.replace(",", ""))
    new = value * 2 if value > 12 else value + 2
    return f"{new:,.0f}" if new == int(new) else f"{new:.1f}"


def _dates(text: str) -> Iterator[str]:
    yield from _replaced(
        text,
        rf"\b(?:{_MONTH})\b(?= \d| (?:and|earthquake)|[.,]|$)",
        lambda m: [_MONTHS[(_MONTHS.index(m.group()) + 1 + _pick(text, 9)) % 12]],
    )
    yield from _replaced(text, rf"\b(?:{_DAY})\b", lambda m: [_DAYS[(_DAYS.index(m.group()) + 1 + _pick(text, 5)) % 7]])
    yield from _replaced(
        text,
        r"\b(?:19|20)\d\d\b(?! people)",
        lambda m: [str(int(m.group()) + 1 + _pick(text, 3)), str(int(m.group()) - 1)],
    )
    yield from _replaced(text, r"\b(?:Jan|Nov|Dec)\. (?=\d)", lambda _: ["Apr. " if _pick(text, 2) else "Aug. "])
    yield from _replaced(text, r"(?<=(?:Nov|Dec|Jan)\. )\d{1,2}\b", lambda m: [str(int(m.group()) % 28 + 1)])
    yield from _replaced(
        text, r"\b\d+(?::\d\d)? (?=[ap]\.m)", lambda m: [f"{int(m.group().split(':')[0]) % 11 + 1}:15 "]
    )


_NAMES = (
    "Bashar Assad|Vladimir Putin|Putin|Recep Tayyip Erdogan|Liz Truss|Kwasi Kwarteng|Jeremy Hunt|Rishi Sunak|Sunak|King Charles III|"
    "Keir Starmer|Alok Sharma|Sultan Al Jaber|Megan Rapinoe|Rapinoe|Rose Lavelle|Olga Carmona|Aitana Bonmati|Mary Earps|"
    "Luis Rubiales|Jennifer Hermoso|Hermoso|Emmanuel Macron|Laurent Ulrich|Eugene Viollet-le-Duc|Reid Wiseman|Victor Glover|"
    "Christina Koch|Jeremy Hansen|Volodymyr Zelenskyy|Mohammed bin Salman|Margaret Keenan|Tedros Adhanom Ghebreyesus|Joe Biden",
    "Syria|Turkey|Russia|Iran|Qatar|Ukraine|Egypt|Japan|Ghana|India|China|Spain|England|Mexico|Britain|Netherlands|United States",
    "Damascus|Moscow|Ankara|Cairo|Jeddah|Aleppo|Homs|Idlib|Sydney|Lyon|Paris|Dubai|Baku|Accra|Coventry|Florida|Glasgow",
    "NASA|FIFA|ADNOC|COVAX|Pfizer|BioNTech|AstraZeneca|Shoei Kisen|Smit|WHO|Labour|Hayat Tahrir al-Sham|Serum Institute of India|World Health Organization",
)  # fmt: skip


def _names(text: str) -> Iterator[str]:
    for group in _NAMES:
        names = group.split("|")
        pattern = rf"(?<![\w-])(?:{'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})(?![\w-])"
        present = re.findall(pattern, text)
        others = [name for name in names if not any(name in p or p in name for p in present)]

        def other(match: re.Match[str], others: Sequence[str] = others) -> list[str]:
            first = zlib.crc32((text + match.group()).encode())
            return [others[first % len(others)]]

        yield from _replaced(text, pattern, other)
        distinct = list(dict.fromkeys(present))
        if len(distinct) == 2 and not re.search(rf"{distinct[0]}(?: and|, | or).{{0,30}}{distinct[1]}", text):
            a, b = distinct
            yield re.sub(pattern, lambda m, a=a, b=b: b if m.group() == a else a, text)  # type: ignore[misc]


_BARE = dict(pair.split(":") for pair in (
    "took:take carried:carry recovered:recover announced:announce unsettled:unsettle reversed:reverse asked:ask kept:keep became:become "
    "fell:fall accepted:accept insisted:insist agreed:agree named:name presided:preside promised:promise rejected:reject beat:beat won:win "
    "scored:score chanted:chant saved:save tore:tear passed:pass warned:warn treated:treat opened:open knocked:knock worked:work cost:cost "
    "ran:run passes:pass refloated:refloat helped:help released:release landed:land aimed:aim lifted:lift unfolded:unfold released:release "
    "struck:strike followed:follow met:meet entered:enter left:leave began:begin welcomed:welcome criticized:criticize moved:move wants:want "
    "needed:need spoke:speak observes:observe sends:send copies:copy came:come wanted:want designed:design estimated:estimate hit:hit"
).split())  # fmt: skip


def _negations(text: str) -> Iterator[str]:
    if re.search(r"\b(?:not|no longer|without|nothing|no rocket)\b", text):
        yield from _replaced(text, r"\bdid not agree\b", lambda _: ["agreed"])
        yield from _replaced(text, r"(?<!did )\bnot (?=changed|consented|in the)", lambda _: [""])
        yield from _replaced(text, r"\bwas not (?=published)", lambda _: ["was "])
        yield from _replaced(text, r"\bno longer ", lambda _: [""])
        yield from _replaced(text, r"\bwithout\b", lambda _: ["with"])
        return
    auxiliary = r"\b(?:was|were|is|are|has|had|will|would|could|must|should) (?=\w)(?!to\b|when\b)"
    first = re.search(auxiliary, text)
    if first and not text[: first.start()].endswith("after the ship "):
        yield text[: first.end()] + "not " + text[first.end() :]
    verb = re.search(rf"(?<!to )(?<!been )(?<!was )(?<!were )\b(?:{'|'.join(_BARE)})\b(?! (?:by|to be)\b)", text)
    if (
        verb
        and not first
        and not re.search(r"(?:had|has|the|a|an|were|was|first|their|from|and)(?: \w+)? $", text[: verb.start()])
    ):
        plural = "do" if verb.group() in ("wants", "passes", "observes", "sends", "copies") else "did"
        yield f"{text[: verb.start()]}{'does' if plural == 'do' else 'did'} not {_BARE[verb.group()]}{text[verb.end() :]}"


_UNIT_SWAPS = {
    "euros": ["dollars", "pounds"], "dollars": ["euros", "pounds"], "meters": ["feet", "kilometers"], "metres": ["feet", "yards"],
    "kilometers": ["miles", "meters"], "percent": ["per thousand", "percentage points"], "days": ["weeks", "months"], "years": ["months", "decades"],
    "months": ["weeks", "years"], "minutes": ["hours", "days"], "decades": ["years", "centuries"], "decade": ["century", "year"], "week": ["month", "year"],
    "Celsius": ["Fahrenheit"], "day": ["week"], "year": ["month"], "million": ["billion", "thousand"], "billion": ["million", "trillion"],
    "trillion": ["billion"], "thousand": ["million"],
}  # fmt: skip


def _units(text: str) -> Iterator[str]:
    words = "|".join(_UNIT_SWAPS)
    number = r"(?:\d[\d.,]*|two|three|four|five|six|ten|a|some|million|billion|trillion|more than a|45th|degrees|per)"
    for match in re.finditer(rf"(?:\b{number}[ -])({words})\b(?!-)", text):
        if match.group().startswith("a ") and match[1] in ("day", "year") and "$" not in text:
            continue
        options = _UNIT_SWAPS[match[1]]
        yield text[: match.start(1)] + options[_pick(text, len(options))] + text[match.end(1) :]
    yield from _replaced(text, r"[$€](?=\d)", lambda _: ["£"])


_SPEAKERS = ("Qatar", "NASA", "Aid workers", "Vladimir Putin", "Officials in Iran", "Prosecutors", "Rishi Sunak", "The World Health Organization",
             "Emmanuel Macron", "Russian state media", "Experts on old buildings", "FIFA", "India's delegate", "Luis Rubiales")  # fmt: skip
_SAYS = r"(?:said|warned|estimated|has said)"


def _speakers(text: str) -> Iterator[str]:
    end = re.match(rf"^(.+), ([^,]{{3,50}}) said(?: on (?:{_DAY}))?\.$", text)
    if end:
        for offset in (0, 5):
            other = _other_speaker(text, end[2], offset)
            yield f"{end[1]}, {other[0].lower() + other[1:] if other.split()[0] in ('Aid', 'The', 'Officials', 'Prosecutors', 'Experts') else other} said."
        yield f"{end[1]}."
        return
    start = re.match(rf"^((?:[^,“\"]|, [^,]+,)+?) ({_SAYS})(?: on (?:{_DAY})(?: evening)?)?( that)? (.+)$", text)
    if start and " and " not in start[1]:
        for offset in (0, 5):
            yield f"{_other_speaker(text, start[1], offset)} {start[2]}{start[3] or ''} {start[4]}"
        if not re.match(r"(?:she|he|it|they|its)\b", start[4]):
            yield start[4][0].upper() + start[4][1:]


def _other_speaker(text: str, present: str, offset: int) -> str:
    options = [name for name in _SPEAKERS if name.lower() not in text.lower() and name.split()[-1] not in present]
    return options[(_pick(text, len(options)) + offset) % len(options)]


_MUTATORS: dict[str, Callable[[str], Iterator[str]]] = {
    "number": _numbers, "date": _dates, "name": _names, "negation": _negations, "unit": _units, "speaker": _speakers,
}  # fmt: skip
