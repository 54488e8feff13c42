"""Which Ollama servers an engine spec and the settings name."""

from __future__ import annotations

from dragoman.errors import ConfigurationError
from dragoman.models.spec import EngineSpec
from dragoman.settings import Settings


def hosts_of(spec: EngineSpec, settings: Settings) -> tuple[str, ...]:
    """The addresses behind ``ollama:MODEL@HOST,HOST``; without an ``@`` those of the settings.

    Raises:
        ConfigurationError: there is a comma, but no address on one of its sides.

    Usage:
        hosts_of(EngineSpec.parse("ollama:qwen3.5:4b@gpu-1,gpu-2"), settings)  # ("gpu-1", "gpu-2")
    """
    return split_hosts(spec.url or settings.ollama_host)


def split_hosts(text: str) -> tuple[str, ...]:
    """The addresses of a list with commas, each once, in its order.

    Raises:
        ConfigurationError: there is a comma, but no address on one of its sides.
    """
    hosts = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if "" in hosts:
        raise ConfigurationError(
            f"{text!r} is not a list of Ollama servers.",
            cure="Write addresses with commas between them, for example gpu-1,gpu-2:11434.",
        )
    return hosts
