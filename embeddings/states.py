"""Token states of a passage as compact bytes: int8 per dimension with one scale a token, and each sentence's tokens.

Quantizing costs nothing measurable in ranking (see docs/decisions) and makes a question free of encoder passes
over passages. Layout: version byte, uint16 tokens, uint16 dimensions, uint16 sentences, then
uint16 `[sentences, 2]` token ranges, float16 `[tokens]` scales, int8 `[tokens, dimensions]`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.types import Passage, Span
from embeddings.types import Encoding, Float32

_HEADER = struct.Struct("<BHHH")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class PassageStates:
    """`states`: float32 `[n, d]`. `slices[i]` is the token range of the passage's sentence `i`."""

    states: Float32
    slices: tuple[slice, ...]


def sentence_slices(passage: Passage, offsets: Sequence[Span]) -> tuple[slice, ...]:
    """For each sentence of the passage, the range of tokens that lie in it."""
    starts = np.fromiter((span.start for span in offsets), dtype=np.int64, count=len(offsets))
    position = len(passage.embedding_text) - len(passage.text)
    slices = []
    for sentence in passage.sentences:
        first, last = np.searchsorted(starts, [position, position + len(sentence.text)])
        slices.append(slice(int(first), int(last)))
        position += len(sentence.text) + 1
    return tuple(slices)


def from_encoding(passage: Passage, encoding: Encoding) -> PassageStates:
    """A passage's states as the encoder gave them."""
    return PassageStates(encoding.states, sentence_slices(passage, encoding.offsets))


def pack(states: PassageStates) -> bytes:
    """Quantize to bytes."""
    tokens, dimensions = states.states.shape
    scales = np.abs(states.states).max(axis=1, initial=1e-8) / 127
    scales = scales.astype(np.float16)
    codes = np.rint(states.states / scales[:, None].astype(np.float32)).clip(-127, 127).astype(np.int8)
    ranges = np.array([(s.start, s.stop) for s in states.slices], dtype="<u2").reshape(-1, 2)
    return b"".join(
        (_HEADER.pack(_VERSION, tokens, dimensions, len(states.slices)), ranges.tobytes(),
         scales.astype("<f2").tobytes(), codes.tobytes())
    )  # fmt: skip


def unpack(data: bytes) -> PassageStates | None:
    """The inverse of `pack`, up to quantization; `None` when the bytes are not of this layout."""
    if len(data) < _HEADER.size:
        return None
    version, tokens, dimensions, sentences = _HEADER.unpack_from(data)
    if version != _VERSION or len(data) != _HEADER.size + 4 * sentences + tokens * (2 + dimensions):
        return None
    position = _HEADER.size
    ranges = np.frombuffer(data, "<u2", 2 * sentences, position).reshape(-1, 2)
    position += 4 * sentences
    scales = np.frombuffer(data, "<f2", tokens, position).astype(np.float32)
    codes = np.frombuffer(data, np.int8, tokens * dimensions, position + 2 * tokens)
    states = codes.reshape(tokens, dimensions).astype(np.float32) * scales[:, None]
    return PassageStates(states, tuple(slice(int(first), int(last)) for first, last in ranges))
