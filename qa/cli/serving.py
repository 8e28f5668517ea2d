"""`citewire serve`: the REST API on this machine, or, with tokens, for others."""

from __future__ import annotations

import os
import threading
from typing import Annotated

import typer

from qa.cli.terminal import LibraryOption, err, opened, plain
from qa.errors import SettingsError

READER, EDITOR = "CITEWIRE_READER_TOKEN", "CITEWIRE_EDITOR_TOKEN"


def serve(
    library: LibraryOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8400,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Name the server is called by, besides its address; may be repeated."),
    ] = None,
) -> None:
    """Serve the REST API. Beyond this machine it needs tokens, in CITEWIRE_READER_TOKEN and CITEWIRE_EDITOR_TOKEN."""
    try:
        import uvicorn

        from qa.server.access import Access, is_loopback
        from qa.server.app import create_app
    except ImportError as error:
        raise SettingsError(
            f"The server needs more packages ({error.name}). Install them: pip install -e '.[server]'"
        ) from error
    try:
        access = Access(os.environ.get(READER, ""), os.environ.get(EDITOR, ""))
    except ValueError as error:
        raise SettingsError(f"{READER} or {EDITOR} cannot be used: {error}") from error
    if access.open and not is_loopback(host):
        raise SettingsError(
            f"Others could reach {host!r}, and no token is set. Set {READER} or {EDITOR}, or listen on 127.0.0.1."
        )
    names = {"localhost", "127.0.0.1", "[::1]", host, *(given.lower() for given in name or ())}
    with opened(library, create=False) as engine:
        threading.Thread(target=engine.warm, name="warm", daemon=True).start()
        err.print(f"Citewire answers on http://{plain(host)}:{port}. Ctrl-C stops it.")
        uvicorn.run(
            create_app(engine, access, hosts=names), host=host, port=port, log_level="warning", access_log=False,
            server_header=False, timeout_graceful_shutdown=5,
        )  # fmt: skip
