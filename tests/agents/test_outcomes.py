"""How turns ended and what people thought of it, counted without a word of anybody."""

import json
from datetime import date

import pytest
from planning import plan

from dragoman import AgentSpec, tool
from dragoman.agents.outcomes.outcome import kept_outcome, outcome_of
from dragoman.agents.transcript import Turn
from dragoman.errors import InvalidInputError, ThreadNotFoundError

SAID = "電話番号を確認いたしました。ありがとうございます。"


@tool(effect="none")
def get_order_status(order_id: str) -> str:
    """Where a parcel is, by its order id."""
    return f"{order_id}: in transit"


def turn(**fields) -> Turn:
    known = {
        "id": "t", "number": 1, "question": "?", "answer": "!", "language": "ja",
        "status": "done", "asked_at": "2026-11-24T00:00:00.000+00:00", "record": {},
    }  # fmt: skip
    return Turn(**{**known, **fields})


def test_turns_are_counted_by_agent_and_language(make):
    shop = AgentSpec(name="shop")
    status = plan(("get_order_status", {"order_id": "E-551"}))
    script = [
        plan(),
        SAID,
        status,
        plan(),
        "ご注文E-551は配送中です。",
        plan(),
        "주문하신 상품은 내일 도착합니다.",
    ]
    assistant = make(script, tools=[get_order_status], spec=shop)
    assistant.ask("電話番号を確認してください。")
    assistant.ask("注文E-551の配送状況を教えてください。")
    assistant.ask("주문한 상품이 언제 도착하는지 알려 주세요.")
    japanese, korean = assistant.outcomes()

    assert (japanese.agent, japanese.language) == ("shop", "ja")
    assert (japanese.turns, japanese.answered, japanese.supported) == (2, 1, 1)
    assert (japanese.threads, japanese.resolved) == (2, 2)
    assert (korean.language, korean.turns, korean.answered) == ("ko", 1, 1)


def test_a_question_back_is_no_resolution(make):
    ask = plan(("ask_user", {"missing": ["order_id"]}))
    assistant = make([ask, ask], tools=[get_order_status])
    assistant.ask("注文の配送状況を教えてください。")
    (found,) = assistant.outcomes()
    assert (found.asked_back, found.threads, found.resolved) == (1, 1, 0)


def test_a_thread_counts_where_its_latest_turn_does(make):
    assistant = make([plan(), SAID, plan(), "주문하신 상품은 내일 도착합니다."])
    assistant.ask("電話番号を確認してください。", thread="t")
    assistant.ask("주문한 상품이 언제 도착하는지 알려 주세요.", thread="t", language="ko")
    japanese, korean = assistant.outcomes()
    assert (japanese.turns, japanese.threads) == (1, 0)
    assert (korean.turns, korean.threads, korean.resolved) == (1, 1, 1)


def test_what_failed_is_counted(make):
    assistant = make([])
    with pytest.raises(AssertionError):
        assistant.ask("電話番号を確認してください。")
    (found,) = assistant.outcomes()
    assert (found.turns, found.failed, found.resolved) == (1, 1, 0)


def test_a_hand_off_resolves_nothing():
    assert kept_outcome(turn(record={"outcome": "handed_off"})) == "handed_off"


def test_turns_from_before_outcomes_were_kept_are_told_by_their_parts():
    cited = {"citations": [{"number": 1}]}
    failed = {"calls": [{"error": "no"}]}
    assert kept_outcome(turn(record=cited)) == "supported"
    assert kept_outcome(turn(record=failed)) == "gave_up"
    assert kept_outcome(turn(record={"review": {"templated": True}})) == "gave_up"
    assert kept_outcome(turn(record={"review": {"templated": False}})) == "answered"
    assert kept_outcome(turn(status="waiting")) == "open"
    assert kept_outcome(turn(status="cancelled")) == "failed"


def test_ratings_are_counted_and_a_later_one_takes_the_place(make):
    assistant = make([plan(), SAID, plan(), SAID])
    assistant.ask("電話番号を確認してください。", thread="t")
    assistant.ask("もう一度、電話番号を確認してください。", thread="t")
    assistant.rate("t", score=1)
    assistant.rate("t", score=4)
    assistant.rate("t", score=1, turn=1)
    (found,) = assistant.outcomes()
    assert (found.rated, found.satisfied, found.score) == (2, 1, 2.5)


def test_ratings_go_with_their_thread(make):
    assistant = make([plan(), SAID])
    assistant.ask("電話番号を確認してください。", thread="t")
    assistant.rate("t", score=5)
    assistant.delete_thread("t")
    assert assistant.outcomes() == []


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_out_of_range_is_refused(make, score):
    assistant = make([plan(), SAID])
    assistant.ask("電話番号を確認してください。", thread="t")
    with pytest.raises(InvalidInputError, match="1 to 5"):
        assistant.rate("t", score=score)


def test_what_is_not_there_cannot_be_rated(make):
    assistant = make([plan(), SAID])
    with pytest.raises(ThreadNotFoundError):
        assistant.rate("t", score=5)
    assistant.ask("電話番号を確認してください。", thread="t")
    with pytest.raises(ThreadNotFoundError, match="no turn 7"):
        assistant.rate("t", score=5, turn=7)


def test_periods_and_days_are_kept_to(make):
    assistant = make([plan(), SAID])
    assistant.ask("電話番号を確認してください。")
    day = assistant.turns(assistant.threads()[0].id)[0].asked_at[:10]
    assert [found.period for found in assistant.outcomes(by="day")] == [day]
    assert [found.period for found in assistant.outcomes(by="month")] == [day[:7]]
    (week,) = assistant.outcomes(by="week")
    assert week.period == "{}-W{:02}".format(*date.fromisoformat(day).isocalendar()[:2])
    assert assistant.outcomes(since=date(2999, 1, 1)) == []
    assert assistant.outcomes(until=date(2000, 1, 1)) == []


def test_nothing_that_anybody_wrote_is_in_the_counts(make):
    assistant = make([plan(), SAID])
    assistant.ask("電話番号は090-1234-5678です。確認してください。", thread="taro")
    written = json.dumps([str(found) for found in assistant.outcomes()])
    assert "090" not in written
    assert "taro" not in written


def test_a_conversation_that_was_handed_off_is_not_resolved_by_a_later_answer(make, monkeypatch):
    assistant = make([plan(), SAID, plan(), SAID])
    with monkeypatch.context() as patched:
        patched.setattr("dragoman.agents.remember.outcome_of", lambda _: "handed_off")
        assistant.ask("担当者をお願いします。", thread="t")
    assistant.ask("電話番号を確認してください。", thread="t")
    (found,) = assistant.outcomes()
    assert (found.handed_off, found.answered, found.resolved) == (1, 1, 0)


def test_an_outcome_that_a_node_set_goes_before_what_the_parts_tell():
    assert outcome_of({"outcome": "handed_off", "citations": [{"number": 1}]}) == "handed_off"
    assert outcome_of({"missing": ["order_id"]}) == "asked_back"
    assert outcome_of({"stopped": "steps"}) == "gave_up"
    assert outcome_of({"documents_only": True, "evidence": {}}) == "gave_up"
    assert outcome_of({"at_once": "Hello!", "documents_only": True}) == "supported"
