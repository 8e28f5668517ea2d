"""Answers: questions in, cited sentences out. The names below are the Python API (docs/python.md).

Importing this is quick: a name's module is imported when the name is first used, and no model library before it is needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qa._siblings import check_siblings

if TYPE_CHECKING:
    from corpus.errors import CitewireError
    from corpus.types import Filters
    from qa.add_report import AddReport
    from qa.api import Citewire
    from qa.settings import Settings
    from qa.types import Answer, Citation, SentenceHit

check_siblings()

__all__ = ["AddReport", "Answer", "Citation", "Citewire", "CitewireError", "Filters", "SentenceHit", "Settings"]

_HOMES = {
    "AddReport": "qa.engine", "Answer": "qa.types", "Citation": "qa.types", "Citewire": "qa.api",
    "CitewireError": "corpus.errors", "Filters": "corpus.types", "SentenceHit": "qa.types", "Settings": "qa.settings",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
