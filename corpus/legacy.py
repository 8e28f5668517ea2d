"""The encoding of bytes that declare none: charset-normalizer's guess, and for Latin alphabets a better one.

The encodings of Latin alphabets share most bytes, so statistics of bytes tell them apart badly. A text in one
language has the letters of that language: the encoding in which it has them, and no marks amid words, is it.
"""

from __future__ import annotations

import re
import unicodedata

from charset_normalizer import from_bytes

SAMPLE = 100_000  # bytes; more change no guess
_LATIN = ("cp1252", "cp1250", "iso8859_2", "cp1254", "iso8859_15", "cp1257", "iso8859_10", "iso8859_3", "mac_roman",
          "mac_latin2", "cp852", "cp850", "cp857")  # fmt: skip  # the commonest first: it wins where the texts are the same
_LETTERS = (  # beyond a to z, by language (Unicode CLDR, main exemplar characters)
    "àâæçéèêëîïôœùûüÿ", "äöüß", "áéíñóúü", "àáâãçéêíóôõúü", "àèéìíîòóùú", "åäöé", "æøåéóòâêô", "áðéíóúýþæö",
    "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "čćđšž", "ăâîșțşţ", "çğıîöşüâİ",
    "ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž", "ĉĝĥĵŝŭ", "ċġħżàèìòù", "ëéèïöüáíóú", "àçèéíïòóúü", "ëç",
)  # fmt: skip
_BEYOND = re.compile(rb"[\x80-\xff]+")
MAX_RUN = 1.6  # bytes on average; Czech, with the most, has 1.1, Big5, with ASCII trail bytes, over 2
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic", "cp855")
_COMMON = frozenset("оеаинтсрвл")  # about 60 % of the letters of Russian text
MIN_COMMON = 0.5
SHORT = 300  # bytes beyond ASCII; charset-normalizer errs on less, and is right on more
_MARKS = frozenset("‘’‚“”„«»‹›–—…·•°§©®™£€¢¥½¼¾²³ºª¿¡±×µ†‰\xa0\xad")
_AMID_WORDS = frozenset("'’ʼ·-\u00ad")
_LANGUAGES = tuple(frozenset(letters + letters.upper()) for letters in _LETTERS)


def guess_encoding(data: bytes) -> str | None:
    """The name of the likeliest encoding, `None` when the bytes are text in none."""
    sample = data[:SAMPLE]
    if _sparse(sample) and (latin := _fitting(sample)):
        return max(latin, key=lambda pair: pair[0])[1]
    cyrillic = max(((_fit_cyrillic(sample, name), name) for name in _CYRILLIC), key=lambda pair: pair[0])
    if cyrillic[0] > MIN_COMMON:
        return cyrillic[1]
    best = from_bytes(sample).best()
    if best is None or _is_latin(sample.decode(best.encoding, errors="replace")):
        return max(_fitting(sample), key=lambda pair: pair[0], default=(0.0, best.encoding if best else None))[1]
    return best.encoding


def _sparse(sample: bytes) -> bool:
    """Whether bytes beyond ASCII stand alone amid ASCII: so they do in Latin alphabets, and in no other."""
    runs = _BEYOND.findall(sample)
    return sum(map(len, runs)) < MAX_RUN * len(runs)


def _fit_cyrillic(sample: bytes, name: str) -> float:
    """The share of the commonest letters less that of what cannot be, for a short text; 0 for a longer one."""
    if sum(map(len, _BEYOND.findall(sample))) > SHORT:
        return 0.0
    text = sample.decode(name, errors="replace")
    wrong = count = 0
    for i, char in enumerate(text):
        if char > "\x7f":
            before, after = text[max(i - 1, 0) : i], text[i + 1 : i + 2]
            count += 1
            if char in _MARKS:
                wrong += before.isalpha() and after.isalpha()
            else:
                wrong += not "\u0400" <= char <= "\u045f" or (char.isupper() and before.islower())
    return (sum(map(_COMMON.__contains__, text)) - 2 * wrong) / max(count, 1)


def _is_latin(text: str) -> bool:
    foreign = [char for char in text if char > "\x7f" and char.isalpha()]
    return sum("LATIN" in unicodedata.name(char, "") for char in foreign) * 2 >= len(foreign)


def _fitting(sample: bytes) -> list[tuple[float, str]]:
    """Each Latin encoding in which all bytes are text, with how well the text fits one language, in (0, 1]."""
    fits: list[tuple[float, str]] = []
    for name in _LATIN:
        try:
            text = sample.decode(name)
        except UnicodeDecodeError:
            continue
        if (fit := _fit(text)) > 0:
            fits.append((fit, name))
    return fits


def _fit(text: str) -> float:
    foreign = [(text[max(i - 1, 0) : i], char, text[i + 1 : i + 2]) for i, char in enumerate(text) if char > "\x7f"]
    if not foreign:
        return 1.0
    letters = [char for _, char, _ in foreign if char.isalpha()]
    own = max(sum(char in language for char in letters) for language in _LANGUAGES)
    marks = sum(char in _MARKS for _, char, _ in foreign)
    wrong = 0
    for before, char, after in foreign:
        if char.isalpha():
            wrong += before.isdigit() or after.isdigit() or (char.isupper() and before.islower())
        else:
            wrong += (before.isalpha() and after.isalpha() and char not in _AMID_WORDS) or "\x80" <= char <= "\x9f"
    return (own + marks - (len(letters) - own) - 2 * wrong) / len(foreign)
