"""Token states of a passage as few bits: turned, then each dimension rounded to one of a few levels, one scale a token.

A turn by a fixed orthogonal matrix leaves every inner product as it is and makes the dimensions of any model alike, so
that the same levels serve all of them (Max, "Quantizing for minimum distortion", 1960); the scale makes a token's
product with itself exact, so that products are right on average. What that costs in ranking: docs/decisions/029.
States are kept turned in memory too: it is the question that is turned, once, by `turned`.

Layout: version byte, uint16 tokens, uint16 dimensions, uint16 sentences, then uint16 `[sentences, 2]` token ranges,
float16 `[tokens]` scales, and the codes of `[tokens, dimensions]`: `BITS` bits each, the first in the lowest bits.
Version 1, written by earlier Citewires, has int8 codes of states that are not turned.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import shake_128

import numpy as np

from corpus.types import Passage, Span
from embeddings.types import Encoding, Float32

_HEADER = struct.Struct("<BHHH")
_INT8, _VERSION = 1, 2
BITS = 4
_UPPER = (0.1284, 0.3881, 0.6568, 0.9424, 1.2562, 1.6181, 2.0690, 2.7326)  # for a standard normal (Max 1960)
_LEVELS = (*(-level for level in reversed(_UPPER)), *_UPPER)
_SEED = b"citewire"  # of the signs; changing it makes stored states useless


@dataclass(frozen=True, slots=True)
class PassageStates:
    """`states`: float32 `[n, d]`, turned. `slices[i]` is the token range of the passage's sentence `i`."""

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
    return PassageStates(encoding.states @ _turn(encoding.states.shape[1]), sentence_slices(passage, encoding.offsets))


def turned(encoding: Encoding) -> Encoding:
    """A question's encoding in the space of passages' states."""
    turn = _turn(len(encoding.vector))
    return replace(encoding, vector=encoding.vector @ turn, states=encoding.states @ turn)


def pack(states: PassageStates) -> bytes:
    """Quantize to bytes."""
    tokens, dimensions = states.states.shape
    norms = np.linalg.norm(states.states, axis=1, keepdims=True) + 1e-12
    spread = states.states * (dimensions**0.5 / norms)  # each dimension about a standard normal
    codes = np.searchsorted(np.convolve(_LEVELS, (0.5, 0.5), "valid"), spread).astype(np.uint8)
    levels = np.asarray(_LEVELS, dtype=np.float32)[codes]
    products = (spread * levels).sum(axis=1) + 1e-12
    scales = norms[:, 0] * (spread * spread).sum(axis=1) / products / dimensions**0.5
    per_byte = 8 // BITS
    padded = np.pad(codes, ((0, 0), (0, -dimensions % per_byte))).reshape(tokens, -(-dimensions // per_byte), per_byte)
    packed = np.bitwise_or.reduce(padded << np.arange(0, 8, BITS, dtype=np.uint8), axis=2)
    ranges = np.array([(s.start, s.stop) for s in states.slices], dtype="<u2").reshape(-1, 2)
    return b"".join(
        (_HEADER.pack(_VERSION, tokens, dimensions, len(states.slices)), ranges.tobytes(),
         scales.astype("<f2").tobytes(), packed.astype(np.uint8).tobytes())
    )  # fmt: skip


def unpack(data: bytes) -> PassageStates | None:
    """The inverse of `pack`, up to quantization; `None` when the bytes are not of this layout."""
    if len(data) < _HEADER.size:
        return None
    version, tokens, dimensions, sentences = _HEADER.unpack_from(data)
    width = {_INT8: dimensions, _VERSION: -(-dimensions * BITS // 8)}.get(version, -1)
    if len(data) != _HEADER.size + 4 * sentences + tokens * (2 + width):
        return None
    position = _HEADER.size
    ranges = np.frombuffer(data, "<u2", 2 * sentences, position).reshape(-1, 2)
    position += 4 * sentences
    scales: Float32 = np.frombuffer(data, "<f2", tokens, position).astype(np.float32)[:, None]
    codes = np.frombuffer(data, np.uint8, tokens * width, position + 2 * tokens).reshape(tokens, width)
    states: Float32
    if version == _INT8:
        unturned: Float32 = codes.view(np.int8).astype(np.float32) * scales
        states = unturned @ _turn(dimensions)
    else:
        states = _levels_of_bytes()[codes].reshape(tokens, width * 8 // BITS)[:, :dimensions] * scales
    return PassageStates(states, tuple(slice(int(first), int(last)) for first, last in ranges))


@cache
def _levels_of_bytes() -> Float32:
    """For each byte, the levels of the codes in it: float32 `[256, 8 / BITS]`."""
    codes = np.arange(256)[:, None] >> np.arange(0, 8, BITS) & (1 << BITS) - 1
    levels: Float32 = np.asarray(_LEVELS, dtype=np.float32)[codes]
    return levels


@cache
def _turn(dimensions: int) -> Float32:
    """An orthogonal matrix that spreads each dimension over all: random signs and a cosine transform, twice."""
    k, i = np.arange(dimensions)[:, None], np.arange(dimensions)[None, :]
    cosines = np.cos(np.pi * (i + 0.5) * k / dimensions) * (2 / dimensions) ** 0.5
    cosines[0] /= 2**0.5
    bits = np.unpackbits(np.frombuffer(shake_128(_SEED).digest(dimensions), np.uint8), bitorder="little")
    signs = bits[: 2 * dimensions].reshape(2, dimensions, 1) * 2.0 - 1.0
    turn: Float32 = ((signs[0] * cosines.T) @ (signs[1] * cosines.T)).astype(np.float32)
    return turn
