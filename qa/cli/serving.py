"""`citewire serve`, `citewire mcp` and `citewire ui`: the library for other programs and people, on this machine or, with tokens, for others."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import qa
from qa import logs
from qa.cli.terminal import LibraryOption, err, opened, plain
from qa.errors import SettingsError
from qa.settings import load_settings
from qa.telemetry import traces_from

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from qa.server.access import Access


class LogLevel(StrEnum):
    """From what level on the server logs."""

    debug = "debug"
    info = "info"
    warning = "warning"


READER, EDITOR = "CITEWIRE_READER_TOKEN", "CITEWIRE_EDITOR_TOKEN"
HostOption = Annotated[str, typer.Option(help="Address to listen on.")]
NameOption = Annotated[
    list[str] | None,
    typer.Option("--name", help="Name the server is called by, besides its address; may be repeated."),
]


def serve(
    library: LibraryOption = None,
    host: HostOption = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8400,
    name: NameOption = None,
    log_level: Annotated[LogLevel, typer.Option(help="What is logged; debug holds questions, too.")] = LogLevel.info,
) -> None:
    """Serve the REST API. Beyond this machine it needs tokens, in CITEWIRE_READER_TOKEN and CITEWIRE_EDITOR_TOKEN."""
    with _extra("server"):
        from qa.server.app import create_app
    access, traces = _access(host), traces_from()
    with opened(library, create=False) as engine, closing(traces) if traces else nullcontext():
        threading.Thread(target=engine.warm, name="warm", daemon=True).start()
        err.print(f"Citewire answers on http://{plain(host)}:{port}. Ctrl-C stops it.")
        logs.start(log_level)
        _listen(create_app(engine, access, hosts=_names(host, name), traces=traces), host, port)


def mcp(
    library: LibraryOption = None,
    http: Annotated[bool, typer.Option("--http", help="Listen on an address instead of standard input.")] = False,
    host: HostOption = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8401,
    name: NameOption = None,
) -> None:
    """Serve the library to language models by the Model Context Protocol, over standard input and output."""
    with _extra("mcp"):
        from qa.mcp.http import PATH, http_app
        from qa.mcp.server import create_server
    access, traces = _access(host) if http else None, traces_from()
    with opened(library, create=False) as engine, closing(traces) if traces else nullcontext():
        server = create_server(engine, traces)
        threading.Thread(target=engine.warm, name="warm", daemon=True).start()
        if access is None:
            server.run("stdio")
            return
        err.print(f"Citewire answers on http://{plain(host)}:{port}{PATH}. Ctrl-C stops it.")
        _listen(http_app(server, access, hosts=_names(host, name)), host, port)


def ui(
    library: LibraryOption = None,
    host: HostOption = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8501,
    name: NameOption = None,
) -> None:
    """Open the app in the browser. Beyond this machine it needs CITEWIRE_APP_TOKEN, or an OpenID provider."""
    from qa.ui.gate import refusal

    if reason := refusal(host):
        raise SettingsError(reason)
    chosen = load_settings(library=library)  # an unusable setting is told here, not by the first page
    here = Path(qa.__file__).parent
    script = next(file for file in (here / "app.py", here.parent / "app.py") if file.is_file())
    flags = {
        "server.address": host, "server.port": port, "server.enableXsrfProtection": "true",
        "server.enableCORS": "true", "server.headless": "true", "browser.gatherUsageStats": "false",
        "browser.serverAddress": name[0] if name else "localhost",  # else it asks a stranger for its address
    }  # fmt: skip
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--{flag}={value}" for flag, value in flags.items()]
    command += [f"--server.allowedHosts={allowed}" for allowed in sorted(_names(host, name))]
    if library is not None:
        os.environ["CITEWIRE_LIBRARY"] = str(chosen.library)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell


@contextmanager
def _extra(name: str) -> Iterator[None]:
    """Name the line that installs what is missing."""
    try:
        yield
    except ImportError as error:
        raise SettingsError(
            f"This needs more packages ({error.name}). Install them: pip install -e '.[{name}]'"
        ) from error


def _access(host: str) -> Access:
    """The tokens of the environment; others may reach the server only with one."""
    from qa.guessing import is_loopback
    from qa.server.access import Access

    try:
        access = Access(os.environ.get(READER, ""), os.environ.get(EDITOR, ""))
    except ValueError as error:
        raise SettingsError(f"{READER} or {EDITOR} cannot be used: {error}") from error
    if access.open and not is_loopback(host):
        raise SettingsError(
            f"Others could reach {host!r}, and no token is set. Set {READER} or {EDITOR}, or listen on 127.0.0.1."
        )
    return access


def _names(host: str, more: Iterable[str] | None) -> set[str]:
    return {"localhost", "127.0.0.1", "[::1]", host, *(given.lower() for given in more or ())}


def _listen(app: ASGIApp, host: str, port: int) -> None:
    import uvicorn

    uvicorn.run(
        app, host=host, port=port, log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=5,
    )  # fmt: skip
