"""`$1.status`, waves of calls, and conditions on results."""

import pytest

from dragoman.agents.references import holds, next_wave
from dragoman.errors import BadReferenceMistake
from dragoman.tools import Call


def call(number, *, tool="t", arguments=None, when="", result=None, error=""):
    return Call(
        id=f"1.{number - 1}",
        number=number,
        tool=tool,
        arguments=arguments or {},
        when=when,
        result=result,
        error=error,
    )


def test_independent_calls_run_together():
    ready, later = next_wave([call(1), call(2)], [])
    assert [c.number for c in ready] == [1, 2]
    assert later == []


def test_a_call_waits_for_the_one_it_refers_to_and_then_gets_its_value():
    second = call(2, arguments={"status": "$1.status", "total": "$1.total"})
    ready, later = next_wave([call(1), second], [])
    assert ([c.number for c in ready], [c.number for c in later]) == ([1], [2])

    ready, later = next_wave(later, [call(1, result={"status": "配送中", "total": 1200})])
    assert ready[0].arguments == {"status": "配送中", "total": 1200}  # the number stays a number
    assert later == []


def test_a_reference_inside_a_text_and_into_a_list_is_filled_in():
    second = call(2, arguments={"body": "Status: $1.items[1].name. Thanks"})
    ready, _ = next_wave([second], [call(1, result={"items": [{"name": "a"}, {"name": "茶"}]})])
    assert ready[0].arguments == {"body": "Status: 茶. Thanks"}


@pytest.mark.parametrize("text", ["It costs $100.", "$5", "US$2.50", "$0"])
def test_a_price_is_no_reference(text):
    ready, later = next_wave([call(2, arguments={"body": text})], [call(1, result=7)])
    assert ready[0].arguments == {"body": text}
    assert later == []


def test_a_whole_result_is_a_value_too():
    ready, _ = next_wave([call(2, arguments={"n": "$1"})], [call(1, result=41)])
    assert ready[0].arguments == {"n": 41}


@pytest.mark.parametrize(
    ("done", "reason"),
    [
        (call(1, error="no such order"), "gave no result"),
        (call(1, result={"state": "x"}), "It has: state"),
        (call(1, result="x"), "the value"),
    ],
)
def test_a_call_whose_reference_leads_nowhere_does_not_run_and_says_why(done, reason):
    ready, _ = next_wave([call(2, arguments={"status": "$1.status"})], [done])
    assert reason in ready[0].error


@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        ("$1.stock > 0", True),
        ("$1.stock == 3.0", True),
        ("$1.stock < 3", False),
        ("$1.status == Shipped", True),
        ("$1.status != 'shipped'", False),
    ],
)
def test_a_condition_compares_numbers_as_numbers_and_words_without_case(condition, is_true):
    results = {1: call(1, result={"stock": 3, "status": "shipped"})}
    assert holds(condition, results) is is_true


def test_a_call_whose_condition_is_false_is_not_run():
    ready, _ = next_wave([call(2, when="$1.stock > 5")], [call(1, result={"stock": 3})])
    assert "its condition is false" in ready[0].error


def test_a_condition_that_cannot_be_read_runs_nothing():
    with pytest.raises(BadReferenceMistake, match="cannot be read"):
        holds("if there is stock", {})
