"""The part of `dragoman models` that talks to Ollama servers: names that begin with ``ollama:``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dragoman.errors import DragomanError

if TYPE_CHECKING:
    from dragoman.models.ollama_admin import InstalledModel, OllamaPullProgress, RunningModel
    from dragoman.settings import Settings

PREFIX = "ollama:"
"""What a name on Ollama begins with, as in an engine spec."""


def hosts_and_model(name: str, settings: Settings) -> tuple[tuple[str, ...], str]:
    """The servers and the model that ``ollama:MODEL`` or ``ollama:MODEL@HOST,HOST`` names."""
    from dragoman.models import EngineSpec
    from dragoman.models.ollama_hosts import hosts_of

    spec = EngineSpec.parse(name)
    return hosts_of(spec, settings), spec.model


def pull(name: str, settings: Settings) -> dict[str, Any]:
    """Let each server fetch the model, and show how far it is."""
    from dragoman.models import PullProgress, ollama_admin
    from dragoman.serving import render
    from dragoman.serving.bars import DownloadBar

    hosts, model = hosts_and_model(name, settings)
    with DownloadBar() as bar:
        for host in hosts:
            _warn_of_version(host)

            def report(step: OllamaPullProgress, host: str = host) -> None:
                state = PullProgress(
                    name=f"{model} on {host}",
                    source="Ollama's registry",
                    done_bytes=step.completed_bytes,
                    total_bytes=step.total_bytes,
                    phase=_phase(step.status),
                )
                # Before its first layer is announced there is nothing to draw.
                if step.total_bytes:
                    bar(state)

            asyncio.run(ollama_admin.pull(host, model, report))
            bar.stop()
            render.notices().print(f"{model} is on Ollama at {host}", soft_wrap=True)
    return {"name": f"{PREFIX}{model}", "hosts": list(hosts), "installed": True}


def show(name: str, settings: Settings) -> list[dict[str, Any]]:
    """What each server says that the model can do."""
    from dragoman.models import ollama_admin
    from dragoman.serving.as_json import plain

    hosts, model = hosts_and_model(name, settings)
    cards = []
    for host in hosts:
        _warn_of_version(host)
        card = plain(asyncio.run(ollama_admin.show(host, model)))
        capabilities = sorted(card["capabilities"])
        cards.append({"host": host, **card, "capabilities": capabilities})
    return cards


def remove(name: str, settings: Settings) -> dict[str, Any]:
    """Delete the model from each server's disk."""
    from dragoman.models import ollama_admin

    hosts, model = hosts_and_model(name, settings)
    for host in hosts:
        asyncio.run(ollama_admin.remove(host, model))
    return {"name": f"{PREFIX}{model}", "hosts": list(hosts), "removed": True}


def installed(settings: Settings) -> tuple[list[tuple[str, InstalledModel]], list[DragomanError]]:
    """The models of every server in the settings, and why some servers could not be asked."""
    from dragoman.models import ollama_admin

    return _from_each(settings, ollama_admin.list_models)


def running(settings: Settings) -> tuple[list[tuple[str, RunningModel]], list[DragomanError]]:
    """The models that every server in the settings has loaded, and the servers' failures."""
    from dragoman.models import ollama_admin

    return _from_each(settings, ollama_admin.running)


def _from_each(settings: Settings, ask: Callable[[str], Any]) -> tuple[Any, list[DragomanError]]:
    from dragoman.models.ollama_hosts import split_hosts

    found: list[Any] = []
    failures: list[DragomanError] = []
    for host in split_hosts(settings.ollama_host):
        try:
            found.extend((host, model) for model in asyncio.run(ask(host)))
            _warn_of_version(host)
        except DragomanError as error:
            failures.append(error)
    return found, failures


def _warn_of_version(host: str) -> None:
    from dragoman.models import ollama_admin
    from dragoman.serving import render

    warning = ollama_admin.version_warning(asyncio.run(ollama_admin.find_version(host)))
    if warning:
        render.notices().print(f"Ollama at {host}: {warning}", style="yellow", soft_wrap=True)


def _phase(status: str) -> Any:
    if status == "success":
        return "done"
    return "downloading" if status.startswith("pulling") else "checking"
