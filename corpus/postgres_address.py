"""The address of a library on PostgreSQL: what is PostgreSQL's own in it, and what is ours. Connects to nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from corpus.errors import LibraryError

SCHEMA = "citewire"  # unless the address says `?schema=NAME`
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a library is. `shown` leaves the password out. `nodes`: see `corpus.postgres_shards`."""

    url: str
    schema: str
    shown: str
    nodes: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Address:
        """Read an address: `postgresql://user@host:5432/database?schema=news`; the rest of the query is PostgreSQL's own."""
        try:
            parts = urlsplit(text)
            query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError as error:
            raise LibraryError(f"The address of the library cannot be read: {error}.") from error
        schema = dict(query).get("schema", SCHEMA)
        if not _NAME.fullmatch(schema):
            raise LibraryError(f"{schema!r} cannot be a schema: use small letters, digits and '_', a letter first.")
        nodes = tuple(filter(None, dict(query).get("nodes", "").split(",")))
        if not all(map(_NAME.fullmatch, nodes)):
            raise LibraryError(f"{','.join(nodes)!r} are no names of servers. Write ?nodes=one,two,three.")
        rest = [pair for pair in query if pair[0] not in ("schema", "nodes")]
        user, host = parts.username or "", parts.netloc.rpartition("@")[2]
        shown = parts._replace(
            netloc=f"{user}@{host}" if user else host,
            query=urlencode([pair for pair in query if "pass" not in pair[0]], safe="/,"),
        )
        return cls(parts._replace(query=urlencode(rest, quote_via=quote)).geturl(), schema, shown.geturl(), nodes)
