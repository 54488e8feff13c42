"""Every server and service that speaks OpenAI's interface."""

from __future__ import annotations

from typing import Any, Protocol

import httpx
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from dragoman.errors import ConfigurationError, UnsupportedFeatureError
from dragoman.models.connections import TimeLimits, is_loopback, tls_for
from dragoman.models.keys import key_of
from dragoman.models.openai_model import OpenAICompatibleChat
from dragoman.models.openai_presets import Preset, preset_for
from dragoman.settings import Settings


class ModelAddress(Protocol):
    """What is needed of an engine spec ``openai:MODEL@URL``."""

    @property
    def model(self) -> str:
        """Name of the model as the server knows it."""
        ...

    @property
    def url(self) -> str | None:
        """Address of the server, or the name of a preset."""
        ...


def openai_chat(
    spec: ModelAddress, settings: Settings, *, think: bool = False, retries: int = 2
) -> OpenAICompatibleChat:
    """The chat model behind an engine spec ``openai:MODEL@URL``.

    Args:
        spec: Model and address. The address may be a preset's name, such as ``groq``, or have it in
            front, as in ``vllm+http://gpu-box:9000/v1``.
        settings: Time limits.
        think: Whether the model thinks first, where the preset knows how to say so. Keep it the
            same through a thread: changing it spoils the server's prompt cache.
        retries: Further tries for a busy or unreachable server, with the waiting time that it asks
            for.

    Raises:
        ConfigurationError: there is no address, or the service's key is nowhere to be found.
        UnsupportedFeatureError: the service does not speak OpenAI's interface.

    Usage:
        chat = openai_chat(EngineSpec.parse("openai:qwen/qwen3-32b@groq"), settings)
    """
    preset = preset_for(spec.url or "")
    if preset.unsupported:
        raise UnsupportedFeatureError(
            f"{preset.title} cannot be used as an engine: {preset.unsupported}.", cure=preset.note
        )
    address = _address(spec, preset)
    connection: dict[str, Any] = {
        # openai_chat may be called where a loop runs and its model where another does; connections
        # that are never kept cannot be met by a loop that did not open them.
        "limits": httpx.Limits(max_keepalive_connections=0),
        "timeout": httpx.Timeout(None, connect=settings.connect_seconds),
        "verify": tls_for(address),
        "trust_env": not is_loopback(address),
    }
    options: dict[str, Any] = {}
    if "stream_chunk_timeout" in ChatOpenAI.model_fields:
        options["stream_chunk_timeout"] = None  # it does not know a first token from a later one
    chat = OpenAICompatibleChat(
        model=spec.model,
        base_url=address,
        # Without any, langchain-openai would take OPENAI_API_KEY and send it to a stranger.
        api_key=SecretStr(key_of(preset) or "none"),
        timeout=httpx.Timeout(None, connect=settings.connect_seconds),
        max_retries=retries,
        stream_usage=True,
        use_responses_api=False,
        http_client=httpx.Client(**connection),
        http_async_client=httpx.AsyncClient(**connection),
        **options,
    )
    chat.configure(preset=preset, think=think, limits=TimeLimits.of(settings))
    return chat


def _address(spec: ModelAddress, preset: Preset) -> str:
    url = spec.url or ""
    if url.casefold() == preset.name:
        return preset.base_url
    address = url.removeprefix(f"{preset.name}+")
    if not address.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"{url!r} is neither an address nor the name of a known service.",
            cure="Write openai:MODEL@URL with http:// or https://, openai:MODEL@NAME with a name "
            "such as vllm or groq, or both: openai:MODEL@vllm+http://gpu-box:9000/v1.",
        )
    return address.rstrip("/")
