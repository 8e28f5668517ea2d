"""Ask a folder of articles: python examples/ask_folder.py FOLDER QUESTION [LIBRARY]

The library is kept in LIBRARY (./lib by default): the next run reads only what changed.
"""

import sys
from pathlib import Path

from corpus.sources import sources
from qa.engine import Citewire
from qa.settings import load_settings


def main(folder: str, question: str, library: str = "./lib") -> None:
    citewire = Citewire.open(load_settings(library=Path(library)))
    try:
        report = citewire.add(sources([folder]))
        for result in report.inputs:
            if result.status == "failed":
                print(f"{result.source}: {result.reason}", file=sys.stderr)
        answer = citewire.ask(question)
    finally:
        citewire.close()
    if answer.abstention:
        print(answer.abstention.message)
    for sentence in answer.sentences:
        print(sentence.text, *(f"[{number}]" for number in sentence.citations))
    for citation in answer.citations:
        print(f"[{citation.number}] {citation.title}, {citation.publisher}: “{citation.quote}”")


if __name__ == "__main__":
    main(*sys.argv[1:])
