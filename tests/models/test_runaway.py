"""Stopping replies that go round in circles, and only those."""

from __future__ import annotations

import json

import pytest

from dragoman.errors import EngineRunawayError
from dragoman.models.runaway import RunawayWatch, repeated_unit

PROSE = (
    "夜の図書館は静かだった。窓の外では雪が降り続け、古い時計だけが時を刻んでいる。"
    "The librarian counted her books again: one atlas, two dictionaries, three novels. "
    "ثم أغلقت الباب وخرجت إلى الشارع المظلم حيث كان صديقها ينتظرها منذ ساعة. "
)


def feed(text: str, size: int = 3) -> None:
    watch = RunawayWatch(thinking_tokens=10)
    for start in range(0, len(text), size):
        watch.saw(text[start : start + size])


@pytest.mark.parametrize(
    "unit", ["a", "好", "哈哈", " and", "1, ", "The cat sat. ", "我不知道。\n", PROSE[:190]]
)
def test_a_unit_repeated_without_end_is_stopped(unit: str) -> None:
    with pytest.raises(EngineRunawayError):
        feed(PROSE + unit * 1500)


@pytest.mark.parametrize(
    "text",
    [
        PROSE * 3,
        "\n".join(str(number) for number in range(1000)),
        "|---|---|---|\n" + "".join(f"| {n} | {n * n} | {n**3} |\n" for n in range(300)),
        "=" * 120 + "\n" + PROSE,
        json.dumps([{"id": number, "name": ""} for number in range(300)]),
        "ha" * 100 + ". " + PROSE,
    ],
)
def test_lists_tables_and_ruled_lines_are_not_taken_for_it(text: str) -> None:
    feed(text)


def test_the_size_of_the_pieces_does_not_matter() -> None:
    for size in (1, 7, 50, 5000):
        with pytest.raises(EngineRunawayError):
            feed("and so on " * 300, size)


def test_thinking_has_a_budget_and_is_watched_as_well() -> None:
    watch = RunawayWatch(thinking_tokens=3)
    for _ in range(3):
        watch.saw("", thought="so")
    watch.saw("an answer is free")
    with pytest.raises(EngineRunawayError, match="3 tokens of thinking"):
        watch.saw("", thought="so")

    watch = RunawayWatch(thinking_tokens=10_000)
    with pytest.raises(EngineRunawayError, match="repeating"):
        watch.saw("", thought="wait, " * 200)


def test_the_unit_is_named() -> None:
    assert sorted(repeated_unit("xyz" * 200)) == ["x", "y", "z"]
    assert repeated_unit(PROSE) == ""
    assert repeated_unit("") == ""
