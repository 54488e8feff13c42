from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from dragoman.tools import Call
from dragoman.tools.call import as_plain


class Order(BaseModel):
    id: str
    due: date


@dataclass
class Place:
    city: str


class Broken:
    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


cycle: list[Any] = []
cycle.append(cycle)


def observed(result: Any = None, error: str = "") -> str:
    return Call(id="1.0", tool="t", arguments={}, result=result, error=error).observation()


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("配送中", "配送中"),
        ({"状態": ["済", 2]}, '{"状態": ["済", 2]}'),
        (Order(id="甲-7", due=date(2026, 3, 5)), '{"id": "甲-7", "due": "2026-03-05"}'),
        ([Place(city="الرياض")], '[{"city": "الرياض"}]'),
        (0, "0"),
        (False, "false"),
        ("", ""),
        (None, "done"),
    ],
)
def test_the_planner_reads_results_as_compact_text(result, text):
    assert observed(result) == text


def test_the_planner_reads_an_error_as_an_error():
    assert observed(error="在庫なし") == "ERROR: 在庫なし"


@pytest.mark.parametrize("call", [{"result": "あ" * 5000}, {"error": "あ" * 4993}])
def test_long_results_and_long_errors_are_cut_and_say_so(call):
    text = observed(**call)
    assert text.endswith("あ… (cut; 5000 characters in all)")
    assert len(text) < 1600


@pytest.mark.parametrize(
    "value", [cycle, b"\xff", "\ud800", Broken(), [Broken()], object(), {1: 2}]
)
def test_anything_at_all_can_be_stored(value):
    assert json.loads(json.dumps(as_plain(value), ensure_ascii=False).encode()) is not None
