"""Cross-encoders, which read two texts together: one says how well a text answers a question, the other whether one text
entails another. Optional; none is shipped.

Through sentence-transformers, from a folder or the local model cache; never downloads anything.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.errors import ModelNotFound

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder as Model


class CrossEncoder:
    """A cross-encoder by name or folder; its weights load on first use. Thread-safe."""

    def __init__(self, model: str) -> None:
        self._name = model
        self._lock = threading.Lock()
        self._model: Model | None = None

    def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers, unbounded, higher is better; what is longer than the model reads is cut there.

        Raises:
            ModelNotFound: there is no such model on this machine, or it gives more than one score a text.
        """
        if not texts:
            return []
        with self._lock:
            if self._model is None:
                self._model = self._load()
            scores = self._model.predict([(question, text) for text in texts], show_progress_bar=False)
        return [float(score) for score in scores]

    def _load(self) -> Model:
        model = _load(self._name, "reranker")
        if model.num_labels != 1:
            raise ModelNotFound(
                f"The model {self._name!r} gives {model.num_labels} scores a text; a reranker must give one."
            )
        return model


class EntailmentModel:
    """A cross-encoder for natural language inference by name or folder; its weights load on first use. Thread-safe."""

    def __init__(self, model: str) -> None:
        self._name = model
        self._lock = threading.Lock()
        self._loaded: tuple[Model, int] | None = None

    def entailed(self, premise: str, hypothesis: str) -> float:
        """The probability that the premise entails the hypothesis; what is longer than the model reads is cut there.

        Raises:
            ModelNotFound: there is no such model on this machine, or none of its labels is called entailment.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            model, label = self._loaded
            scores = model.predict([(premise, hypothesis)], apply_softmax=True, show_progress_bar=False)
        return float(scores[0][label])

    def _load(self) -> tuple[Model, int]:
        model = _load(self._name, "nli")
        names = (getattr(model.config, "id2label", None) or {}).items()
        labels = {str(name).lower(): int(i) for i, name in names}
        if "entailment" not in labels or len(labels) < 2:
            raise ModelNotFound(
                f"The model {self._name!r} has the labels {', '.join(labels)}; one of several must be called entailment."
            )
        return model, labels["entailment"]


def _load(name: str, setting: str) -> Model:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from sentence_transformers import CrossEncoder as Model  # seconds to import
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model: Model = Model(str(Path(name).expanduser()), device="cpu", local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelNotFound(
            f"There is no cross-encoder {name!r} on this machine ({str(error).splitlines()[0]}). Give a folder, "
            f"or leave the setting `{setting}` empty."
        ) from error
    return model
