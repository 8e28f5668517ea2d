"""What kind of text an article is, where its source says so: opinion, analysis, interview; else a report.

Read off the section ("Opinion") and off marks in the title ("Analysis | …", "Opinion: …"). The text itself is not judged.
"""

from __future__ import annotations

import re
from typing import Literal

Genre = Literal["opinion", "analysis", "interview"]

_NAMES: dict[str, Genre] = {
    "opinion": "opinion", "opinions": "opinion", "op-ed": "opinion", "oped": "opinion", "editorial": "opinion", "editorials": "opinion",
    "comment": "opinion", "commentary": "opinion", "column": "opinion", "columns": "opinion", "columnists": "opinion",
    "viewpoint": "opinion", "guest essay": "opinion", "letters": "opinion", "comment is free": "opinion",
    "analysis": "analysis", "news analysis": "analysis", "explainer": "analysis", "background": "analysis",
    "interview": "interview", "interviews": "interview", "q&a": "interview",
}  # fmt: skip
_MARK = re.compile(
    rf"^\W*(?P<first>{'|'.join(sorted(map(re.escape, _NAMES), key=len, reverse=True))})\s*(?:[:|–—]|-\s)\s*\S"
    rf"|\S\s*[|–—]\s*(?P<last>{'|'.join(sorted(map(re.escape, _NAMES), key=len, reverse=True))})\W*$",
    re.IGNORECASE,
)


def genre(title: str, section: str | None) -> Genre | None:
    """The kind that the source names, `None` for a report or when it names none.

    >>> genre("Analysis | Why the dams broke", None), genre("Analysis of the dams begins", None)
    ('analysis', None)
    """
    for part in re.split(r"\s*[/>|,;]\s*", section or ""):
        if found := _NAMES.get(part.strip().lower()):
            return found
    match = _MARK.search(title)
    return _NAMES[(match["first"] or match["last"]).lower()] if match else None
