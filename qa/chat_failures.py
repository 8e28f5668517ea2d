"""What to say when a model server fails, and what to do then: each failure as an error of ours. Talks to no server."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.errors import ContextOverflow, CutOff, ReaderError, RequestRefused

ELSE = "or answer with --reader extractive"
LONGEST_WORDS = 200  # characters of what a server says of itself, or of a name that it lists
MOST_NAMES = 8
_OVERFLOW = re.compile(
    r"context[ _](?:length|size|window)|exceed_context|maximum context|too many (?:input )?tokens|"
    r"prompt is too long|input (?:is )?too long|longer than the (?:model|context)",
    re.IGNORECASE,
)


def overflows(words: str) -> bool:
    """Whether a server says in these words that the prompt is longer than it can read; there is no common code."""
    return _OVERFLOW.search(words) is not None


def explained(url: str, status: int | None, words: str, detail: str, key: str | None) -> ReaderError:
    """The error for an HTTP status: 0 when the server was not reached, `None` when it names none.

    `words`: all that the server said, looked through but not shown. `detail`: what of it may be shown.
    """
    where = f"The model server at {url}"
    if overflows(words) or status == 413:
        return ContextOverflow(f"{where} cannot read so long a prompt. Lower llm_evidence_tokens, {ELSE}.")
    match status:
        case 0:
            return ReaderError(f"{where} does not answer. Start it, {ELSE}.")
        case 400 | 422:
            return RequestRefused(f"{where} refuses the request: {_shown(detail, key)}")
        case 401 | 403:
            what = "refuses the key. Set another" if key else "wants a key. Set it"
            return ReaderError(f"{where} {what} in the environment as CITEWIRE_LLM_KEY, {ELSE}.")
        case 429:
            return ReaderError(f"{where} is busy or your quota is used up. Ask again later, {ELSE}.")
        case 404 | 405 | 301 | 302 | 303 | 307 | 308:
            return no_model_server(url)
        case _:
            failed = f"failed (HTTP {status})" if status else "failed"
            return ReaderError(f"{where} {failed}: {_shown(detail, key)} Look into its log, {ELSE}.")


def no_model_server(url: str) -> ReaderError:
    """Something else answers there."""
    return ReaderError(
        f"What answers at {url} is no OpenAI-compatible model server. Check llm_url; it mostly ends in /v1."
    )


def no_model(url: str, name: str, names: Sequence[str]) -> ReaderError:
    """The server has others."""
    known = ", ".join(repr(known[:LONGEST_WORDS]) for known in names[:MOST_NAMES]) or "none"
    return ReaderError(
        f"The model server at {url} has no model {name!r}. It has: {known}. Set llm_model to one of its models, {ELSE}."
    )


def no_chat_model(url: str) -> ReaderError:
    """The server has none that could answer."""
    return ReaderError(f"The model server at {url} has no chat model. Load one (Ollama: `ollama pull NAME`), {ELSE}.")


def too_slow(url: str) -> ReaderError:
    """A time limit has passed."""
    return ReaderError(
        f"The model server at {url} takes too long. Wait until it has loaded the model, raise llm_timeout, {ELSE}."
    )


def broke_off(url: str) -> ReaderError:
    """The answer ended before its end."""
    return ReaderError(f"The model server at {url} broke off its answer. Ask again, {ELSE}.")


def wrote_nothing(url: str) -> ReaderError:
    """The answer is empty."""
    return ReaderError(f"The model at {url} wrote nothing. Set llm_model to another one, {ELSE}.")


def nothing_fits(tokens: int) -> ReaderError:
    """Not one sentence of the evidence is short enough for the prompt."""
    return ReaderError(f"No sentence found fits into {tokens} tokens. Raise llm_evidence_tokens, {ELSE}.")


def cut_off(max_tokens: int, spoken: bool) -> CutOff:
    """The answer did not end. `spoken`: whether there was any, besides thinking."""
    end = f"The model's answer was cut off after {max_tokens} tokens."
    return CutOff(end if spoken else f"{end} It was still thinking: set llm_model to one that thinks less, {ELSE}.")


def _shown(detail: str, key: str | None) -> str:
    """A server's words as far as they may be shown: one line, not long, without the key."""
    line = " ".join("".join(char if char.isprintable() else " " for char in detail or "it does not say why").split())
    line = line.replace(key, "***") if key else line
    return line[:LONGEST_WORDS].rstrip(".") + "."
