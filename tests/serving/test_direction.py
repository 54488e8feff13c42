from __future__ import annotations

import io

import pytest
from rich.console import Console

from dragoman.languages.text.bidi import POP_ISOLATE, RIGHT_TO_LEFT_ISOLATE, isolate
from dragoman.serving.direction import Prose, isolated, runs_right_to_left

ARABIC = "تنتهي صلاحية النقاط بعد 18 شهرًا من آخر عملية شراء"


def drawn(prose: Prose, *, width: int = 40, terminal: bool = True) -> list[str]:
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=terminal,
        color_system=None,
        legacy_windows=False,
    )
    console.print(prose)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_each_line_of_right_to_left_text_is_isolated_and_flush_right() -> None:
    lines = drawn(Prose(text=ARABIC, right_to_left=True))
    assert len(lines) > 1
    for line in lines:
        assert line.lstrip().startswith(RIGHT_TO_LEFT_ISOLATE)
        assert line.endswith(POP_ISOLATE)
    assert lines[-1].startswith(" " * 10)


def test_right_to_left_text_keeps_all_its_words_in_order() -> None:
    lines = drawn(Prose(text=ARABIC, right_to_left=True))
    words = [
        word.strip(RIGHT_TO_LEFT_ISOLATE + POP_ISOLATE) for line in lines for word in line.split()
    ]
    assert words == ARABIC.split()


def test_text_for_a_file_carries_no_marks_and_no_padding() -> None:
    lines = drawn(Prose(text=ARABIC, right_to_left=True), width=200, terminal=False)
    assert lines == [ARABIC]


def test_an_id_that_is_wrapped_stays_isolated_on_both_lines() -> None:
    prose = Prose(text="اتصل على " + isolate("+966 55 123 4567") + " الآن", right_to_left=True)
    first, second = drawn(prose, width=20)
    assert first.strip() == "\u2067اتصل على \u2066+966 55 123\u2069\u2069"
    assert second.strip() == "\u2067\u20664567\u2069 الآن\u2069"


def test_marks_take_no_room_in_a_line() -> None:
    (plain,) = drawn(Prose(text="رقم AB-12", right_to_left=True))
    (marked,) = drawn(Prose(text="رقم " + isolate("AB-12"), right_to_left=True))
    assert marked.index("\u2067") == plain.index("\u2067")


def test_left_to_right_text_is_left_alone() -> None:
    assert drawn(Prose(text="Die Garantie gilt zwei Jahre.")) == ["Die Garantie gilt zwei Jahre."]


@pytest.mark.parametrize(
    ("tag", "expected"), [("ar", True), ("fa", True), ("ur", True), ("ja", False), ("xx", False)]
)
def test_direction_follows_the_language(tag: str, expected: bool) -> None:
    assert runs_right_to_left(tag) is expected


def test_only_right_to_left_names_are_isolated_in_a_line() -> None:
    assert isolated("returns.en.md") == "returns.en.md"
    assert isolated("日本語") == "日本語"
    assert isolated("سياسة") == "\u2068سياسة\u2069"
