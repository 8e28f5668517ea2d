"""A check that `corpus` and `embeddings` are ours: other projects install top-level packages of those names."""

from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).parent.parent


def check_siblings() -> None:
    """Raise `ImportError`, saying what to do, when a sibling package is another project's."""
    for name in ("corpus", "embeddings"):
        spec = find_spec(name)
        found = Path(spec.origin).parent.parent if spec and spec.origin else None
        if found is None or found.resolve() != HOME.resolve():
            raise ImportError(
                f"The package {name!r} in {found} is not Citewire's. Another project installs one of that name: "
                "give Citewire a virtual environment of its own (make run makes one)."
            )
