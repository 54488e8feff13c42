"""Ask an Ollama server what it has, and tell it to fetch, load or forget a model."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from dragoman.errors import EngineReplyError
from dragoman.models.connections import TimeLimits
from dragoman.models.ollama_client import open_client

_log = logging.getLogger(__name__)

LEAST_VERSION = "0.32.15"
"""The version whose behavior was recorded and is relied upon."""

_QUICK = TimeLimits(connect=2.0, first_token=15.0, token_gap=15.0)
"""For questions that a server answers from memory; connecting must not hold up a start."""

_PATIENT = TimeLimits(connect=5.0, first_token=120.0, token_gap=900.0)
"""For downloads: checking the hash of a large file is silent for minutes on a slow disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledModel:
    """A model that lies on an Ollama server."""

    name: str
    """Name with its tag, for example ``qwen3.5:4b``."""

    size_bytes: int
    """Size on the server's disk."""

    family: str = ""
    """Architecture as the server names it, for example ``qwen35``."""

    parameters: str = ""
    """Number of parameters as the server writes it, for example ``4.02B``."""

    quantization: str = ""
    """For example ``Q4_K_M``."""

    digest: str = ""
    """Hash of the model's manifest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCard:
    """What a model can do, from ``/api/show``: ``/api/tags`` has been seen to be wrong about it."""

    name: str
    """The name that was asked for."""

    capabilities: frozenset[str]
    """Among ``completion``, ``tools``, ``thinking``, ``vision``, ``embedding``, ``insert``."""

    context_tokens: int
    """The longest context that the model was trained for, 0 when the server does not say."""

    family: str = ""
    """Architecture as the server names it."""

    parameters: str = ""
    """Number of parameters as the server writes it."""

    quantization: str = ""
    """For example ``Q4_K_M``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningModel:
    """A model that is loaded at the moment."""

    name: str
    """Name with its tag."""

    size_bytes: int
    """Memory that it takes, all in all."""

    gpu_bytes: int
    """The part of it that lies in a GPU's memory."""

    context_tokens: int
    """Context size that it was loaded with; a call with another one reloads it."""

    expires: str
    """When it will be unloaded if nobody asks for it, ISO 8601."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OllamaPullProgress:
    """How far a download on the server is."""

    status: str
    """What the server is doing, in its own words."""

    completed_bytes: int
    """Bytes of all layers so far."""

    total_bytes: int
    """Bytes of all layers that have been announced; it grows as the server names them."""


async def version(host: str) -> str:
    """The server's version; one that is too old is logged as a warning, with the reason.

    Raises:
        EngineError: there is no Ollama server at `host`.
    """
    found = await find_version(host)
    warning = version_warning(found)
    if warning:
        _log.warning("Ollama at %s: %s", host, warning)
    return found


async def find_version(host: str) -> str:
    """The server's version, whatever it is; `version_warning` says what is wrong with it.

    Raises:
        EngineError: there is no Ollama server at `host`.
    """
    return _text(await _ask(host, "GET", "/api/version"), "version")


def version_warning(found: str) -> str:
    """Why `found` is too old, empty when it is not."""
    if _numbers(found) >= _numbers(LEAST_VERSION):
        return ""
    return (
        f"version {found} is older than {LEAST_VERSION}: it may cut a prompt that is too long "
        "without saying so, ignore a schema, or report errors in a form that is not recognized. "
        "Update it: https://ollama.com/download"
    )


async def list_models(host: str) -> list[InstalledModel]:
    """The models on the server, in its order (the newest first).

    Raises:
        EngineError: there is no Ollama server at `host`.
    """
    return [
        InstalledModel(
            name=_text(entry, "name"),
            size_bytes=_count(entry, "size"),
            digest=_text(entry, "digest"),
            **_details(entry),
        )
        for entry in _entries(await _ask(host, "GET", "/api/tags"), "models", host)
    ]


async def show(host: str, model: str) -> ModelCard:
    """What `model` can do.

    Raises:
        EngineError: there is no Ollama server at `host`.
        ModelNotFoundError: the model is not on the server.
    """
    answer = await _ask(host, "POST", "/api/show", {"model": model})
    capabilities = answer.get("capabilities")
    if not isinstance(capabilities, list):
        raise _odd(host, "capabilities")
    info = answer.get("model_info") or {}
    lengths = [value for key, value in info.items() if key.endswith(".context_length")]
    return ModelCard(
        name=model,
        capabilities=frozenset(str(capability) for capability in capabilities),
        context_tokens=int(lengths[0]) if lengths else 0,
        **_details(answer),
    )


async def running(host: str) -> list[RunningModel]:
    """The models that are loaded.

    Raises:
        EngineError: there is no Ollama server at `host`.
    """
    return [
        RunningModel(
            name=_text(entry, "name"),
            size_bytes=_count(entry, "size"),
            gpu_bytes=_count(entry, "size_vram"),
            context_tokens=_count(entry, "context_length"),
            expires=_text(entry, "expires_at"),
        )
        for entry in _entries(await _ask(host, "GET", "/api/ps"), "models", host)
    ]


async def pull(
    host: str, model: str, progress: Callable[[OllamaPullProgress], None] | None = None
) -> None:
    """Let the server fetch `model`; a pull that was interrupted continues where it stopped.

    Cancelling closes the connection, upon which the server stops downloading and keeps what it has.

    Raises:
        EngineError: there is no Ollama server at `host`, or it stopped answering.
        ModelNotFoundError: the registry has no such model.
        DownloadError: the server could not fetch it.
        DiskFullError: the server's disk is full.
    """
    layers: dict[str, tuple[int, int]] = {}
    status = ""
    async with (
        open_client(host, limits=_PATIENT) as client,
        aclosing(client.stream("POST", "/api/pull", {"model": model, "stream": True})) as lines,
    ):
        async for line in lines:
            status = _text(line, "status")
            if line.get("digest"):
                layers[str(line["digest"])] = (_count(line, "completed"), _count(line, "total"))
            if progress:
                done, total = (
                    (sum(column) for column in zip(*layers.values(), strict=True))
                    if (layers)
                    else (0, 0)
                )
                progress(OllamaPullProgress(status=status, completed_bytes=done, total_bytes=total))
    if status != "success":
        raise EngineReplyError(
            f"Ollama stopped pulling {model} before it was complete.", cure="Pull again."
        )


async def remove(host: str, model: str) -> None:
    """Delete `model` from the server's disk.

    Raises:
        EngineError: there is no Ollama server at `host`.
        ModelNotFoundError: the model is not on the server.
    """
    await _ask(host, "DELETE", "/api/delete", {"model": model})


async def unload(host: str, model: str) -> None:
    """Free the memory that `model` takes; the next call loads it again.

    Raises:
        EngineError: there is no Ollama server at `host`.
        ModelNotFoundError: the model is not on the server.
    """
    body = {"model": model, "messages": [], "keep_alive": 0, "stream": False}
    await _ask(host, "POST", "/api/chat", body)


async def _ask(
    host: str, method: str, path: str, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    async with open_client(host, limits=_QUICK) as client:
        return await client.fetch(method, path, body)


def _entries(answer: Mapping[str, Any], key: str, host: str) -> list[Mapping[str, Any]]:
    entries = answer.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _odd(host, key)
    return entries


def _details(answer: Mapping[str, Any]) -> dict[str, str]:
    details = answer.get("details")
    known = details if isinstance(details, Mapping) else {}
    return {
        "family": _text(known, "family"),
        "parameters": _text(known, "parameter_size"),
        "quantization": _text(known, "quantization_level"),
    }


def _text(entry: Mapping[str, Any], key: str) -> str:
    return str(entry.get(key) or "")


def _count(entry: Mapping[str, Any], key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _odd(host: str, key: str) -> EngineReplyError:
    return EngineReplyError(
        f"{host} answers, but without {key!r}, as no Ollama server does.",
        cure="Check the address in OLLAMA_HOST; another program may be listening there.",
    )
