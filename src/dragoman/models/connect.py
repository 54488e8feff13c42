"""From an engine spec to an engine that can be asked."""

from __future__ import annotations

import asyncio

from dragoman.errors import ModelNotFoundError
from dragoman.models import catalog
from dragoman.models.catalog import CatalogEntry, Sampling
from dragoman.models.choose import choose
from dragoman.models.engine import Engine
from dragoman.models.pull import Progress
from dragoman.models.spec import EngineSpec
from dragoman.settings import Settings


async def connect(
    spec: str | EngineSpec, settings: Settings, *, progress: Progress | None = None
) -> Engine:
    """The engine that `spec` names, checked to be there.

    ``auto`` takes Ollama when it answers and has a Qwen, else the embedded engine, for which it
    pulls a model when there is none; `Engine.reason` says what was taken and why.

    Args:
        spec: An engine spec, as text or parsed.
        settings: Addresses, time limits, context size.
        progress: Hears how far a pull is that ``auto`` has begun; called from another thread.

    Raises:
        ConfigurationError: `spec` is no engine spec.
        EngineUnavailableError: the engine does not answer.
        ModelNotFoundError: the engine does not have the model.
        MissingExtraError: the embedded engine is not installed.

    Usage:
        engine = await connect("embedded:qwen2.5-coder:1.5b", Settings())
    """
    if isinstance(spec, str):
        spec = EngineSpec.parse(spec)
    if spec.kind == "auto":
        choice = await choose(settings, progress=progress)
        return await _connect(choice.spec, settings, reason=choice.reason)
    return await _connect(spec, settings)


async def _connect(spec: EngineSpec, settings: Settings, *, reason: str = "") -> Engine:
    if spec.kind == "ollama":
        return await _ollama(spec, settings, reason=reason)
    if spec.kind == "openai":
        return await _openai(spec, settings)
    return _embedded(spec, settings, reason=reason)


async def _ollama(spec: EngineSpec, settings: Settings, *, reason: str) -> Engine:
    from dragoman.models import ollama_admin  # noqa: PLC0415 - brings the ollama client along
    from dragoman.models.ollama import OllamaChat  # noqa: PLC0415 - the same

    card = await ollama_admin.show(settings.ollama_host, spec.model)
    entry = _entry_for_tag(spec.model)
    context_tokens = min(settings.context_tokens, card.context_tokens or settings.context_tokens)
    chat = OllamaChat.of(
        spec.model,
        settings,
        context_tokens=context_tokens,
        **(_sampling(entry.sampling) if entry else {}),
    )
    return Engine(spec=spec, chat=chat, context_tokens=context_tokens, reason=reason, entry=entry)


async def _openai(spec: EngineSpec, settings: Settings) -> Engine:
    # Importing langchain-openai and reading the certificates takes a second: not in the event loop.
    def make() -> Engine:
        from dragoman.models.openai_compatible import openai_chat  # noqa: PLC0415 - see above

        chat = openai_chat(spec, settings)
        return Engine(spec=spec, chat=chat, context_tokens=settings.context_tokens)

    return await asyncio.to_thread(make)


def _embedded(spec: EngineSpec, settings: Settings, *, reason: str) -> Engine:
    from dragoman.models.embedded import EmbeddedChat  # noqa: PLC0415 - only where it is used

    entry = catalog.find(spec.model)
    if not catalog.is_installed(entry, settings):
        raise ModelNotFoundError(
            f"The weights of {entry.name} are not in {settings.models_path}.",
            cure=f"Run: dragoman models pull {entry.name}",
        )
    context_tokens = min(settings.context_tokens, entry.context_tokens)
    chat = EmbeddedChat(
        path=entry.path(settings),
        context_tokens=context_tokens,
        first_token_seconds=settings.first_token_seconds,
        token_gap_seconds=settings.token_gap_seconds,
        **_sampling(entry.sampling),
    )
    return Engine(
        spec=EngineSpec(kind="embedded", model=entry.name),
        chat=chat,
        context_tokens=context_tokens,
        reason=reason,
        entry=entry,
    )


def _sampling(sampling: Sampling) -> dict[str, float | int]:
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "presence_penalty": sampling.presence_penalty,
    }


def _entry_for_tag(tag: str) -> CatalogEntry | None:
    return next((entry for entry in catalog.entries() if entry.ollama_tag == tag), None)
