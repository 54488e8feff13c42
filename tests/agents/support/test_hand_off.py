"""From the agent to a person and back: why, what is told, what is kept, who has it."""

import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from planning import plan

from dragoman import AgentSpec, tool
from dragoman.agents.support.deliver import deliver
from dragoman.agents.support.spec import HandOffRules, Support
from dragoman.errors import (
    EngineTimeoutError,
    HandOffNotFoundError,
    HandOffTakenError,
    InvalidInputError,
)
from dragoman.languages import profile
from dragoman.settings import PrivacySettings
from dragoman.testing import ScriptedModel

SUMMARY = "The customer asks for a person."
TOKYO = {
    "name": "jp",
    "languages": ["ja"],
    "timezone": "Asia/Tokyo",
    "holidays": "JP",
    "hours": {"mon-fri": "09:00-18:00"},
}
OPEN, CLOSED = datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 12, tzinfo=UTC)
ASK = "オペレーターにつないでください。"


def spec(*, rules=None, **fields):
    support = Support(markets=[TOKYO], hand_off=rules or HandOffRules())
    return AgentSpec(**{"name": "shop", "tools": (), "support": support, **fields})


@pytest.fixture
def shop(make):
    def opened(script, *, now=OPEN, tools=(), **fields):
        return make(script, spec=spec(**fields), now=lambda: now, tools=tools)

    return opened


def test_who_asks_for_a_person_is_told_so_at_once_and_staff_reads_what_it_is_about(shop):
    assistant = shop([SUMMARY])
    answer = assistant.ask(ASK, thread="t")
    assert answer.text == profile("ja").replies.hand_over
    assert (answer.handed_off.reason, answer.handed_off.opens_at) == ("asked", "")
    (waiting,) = assistant.inbox.list()
    assert (waiting.id, waiting.thread, waiting.agent) == (answer.handed_off.id, "t", "shop")
    assert (waiting.reason, waiting.language, waiting.summary) == ("asked", "ja", SUMMARY)
    assert [message.text for message in waiting.messages] == [ASK]
    assert assistant.outcomes()[0].handed_off == 1


def test_the_notice_is_streamed_before_the_summary_is_written(shop):
    told = []

    def summary(_):
        told.append("summary")
        return SUMMARY

    for event in shop([summary]).stream(ASK):
        told += ["notice"] * (event.type == "token")
    assert told == ["notice", "summary"]


def test_outside_hours_the_customer_hears_when_somebody_is_there(shop):
    answer = shop([SUMMARY], now=CLOSED).ask(ASK)
    assert "11月24日(火) 9:00 (東京)" in answer.text
    assert answer.handed_off.opens_at == "2026-11-24T09:00+09:00"


def test_outside_hours_the_agent_goes_on_otherwise(shop):
    answer = shop([plan(), "30日以内です。"], now=CLOSED).ask("返品は何日以内ですか。")
    assert (answer.text, answer.handed_off) == ("30日以内です。", None)


@pytest.mark.parametrize(
    ("text", "reason"), [("ふざけるな！", "angry"), ("弁護士に相談します。", "legal")]
)
def test_anger_and_law_go_to_a_person(shop, text, reason):
    assert shop([SUMMARY]).ask(text).handed_off.reason == reason


def test_a_rule_that_is_off_hands_nothing_over(shop):
    assistant = shop([plan(), "承知しました。"], rules=HandOffRules(asked=False))
    assert assistant.ask(ASK).handed_off is None


def test_an_agent_without_support_never_hands_over(make):
    assert make([plan(), "承知しました。"]).ask(ASK).handed_off is None


@tool(effect="none")
def look_up(order_id: str) -> str:
    """Where an order is."""
    raise RuntimeError("the warehouse does not answer")


def give_up(text):
    """A turn whose only call fails, so that it comes to nothing."""
    return [plan(("look_up", {"order_id": "E-551"})), plan(), text]


def test_two_turns_in_a_row_that_come_to_nothing_go_to_a_person(shop):
    script = [*give_up("確認できませんでした。"), *give_up("まだ確認できません。"), SUMMARY]
    assistant = shop(script, tools=[look_up])
    assert assistant.ask("注文E-551はどこですか。", thread="t").handed_off is None
    answer = assistant.ask("E-551の状況を教えてください。", thread="t")
    assert answer.handed_off.reason == "stuck"
    assert answer.text.startswith("まだ確認できません。\n\n")
    assert answer.text.endswith(profile("ja").replies.hand_over)


def test_a_good_turn_in_between_begins_the_count_anew(shop):
    script = [*give_up("確認できませんでした。"), plan(), "9時からです。", *give_up("不明です。")]
    assistant = shop(script, tools=[look_up])
    for question in ("注文E-551は？", "営業時間を教えてください。", "注文E-551はどこですか。"):
        assert assistant.ask(question, thread="t").handed_off is None


def test_a_question_that_is_asked_again_and_again_goes_to_a_person(shop):
    script = [plan(), "明日です。", plan(), "明日です。", plan(), "明日です。", SUMMARY]
    assistant = shop(script)
    found = [assistant.ask("いつ届きますか", thread="t").handed_off for _ in range(3)]
    assert [one and one.reason for one in found] == [None, None, "stuck"]


def test_an_answer_that_passes_no_check_is_held_back_and_shown_to_staff(shop):
    wrong = "Your parcel comes tomorrow, between nine and noon, at your door."
    script = [plan(), wrong, {"answer": wrong}, SUMMARY]
    assistant = shop(script)
    answer = assistant.ask("荷物はいつ届きますか。", thread="t")
    assert answer.handed_off.reason == "low_confidence"
    assert answer.text == profile("ja").replies.hand_over
    draft = assistant.inbox.show(answer.handed_off.id).draft
    assert draft.startswith("Your parcel")
    assert wrong.startswith(draft)  # writing ends where another language shows


def test_what_is_written_meanwhile_waits_for_the_person_and_no_model_answers(shop):
    assistant = shop([SUMMARY])
    id_ = assistant.ask(ASK, thread="t").handed_off.id
    answer = assistant.ask("急いでいます。", thread="t")
    assert (answer.handed_off.id, answer.handed_off.queued) == (id_, True)
    assert answer.text.startswith("ありがとうございます。")
    assert assistant.inbox.show(id_).unanswered == 2


def test_another_agent_does_not_answer_in_a_thread_that_a_person_has(shop, make):
    shop([SUMMARY]).ask(ASK, thread="t")
    assert make([]).ask("こんにちは", thread="t").handed_off.queued


def test_the_reply_is_the_answer_and_the_agent_goes_on_knowing_it(shop):
    model = ScriptedModel([SUMMARY, plan(), "3日後です。"])
    assistant = shop(model)
    id_ = assistant.ask(ASK, thread="t").handed_off.id
    over = assistant.inbox.reply(id_, "返金いたしました。", person="青木")
    assert (over.status, over.person, over.unanswered) == ("closed", "青木", 0)
    assert assistant.turns("t")[0].answer == "返金いたしました。"
    assert assistant.inbox.list() == ()
    assert assistant.ask("いつ届きますか。", thread="t").handed_off is None
    assert "返金いたしました。" in model.calls[-1].prompt


def test_a_person_may_keep_the_conversation_and_write_again(shop):
    assistant = shop([SUMMARY])
    id_ = assistant.ask(ASK, thread="t").handed_off.id
    assistant.inbox.reply(id_, "お調べします。", person="青木", keep=True)
    assistant.inbox.reply(id_, "わかりました。", person="青木", keep=True)
    assert assistant.turns("t")[0].answer == "お調べします。\n\nわかりました。"
    assert assistant.ask("お願いします。", thread="t").handed_off.queued
    assert assistant.turns("t")[0].record["handed"]["told"] == profile("ja").replies.hand_over


def test_two_people_cannot_have_one_conversation(shop):
    assistant = shop([SUMMARY])
    id_ = assistant.ask(ASK, thread="t").handed_off.id
    got = []

    def take(person):
        try:
            got.append(assistant.inbox.take(id_, person=person).person)
        except HandOffTakenError:
            got.append("")

    people = [threading.Thread(target=take, args=(f"p{n}",)) for n in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len([name for name in got if name]) == 1
    with pytest.raises(HandOffTakenError, match="has the conversation"):
        assistant.inbox.reply(id_, "はい。", person="森")
    assert assistant.inbox.take(id_, person="森", by_force=True).person == "森"


def test_what_is_over_cannot_be_taken_or_answered(shop):
    assistant = shop([SUMMARY])
    id_ = assistant.ask(ASK, thread="t").handed_off.id
    assistant.inbox.close(id_, person="青木")
    for again in (assistant.inbox.take, assistant.inbox.close):
        with pytest.raises(HandOffTakenError, match="back to the agent"):
            again(id_, person="青木")
    with pytest.raises(HandOffTakenError, match="back to the agent"):
        assistant.inbox.reply(id_, "はい。", person="青木")
    assert [one.id for one in assistant.inbox.list(closed=True)] == [id_]


def test_another_tenant_sees_and_takes_nothing(shop, make, settings):
    id_ = shop([SUMMARY]).ask(ASK, thread="t").handed_off.id
    other = make([], settings=settings.model_copy(update={"tenant": "other"}))
    assert other.inbox.list(closed=True) == ()
    with pytest.raises(HandOffNotFoundError):
        other.inbox.take(id_, person="森")


@pytest.mark.parametrize(("text", "person"), [(" ", "青木"), ("はい。", " "), ("はい。", "a" * 81)])
def test_a_reply_without_words_or_name_is_refused_and_loses_nothing(shop, text, person):
    assistant = shop([SUMMARY])
    id_ = assistant.ask(ASK, thread="t").handed_off.id
    with pytest.raises(InvalidInputError):
        assistant.inbox.reply(id_, text, person=person)
    assert assistant.inbox.show(id_).status == "open"


def test_the_inbox_survives_a_restart(shop):
    first = shop([SUMMARY])
    id_ = first.ask(ASK, thread="t").handed_off.id
    first.inbox.take(id_, person="青木")
    first.close()
    second = shop([])
    assert second.inbox.show(id_).person == "青木"
    assert second.ask("まだですか。", thread="t").handed_off.queued


def test_a_reply_that_a_crash_kept_from_the_thread_is_delivered_when_it_is_opened(shop, home):
    first = shop([SUMMARY])
    turn = first.ask(ASK, thread="t")
    first.inbox.take(turn.handed_off.id, person="青木")
    first.close()
    with closing(sqlite3.connect(home / "threads.sqlite")) as database, database:
        database.execute(
            "INSERT INTO handoff_messages (handoff, turn, author, person, text, at, delivered) "
            "SELECT handoff, turn, 'staff', '青木', '返金いたしました。', at, 0 "
            "FROM handoff_messages"
        )
    second = shop([])
    assert second.turns("t")[0].answer == "返金いたしました。"
    record = second.turns("t")[0].record["handed"]
    assert [reply["person"] for reply in record["replies"]] == ["青木"]


def test_the_engine_may_fail_and_the_person_is_called_all_the_same(shop):
    assistant = shop([EngineTimeoutError("no answer")])
    answer = assistant.ask(ASK, thread="t")
    assert answer.handed_off.reason == "asked"
    assert assistant.inbox.show(answer.handed_off.id).summary == ""


@pytest.mark.parametrize(
    "summary", ["The customer wants 500 yen back.", "お客様は担当者を求めています。"]
)
def test_a_summary_with_figures_of_its_own_or_in_another_language_is_left_out(shop, summary):
    assistant = shop([summary])
    assert assistant.inbox.show(assistant.ask(ASK).handed_off.id).summary == ""


def test_a_deleted_thread_leaves_nothing_in_the_inbox(shop):
    assistant = shop([SUMMARY])
    assistant.ask(ASK, thread="t")
    assistant.delete_thread("t")
    assert assistant.inbox.list(closed=True) == ()


def test_personal_data_is_masked_in_what_is_kept_and_read_by_people(shop, home):
    phone = "090-1234-5678"
    assistant = shop([SUMMARY], privacy=PrivacySettings(mask=("model", "storage")))
    id_ = assistant.ask(f"{ASK}電話は{phone}です。", thread="t").handed_off.id
    assistant.inbox.reply(id_, f"{phone}と080-1111-2222にお電話します。", person="青木")
    messages = assistant.inbox.show(id_).messages
    assert phone in messages[0].text
    assert "080-1111-2222" in messages[1].text
    assert phone in assistant.turns("t")[0].answer
    with closing(sqlite3.connect(home / "threads.sqlite")) as database:
        kept = [
            json.dumps(database.execute(f"SELECT * FROM {table}").fetchall(), ensure_ascii=False)
            for table in ("handoffs", "handoff_messages", "turns")
        ]
    assert phone not in "".join(kept)
    assert "080-1111-2222" not in "".join(kept)


async def test_delivering_twice_changes_nothing(shop):
    assistant = shop([SUMMARY])
    answer = await assistant.aask(ASK, thread="t")
    assistant.inbox.reply(answer.handed_off.id, "返金いたしました。", person="青木")
    (before,) = assistant.turns("t")
    assistant._run(_again(assistant, before))
    assert assistant.turns("t") == [before]


async def _again(assistant, turn):
    storage = await assistant._opened()
    await deliver(storage.transcript, storage.hand_offs, f"{assistant.tenant}/t", turn.id)


@pytest.mark.parametrize(
    ("question", "language", "note"),
    [
        ("Wie lange kann ich die Ware zurückgeben?", "en", profile("de").tag),
        ("请问多少天之内可以退货？", "zh-Hant", ""),
    ],
)
def test_a_language_that_is_not_offered_is_told_so_once_and_answered_in_another(
    make, question, language, note
):
    offered = AgentSpec(
        name="shop", tools=(), languages=["ja", "en", "zh-Hant"], fallback_language="en"
    )
    text = {"en": "Within 30 days of delivery.", "zh-Hant": "收到商品後三十天內可以退貨。"}[
        language
    ]
    assistant = make([plan(), text, plan(), text], spec=offered)
    first = assistant.ask(question, thread="t")
    assert first.language == language
    assert first.text.endswith(text)
    assert ("日本語, English, 繁體中文" in first.text) is bool(note)
    assert assistant.turns("t")[0].answer == first.text
    assert assistant.ask(question.replace("?", " bitte?"), thread="t").text == text


def test_a_fallback_that_is_not_offered_is_refused():
    with pytest.raises(ValueError, match="fallback_language"):
        AgentSpec(name="shop", languages=["ja"], fallback_language="en")
