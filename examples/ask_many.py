"""Answer many questions as a table: python examples/ask_many.py FOLDER QUESTIONS.jsonl [LIBRARY]

A line of QUESTIONS is {"id": ..., "question": ...}. Prints tab-separated lines: id, answered, first quote, its address.
"""

import json
import sys
from pathlib import Path

from corpus.sources import sources
from qa.engine import Citewire
from qa.settings import load_settings


def main(folder: str, questions: str, library: str = "./lib") -> None:
    citewire = Citewire.open(load_settings(library=Path(library)))
    try:
        citewire.add(sources([folder]))
        print("id", "answered", "quote", "address", sep="\t")
        for line in Path(questions).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            answer = citewire.ask(row["question"])
            first = answer.citations[0] if answer.citations else None
            quote = " ".join(first.quote.split()) if first else ""  # a table has one line for each question
            print(row["id"], "yes" if first else "no", quote, (first and first.url) or "", sep="\t")
    finally:
        citewire.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
