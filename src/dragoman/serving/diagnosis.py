"""What a newcomer's machine has and lacks, check by check, each with the command that helps.

A check never raises and changes nothing: it looks, and says what it saw.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dragoman.errors import DataFolderLockedError, DragomanError

if TYPE_CHECKING:
    from dragoman.settings import Settings

State = Literal["ok", "warn", "fail"]

WANTED_BYTES = 3_000_000_000
"""Free disk that the small model takes while it is being put together."""

_HUB_SECONDS = 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one check saw."""

    name: str
    """What was looked at."""

    state: State
    """``ok``; ``warn``: it works, but something is missing; ``fail``: it cannot work."""

    detail: str
    """What was seen."""

    cure: str = ""
    """The command or step that helps, empty when nothing is wrong."""


def examine(settings: Settings) -> list[Finding]:
    """Run all checks.

    An engine is needed, and either Ollama or the embedded one is enough: when one of them works,
    what the other lacks is a remark, not a failure.
    """
    findings = [check_python(), check_platform(), check_disk(settings), check_home(settings)]
    ollama = check_ollama(settings)
    embedded = check_embedded_engine(settings)
    if "ok" in {ollama.state, embedded.state}:
        ollama, embedded = (softened(finding) for finding in (ollama, embedded))
    findings += [ollama, embedded, check_embedder(settings)]
    findings += check_hubs(settings)
    return findings


def softened(finding: Finding) -> Finding:
    """A failure that something else makes up for, as a remark."""
    if finding.state != "fail":
        return finding
    return Finding(name=finding.name, state="warn", detail=finding.detail, cure=finding.cure)


def check_python() -> Finding:
    """Python's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(name="Python", state="ok", detail=f"{version} at {sys.executable}")


def check_platform() -> Finding:
    """Processor and memory, which decide how large a model may be."""
    import platform

    detail = f"{platform.system()} {platform.machine()}, {os.cpu_count() or 1} cores"
    return Finding(name="machine", state="ok", detail=detail)


def check_disk(settings: Settings) -> Finding:
    """Free space where models are stored."""
    folder = _existing(settings.models_path)
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:.1f} GB free for {settings.models_path}"
    if free < WANTED_BYTES:
        return Finding(
            name="disk",
            state="warn",
            detail=detail,
            cure="Free some space, or set DRAGOMAN_MODELS_DIR to a larger disk.",
        )
    return Finding(name="disk", state="ok", detail=detail)


def check_home(settings: Settings) -> Finding:
    """The data folder: writable, and not in use by another process."""
    from dragoman.ownership import Ownership

    if not settings.home.exists():
        parent = _existing(settings.home)
        if os.access(parent, os.W_OK):
            detail = f"{settings.home} (will be created)"
            return Finding(name="data folder", state="ok", detail=detail)
        return _unwritable(settings.home)
    try:
        Ownership(settings.home).release()
    except DataFolderLockedError as error:
        return Finding(name="data folder", state="warn", detail=error.message, cure=error.cure)
    except OSError:
        return _unwritable(settings.home)
    return Finding(name="data folder", state="ok", detail=str(settings.home))


def check_ollama(settings: Settings) -> Finding:
    """Whether each Ollama server answers, how old it is and whether it has a Qwen."""
    from dragoman.models.ollama_hosts import split_hosts

    findings = [_check_host(host) for host in split_hosts(settings.ollama_host)]
    worst = next(
        finding
        for state in ("fail", "warn", "ok")
        for finding in findings
        if finding.state == state
    )
    detail = "; ".join(finding.detail for finding in findings)
    # One server that answers is enough to work with.
    only_warn = worst.state == "fail" and any(finding.state != "fail" for finding in findings)
    state: State = "warn" if only_warn else worst.state
    return Finding(name="Ollama", state=state, detail=detail, cure=worst.cure)


def _check_host(host: str) -> Finding:
    from dragoman.models import ollama_admin

    async def look() -> tuple[str, list[str]]:
        version = await ollama_admin.find_version(host)
        models = await ollama_admin.list_models(host)
        return version, [model.name for model in models]

    try:
        version, names = asyncio.run(look())
    except DragomanError as error:
        return Finding(name="Ollama", state="fail", detail=error.message, cure=error.cure)
    detail = f"version {version} at {host}, {_listed(names)}"
    if warning := ollama_admin.version_warning(version):
        return Finding(name="Ollama", state="warn", detail=detail, cure=warning)
    if not any("qwen" in name for name in names):
        return Finding(name="Ollama", state="warn", detail=detail, cure="ollama pull qwen3.5:4b")
    return Finding(name="Ollama", state="ok", detail=detail)


def check_embedded_engine(settings: Settings) -> Finding:
    """Whether a model can run inside this process, and whether its weights are here."""
    from dragoman.models import installed

    if not _importable("xllamacpp"):
        return Finding(
            name="embedded engine",
            state="fail",
            detail="xllamacpp is not installed",
            cure="pip install 'dragoman[embedded]'",
        )
    names = [model.name for model in installed(settings)]
    if not names:
        return Finding(
            name="embedded engine",
            state="warn",
            detail="ready, but no weights are here; `dragoman demo` fetches them",
            cure="dragoman models pull qwen2.5-coder:1.5b",
        )
    return Finding(name="embedded engine", state="ok", detail=_listed(names))


def check_embedder(settings: Settings) -> Finding:
    """Which embedder the memory would use."""
    from dragoman.models import connect_embedder

    try:
        embedder = connect_embedder(settings.embedder, settings)
    except DragomanError as error:
        return Finding(name="embedder", state="fail", detail=error.message, cure=error.cure)
    return Finding(
        name="embedder", state="ok", detail=f"{embedder.spec}, {embedder.dimensions} dimensions"
    )


def check_hubs(settings: Settings) -> list[Finding]:
    """Which places for weights can be reached."""
    return [
        _reach("Hugging Face", settings.hugging_face_endpoint),
        _reach("ModelScope", settings.modelscope_endpoint),
    ]


def _reach(name: str, address: str) -> Finding:
    import httpx

    try:
        status = httpx.head(address, timeout=_HUB_SECONDS, follow_redirects=True).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        return Finding(
            name=name,
            state="warn",
            detail=f"{address} cannot be reached: {reason}",
            cure="Only downloads need it; behind a proxy set HTTPS_PROXY.",
        )
    state: State = "warn" if status >= 500 else "ok"
    return Finding(name=name, state=state, detail=f"{address} answers with {status}")


def _importable(module: str) -> bool:
    return find_spec(module) is not None


def _unwritable(folder: Path) -> Finding:
    return Finding(
        name="data folder",
        state="fail",
        detail=f"{folder} cannot be written to",
        cure="Change its owner, or set DRAGOMAN_HOME to another folder.",
    )


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.absolute().parents) if folder.exists())


def _listed(names: list[str]) -> str:
    return ", ".join(names) if names else "no models"
