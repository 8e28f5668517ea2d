"""Keeping an index on disk: written under a name of its own, then named by a manifest that is exchanged in one step.

Whoever is killed at any moment leaves a manifest and the file that it names. Knows no library.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from embeddings.errors import IndexUnwritable
from embeddings.index_kinds import VectorIndex, read, write

MANIFEST_FILE = "index.json"
INDEX_FILES = "index-*.faiss"
LEFT_BEHIND = 3600  # seconds after which a file that no manifest names is that of a process that was killed


@dataclass(frozen=True, slots=True)
class Saved:
    """What a saved index is of: a model's vectors, as they were at a generation of the library.

    `mark`: of that generation, by `corpus.vectors.mark`. `learned`: the number of vectors there were when its codes were learned; 0 for an exact index.
    """

    model: str
    generation: int
    mark: str
    learned: int


def save(folder: Path, index: VectorIndex, saved: Saved) -> None:
    """Write an index, and name it in the manifest.

    Raises:
        IndexUnwritable: the disk is full or the folder read-only.
    """
    written = folder / f"index.{os.getpid()}.tmp"
    described = folder / f"index.json.{os.getpid()}.tmp"
    try:
        before = _manifest(folder).get("file", "index.faiss")  # as earlier Citewires named it
        _clear(folder, before)
        write(index, written)  # straight to disk: a copy in memory would double the peak
        digest = _sha256(written)
        name = f"index-{digest[:16]}.faiss"
        _replace(folder / name, written)
        described.write_text(json.dumps({**asdict(saved), "file": name, "sha256": digest}))
        _replace(folder / MANIFEST_FILE, described)
        if before != name:
            (folder / Path(before).name).unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:  # faiss raises RuntimeError for whatever goes wrong with a file
        raise IndexUnwritable(
            f"The vector index in {str(folder)!r} cannot be written ({error}). The articles are "
            "stored; check the folder's permissions and the free disk space."
        ) from error


def load(folder: Path, model: str) -> tuple[VectorIndex, Saved] | None:
    """The saved index of this model, if it is whole."""
    found = whole(folder)
    if found is None or found[0].model != model:
        return None
    saved, file = found
    index = read(file)
    return None if index is None else (index, saved)


def whole(folder: Path) -> tuple[Saved, Path] | None:
    """What the saved index is of, and its file, whose digest was compared; `None` if there is none or it is damaged."""
    manifest = _manifest(folder)
    try:
        saved = Saved(
            str(manifest["model"]), int(manifest["generation"]), str(manifest["mark"]), int(manifest["learned"])
        )
        file = folder / Path(manifest["file"]).name
        return (saved, file) if _sha256(file) == manifest["sha256"] else None
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _manifest(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / MANIFEST_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _clear(folder: Path, kept: str | None) -> None:
    """Remove what processes left behind that were killed: files no manifest names, from long ago."""
    for file in (*folder.glob("index*.faiss"), *folder.glob("index.*.tmp")):
        if file.name != kept and time.time() - file.stat().st_mtime > LEFT_BEHIND:
            file.unlink(missing_ok=True)


def _replace(path: Path, written: Path) -> None:
    """Put a written file in another's place, once it is on the disk."""
    with written.open("rb+") as stream:
        os.fsync(stream.fileno())
    written.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
