"""Settings: frozen, from `citewire.toml`, then the environment (`CITEWIRE_*`), then the command line.

Unknown keys are refused wherever they come from. Built once at the edge and passed down as plain values.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from corpus.library import SERVERS
from qa.chat_model import checked_url
from qa.errors import SettingsError
from qa.gate import THRESHOLD
from qa.readers.generative import EVIDENCE_TOKENS

PREFIX = "CITEWIRE_"
CONFIG_FILE = "citewire.toml"
KEY, OPENAI_KEY = PREFIX + "LLM_KEY", "OPENAI_API_KEY"  # secrets: read from the environment, and kept nowhere
# Read where they are used, never a setting, and kept nowhere.
SECRETS = frozenset({KEY, PREFIX + "READER_TOKEN", PREFIX + "EDITOR_TOKEN", PREFIX + "APP_TOKEN", PREFIX + "APP_USERS"})


class Settings(BaseSettings):
    """Everything that can be chosen. Each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", toml_file=CONFIG_FILE)

    library: Path | str = Field(
        default_factory=lambda: user_data_path("citewire", appauthor=False),
        description="folder of the library, or `postgresql://…`, its address on a server",
    )
    model: str = Field(
        default="all-MiniLM-L6-v2", description="embedding model: the packaged one, or a folder, or a name"
    )
    query_prefix: str = Field(default="", description="what the embedding model wants before a question")
    passage_prefix: str = Field(default="", description="what the embedding model wants before a passage")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", description="where the embedding model runs; auto: a GPU that torch sees, else the processor"
    )
    reranker: str = Field(default="", description="cross-encoder that orders the best sentences: a folder, or a name")
    nli: str = Field(
        default="", description="entailment cross-encoder with the last word on drafted sentences: a folder, or a name"
    )
    candidates: int = Field(
        default=50, ge=1, le=1000, description="passages taken from each of dense and lexical retrieval"
    )
    rescored: int = Field(
        default=40, ge=1, le=200, description="passages whose sentences are ranked by late interaction"
    )
    max_sentences: int = Field(default=3, ge=1, le=10, description="most sentences in an extractive answer")
    threshold: float = Field(default=THRESHOLD, ge=0, le=1, description="confidence below which no answer is given")
    reader: Literal["extractive", "llm"] = Field(
        default="extractive", description="who writes answers: the articles' own sentences, or a language model"
    )
    llm_url: str = Field(
        default="http://127.0.0.1:11434/v1", description="address of an OpenAI-compatible server; Ollama's by default"
    )
    llm_model: str = Field(default="", description="name of its model; empty: the first that the server lists")
    llm_timeout: float = Field(
        default=60, gt=0, le=3600, description="seconds that the model may take for its first word"
    )
    llm_evidence_tokens: int = Field(
        default=EVIDENCE_TOKENS, ge=200, le=100_000, description="tokens of evidence in the model's prompt"
    )

    @field_validator("library", mode="before")
    @classmethod
    def _place(cls, value: object) -> object:
        """A path, unless it is the address of a server, which a path would lose a slash of."""
        return Path(value) if isinstance(value, str) and not value.startswith(SERVERS) else value

    @field_validator("llm_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return checked_url(value)

    @model_validator(mode="before")
    @classmethod
    def _no_key(cls, data: dict[str, Any]) -> dict[str, Any]:
        """A key in a file gets copied, shared and committed."""
        if found := next((name for name in data if name.lower().endswith("key")), None):
            raise SettingsError(
                f"{found!r} is no setting: a key is never read from a file. Set {KEY} in the environment."
            )
        return data

    @property
    def llm_key(self) -> str | None:
        """The key for `llm_url`, from the environment. One meant for OpenAI's services is only sent over https."""
        if key := os.environ.get(KEY):
            return key
        return (os.environ.get(OPENAI_KEY) or None) if urlsplit(self.llm_url).scheme == "https" else None

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
    if unknown := sorted(
        key for key in os.environ if key.upper().startswith(PREFIX) and key.upper() not in known | SECRETS
    ):
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
