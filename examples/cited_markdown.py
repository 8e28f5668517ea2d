"""Write an answer as Markdown with footnotes: python examples/cited_markdown.py FOLDER QUESTION [LIBRARY]

What an article says is data: characters that Markdown would read are escaped.
"""

import re
import sys
from pathlib import Path

from corpus.sources import sources
from qa.engine import Citewire
from qa.settings import load_settings
from qa.types import Answer


def plain(text: str | None) -> str:
    """Text on one line, as it is, for Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>()#!|~$&])", r"\\\1", " ".join((text or "").split()))


def markdown(answer: Answer) -> str:
    """The answer, or why there is none; each sentence with its footnotes."""
    lines = [f"# {plain(answer.question)}", ""]
    if answer.abstention:
        lines += [plain(answer.abstention.message), ""]
    for sentence in answer.sentences:
        if sentence.status != "withheld":
            lines += [plain(sentence.text) + "".join(f"[^{number}]" for number in sentence.citations), ""]
    for citation in answer.citations:
        day = citation.published.date().isoformat() if citation.published else ""
        facts = ", ".join(plain(fact) for fact in (citation.title, citation.publisher, day, citation.url) if fact)
        lines.append(f"[^{citation.number}]: “{plain(citation.quote)}” {facts}")
    return "\n".join(lines)


def main(folder: str, question: str, library: str = "./lib") -> None:
    citewire = Citewire.open(load_settings(library=Path(library)))
    try:
        citewire.add(sources([folder]))
        print(markdown(citewire.ask(question)))
    finally:
        citewire.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
