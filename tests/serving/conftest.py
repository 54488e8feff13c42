"""What the command line tests share: a home of their own and a way to run a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hashed_words import HashedWords
from typer.testing import CliRunner, Result

import dragoman.agents.assistant
import dragoman.memory.attachment
from dragoman.models import Engine
from dragoman.serving.cli import app
from dragoman.testing import ScriptedModel

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own data folder, still empty; the working folder is empty too."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Run a command in this process; standard output and error are kept apart."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    return call


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every embedder spec lead to `HashedWords`."""
    found = HashedWords()
    monkeypatch.setattr(dragoman.memory.attachment, "connect_embedder", lambda *_: found)


@pytest.fixture
def script(embedder: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """A list that a test fills with what the model says, in order; all of it must be used."""
    steps: list[object] = []
    models: list[ScriptedModel] = []

    async def connect(*_: object, **__: object) -> Engine:
        models.append(ScriptedModel(steps))
        return Engine.of(models[-1])

    monkeypatch.setattr(dragoman.agents.assistant, "connect", connect)
    yield steps
    for model in models:
        model.assert_exhausted()


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    """A folder with two small documents."""
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "returns.md").write_text(
        "# Returns\n\nProducts can be returned within 30 days.\n", encoding="utf-8"
    )
    (folder / "warranty.md").write_text(
        "# Garantie\n\nDie Garantie gilt zwei Jahre.\n", encoding="utf-8"
    )
    return folder
