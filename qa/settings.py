"""Settings: frozen, from `citewire.toml`, then the environment (`CITEWIRE_*`), then the command line.

Unknown keys are refused wherever they come from. Built once at the edge and passed down as plain values.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qa.errors import SettingsError
from qa.gate import THRESHOLD

PREFIX = "CITEWIRE_"
CONFIG_FILE = "citewire.toml"


class Settings(BaseSettings):
    """Everything that can be chosen. Each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", toml_file=CONFIG_FILE)

    library: Path = Field(
        default_factory=lambda: user_data_path("citewire", appauthor=False),
        description="folder of the library",
    )
    model: str = Field(
        default="all-MiniLM-L6-v2", description="embedding model: the packaged one, or a folder, or a name"
    )
    query_prefix: str = Field(default="", description="what the embedding model wants before a question")
    passage_prefix: str = Field(default="", description="what the embedding model wants before a passage")
    reranker: str = Field(default="", description="cross-encoder that orders the best sentences: a folder, or a name")
    candidates: int = Field(
        default=50, ge=1, le=1000, description="passages taken from each of dense and lexical retrieval"
    )
    rescored: int = Field(
        default=40, ge=1, le=200, description="passages whose sentences are ranked by late interaction"
    )
    max_sentences: int = Field(default=3, ge=1, le=10, description="most sentences in an extractive answer")
    threshold: float = Field(default=THRESHOLD, ge=0, le=1, description="confidence below which no answer is given")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; `None` overrides are ignored.

    Raises:
        SettingsError: a key is unknown or a value unusable; the message names it and the known keys.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    if unknown := sorted(key for key in os.environ if key.upper().startswith(PREFIX) and key.upper() not in known):
        raise SettingsError(f"Unknown setting {unknown[0]!r} in the environment. Known: {', '.join(sorted(known))}")
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(
            f"The setting {'.'.join(map(str, first['loc']))!r} cannot be used: {first['msg']}. "
            f"Known settings: {', '.join(Settings.model_fields)}"
        ) from error
    except ValueError as error:  # citewire.toml is no TOML
        raise SettingsError(f"{CONFIG_FILE} cannot be read: {error}") from error
