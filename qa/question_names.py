"""Names in a question as articles write them: "the WHO" read as a name and not as "who", "Sir Keir Starmer" without "Sir".

Changes what is searched, never what is shown.
"""

from __future__ import annotations

import re

# Abbreviations that are common words once their capitals are gone.
_SPELLED = {"WHO": "World Health Organization", "US": "United States"}
_ABBREVIATION = re.compile(rf"(?<=[a-z,;] )(?:{'|'.join(_SPELLED)})\b")
_HONORIFIC = re.compile(r"\b(?:Sir|Dame|Mr\.?|Mrs\.?|Ms\.?)\s+(?=[A-Z])")


def plain_names(question: str) -> str:
    """The question with these names as articles have them; a question all in capitals is left as it is.

    >>> plain_names("What did the WHO say to Sir Keir Starmer?")
    'What did the World Health Organization say to Keir Starmer?'
    """
    return _HONORIFIC.sub("", _ABBREVIATION.sub(lambda match: _SPELLED[match.group()], question))
