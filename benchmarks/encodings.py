"""Text files in old encodings decoded without being told which; ours and charset-normalizer alone in one run.

    python -m benchmarks.encodings --data FOLDER

FOLDER holds `malformed_inputs/encodings/` (test texts of github.com/chardet/chardet, a folder for each encoding). A
file is right when the text is exactly what the folder's encoding gives: two encodings of the same text are equal.
"""

from __future__ import annotations

import argparse
import codecs
import re
from collections import Counter
from pathlib import Path

from charset_normalizer import from_bytes

from benchmarks.report import write_result
from corpus.decode import decode
from corpus.errors import LoadError

# What the folder's name means on the web (WHATWG Encoding Standard), or is called in Python.
CODECS = {"SHIFT_JIS": "cp932", "GB2312": "gb18030", "EUC-KR": "cp949", "IBM855": "cp855", "IBM866": "cp866",
          "MacCyrillic": "mac_cyrillic"}  # fmt: skip


def codec(folder: str) -> str | None:
    """Python's codec for a folder: `iso8859-2` for `iso-8859-2-czech`; `None` where Python has none."""
    name = CODECS.get(folder) or re.sub(r"^((?:iso-8859|windows)-\d+).*", r"\1", folder)
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def ours(data: bytes) -> str | None:
    """Our text, or nothing when the bytes are refused."""
    try:
        return decode(data)
    except LoadError:
        return None


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "malformed_inputs" / "encodings"
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    right = Counter[str]()
    missed: list[str] = []
    without_codec: list[str] = []
    for file in files:
        data, name = file.read_bytes(), codec(file.parent.name)
        if name is None:
            without_codec.append(file.parent.name)
            continue
        gold = data.decode(name).removeprefix("\ufeff")
        best = from_bytes(data).best()
        right["charset_normalizer"] += best is not None and str(best).removeprefix("\ufeff") == gold
        if ours(data) == gold:
            right["citewire"] += 1
        else:
            missed.append(f"{file.parent.name}/{file.name}")
    values = {"files": len(files), "right": dict(right), "missed": missed, "no_codec_in_python": without_codec}
    write_result("encodings", values, files)


if __name__ == "__main__":
    main()
