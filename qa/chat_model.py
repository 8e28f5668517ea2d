"""A chat model behind an OpenAI-compatible server: lists the models, streams an answer, completes one.

The only module that imports `openai`, inside, as that takes a second. Every request runs in an event loop of its own
thread, so that a time limit or a cancellation takes effect at once, whatever the server is doing. Every failure is a
`ReaderError` that says what to do. Knows no prompt; a key is sent to the server and goes nowhere else.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from corpus.iso import now
from qa import chat_failures as failures
from qa.background import Emit, iterate
from qa.errors import ReaderError, SettingsError

if TYPE_CHECKING:
    import openai

MAX_TOKENS = 1_000  # three sentences take about 150; the rest is for models that think first
CHARACTERS_A_TOKEN = 12  # no tokenizer has so many on average; a server that ignores `max_tokens` is stopped there
LONGEST_WAIT = 10.0  # seconds; a server that asks to wait longer is given up, as nobody waits that long for an answer
_NOT_CHAT = re.compile(r"embed|rerank|whisper|tts|dall-e|moderation", re.IGNORECASE)
_VISIBLE = re.compile(r"[!-~]+")  # ASCII without spaces: what may stand in an address or a header

Message = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long is waited, in seconds: to connect, for the first token, for each further one, and in all."""

    connect: float = 5.0
    first: float = 60.0
    between: float = 20.0
    whole: float = 180.0

    @classmethod
    def within(cls, first: float) -> Timeouts:
        """Limits around the time that the first token may take."""
        return cls(min(5.0, first), first, min(20.0, first), 3 * first)


@dataclass(slots=True)
class _Learned:
    """What the server has taught. Each write says the same thing again, so threads need no lock."""

    name: str | None = None
    limit: str = "max_tokens"
    temperature: bool = True


@dataclass(frozen=True, slots=True)
class ChatModel:
    """One model of one server. Thread-safe. `name` empty: the first chat model that the server lists.

    `retries`: further tries when the server is busy, fails or breaks off before its first token; between them pauses of
    about `pause` seconds, doubled each time, unless the server names another.
    """

    base_url: str
    name: str = ""
    key: str | None = field(default=None, repr=False)
    timeouts: Timeouts = Timeouts()
    retries: int = 2
    pause: float = 0.3
    _learned: _Learned = field(default_factory=_Learned, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse an unusable address or key.

        Raises:
            SettingsError: see `checked_url`; or the key holds characters that no key has.
        """
        checked_url(self.base_url)
        if self.key is not None and not _VISIBLE.fullmatch(self.key):
            raise SettingsError("The key of the model server holds a space or a letter that no key has. Set it anew.")

    def models(self) -> list[str]:
        """The names of the models that the server has.

        Raises:
            ReaderError: it does not answer, or not as such a server does.
        """

        async def work(emit: Emit) -> None:
            client = self._client(self.timeouts)
            async with self._limits(self.timeouts), client:
                for name in await self._list(client, self.retries):
                    emit(name)

        return list(iterate(work, None))

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = MAX_TOKENS,
        timeouts: Timeouts | None = None,
        retries: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> str:
        """The whole answer. See `stream`."""
        return "".join(
            self.stream(messages, max_tokens=max_tokens, timeouts=timeouts, retries=retries, cancelled=cancelled)
        )

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = MAX_TOKENS,
        schema: Mapping[str, Any] | None = None,
        timeouts: Timeouts | None = None,
        retries: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Iterator[str]:
        """The answer in pieces as they come; with a `schema`, as JSON of that form. Ends early once `cancelled` is set.

        Raises:
            ContextOverflow: the messages are longer than the model can read.
            RequestRefused: the server does not take the request, perhaps for its schema.
            CutOff: `max_tokens` were not enough.
            ReaderError: any other failure.
        """
        request: dict[str, Any] = {"messages": list(messages), "stream": True}
        if schema is not None:
            form = {"name": "answer", "schema": dict(schema), "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": form}
        limits = timeouts or self.timeouts
        tries = self.retries if retries is None else retries

        async def work(emit: Emit) -> None:
            client = self._client(limits)  # before the clock starts: the first one takes seconds to import
            async with self._limits(limits) as limit, client:
                await self._chat(client, request, max_tokens, tries, emit, _Pulse(limits, limit))

        yield from iterate(work, cancelled)

    # ---- one request, in its event loop

    def _client(self, limits: Timeouts) -> openai.AsyncOpenAI:
        """A client for one request; it asks a local server without a proxy."""
        import openai

        address = urlsplit(self.base_url)
        plain = address.scheme == "http"
        transport = openai.DefaultAsyncHttpxClient(
            verify=not plain,  # loading the certificates takes 0.1 s, for nothing
            trust_env=not (plain and _is_local(address.hostname or "")),
            timeout=openai.Timeout(None, connect=limits.connect),
            follow_redirects=False,  # a server that moves is named anew, not followed with the key in hand
        )
        return openai.AsyncOpenAI(
            base_url=self.base_url, api_key=self.key or "none", max_retries=0, http_client=transport,
            timeout=openai.Timeout(None, connect=limits.connect),
        )  # fmt: skip

    def _limits(self, limits: Timeouts) -> _Late:
        return _Late(self.base_url, limits)

    async def _chat(
        self, client: openai.AsyncOpenAI, request: dict[str, Any], max_tokens: int, retries: int, emit: Emit,
        pulse: _Pulse,
    ) -> None:  # fmt: skip
        import openai

        name = self.name or self._learned.name
        if not name:
            name = self._learned.name = await self._first(client, retries)
        room, ended, heard, spoken = max_tokens * CHARACTERS_A_TOKEN, False, False, False
        try:
            opened = self._tried(lambda: self._open(client, request | {"model": name}, max_tokens), retries)
            async with await opened as stream:
                async for chunk in stream:
                    heard = True
                    text, alive, reason = _read(chunk)
                    if text or alive:
                        pulse.beat()
                    if text:
                        spoken = True
                        emit(text[:room])
                        room -= len(text)
                    if reason == "length" or room <= 0:
                        raise failures.cut_off(max_tokens, spoken)
                    if ended := reason is not None:
                        break
        except openai.NotFoundError:
            self._learned.name = None  # a model that is gone is not asked for again
            raise failures.no_model(self.base_url, name, await self._list(client, 0)) from None
        except openai.APIError as error:
            broken = heard and isinstance(error, openai.APIConnectionError)
            raise failures.broke_off(self.base_url) if broken else self._explained(error) from None
        except ValueError:  # a line of the stream that is no JSON
            raise failures.no_model_server(self.base_url) from None
        if not heard:
            raise failures.no_model_server(self.base_url)
        if not ended:
            raise failures.broke_off(self.base_url)

    async def _open(self, client: openai.AsyncOpenAI, request: dict[str, Any], max_tokens: int) -> Any:
        """Start the answer, without the parameters that the model does not know."""
        import openai

        while True:
            options: dict[str, Any] = {self._learned.limit: max_tokens}
            if self._learned.temperature:
                options["temperature"] = 0
            try:
                return await client.chat.completions.create(**request, **options)
            except openai.BadRequestError as error:
                if "max_completion_tokens" in error.message and "max_tokens" in options:
                    self._learned.limit = "max_completion_tokens"
                elif "temperature" in error.message and "temperature" in options:
                    self._learned.temperature = False
                else:
                    raise

    async def _tried(self, call: Callable[[], Awaitable[T]], retries: int) -> T:
        """Call, and call again after a pause while the failure may pass."""
        import openai

        attempt = 0
        while True:
            try:
                return await call()
            except openai.APIError as error:
                pause = self._pause(error, attempt)
                if pause is None or attempt >= retries:
                    raise
            attempt += 1
            await asyncio.sleep(pause)

    def _pause(self, error: openai.APIError, attempt: int) -> float | None:
        """Seconds after which the request may be repeated; `None` when that would be no use."""
        import openai

        if isinstance(error, openai.APIStatusError):
            if error.status_code not in (408, 409, 429) and error.status_code < 500:
                return None
            if error.code == "insufficient_quota" or failures.overflows(error.message):
                return None
            if (asked := _retry_after(error.response.headers.get("retry-after"))) is not None:
                return asked if asked <= LONGEST_WAIT else None
        elif not isinstance(error, openai.APIConnectionError) or isinstance(error, openai.APITimeoutError):
            return None
        doubled: float = self.pause * 2**attempt
        return min(LONGEST_WAIT, doubled) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    async def _first(self, client: openai.AsyncOpenAI, retries: int) -> str:
        names = await self._list(client, retries)
        name = next((name for name in names if not _NOT_CHAT.search(name)), None)
        if name is None:
            raise failures.no_chat_model(self.base_url)
        return name

    async def _list(self, client: openai.AsyncOpenAI, retries: int) -> list[str]:
        import openai

        try:
            page: Any = await self._tried(lambda: _page(client), retries)
        except openai.APIError as error:
            raise self._explained(error) from None
        except (ValueError, AttributeError, TypeError):
            raise failures.no_model_server(self.base_url) from None
        rows = getattr(page, "data", None)
        if not isinstance(rows, list):
            raise failures.no_model_server(self.base_url)
        return [row.id for row in rows if isinstance(getattr(row, "id", None), str)]

    def _explained(self, error: openai.APIError) -> ReaderError:
        """Our error for one of the library's; that one is not chained, as the server's words may hold the key."""
        body = error.body if isinstance(error.body, dict) else {}
        words = str(body.get("message") or "")
        return failures.explained(
            self.base_url, _status(error), f"{error.type} {error.code} {error.message}", words, self.key
        )


def checked_url(url: str) -> str:
    """The address of a model server, if it can be one.

    Raises:
        SettingsError: it is no http or https address, or holds a user name or a password.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not _VISIBLE.fullmatch(url):
        raise SettingsError(f"{url!r} is no address of a model server. Write it like http://127.0.0.1:11434/v1")
    if parts.username is not None or parts.password is not None:
        raise SettingsError("The address of the model server holds a login. Set CITEWIRE_LLM_KEY instead.")
    return url


# ---- parts of a request


@dataclass(slots=True)
class _Late:
    """An `asyncio.timeout` that ends in a `ReaderError`."""

    url: str
    limits: Timeouts
    _timeout: asyncio.Timeout = field(init=False)

    async def __aenter__(self) -> asyncio.Timeout:
        self._timeout = asyncio.timeout(min(self.limits.first, self.limits.whole))
        return await self._timeout.__aenter__()

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise failures.too_slow(self.url) from None


@dataclass(slots=True)
class _Pulse:
    """Moves the time limit on with each sign of life, never beyond the whole."""

    limits: Timeouts
    timeout: asyncio.Timeout
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = asyncio.get_running_loop().time() + self.limits.whole

    def beat(self) -> None:
        self.timeout.reschedule(min(self._end, asyncio.get_running_loop().time() + self.limits.between))


async def _page(client: openai.AsyncOpenAI) -> Any:
    return await client.models.list()


def _read(chunk: Any) -> tuple[str, bool, str | None]:
    """The text of a chunk, whether the model is at work in it, and why it ends. Servers leave out what they like."""
    choices = getattr(chunk, "choices", None)
    if not isinstance(choices, list) or not choices:
        return "", False, None
    delta = getattr(choices[0], "delta", None)
    text = getattr(delta, "content", None)
    thinking = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
    reason = getattr(choices[0], "finish_reason", None)
    return text if isinstance(text, str) else "", bool(thinking), str(reason) if reason else None


def _status(error: openai.APIError) -> int | None:
    """The HTTP status, or the one that an error within a stream names; 0 when the server was not reached."""
    import openai

    if isinstance(error, openai.APIConnectionError):
        return 0
    if isinstance(error, openai.APIStatusError):
        return error.status_code
    return int(error.code) if error.code and error.code.isdecimal() else None


def _retry_after(header: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for, a number or a date (RFC 9110, section 10.2.3)."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(header)
        return max(0.0, (moment - now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _is_local(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")
