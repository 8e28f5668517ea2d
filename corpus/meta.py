"""Single values kept in a library: which model its passages were cut and embedded for, what was done once."""

from __future__ import annotations

from collections.abc import Mapping

from corpus.inputs import Connections

MODEL_KEY = "model_fingerprint"  # of the embedder that the passages were cut for


def value(library: Connections, key: str) -> str | None:
    """The value kept under `key`, if any."""
    with library.read() as db:
        row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def claim(library: Connections, values: Mapping[str, str]) -> bool:
    """Keep all of these unless one of them has a value already; whether they were kept."""
    with library.write() as db:
        keys = list(values)
        taken = db.execute(f"SELECT count(*) FROM meta WHERE key IN ({', '.join('?' * len(keys))})", keys).fetchone()[0]
        if not taken:
            db.executemany("INSERT INTO meta VALUES (?, ?)", list(values.items()))
    return not taken
