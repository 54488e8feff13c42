from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

import dragoman.models.pull
from dragoman.errors import DiskFullError
from dragoman.models import find
from dragoman.models.budget import Spent
from dragoman.models.pull import PullProgress
from dragoman.models.usage_ledger import UsageLedger
from dragoman.settings import Settings

Run = Callable[..., Result]


def lay_down(name: str, settings: Settings) -> Path:
    """A file of the right size and no content in the place of a model's weights."""
    path = find(name).path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(find(name).file.bytes)
    return path


def test_list_marks_what_is_here(run: Run) -> None:
    lay_down("qwen2.5-coder:0.5b", Settings())
    listed = {entry["name"]: entry for entry in json.loads(run("models", "list", "--json").stdout)}
    assert listed["qwen2.5-coder:0.5b"]["installed"] is True
    assert listed["qwen2.5-coder:1.5b"]["installed"] is False
    assert run("models", "list").stdout.count("✓") == 1


def test_show_gives_size_and_hash(run: Run) -> None:
    done = run("models", "show", "qwen2.5-coder:1.5b")
    entry = find("qwen2.5-coder:1.5b")
    assert entry.file.sha256 in done.stdout.replace("\n", "")
    assert "1.1 GB" in done.stdout
    assert json.loads(run("models", "show", "--json", entry.name).stdout)["name"] == entry.name


@pytest.mark.parametrize("name", ["qwen3.5:3b", "qwen3.5:1.8b"])
@pytest.mark.parametrize("command", ["show", "pull"])
def test_folklore_name_gets_a_suggestion(run: Run, name: str, command: str) -> None:
    done = run("models", command, name)
    assert done.exit_code == 4
    assert "DRG-MODEL-MISSING" in done.stderr
    assert "Did you mean qwen3.5:" in done.stderr


@pytest.fixture
def pulls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that were pulled; each pull reports four steps and lays an empty file down."""
    names: list[str] = []

    def pull(name: str, settings: Settings, *, progress: Any = None) -> Path:
        names.append(name)
        for done in (0, 50, 55, 100):
            progress(
                PullProgress(
                    name=name, source="a hub", done_bytes=done, total_bytes=100, phase="downloading"
                )
            )
        return lay_down(name, settings)

    monkeypatch.setattr(dragoman.models.pull, "pull", pull)
    return names


def test_pull_says_where_the_file_is(run: Run, pulls: list[str], home: Path) -> None:
    done = run("models", "pull", "Qwen/Qwen2.5-Coder-0.5B")
    assert done.exit_code == 0, done.stderr
    assert pulls == ["qwen2.5-coder:0.5b"]
    assert str(home / "models") in done.stdout


def test_progress_without_a_terminal_is_a_line_for_every_tenth(run: Run, pulls: list[str]) -> None:
    done = run("models", "pull", "--json", "qwen2.5-coder:0.5b")
    assert json.loads(done.stdout)["installed"] is True
    lines = [line for line in done.stderr.splitlines() if "downloading from a hub" in line]
    assert len(lines) == 3


def test_pull_that_fails_keeps_its_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def pull(*_: object, **__: object) -> Path:
        raise DiskFullError("There is no room.", cure="Free 1.2 GB.")

    monkeypatch.setattr(dragoman.models.pull, "pull", pull)
    done = run("models", "pull", "qwen2.5-coder:0.5b")
    assert done.exit_code == 7
    assert "Free 1.2 GB." in done.stderr


def test_rm_deletes_the_weights_of_this_machine(run: Run) -> None:
    path = lay_down("qwen2.5-coder:0.5b", Settings())
    assert json.loads(run("models", "rm", "--json", "qwen2.5-coder:0.5b").stdout)["removed"] is True
    assert not path.exists()
    assert "was not here" in run("models", "rm", "qwen2.5-coder:0.5b").stdout


def test_usage_shows_what_each_tenant_used(run: Run, home: Path) -> None:
    assert "No model has been asked yet" in run("models", "usage").stderr
    ledger = UsageLedger(home / "usage.sqlite")
    ledger.add("acme", "ollama:m", Spent(calls=2, input_tokens=1500, output_tokens=40, money=0.5))
    ledger.add("other", "ollama:m", Spent(calls=1))
    shown = run("models", "usage", "--tenant", "acme").stdout
    assert "1,500" in shown
    assert "other" not in shown
    listed = json.loads(run("models", "usage", "--json").stdout)
    assert {entry["tenant"]: entry["calls"] for entry in listed} == {"acme": 2, "other": 1}


def test_usage_of_a_tenant_is_erased_when_the_tenant_is_named(run: Run, home: Path) -> None:
    ledger = UsageLedger(home / "usage.sqlite")
    ledger.add("acme", "ollama:m", Spent(calls=2))
    ledger.add("other", "ollama:m", Spent(calls=1))
    refused = run("models", "usage", "--erase")
    assert refused.exit_code == 2
    assert len(ledger.table()) == 2
    assert "1 entries of acme" in run("models", "usage", "--erase", "--tenant", "acme").stdout
    assert [whose for whose, *_ in ledger.table()] == ["other"]
