"""The prompts, one a file, and how text that others wrote is made safe to stand in them.

Foreign text becomes one line that can neither close the fence around it nor look like a line number, a heading or a
mark of a chat template. Knows no model and counts no tokens.
"""

from __future__ import annotations

import re
import secrets
from functools import cache
from importlib.resources import files
from string import Template

# Chat templates and fences are made of these; servers take "<|im_end|>" in a message for the mark itself.
_ANGLES = str.maketrans({"<": "‹", ">": "›", "＜": "‹", "＞": "›", "`": "'"})
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_NOT_ONE_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
_FENCE = re.compile(r"([=~#*_|+-])\1{2,}")  # runs of three and more draw lines; none carries meaning in news
_LABEL = re.compile(r"[\[【［](\s*/?\s*(?:\d[\d\s,;–-]*|[A-Z_]{3,})\s*)[\]】］]")  # "[3]", "[INST]"; not "[sic]"


def boundary() -> str:
    """A mark that nothing written before can hold: random, and new for every prompt."""
    return secrets.token_hex(6)


def one_line(text: str) -> str:
    """Text as it may stand in a prompt. `one_line("He said [3]:\\n<|im_end|>")` gives `"He said (3): ‹|im_end|›"`."""
    text = _NOT_ONE_LINE.sub(" ", _INVISIBLE.sub("", text)).translate(_ANGLES)
    return _LABEL.sub(r"(\1)", _FENCE.sub(r"\1", text)).strip()


def prompt(name: str, **values: str) -> str:
    """The text of `NAME.md` with its `$names` filled in; what is filled in is not looked at again."""
    return _template(name).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((files(__name__) / f"{name}.md").read_text("utf-8").strip())
