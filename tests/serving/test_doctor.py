from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from typer.testing import Result

import dragoman.models
from dragoman.errors import EngineUnavailableError, MissingExtraError
from dragoman.models import ollama_admin
from dragoman.ownership import Ownership
from dragoman.serving import diagnosis
from dragoman.serving.diagnosis import Finding
from dragoman.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def machine(home: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A machine on which all is well; a test breaks what it is about."""
    it = SimpleNamespace(
        version="0.32.15", models=["qwen3.5:4b"], installed=["qwen2.5-coder:1.5b"], modules=True
    )

    async def version(_: str) -> str:
        if it.version is None:
            raise EngineUnavailableError("No Ollama answers.", cure="Start it: ollama serve")
        return str(it.version)

    async def list_models(_: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in it.models]

    def embedder(*_: object) -> SimpleNamespace:
        if not it.modules:
            raise MissingExtraError("No embedder.", cure="pip install 'dragoman[embedded]'")
        return SimpleNamespace(spec="embedded:multilingual-e5-small", dimensions=384)

    monkeypatch.setattr(ollama_admin, "find_version", version)
    monkeypatch.setattr(ollama_admin, "list_models", list_models)
    monkeypatch.setattr(
        dragoman.models,
        "installed",
        lambda _: [SimpleNamespace(name=name) for name in it.installed],
        raising=False,
    )
    monkeypatch.setattr(dragoman.models, "connect_embedder", embedder, raising=False)
    monkeypatch.setattr(diagnosis, "_importable", lambda _: it.modules)
    monkeypatch.setattr(httpx, "head", lambda *_, **__: SimpleNamespace(status_code=200))
    return it


def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in diagnosis.examine(Settings())}


@pytest.mark.usefixtures("machine")
def test_all_is_well_on_a_machine_that_has_everything(run: Run) -> None:
    done = run("doctor", "--json")
    found = {entry["name"]: entry["state"] for entry in json.loads(done.stdout)}
    assert set(found) == {
        "Python", "machine", "disk", "data folder", "Ollama", "embedded engine", "embedder",
        "Hugging Face", "ModelScope",
    }  # fmt: skip
    found.pop("disk")  # the disk is the real one
    assert set(found.values()) == {"ok"}
    assert done.exit_code == 0


def test_one_engine_is_enough(machine: SimpleNamespace) -> None:
    machine.version = None
    found = findings()
    assert found["Ollama"].state == "warn"
    assert found["Ollama"].cure == "Start it: ollama serve"
    assert found["embedded engine"].state == "ok"


def test_no_engine_at_all_is_a_failure_with_cures(machine: SimpleNamespace, run: Run) -> None:
    machine.version, machine.modules = None, False
    done = run("doctor")
    assert done.exit_code == 1
    assert "ollama serve" in done.stdout
    assert "pip install 'dragoman[embedded]'" in done.stdout


def test_missing_weights_come_with_the_command_that_fetches_them(machine: SimpleNamespace) -> None:
    machine.installed = []
    found = findings()["embedded engine"]
    assert (found.state, found.cure) == ("warn", "dragoman models pull qwen2.5-coder:1.5b")


def test_ollama_without_a_qwen_names_one_to_pull(machine: SimpleNamespace) -> None:
    machine.models = ["llama3:8b"]
    found = findings()["Ollama"]
    assert (found.state, found.cure) == ("warn", "ollama pull qwen3.5:4b")


def test_old_ollama_is_told_to_update(machine: SimpleNamespace) -> None:
    machine.version = "0.5.1"
    found = findings()["Ollama"]
    assert found.state == "warn"
    assert "Update" in found.cure


def test_unreachable_hub_is_a_remark(
    machine: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    def head(*_: Any, **__: Any) -> None:
        raise httpx.ConnectTimeout("timed out")

    monkeypatch.setattr(httpx, "head", head)
    assert findings()["ModelScope"].state == "warn"
    assert run("doctor").exit_code == 0


@pytest.mark.usefixtures("machine")
def test_folder_in_use_is_named_with_its_owner(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ownership(home):
        # Forgetting that this process holds the lock makes it look like another one's.
        monkeypatch.setattr(Ownership, "_held", {})
        found = findings()["data folder"]
        monkeypatch.undo()
    assert found.state == "warn"
    assert "in use by" in found.detail


@pytest.mark.usefixtures("machine")
def test_little_disk_is_a_remark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    found = findings()["disk"]
    assert found.state == "warn"
    assert "1.0 GB" in found.detail


@pytest.mark.usefixtures("machine")
def test_looking_creates_nothing(home: Path) -> None:
    assert findings()["data folder"].state == "ok"
    assert not home.exists()
