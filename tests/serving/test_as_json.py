from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from dragoman.errors import InvalidInputError
from dragoman.serving.as_json import plain, print_json, print_json_line


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    id: str
    weights: tuple[float, ...] = ()
    inside: Parcel | None = None


def test_dataclasses_become_dicts_all_the_way_down() -> None:
    parcel = Parcel(id="P1", inside=Parcel(id="P2", weights=(1.5, 2.0)))
    assert plain(parcel) == {
        "id": "P1",
        "weights": [],
        "inside": {"id": "P2", "weights": [1.5, 2.0], "inside": None},
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({1: frozenset({"a"})}, {"1": ["a"]}),
        (Path("a/b"), "a/b"),
        (date(2026, 3, 2), "2026-03-02"),
        (True, True),
        (b"x", "b'x'"),
    ],
)
def test_values_without_a_json_form_become_text(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_error_becomes_code_message_and_cure() -> None:
    error = InvalidInputError("Wrong.", cure="Right it.")
    assert plain({"error": error}) == {
        "error": {"code": "DRG-INPUT", "message": "Wrong.", "cure": "Right it."}
    }


def test_text_is_written_as_it_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": "保修"})
    assert "保修" in capsys.readouterr().out


def test_json_line_is_one_line_even_for_text_of_several(capsys: pytest.CaptureFixture[str]) -> None:
    print_json_line({"text": "one\ntwo"})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"text": "one\ntwo"}
