"""Names in a question as articles write them: "the WHO" read as a name and not as "who", "Sir Keir Starmer" without "Sir".

Changes what is searched, never what is shown.
"""

from __future__ import annotations

import re

from qa.answer_type import asked_speaker

# Abbreviations that are common words once their capitals are gone.
_SPELLED = {"WHO": "World Health Organization", "US": "United States"}
_ABBREVIATION = re.compile(rf"(?<=[a-z,;] )(?:{'|'.join(_SPELLED)})\b")
_HONORIFIC = re.compile(r"\b(?:Sir|Dame|Mr\.?|Mrs\.?|Ms\.?)\s+(?=[A-Z])")


def plain_names(question: str) -> str:
    """The question with these names as articles have them; abbreviations in a question for somebody's words alone.

    >>> plain_names("What did the WHO say about Sir Keir Starmer?")
    'What did the World Health Organization say about Keir Starmer?'
    """
    if asked_speaker(question):  # in other questions the words of the abbreviation outweigh what is asked
        question = _ABBREVIATION.sub(lambda match: _SPELLED[match.group()], question)
    return _HONORIFIC.sub("", question)
