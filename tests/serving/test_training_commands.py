"""`dragoman threads review` and `dragoman export` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
NO_CALLS = {"thought": "", "calls": []}


@pytest.fixture
def asked(run: Run, script: list[object]) -> str:
    script += [NO_CALLS, "Wir haben von zehn bis zwanzig Uhr geöffnet."]
    assert run("ask", "Wann haben Sie geöffnet?", "--thread", "t1").exit_code == 0
    return "t1"


def test_an_accepted_turn_is_exported(run: Run, asked: str, tmp_path: Path) -> None:
    done = run("threads", "review", asked, "--turn", "1", "--accept")
    assert done.exit_code == 0, done.stderr
    done = run("export", str(tmp_path / "data"), "--format", "llama-factory", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["turns"] == 1
    names = {path.name for path in (tmp_path / "data").iterdir()}
    assert names == {"train.jsonl", "dataset_info.json", "README.md"}


def test_a_correction_comes_from_a_file(run: Run, asked: str, tmp_path: Path) -> None:
    file = tmp_path / "right.txt"
    file.write_text("Von neun bis zwanzig Uhr.", "utf-8")
    done = run("threads", "review", asked, "--turn", "1", "--correct", str(file))
    assert done.exit_code == 0, done.stderr
    run("export", str(tmp_path / "data"), "--format", "openai")
    assert "Von neun bis zwanzig Uhr." in (tmp_path / "data/train.jsonl").read_text("utf-8")


@pytest.mark.parametrize(
    "options", [[], ["--accept", "--reject"], ["--correct", "/nowhere/at/all"]]
)
def test_a_review_says_one_thing(run: Run, asked: str, options: list[str]) -> None:
    done = run("threads", "review", asked, "--turn", "1", *options)
    assert done.exit_code == 2
    assert "DRG-INPUT" in done.stderr


def test_a_thread_that_is_not_there_is_named(run: Run, asked: str) -> None:
    done = run("threads", "review", "t2", "--turn", "1", "--accept")
    assert done.exit_code != 0
    assert "t2" in done.stderr


def test_an_export_without_reviews_says_how_to_review(run: Run, asked: str, tmp_path: Path) -> None:
    done = run("export", str(tmp_path / "data"), "--format", "unsloth")
    assert done.exit_code == 2
    assert "threads review" in done.stderr
