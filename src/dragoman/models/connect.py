"""From an engine spec to an engine that can be asked."""

from __future__ import annotations

from dragoman.errors import ModelNotFoundError
from dragoman.models import catalog
from dragoman.models.engine import Engine
from dragoman.models.spec import EngineSpec
from dragoman.settings import Settings


async def connect(spec: str | EngineSpec, settings: Settings) -> Engine:
    """The engine that `spec` names."""
    if isinstance(spec, str):
        spec = EngineSpec.parse(spec)
    return _embedded(spec, settings)


def _embedded(spec: EngineSpec, settings: Settings, *, reason: str = "") -> Engine:
    from dragoman.models.embedded import EmbeddedChat  # noqa: PLC0415 - only where it is used

    entry = catalog.find(spec.model)
    if not catalog.is_installed(entry, settings):
        raise ModelNotFoundError(
            f"The weights of {entry.name} are not on this machine ({entry.path(settings)}).",
            cure=f"Run: dragoman models pull {entry.name}",
        )
    context_tokens = min(settings.context_tokens, entry.context_tokens)
    chat = EmbeddedChat(
        path=entry.path(settings),
        context_tokens=context_tokens,
        temperature=entry.sampling.temperature,
        top_p=entry.sampling.top_p,
        top_k=entry.sampling.top_k,
        presence_penalty=entry.sampling.presence_penalty,
        first_token_seconds=settings.first_token_seconds,
        token_gap_seconds=settings.token_gap_seconds,
    )
    return Engine(
        spec=EngineSpec(kind="embedded", model=entry.name),
        chat=chat,
        context_tokens=context_tokens,
        reason=reason,
        entry=entry,
    )
