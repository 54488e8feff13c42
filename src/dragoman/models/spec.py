"""Name an engine in one line of text: ``ollama:qwen3.5:4b``, ``embedded:…``, ``openai:…@URL``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, cast, get_args

from dragoman.errors import ConfigurationError

EngineKind = Literal["auto", "ollama", "embedded", "openai", "transformers", "custom"]

_EXAMPLES = (
    "Examples: auto, ollama:qwen3.5:4b, embedded:qwen2.5-coder:1.5b, "
    "openai:Qwen/Qwen3.5-4B@http://127.0.0.1:8000/v1, transformers:out/my-model"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSpec:
    """Which engine runs which model.

    Usage:
        spec = EngineSpec.parse("ollama:qwen3.5:4b")
        spec.kind, spec.model  # "ollama", "qwen3.5:4b"
    """

    kind: EngineKind
    """Who runs the model; ``custom`` is a LangChain chat model handed over as an object."""

    model: str = ""
    """The model's name as that engine knows it, empty for ``auto``."""

    url: str = ""
    """Base address or preset name of an OpenAI-compatible server; the Ollama servers, with commas
    between them, when the spec names any; otherwise empty."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The spec that `text` writes down.

        Raises:
            ConfigurationError: `text` is no engine spec.
        """
        kind, _, rest = text.strip().partition(":")
        if kind == "auto" and not rest:
            return cls(kind="auto")
        if kind not in get_args(EngineKind) or kind in {"auto", "custom"}:
            raise ConfigurationError(f"{text!r} is not an engine spec.", cure=_EXAMPLES)
        if not rest.strip():
            raise ConfigurationError(f"The engine spec {text!r} names no model.", cure=_EXAMPLES)
        if kind == "openai":
            # The last "@" is the separator: a model's name may hold one, a base address does not.
            model, at, url = rest.rpartition("@")
            if not (at and model.strip() and url.strip()):
                raise ConfigurationError(
                    f"The engine spec {text!r} names no server.",
                    cure="Write openai:MODEL@BASE_URL or openai:MODEL@PRESET. " + _EXAMPLES,
                )
            return cls(kind="openai", model=model.strip(), url=url.strip())
        if kind == "ollama":
            model, at, hosts = rest.rpartition("@")
            if at and not hosts.strip().startswith("sha256:"):  # else it is a digest of the model
                return cls._on_hosts(text, model.strip(), hosts.strip())
        return cls(kind=cast("EngineKind", kind), model=rest.strip())

    @classmethod
    def _on_hosts(cls, text: str, model: str, hosts: str) -> Self:
        if not (model and hosts):
            raise ConfigurationError(
                f"The engine spec {text!r} lacks a model or a server.",
                cure="Write ollama:MODEL@HOST or ollama:MODEL@HOST,HOST. " + _EXAMPLES,
            )
        return cls(kind="ollama", model=model, url=hosts)

    def __str__(self) -> str:
        if self.kind == "auto":
            return "auto"
        return f"{self.kind}:{self.model}" + (f"@{self.url}" if self.url else "")
