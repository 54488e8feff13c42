"""What the command line tests share: a home of their own and a way to run a command."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dragoman.serving.cli import app

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
