"""Hostile and broken files through the same door as any other: what became of each, counted by kind and reason.

    python -m benchmarks.malformed --data FOLDER

FOLDER holds `malformed_inputs/`: JSONTestSuite (github.com/nst/JSONTestSuite), feeds of feedparser's tests
(github.com/kurtmckee/feedparser), texts in old encodings (github.com/chardet/chardet), PDFs of pdfminer.six and py-pdf
(github.com/pdfminer/pdfminer.six, github.com/py-pdf/sample-files). Any exception ends the run. Nothing is fetched.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.report import write_result
from corpus.adding import Adder
from corpus.ingest import Chunker
from corpus.library import Library
from corpus.sources import Source

CHUNKER = Chunker(lambda texts: [len(text.split()) + 2 for text in texts], 200)  # words stand for tokens


def outcomes(files: list[Path]) -> dict[str, int]:
    """Files by status, failures with their reason cut at the first sign that is particular to the file."""
    counted: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder) / "lib", create=True)
        adder = Adder(library, CHUNKER)
        for file in files:
            found = list(adder.add([Source(str(file), path=file)]))
            if not found:
                raise RuntimeError(f"nothing became of {file.name}")
            counted.update({f"{o.status}: {o.reason[:60]}" if o.reason else o.status for o in found})
        library.close()
    return dict(counted.most_common())


def main() -> None:
    """Run them all and keep the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "malformed_inputs"
    groups = {
        part.name: sorted(f for f in part.rglob("*") if f.is_file())
        for part in sorted(folder.iterdir())
        if part.is_dir()
    }
    values = {name: {"files": len(files), "outcomes": outcomes(files)} for name, files in groups.items()}
    write_result("malformed", values, [file for files in groups.values() for file in files])


if __name__ == "__main__":
    main()
