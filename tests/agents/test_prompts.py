"""What the model reads: budgets, order, and a beginning that stays."""

import itertools
import re

import pytest
from test_citations import passage

from dragoman.agents.history import history
from dragoman.agents.localized import localized
from dragoman.agents.plan_schema import plan_schema
from dragoman.agents.prompts.preamble import preamble
from dragoman.agents.prompts.writing import writing_request
from dragoman.agents.recall import outline, within_budget
from dragoman.agents.transcript import Turn
from dragoman.languages import estimate_tokens
from dragoman.tools import Call, tool
from dragoman.tools.builtin import calculator, make_current_time
from dragoman.tools.registry import Registry


def turn(number, size=10, status="done"):
    return Turn(
        id=str(number),
        number=number,
        question=f"question {number} " + "word " * size,
        answer=f"answer {number} [1]" if status == "done" else "",
        language="en",
        status=status,
        asked_at="2026-01-01T00:00:00+00:00",
        record={},
    )


def test_history_holds_questions_and_answers_without_their_marks():
    assert history([turn(1, 0)], tokens=100) == [
        {"role": "user", "content": "question 1 "},
        {"role": "assistant", "content": "answer 1"},
    ]


def test_history_leaves_out_turns_that_did_not_end():
    assert history([turn(1, status="failed"), turn(2, status="running")], tokens=100) == []


def test_history_stays_within_its_budget():
    turns = [turn(number, 50) for number in range(100)]
    kept = history(turns, tokens=1000)
    assert 0 < sum(estimate_tokens(message["content"]) for message in kept) <= 1000
    assert kept[-1]["content"] == "answer 99"


def test_history_keeps_its_beginning_for_many_turns():
    turns = [turn(number, 50) for number in range(100)]
    beginnings = [history(turns[:end], tokens=1000)[0]["content"] for end in range(1, 101)]
    changes = sum(a != b for a, b in itertools.pairwise(beginnings))
    assert changes < 15  # a window that slides by one would change in nearly every turn


def test_a_turn_larger_than_the_budget_is_not_sent_at_all():
    assert history([turn(1, 5000)], tokens=1000) == []


def test_passages_are_kept_within_count_and_budget_and_only_once():
    found = [passage(f"{number}. " + "word " * 50, name=str(number)) for number in range(9)]
    kept = within_budget([found[0], *found], count=3, tokens=10_000)
    assert [p.document_id for p in kept] == ["0", "1", "2"]
    assert len(within_budget(found, count=9, tokens=150)) == 2


def test_an_over_long_best_passage_is_cut_at_a_sentence():
    long = passage("One sentence stands here. " * 200)
    (kept,) = within_budget([long], count=4, tokens=100)
    assert estimate_tokens(kept.text) <= 100
    assert kept.text.endswith(".")
    assert long.text.startswith(kept.text)
    assert kept.end == len(kept.text)


def test_a_passage_without_sentences_is_cut_too():
    (kept,) = within_budget([passage("あ" * 5000, "ja")], count=1, tokens=100)
    assert 0 < estimate_tokens(kept.text) <= 100


def test_the_outline_is_short():
    shown = outline([passage("word " * 500)])
    assert shown.startswith("[1] > doc\n> word word")
    assert len(shown) < 200


def test_the_best_passage_stands_nearest_to_the_question():
    request = writing_request(
        "Q?",
        passages=[passage("best"), passage("second")],
        calls=[],
        instruction="答えてください。",
        notes=[],
        language="ja",
    )
    assert request.index("second") < request.index("best") < request.index("Q?")
    assert request.endswith("答えてください。\n\nQ?")


@pytest.mark.parametrize(
    ("question", "language", "result", "shown"),
    [
        ("いつ届きますか", "ja", {"due": "2025-03-05"}, "2025-03-05 is written 2025年3月5日"),
        ("和暦で教えて", "ja", "2025-03-05", "2025-03-05 is written 令和7年3月5日"),
        (
            "얼마예요?",
            "ko",
            [{"amount": 12000, "currency": "KRW"}],
            '{"amount": 12000, "currency": "KRW"} is written 12,000원',
        ),
        ("متى بالتاريخ الهجري؟", "ar", "2025-03-05", "2025-03-05 is written 5 رمضان 1446 هـ"),
        (
            "合計は？",
            "ja",
            {"total": 12000, "fee": 650, "currency": "JPY", "id": 7},
            "12000 is written 12,000円; 650 is written 650円",
        ),
    ],
)
def test_a_result_is_written_in_the_answers_formats_beside_what_the_tool_said(
    question, language, result, shown
):
    call = Call(id="1.0", tool="order", arguments={}, result=result)
    request = writing_request(
        question, passages=[], calls=[call], instruction="", notes=[], language=language
    )
    assert f"order({{}}) = > {call.observation()} ({shown})" in request


@pytest.mark.parametrize(
    "call",
    [
        Call(id="1.0", tool="order", arguments={}, result={"id": 12000, "phone": "0312345678"}),
        Call(id="1.0", tool="order", arguments={}, error="2025-03-05"),
        Call(id="1.0", tool="order", arguments={}),
    ],
)
def test_ids_and_errors_are_written_once(call):
    request = writing_request(
        "?", passages=[], calls=[call], instruction="", notes=[], language="ja"
    )
    assert request == f"Results:\norder({{}}) = > {call.observation()}\n\n?"


def test_what_a_calculator_says_is_a_quantity():
    call = Call(id="1.0", tool="calculator", arguments={}, result="1234567.5")
    assert localized(call, "Wie viel?", "de") == "1.234.567,5"
    assert localized(call, "何万ですか", "ja") == "123.5万"


def test_no_example_calls_a_tool_that_is_not_there():
    @tool(effect="none")
    def only(word: str) -> str:
        """Do one thing."""
        return word

    text = "\n".join(message["content"] for message in preamble(Registry([only])))
    assert "calculator" not in text
    assert "current_time" not in text


def test_the_preamble_does_not_depend_on_the_order_of_the_tools():
    tools = [calculator, make_current_time()]
    assert preamble(Registry(tools)) == preamble(Registry(tools[::-1]))


def test_a_plan_can_only_name_offered_tools_with_their_own_arguments():
    schema = plan_schema(Registry([calculator, make_current_time()]), ["calculator"], 100)
    options = schema["properties"]["calls"]["items"]["anyOf"]
    names = [option["properties"]["tool"]["const"] for option in options]
    assert names == ["calculator"]
    assert schema["properties"]["needs"]["enum"] == ["calculator", "passages", "nothing"]
    assert options[-1]["properties"]["arguments"]["required"] == ["expression"]
    assert schema["properties"]["thought"]["maxLength"] == 100


def test_every_string_of_a_plan_is_bounded():
    text = str(plan_schema(Registry([calculator]), ["calculator"], 100))
    assert len(re.findall("'type': 'string'", text)) == len(re.findall("'maxLength'", text))
