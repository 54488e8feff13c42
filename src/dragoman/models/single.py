"""One engine by its spec: connected, queued and metered, without any other to stand in for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from langchain_core.language_models import BaseChatModel

from dragoman.errors import ModelNotFoundError
from dragoman.models import catalog
from dragoman.models.budget import Limits
from dragoman.models.catalog import CatalogEntry, Sampling
from dragoman.models.engine import Engine
from dragoman.models.metered_chat import Account, MeteredChat
from dragoman.models.ollama_hosts import hosts_of
from dragoman.models.prices import price_of
from dragoman.models.queued_chat import QueuedChat
from dragoman.models.relay_chat import MOVE_ON, RelayChat, Standby, none_left
from dragoman.models.spec import EngineSpec
from dragoman.models.usage_ledger import UsageLedger
from dragoman.models.waiting_line import line_for
from dragoman.settings import Settings

if TYPE_CHECKING:
    from dragoman.errors import DragomanError
    from dragoman.models.ollama_admin import ModelCard

_OLLAMA_PLACES = 1
"""Ollama itself works on one request at a time for Qwen 3.5, whatever OLLAMA_NUM_PARALLEL says."""

_EMBEDDED_PLACES = 2
"""Slots of the embedded engine: planning and answering each keep a prompt in the cache."""


async def connect_single(spec: EngineSpec, settings: Settings, *, reason: str = "") -> Engine:
    """The engine that `spec` names, checked to be there. ``auto`` is not among them.

    Raises:
        EngineUnavailableError: it does not answer.
        ModelNotFoundError: it does not have the model.
        MissingExtraError: the embedded engine is not installed.
    """
    if spec.kind == "ollama":
        return await _ollama(spec, settings, reason=reason)
    if spec.kind == "openai":
        return await _openai(spec, settings)
    if spec.kind == "transformers":
        return await _transformers(spec, settings)
    return _embedded(spec, settings, reason=reason)


async def _ollama(spec: EngineSpec, settings: Settings, *, reason: str) -> Engine:
    """The model on the first host that has it; the other hosts are tried when they are needed."""
    hosts = hosts_of(spec, settings)
    members = [
        Standby(f"ollama:{spec.model}@{host}", _on_host(spec, host, settings)) for host in hosts
    ]
    failures: list[DragomanError] = []
    for host, member in zip(hosts, members, strict=True):
        try:
            card, chat = await _card(spec, host), await member.chat()
        except MOVE_ON as error:
            member.failed(error)
            failures.append(error)
            continue
        if len(hosts) > 1:
            chat = RelayChat(inner=chat, members=tuple(members), sticky=True)
        if failures:
            reason += ("" if not reason else " ") + " ".join(
                f"Not used for now: {error.message}" for error in failures
            )
        return Engine(
            spec=spec,
            chat=chat,
            context_tokens=_context_tokens(card, settings),
            reason=reason,
            entry=_entry_for_tag(spec.model),
            capabilities=card.capabilities,
        )
    raise none_left(failures)


def _on_host(
    spec: EngineSpec, host: str, settings: Settings
) -> Callable[[], Awaitable[BaseChatModel]]:
    async def make() -> BaseChatModel:
        from dragoman.models import ollama_admin  # noqa: PLC0415 - brings the ollama client along
        from dragoman.models.ollama import OllamaChat  # noqa: PLC0415 - the same

        card = await _card(spec, host)
        await ollama_admin.version(host)  # warns of one that is too old
        entry = _entry_for_tag(spec.model)
        chat = OllamaChat.of(
            spec.model,
            settings,
            host=host,
            context_tokens=_context_tokens(card, settings),
            **(_sampling(entry.sampling) if entry else {}),
        )
        return _managed(chat, f"ollama:{spec.model}@{host}", settings, places=_OLLAMA_PLACES)

    return make


async def _card(spec: EngineSpec, host: str) -> ModelCard:
    from dragoman.models import ollama_admin  # noqa: PLC0415 - brings the ollama client along

    return await ollama_admin.show(host, spec.model)


def _context_tokens(card: ModelCard, settings: Settings) -> int:
    return min(settings.context_tokens, card.context_tokens or settings.context_tokens)


async def _openai(spec: EngineSpec, settings: Settings) -> Engine:
    # Importing langchain-openai and reading the certificates takes a second: not in the event loop.
    def make() -> Engine:
        from dragoman.models.openai_compatible import openai_chat  # noqa: PLC0415 - see above

        chat = _managed(openai_chat(spec, settings), str(spec), settings, places=0)
        return Engine(spec=spec, chat=chat, context_tokens=settings.context_tokens)

    return await asyncio.to_thread(make)


async def _transformers(spec: EngineSpec, settings: Settings) -> Engine:
    from dragoman.models.transformers_chat import TransformersChat  # noqa: PLC0415 - brings torch

    chat = TransformersChat(
        path=spec.model,
        context_tokens=settings.context_tokens,
        first_token_seconds=settings.first_token_seconds,
        token_gap_seconds=settings.token_gap_seconds,
    )
    loaded = await asyncio.to_thread(chat.load)
    return Engine(
        spec=spec,
        chat=_managed(chat, str(spec), settings, places=1),
        context_tokens=min(settings.context_tokens, loaded.context_tokens),
        capabilities=frozenset({"completion"}),
    )


def _embedded(spec: EngineSpec, settings: Settings, *, reason: str) -> Engine:
    from dragoman.models.embedded import EmbeddedChat  # noqa: PLC0415 - only where it is used

    entry = catalog.find(spec.model)
    if not catalog.is_installed(entry, settings):
        raise ModelNotFoundError(
            f"The weights of {entry.name} are not in {settings.models_path}.",
            cure=f"Run: dragoman models pull {entry.name}",
        )
    context_tokens = min(settings.context_tokens, entry.context_tokens)
    projector = entry.projector_path(settings)
    chat = EmbeddedChat(
        path=entry.path(settings),
        context_tokens=context_tokens,
        slots=settings.engine_parallel or _EMBEDDED_PLACES,
        projector=projector,
        first_token_seconds=settings.first_token_seconds,
        token_gap_seconds=settings.token_gap_seconds,
        **_sampling(entry.sampling),
    )
    found = EngineSpec(kind="embedded", model=entry.name)
    can = {"thinking"} if entry.sampling_thinking else set()
    can |= {"vision"} if projector else set()
    return Engine(
        spec=found,
        chat=_managed(chat, str(found), settings, places=_EMBEDDED_PLACES),
        context_tokens=context_tokens,
        reason=reason,
        entry=entry,
        capabilities=frozenset({"completion", *can}),
    )


def _managed(chat: BaseChatModel, name: str, settings: Settings, *, places: int) -> BaseChatModel:
    """`chat` with a meter and, where there are only so many places, a line in front of it."""
    account = Account(
        engine=name,
        price=price_of(name, settings.prices),
        ledger=UsageLedger(settings.home / "usage.sqlite"),
        tenant_limits=Limits(
            tokens=settings.tenant_tokens,
            money=settings.tenant_money,
            seconds=settings.tenant_seconds,
        ),
    )
    metered = MeteredChat(inner=chat, account=account)
    places = settings.engine_parallel or places
    if not places:
        return metered
    return QueuedChat(
        inner=metered, line=line_for(name, places=places, longest=settings.engine_waiting)
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
