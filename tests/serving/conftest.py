"""What the command line tests share: a home of their own and a way to run a command."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import dragoman.agents.assistant
import dragoman.memory.memory
from dragoman.models import Engine
from dragoman.serving.cli import app
from dragoman.testing import ScriptedModel

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder and an empty working folder; no setting comes from outside."""
    for name in list(os.environ):
        if name.startswith("DRAGOMAN_") or name in {"OLLAMA_HOST", "HF_ENDPOINT"}:
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("DRAGOMAN_HOME", str(folder))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return folder


@pytest.fixture
def run(home: Path) -> Run:
    """Run a command in this process; standard output and error are kept apart."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    return call


class HashedWords:
    """An embedder without a model: texts that share words lie close together."""

    spec = "test:hashed-words"
    dimensions = 64

    def embed_queries(self, texts: list[str]) -> np.ndarray:
        return np.stack([self._vector(text) for text in texts])

    embed_passages = embed_queries

    def _vector(self, text: str) -> np.ndarray:
        vector = np.full(self.dimensions, 1e-3, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[int(hashlib.sha256(word.encode()).hexdigest(), 16) % self.dimensions] += 1
        return vector / np.linalg.norm(vector)


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every embedder spec lead to `HashedWords`."""
    found = HashedWords()
    monkeypatch.setattr(dragoman.memory.memory, "connect_embedder", lambda *_: found)


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
