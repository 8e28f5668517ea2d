"""What a store is: something that keeps vectors in a folder and finds the nearest. Imports no tool and no Citewire."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]


class Store(Protocol):
    """A store in a folder, which it opens or begins. Its module has `make(folder)` and names its `DISTRIBUTIONS` and,
    in `SETTINGS`, what its defaults are.
    """  # fmt: skip

    def build(self, vectors: Vectors) -> None:
        """Keep all of them, each under its row's number, and save what it takes to search in another process."""

    def search(self, vector: Vectors, k: int) -> list[int]:
        """The numbers of the `k` nearest, nearest first."""
