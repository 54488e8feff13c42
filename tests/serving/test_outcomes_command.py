"""`dragoman threads rate` and `dragoman outcomes` on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

Run = Callable[..., Result]
NO_CALLS = {"thought": "", "calls": []}


@pytest.fixture
def asked(run: Run, script: list[object]) -> str:
    script += [NO_CALLS, "Wir haben von zehn bis zwanzig Uhr geöffnet."]
    assert run("ask", "Wann haben Sie geöffnet?", "--thread", "t1").exit_code == 0
    return "t1"


@pytest.mark.parametrize(
    ("options", "score"), [(["--up"], 5), (["--down"], 1), (["--score", "3"], 3)]
)
def test_a_rating_is_counted(run: Run, asked: str, options: list[str], score: int) -> None:
    done = run("threads", "rate", asked, *options)
    assert done.exit_code == 0, done.stderr
    (row,) = json.loads(run("outcomes", "--json").stdout)
    assert (row["language"], row["turns"], row["rated"], row["score"]) == ("de", 1, 1, score)


@pytest.mark.parametrize("options", [[], ["--up", "--down"], ["--up", "--score", "5"]])
def test_a_rating_says_one_thing(run: Run, asked: str, options: list[str]) -> None:
    done = run("threads", "rate", asked, *options)
    assert done.exit_code == 2
    assert "one of --up" in done.stderr


def test_a_thread_that_is_not_there_cannot_be_rated(run: Run, asked: str) -> None:
    assert run("threads", "rate", "t2", "--up").exit_code != 0


def test_the_table_has_a_row_for_each_language(run: Run, asked: str) -> None:
    shown = run("outcomes", "--by", "month").stdout
    assert "de" in shown
    assert "answered" in shown
    assert "handed off" not in shown


def test_no_questions_are_no_outcomes(run: Run) -> None:
    assert "No questions yet" in run("outcomes").stdout
    assert json.loads(run("outcomes", "--json").stdout) == []


def test_a_day_that_is_none_is_refused(run: Run) -> None:
    assert run("outcomes", "--since", "yesterday").exit_code == 2
