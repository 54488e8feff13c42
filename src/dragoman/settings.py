"""Everything that a person may want to change, in one place.

Read from the environment (``DRAGOMAN_*``), then from ``dragoman.toml`` in the working folder,
then the defaults. `dragoman config` shows the result and where it came from.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from platformdirs import user_data_path
from pydantic import AliasChoices, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """Dragoman's settings, immutable once read."""

    model_config = SettingsConfigDict(
        env_prefix="DRAGOMAN_",
        toml_file="dragoman.toml",
        frozen=True,
        extra="forbid",
        populate_by_name=True,
    )

    home: Path = Field(default_factory=lambda: user_data_path("dragoman", appauthor=False))
    """Data folder: memory, threads and models."""

    models_dir: Path | None = None
    """Where model files lie; ``<home>/models`` when not set."""

    tenant: str = "default"
    """The tenant that reads and writes when none is named."""

    engine: str = "auto"
    """Engine spec, for example ``ollama:qwen3.5:4b`` or ``embedded:qwen2.5-coder:1.5b``."""

    embedder: str = "auto"
    """Embedder spec, for example ``embedded:multilingual-e5-small``."""

    ollama_host: str = Field(
        default="http://127.0.0.1:11434",
        validation_alias=AliasChoices("DRAGOMAN_OLLAMA_HOST", "OLLAMA_HOST", "ollama_host"),
    )
    """Address of the Ollama server."""

    hugging_face_endpoint: str = Field(
        default="https://huggingface.co",
        validation_alias=AliasChoices(
            "DRAGOMAN_HUGGING_FACE_ENDPOINT", "HF_ENDPOINT", "hugging_face_endpoint"
        ),
    )
    """First place that embedded weights are fetched from."""

    modelscope_endpoint: str = "https://modelscope.cn"
    """Second place that embedded weights are fetched from."""

    context_tokens: int = Field(default=8192, ge=1024, le=262_144)
    """Context window that the engine is asked for, in tokens; one value for every call."""

    connect_seconds: float = Field(default=5.0, gt=0)
    """Time limit for opening a connection."""

    first_token_seconds: float = Field(default=300.0, gt=0)
    """Time limit from the request to the first token."""

    token_gap_seconds: float = Field(default=60.0, gt=0)
    """Time limit between two tokens."""

    max_steps: int = Field(default=4, ge=1, le=20)
    """Planning steps in one turn before an honest partial answer."""

    thought_characters: int = Field(default=120, ge=0, le=1000)
    """Length of the planner's thought before it decides."""

    answer_tokens: int = Field(default=400, ge=32, le=8192)
    """Length of an answer, in tokens."""

    passage_count: int = Field(default=4, ge=1, le=20)
    """Passages that are shown to the model for one question."""

    passage_tokens: int = Field(default=700, ge=100, le=32_000)
    """Budget for all passages together, in tokens."""

    question_characters: int = Field(default=20_000, ge=100)
    """Longest question that is accepted, in characters."""

    tool_seconds: float = Field(default=30.0, gt=0)
    """Time limit of a tool that names none itself."""

    language: str = "en"
    """Language of the reply when the question is in nobody's language and opens the thread."""

    timezone: str = ""
    """IANA zone for `current_time`; the machine's own when empty."""

    @cached_property
    def models_path(self) -> Path:
        """The folder that holds model files."""
        return self.models_dir or self.home / "models"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then ``dragoman.toml``."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
