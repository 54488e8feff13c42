from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from dragoman.settings import Settings

Run = Callable[..., Result]


def origins(done: Result) -> dict[str, str]:
    return {name: entry["origin"] for name, entry in json.loads(done.stdout).items()}


def test_every_setting_is_listed_with_its_value(run: Run) -> None:
    shown = json.loads(run("config", "--json").stdout)
    assert set(shown) == set(Settings.model_fields)
    assert shown["context_tokens"] == {"value": 8192, "origin": "default"}


def test_origin_names_option_environment_file_or_default(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("dragoman.toml").write_text('max_steps = 2\ntenant = "acme"\n', encoding="utf-8")
    monkeypatch.setenv("OLLAMA_HOST", "http://10.0.0.7:11434")
    found = origins(run("config", "--json", "--engine", "ollama:qwen3.5:4b"))
    assert found["engine"] == "option"
    assert found["home"] == "DRAGOMAN_HOME"
    assert found["ollama_host"] == "OLLAMA_HOST"
    assert found["max_steps"] == "dragoman.toml"
    assert found["answer_tokens"] == "default"


def test_a_password_in_an_address_is_not_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://me:hunter22@gpu:11434")
    for options in ((), ("--json",)):
        shown = run("config", *options).stdout
        assert "hunter22" not in shown
        assert "http://me:[secret]@gpu:11434" in shown


def test_people_see_a_table(run: Run) -> None:
    done = run("config")
    assert done.exit_code == 0
    assert "answer_tokens" in done.stdout


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("max_steps = 0", "max_steps"),
        ("no_such_setting = 1", "no_such_setting"),
        ("this is not toml", "dragoman.toml"),
    ],
)
def test_file_that_cannot_be_used_is_a_coded_error(run: Run, text: str, part: str) -> None:
    Path("dragoman.toml").write_text(text, encoding="utf-8")
    done = run("config")
    assert done.exit_code == 2
    assert "DRG-CONFIG" in done.stderr
    assert part in done.stderr


def test_environment_that_cannot_be_used_is_a_coded_error(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGOMAN_CONTEXT_TOKENS", "many")
    done = run("config")
    assert done.exit_code == 2
    assert "context_tokens" in done.stderr
