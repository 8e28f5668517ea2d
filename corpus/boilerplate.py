"""Lines that are not the story: navigation, sharing, subscription, credits, bylines, sign-offs.

Judges one line or paragraph at a time. A line that holds a fact (byline, agencies) gives it; noise gives nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_NOISE = 160  # no notice of the kinds below that we have seen is longer; a paragraph of a story often is

_NOISE = re.compile(
    r"^[\[(]?(?:\d{1,2}\.\s*)?(?:"
    r"(?:skip|jump) to .*|(?:back to|go to) (?:top|home|main)\b.*|(?:main |close )?menu|home|search|log ?in|sign ?in|"
    r"register|my account|"
    r"(?:read|see|learn|find out|show|view) (?:more|also|less|all)\b.*|also read\b.*|more (?:on|from|about|in) (?:this|the) "
    r"(?:story|topic|author|section)\b.*|more (?:stories|news|to read)|(?:related|recommended|trending|popular|"
    r"most (?:read|popular|viewed))(?: (?:articles?|stories|content|topics?|news|links?|coverage))?:?|"
    r"(?:related|read|watch|listen|see also|read next|don't miss|in case you missed it|photos|video|gallery|explainer)\s?:\s.*|"
    r"share(?: (?:this|on|via|article|story)\b.*)?|(?:share|tweet|email|print|copy link|save|send|whatsapp|facebook|"
    r"twitter|x|linkedin|reddit|telegram|pinterest|flipboard|bookmark|permalink|comments?)(?:[\s,|·•/]+(?:and\s+)?(?:share|tweet|"
    r"email|print|copy link|save|send|whatsapp|facebook|twitter|x|linkedin|reddit|telegram|pinterest|flipboard|bookmark))*|"
    r"follow (?:us|bbc|the|our|him|her|me)\b.*(?:on|twitter|facebook|instagram|@).*|"
    r"(?:advertisement|advertising|ad|sponsored(?: content)?|promoted|story continues below(?: advertisement)?|"
    r"article continues (?:below|after).*)|"
    r"(?:sign|signed) up (?:for|to|here)\b.*|subscribe\b.*|get (?:our|the) .*(?:newsletter|inbox|app)\b.*|"
    r".*\b(?:daily|weekly|our|free) newsletters?\b.{0,60}|"
    r"(?:we|this (?:web)?site|our partners?) uses? cookies\b.*|accept (?:all )?cookies\b.*|.*\bcookie (?:policy|settings|preferences)\b.*|"
    r"(?:leave|post|add|view|join the) (?:a )?(?:comment|conversation|discussion)s?\b.*|\d+ (?:comments?|shares?)|comments? ?\(\d+\)|"
    r"\d+ min(?:ute)?s?[ -]?(?:read|listen)|listen to (?:this )?(?:article|story)\b.*|(?:play|watch) (?:the )?(?:audio|video|now|live)\b.*|"
    r"(?:©|\(c\)|copyright)\s.*|.*\ball rights reserved\b.*|terms (?:of (?:use|service)|and conditions).*|privacy (?:policy|notice).*|"
    r"(?:image|photo|picture|video) (?:source|credit|caption)s?|(?:to|click here to) (?:enlarge|view|subscribe|download)\b.*|click here\b.*|"
    r"(?:enlarge|expand|zoom) (?:this )?image|toggle caption|hide caption|loading\W*|download (?:the|our) .*\bapp\b.*|"
    r"send (?:us )?(?:your )?(?:tips|feedback)\b.*|report (?:a )?(?:typo|error|correction)s?\b.*|tags?:.*|topics?:.*|filed under:?.*|"
    r"(?:have|got) a tip\?.*|(?:e-?mail|write to|contact|reach|follow)\s(?:[\w.'’-]+\s){0,8}(?:at|on|via|or|@\w+)\b.*(?:\S@\w|twitter|\s@\w).*|follow @.*|more:|don['’]t miss:?|"
    r"(?:like|enjoy(?:ed|ing)?) this (?:story|article)\?.*|you (?:may|might) also (?:like|be interested in)\b.{0,40}|"
    r"also on [\w-]+\.[a-z]{2,4}\b.*|sources?:\s(?!.*[.!?]\s).{1,60}|(?:estimated )?read(?:ing)? time\b.{0,20}|"
    r"(?:leggi anche|potrebbe interessarti|lea también|te puede interesar|leia (?:também|mais)|(?:à )?lire aussi|lees ook|"
    r"lesen sie (?:auch|mehr)|mehr zum thema|читайте также)\b.*|(?:tempo de leitura|tiempo de lectura|temps de lecture|lesezeit)\b.{0,20}"
    r")[\])]?$",
    re.IGNORECASE,
)
_URL = re.compile(r"^<?((?:https?://|www\.)\S+?)>?$", re.IGNORECASE)
_MORE_SITES = re.compile(
    r"^(?:\d{1,2}\.\s*)?(?:skip to\s+)?more\s+(?P<name>[A-Z][\w&.' -]{1,40}?)\s+(?:sites|pages)$", re.IGNORECASE
)
_AGENCY = r"AP|AFP|dpa|Reuters|ANSA|EFE|Xinhua|TASS|Interfax|Kyodo|KNA|epd|SID|UPI|PTI|ANI|PA|Bloomberg|CNN|BBC|Anadolu|[A-Z][\w.]+(?: [A-Z][\w.]+){0,2}"
_SIGN_OFF = re.compile(
    rf"^(?:[a-z]{{2,6}}(?:[,/ ]+[a-z]{{2,6}})*\s*)?\((?P<names>(?:{_AGENCY})(?:\s*[,/;]\s*(?:{_AGENCY}))*)\)$"
)
_INITIALS_ONLY = re.compile(r"^[a-z]{2,4}(?:,[a-z]{2,4})*/[a-z]{2,4}(?:[,/][a-z]{2,4})*$")
_DESK = re.compile(
    r"^\(?(?:(?:additional |further )?(?:reporting|writing|editing|compiled) (?:by|from)\b.{0,300}|"
    r".{3,200}\bcontributed (?:to this (?:report|story|article)|(?:additional )?reporting)\b.{0,60})\)?$",
    re.IGNORECASE,
)
_NAME = r"[A-Z][\w.'’-]+(?:\s+(?:(?:van|von|de|del|da|la|bin|al|el)\s+)*[A-Z][\w.'’-]*){1,3}"
_BYLINE = re.compile(
    rf"^(?:By|Author:|Written by|Story by|Text by|Report by)\s*:?\s*(?P<names>{_NAME}(?:(?:\s*,\s*|\s+and\s+|\s*&\s*){_NAME})*?)"
    rf"(?:\s*[,|–—·•-]\s*(?P<outlet>[A-Z][\w&.'’ -]{{1,60}}))?(?:\s+in\s+[A-Z]\w+)?$"
)
_DESK_BYLINE = re.compile(
    r"^By\s+(?:the\s+)?(?P<outlet>[A-Z][\w&.'’ -]{1,40}?)\s+(?:staff|desk|newsroom|reporters?|correspondents?)(?:\s*,\s*(?P<more>.+))?$"
)
_CREDIT = re.compile(
    r"\s*(?:[|/–—-]\s*)?(?:\(|\[)?\b(?:"
    r"(?:Images?|Photos?|Photographs?|Pictures?|Pics?|Credits?|Foto|Bild|Graphics?|Illustration|Source)(?: (?:credit|by|courtesy(?: of)?|via|source))?\s?[:©]\s?[^.!?]{2,120}|"
    r"(?:Photo|Photograph|Image|Picture|Illustration) (?:by|courtesy(?: of)?) [^.!?]{2,90}|"
    r"[A-Z][\w.' -]{2,40}\s?/\s?(?:AP|AFP|Reuters|Getty(?: Images)?|dpa|EPA|Bloomberg|Shutterstock|Alamy|picture[ -]alliance)[^.!?]{0,60}|"
    r"(?:AP|AFP|Reuters|EPA|Getty(?: Images)?) Photo[^.!?]{0,60})(?:\)|\])?\.?\s*$"
)
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*$")


@dataclass(frozen=True, slots=True)
class Byline:
    """Who wrote it and, where the byline says so, for whom."""

    author: str | None
    outlet: str | None


def is_noise(line: str) -> bool:
    """Whether the line is navigation, sharing, advertising, subscription or legal boilerplate."""
    return len(line) <= MAX_NOISE and bool(_NOISE.match(line))


def url_line(line: str) -> str | None:
    """The URL, when the line is nothing else."""
    match = _URL.match(line)
    return match[1] if match else None


def site_name(line: str) -> str | None:
    """`DW` from `Skip to more DW sites`."""
    match = _MORE_SITES.match(line)
    return match["name"] if match else None


def sign_off(line: str) -> tuple[str, ...] | None:
    """The agencies of an editors' sign-off: `("AP", "AFP")` from `kb,lo/msh (AP, AFP)`; `None` for any other line."""
    if match := _SIGN_OFF.match(line):
        return tuple(re.split(r"\s*[,/;]\s*", match["names"]))
    return () if _INITIALS_ONLY.match(line) or _DESK.match(line) else None


def byline(line: str) -> Byline | None:
    """Author and outlet of `By Jane Roe, The Meridian Post`; `None` for any other line."""
    if len(line) > MAX_NOISE:
        return None
    if match := _DESK_BYLINE.match(line):
        return Byline(None, match["more"] or match["outlet"])
    if match := _BYLINE.match(line):
        return Byline(match["names"], match["outlet"])
    return None


def cut_credit(line: str) -> tuple[str, str | None]:
    """The line without the picture credit at its end, and the credit: `("... Putin.", "Image: SANA/dpa")`."""
    match = _CREDIT.search(line)
    if match is None:
        return line, None
    return line[: match.start()].rstrip(), line[match.start() :].strip()


def ends_sentence(text: str) -> bool:
    """Whether the text ends as a sentence does."""
    return bool(_SENTENCE_END.search(text))


def looks_like_heading(line: str) -> bool:
    """Short, begins like a title, and does not end as a sentence does (a question may)."""
    return (
        2 < len(line) <= 90
        and len(line.split()) <= 14
        and not line.endswith((".", ",", ";", ":", "!", "…", '"', "”", ")", "-"))
        and not line[0].islower()
        and line[0] not in "-–—•*|>("
        and any(char.isalpha() for char in line)
    )
