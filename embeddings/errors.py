"""The errors of the vector layer.

EmbeddingError
├── ModelNotFound      no model by that name or path can be loaded here
├── IndexUnwritable    the vector index cannot be written beside the library
├── ModelChanged       the library was indexed with other weights than those at hand
├── DeviceUnavailable  torch does not see the device that the settings name
├── RayUnavailable     Ray is not installed, or there is no such cluster
├── RayFailed          a Ray cluster could not embed
└── ModelCorrupt       the packaged model's weights are not the ones we know
"""

from corpus.errors import CitewireError


class EmbeddingError(CitewireError):
    """Root of the errors raised by `embeddings`."""


class ModelNotFound(EmbeddingError):
    """No model by that name or path can be loaded without a network."""


class ModelCorrupt(EmbeddingError):
    """The model's weights do not have the expected SHA-256."""


class ModelChanged(EmbeddingError):
    """The library was indexed with other weights than those that its model has on this machine."""


class DeviceUnavailable(EmbeddingError):
    """The device that the settings name is not there, or torch does not see it."""


class RayUnavailable(EmbeddingError):
    """Ray is not installed, or no cluster can be joined at that address."""


class RayFailed(EmbeddingError):
    """A Ray cluster could not embed a group of passages; what was stored before stands."""


class IndexUnwritable(EmbeddingError):
    """The vector index cannot be written: full disk or read-only folder. It is a cache; nothing is lost."""
