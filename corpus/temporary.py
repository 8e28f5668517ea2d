"""A place for a library that is gone afterwards: for measuring, beside the user's own and of the same kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.library import SERVERS


@contextmanager
def temporary_place(like: Path | str) -> Iterator[Path | str]:
    """A folder, or on the server of `like` a schema; either is deleted at the end."""
    if isinstance(like, str) and like.startswith(SERVERS):
        from corpus.postgres import temporary_schema

        with temporary_schema(like) as address:
            yield address
    else:
        with TemporaryDirectory() as folder:
            yield Path(folder)
