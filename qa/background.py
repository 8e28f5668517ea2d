"""From work in an event loop, in a thread of its own, to a plain iterator. Knows nothing of what the work is."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any

POLL = 0.02  # seconds between two looks at `cancelled`

Emit = Callable[[str], None]


def iterate(
    work: Callable[[Emit], Coroutine[Any, Any, None]], cancelled: threading.Event | None = None
) -> Iterator[str]:
    """What `work` emits, as it comes. Whoever stops reading, or sets `cancelled`, ends the work where it stands.

    An error of the work is raised here.
    """
    pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(work(pieces.put))

    def run() -> None:
        end: BaseException | None = None
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            end = error  # raised again where it is waited for
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            pieces.put(end)

    thread = threading.Thread(target=run, name="chat", daemon=True)
    thread.start()
    try:
        while cancelled is None or not cancelled.is_set():
            try:
                piece = pieces.get(timeout=None if cancelled is None else POLL)
            except queue.Empty:
                continue
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        with suppress(RuntimeError):  # the loop is closed: the work has ended
            loop.call_soon_threadsafe(task.cancel)
        thread.join(1.0)  # at once, unless the system holds a closing connection
