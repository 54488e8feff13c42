"""Turns under a privacy policy: names inside, the data for people and tools."""

import json
import sqlite3
from contextlib import closing

import pytest
from planning import plan
from pydantic import BaseModel, field_validator

from dragoman import AgentSpec, Decision, tool
from dragoman.agents.events import AnswerEvent, ApprovalEvent, TokenEvent, ToolEndEvent
from dragoman.agents.training.collect import export_threads
from dragoman.agents.training.reviews import Correction
from dragoman.agents.transcript import Exchange
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel
from dragoman.tools import Tool

PHONE, OTHER = "090-1234-5678", "080-9999-1111"
QUESTION = f"注文A-2209の電話番号を{PHONE}に変更してください。"
MASKED = "注文A-2209の電話番号をJP_PHONE_1に変更してください。"
called = []


@tool(effect="once")
def change_phone(order_id: str, phone: str) -> dict[str, str]:
    """Change the telephone number of an order."""
    called.append((order_id, phone))
    return {"order": order_id, "phone": phone, "before": OTHER}


CHANGE = plan(("change_phone", {"order_id": "A-2209", "phone": "JP_PHONE_1"}))
SAID = "注文A-2209の電話番号をJP_PHONE_1に変更いたしました。"


@pytest.fixture(autouse=True)
def _nothing_called():
    called.clear()


@pytest.fixture
def private():
    return AgentSpec(name="shop", privacy={"mask": ["model", "storage"]})


def prompts(model: ScriptedModel) -> str:
    return "\n".join(message.text for call in model.calls for message in call.messages)


def stored(home) -> str:
    """Everything in the threads' database outside of the vault."""
    with closing(sqlite3.connect(home / "threads.sqlite")) as database:
        tables = [
            row[0]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return "\n".join(
            str(row)
            for table in tables
            if table != "personal_data" and not table.startswith("sqlite_")
            for row in database.execute(f"SELECT * FROM {table}")
        )


def test_nothing_is_masked_unless_somebody_says_so(make):
    model = ScriptedModel([plan(), "電話番号を確認いたしました。"])
    make(model).ask(QUESTION)
    assert PHONE in prompts(model)


def test_the_model_sees_names_and_the_person_the_data(make, private):
    model = ScriptedModel([CHANGE, plan(), SAID])
    answer = make(model, tools=[change_phone], spec=private).ask(QUESTION)

    assert PHONE not in prompts(model)
    assert OTHER not in prompts(model)
    assert MASKED in prompts(model)
    assert answer.text == SAID.replace("JP_PHONE_1", PHONE)


def test_a_tool_gets_the_data_and_its_result_is_masked(make, private):
    model = ScriptedModel([CHANGE, plan(), SAID])
    answer = make(model, tools=[change_phone], spec=private).ask(QUESTION)

    assert called == [("A-2209", PHONE)]
    assert "JP_PHONE_2" in prompts(model)
    (call,) = answer.calls
    assert call.arguments["phone"] == PHONE
    assert call.result == {"order": "A-2209", "phone": PHONE, "before": OTHER}


def test_nothing_that_is_kept_of_a_thread_holds_the_data(make, private, home):
    assistant = make([CHANGE, plan(), SAID], tools=[change_phone], spec=private)
    assistant.ask(QUESTION, thread="t")
    exported = assistant.export("t")

    assert PHONE not in stored(home)
    assert OTHER not in stored(home)
    assert exported.turns[0].question == MASKED
    assert exported.turns[0].answer == SAID
    assert exported.effects[0].arguments["phone"] == "JP_PHONE_1"


def test_an_unfinished_turn_keeps_names_only_and_goes_on_with_the_data(make, private, home):
    class BrokenError(Exception):
        pass

    def fail(*_):
        raise BrokenError

    assistant = make([CHANGE, fail], tools=[change_phone], spec=private)
    with pytest.raises(Exception):  # noqa: B017 - whatever the model raises
        assistant.ask(QUESTION, thread="t")
    assistant.close()
    assert PHONE not in stored(home)

    *_, last = make([plan(), SAID], tools=[change_phone], spec=private).resume("t")
    assert last.answer.text == SAID.replace("JP_PHONE_1", PHONE)
    assert called == [("A-2209", PHONE)]


def test_a_name_stays_the_same_in_later_turns_and_after_a_restart(make, private):
    make([plan(), "電話番号JP_PHONE_1を承りました。"], spec=private).ask(QUESTION, thread="t")
    model = ScriptedModel([plan(), "JP_PHONE_1ではなくJP_PHONE_2におかけいたします。"])
    answer = make(model, spec=private).ask(f"{PHONE}ではなく{OTHER}にかけてください。", thread="t")

    assert "JP_PHONE_1ではなくJP_PHONE_2にかけてください。" in prompts(model)
    assert "電話番号JP_PHONE_1を承りました。" in prompts(model)
    assert answer.text == f"{PHONE}ではなく{OTHER}におかけいたします。"


def test_another_thread_does_not_know_the_names(make, private):
    assistant = make(
        [plan(), "電話番号を承りました。", plan(), "JP_PHONE_1とは何の番号でしょうか。"],
        spec=private,
    )
    assistant.ask(QUESTION, thread="one")
    answer = assistant.ask("JP_PHONE_1は何番ですか？", thread="two")
    assert PHONE not in answer.text


def test_a_name_that_somebody_wrote_is_never_given_to_a_datum(make, private):
    model = ScriptedModel([plan(), "JP_PHONE_2におかけいたします。"])
    answer = make(model, spec=private).ask(f"JP_PHONE_1ではなく{PHONE}にかけてください。")
    assert "JP_PHONE_1ではなくJP_PHONE_2にかけてください。" in prompts(model)
    assert answer.text == f"{PHONE}におかけいたします。"


def test_streamed_pieces_are_restored_though_a_name_is_split(make, private):
    events = list(make([plan(), SAID], spec=private).stream(QUESTION))
    streamed = "".join(event.text for event in events if isinstance(event, TokenEvent))
    assert streamed == SAID.replace("JP_PHONE_1", PHONE)
    assert isinstance(events[-1], AnswerEvent)
    assert events[-1].answer.text == streamed


def test_events_of_calls_show_people_the_data(make, private):
    assistant = make([CHANGE, plan(), SAID], tools=[change_phone], spec=private)
    (ended,) = [event for event in assistant.stream(QUESTION) if isinstance(event, ToolEndEvent)]
    assert ended.call.arguments["phone"] == PHONE


def test_a_person_approves_the_data_and_not_a_name(make, private, home):
    @tool(effect="once", approval=lambda call: call["phone"].startswith("090"))
    def change_phone(order_id: str, phone: str) -> str:
        """Change the telephone number of an order."""
        called.append((order_id, phone))
        return "changed"

    assistant = make([CHANGE, plan(), SAID], tools=[change_phone], spec=private)
    *_, event = assistant.stream(QUESTION, thread="t")
    assert isinstance(event, ApprovalEvent)
    assert event.requests[0].call.arguments["phone"] == PHONE
    assert PHONE in event.text
    assert PHONE not in stored(home)

    (waiting,) = assistant.approvals()
    assert waiting.requests[0].call.arguments["phone"] == PHONE
    decision = Decision(approve=True, arguments={"order_id": "A-2209", "phone": OTHER})
    *_, last = assistant.decide("t", {waiting.requests[0].call.id: decision})
    assert called == [("A-2209", OTHER)]
    assert last.answer.calls[0].arguments["phone"] == OTHER
    assert OTHER not in stored(home)


def test_what_a_failing_tool_says_is_masked(make, private):
    @tool(effect="none")
    def find_customer(phone: str) -> str:
        """Find a customer by telephone number."""
        raise LookupError(f"nobody has {phone}, perhaps {OTHER}")

    model = ScriptedModel(
        [plan(("find_customer", {"phone": "JP_PHONE_1"})), plan(), "見つかりませんでした。"]
    )
    answer = make(model, tools=[find_customer], spec=private).ask(f"{PHONE}は誰の番号ですか？")
    assert OTHER not in prompts(model)
    assert OTHER in answer.calls[0].error


def test_arguments_that_do_not_fit_are_refused_without_telling_the_data(make, private):
    @tool(effect="none")
    def find_customer(phone: int) -> str:
        """Find a customer by telephone number."""
        return str(phone)

    model = ScriptedModel(
        [plan(("find_customer", {"phone": "JP_PHONE_1"})), plan(), "見つかりませんでした。"]
    )
    make(model, tools=[find_customer], spec=private).ask(f"{PHONE}は誰の番号ですか？")
    assert PHONE not in prompts(model)


def test_a_long_number_in_a_result_is_masked(make, private):
    @tool(effect="none")
    def card_of(order_id: str) -> dict[str, int]:
        """The card that an order was paid with."""
        return {"card": 4111111111111111, "amount": 4800}

    model = ScriptedModel(
        [
            plan(("card_of", {"order_id": "A-2209"})),
            plan(),
            "お支払いは4,800円、カードはCARD_1です。",
        ]
    )
    answer = make(model, tools=[card_of], spec=private).ask("注文A-2209の支払いは？")
    assert "4111111111111111" not in prompts(model)
    assert answer.text == "お支払いは4,800円、カードは4111111111111111です。"


def test_passages_are_masked_and_quoted_as_they_stand(make, private, memory, tmp_path):
    text = "返品の窓口は03-1234-5678です。受付は平日のみです。"
    (tmp_path / "faq.txt").write_text(text, "utf-8")
    memory.ingest(tmp_path / "faq.txt")
    model = ScriptedModel([plan(needs="passages"), "返品の窓口はJP_PHONE_1です。[1]"])
    answer = make(model, memory=memory, spec=private).ask("返品の窓口の電話番号は？")
    assert "03-1234-5678" not in prompts(model)
    assert answer.text == "返品の窓口は03-1234-5678です。[1]"
    assert answer.citations[0].quote in text
    assert "03-1234-5678" in answer.passages[0].text


def test_invisible_characters_hide_no_number(make, private):
    model = ScriptedModel([plan(), "承りました。お電話いたします。"])
    make(model, spec=private).ask("電話は090-12\u200b34-5678です。連絡してください。")
    assert "JP_PHONE_1" in prompts(model)
    assert "34-5678" not in prompts(model)


def test_only_the_kinds_and_countries_of_the_policy_are_masked(make):
    spec = AgentSpec(
        name="shop",
        privacy={"mask": ["model", "storage"], "kinds": ["phone"], "countries": ["JP"]},
    )
    model = ScriptedModel([plan(), "承りました。ご連絡いたします。"])
    make(model, spec=spec).ask(f"電話{PHONE}、メールa@example.comです。")
    assert "電話JP_PHONE_1、メールa@example.comです。" in prompts(model)


def test_the_settings_may_say_it_for_all_agents(make, monkeypatch):
    monkeypatch.setenv("DRAGOMAN_PRIVACY", '{"mask": ["model", "storage"]}')
    model = ScriptedModel([plan(), "承りました。ご連絡いたします。"])
    make(model, settings=Settings()).ask(QUESTION)
    assert PHONE not in prompts(model)


def test_the_data_goes_with_its_thread_and_a_fork_has_it_too(make, private, home):
    assistant = make([plan(), SAID, plan(), SAID], spec=private)
    assistant.ask(QUESTION, thread="t")
    assistant.fork("t", turns=1, into="again")
    assistant.delete_thread("t")
    with closing(sqlite3.connect(home / "threads.sqlite")) as database:
        rows = list(database.execute("SELECT thread, name, datum FROM personal_data"))
    assert rows == [("default/again", "JP_PHONE_1", PHONE)]


def test_turns_are_shown_to_people_as_they_wrote_them(make, private):
    assistant = make([CHANGE, plan(), SAID], tools=[change_phone], spec=private)
    assistant.ask(QUESTION, thread="t")
    (turn,) = assistant.turns("t")
    assert turn.question == QUESTION
    assert turn.record["calls"][0]["arguments"]["phone"] == PHONE
    assert "JP_PHONE" not in json.dumps(turn.record)


def test_masked_for_the_storage_only_the_model_reads_the_data(make, home):
    spec = AgentSpec(name="shop", privacy={"mask": ["storage"]})
    change = plan(("change_phone", {"order_id": "A-2209", "phone": PHONE}))
    model = ScriptedModel([change, plan(), f"電話番号を{PHONE}に変更いたしました。"])
    assistant = make(model, tools=[change_phone], spec=spec)
    *_, last = assistant.stream(QUESTION, thread="t")

    assert QUESTION in prompts(model)
    assert "JP_PHONE" not in prompts(model)
    assert called == [("A-2209", PHONE)]
    assert last.answer.text == f"電話番号を{PHONE}に変更いたしました。"
    assert PHONE not in stored(home)
    assert OTHER not in stored(home)


def test_masked_for_the_model_only_the_thread_keeps_the_data(make, home):
    spec = AgentSpec(name="shop", privacy={"mask": ["model"]})
    model = ScriptedModel([CHANGE, plan(), SAID, plan(), "JP_PHONE_1でございます。"])
    assistant = make(model, tools=[change_phone], spec=spec)
    assistant.ask(QUESTION, thread="t")
    answer = assistant.ask("新しい電話番号は何番ですか？", thread="t")
    exported = assistant.export("t")

    assert PHONE not in prompts(model)
    assert answer.text == f"{PHONE}でございます。"
    assert exported.turns[0].question == QUESTION
    assert exported.turns[0].record["calls"][0]["arguments"]["phone"] == PHONE
    assert exported.effects[0].arguments["phone"] == PHONE


def test_what_a_model_wrote_of_itself_is_masked_before_it_is_kept(make, private, home):
    assistant = make([plan(), f"お問い合わせは{OTHER}までどうぞ。"], spec=private)
    answer = assistant.ask("問い合わせ先を教えてください。", thread="t")
    assert answer.text == f"お問い合わせは{OTHER}までどうぞ。"
    assert OTHER not in stored(home)


def test_a_number_that_is_masked_is_asked_for_and_not_called_with(make, home):
    @tool(effect="once")
    def pay(card: int) -> str:
        """Pay with a card."""
        called.append(card)
        return "paid"

    number = 4111111111111111
    paying = plan(("pay", {"card": number}))
    spec = AgentSpec(name="shop", privacy={"mask": ["storage"]})
    make([paying, paying], tools=[pay], spec=spec).ask(f"カード{number}で払ってください。")
    assert called == []
    assert str(number) not in stored(home)


def test_an_answer_of_documents_is_given_again_in_another_thread(make, private, memory, tmp_path):
    (tmp_path / "faq.txt").write_text("返品の窓口は03-1234-5678です。", "utf-8")
    memory.ingest(tmp_path / "faq.txt")
    settings = Settings(answer_cache_hours=1, privacy={"mask": ["model", "storage"]})
    said = "返品の窓口はJP_PHONE_1です。[1]"
    assistant = make([plan(needs="passages"), said], memory=memory, settings=settings)
    first = assistant.ask("返品の窓口の電話番号は？")
    again = assistant.ask("返品の窓口の電話番号は？")
    assert again.text == first.text == "返品の窓口は03-1234-5678です。[1]"


def test_training_data_hold_names(make, private, tmp_path):
    assistant = make([CHANGE, plan(), SAID], tools=[change_phone], spec=private)
    assistant.ask(QUESTION, thread="t")
    assistant.review("t", turn=1, verdict="accepted")
    export_threads(assistant, tmp_path / "data", form="llama-factory", tools=assistant.tools)
    written = "".join(
        path.read_text("utf-8") for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    assert PHONE not in written
    assert MASKED in written


def test_a_foreign_policy_is_refused():
    with pytest.raises(ValueError, match="mask"):
        AgentSpec(name="shop", privacy={"mask": ["logs"]})


def test_what_was_said_elsewhere_is_masked_too(make, private, home):
    model = ScriptedModel([plan(), "JP_PHONE_1でございます。"])
    assistant = make(model, spec=private)
    assistant.begin_with("t", [Exchange(question=QUESTION, answer=f"{PHONE}を承りました。")])
    answer = assistant.ask("新しい電話番号は何番ですか？", thread="t")
    assert PHONE not in prompts(model)
    assert PHONE not in stored(home)
    assert answer.text == f"{PHONE}でございます。"


def test_turns_from_before_the_policy_reach_the_model_masked(make, private):
    make([plan(), "承りました。少々お待ちください。"]).ask(QUESTION, thread="t")
    model = ScriptedModel([plan(), "JP_PHONE_1でございます。"])
    answer = make(model, spec=private).ask("新しい電話番号は何番ですか？", thread="t")
    assert PHONE not in prompts(model)
    assert answer.text == f"{PHONE}でございます。"


def test_a_correction_that_a_person_wrote_is_kept_with_names(make, private, home):
    assistant = make([plan(), SAID], spec=private)
    assistant.ask(QUESTION, thread="t")
    correction = Correction(answer=f"{PHONE}に変更いたしました。")
    assistant.review("t", turn=1, verdict="corrected", correction=correction)
    assert PHONE not in stored(home)


def fail(*_):
    raise RuntimeError("the engine is gone")


def test_a_refusal_that_repeats_the_value_is_masked(make, private):
    class Number(BaseModel):
        phone: str

        @field_validator("phone")
        @classmethod
        def _is_mobile(cls, phone: str) -> str:
            raise ValueError(f"{phone} is no mobile number")

    call = Tool(
        name="call", description="Call somebody.", arguments=Number, function=print, effect="none"
    )
    model = ScriptedModel([plan(("call", {"phone": "JP_PHONE_1"})), plan(), "かけられません。"])
    answer = make(model, tools=[call], spec=private).ask(f"{PHONE}に電話してください。")
    assert "no mobile number" in prompts(model)
    assert PHONE not in prompts(model)
    assert PHONE in answer.calls[0].error


def test_a_draft_in_a_checkpoint_holds_names(make, private, home):
    draft = f"Please call {OTHER} during the day, we will be glad to help you there."
    assistant = make([plan(), draft, fail], spec=private)
    with pytest.raises(RuntimeError):
        assistant.ask("問い合わせ先を教えてください。", thread="t")
    assert OTHER not in stored(home)


def test_arguments_that_a_person_edited_stand_in_a_checkpoint_with_names(make, private, home):
    @tool(effect="once", approval=True)
    def change_phone(order_id: str, phone: str) -> str:
        """Change the telephone number of an order."""
        called.append((order_id, phone))
        return "changed"

    assistant = make([CHANGE, fail], tools=[change_phone], spec=private)
    waiting = assistant.ask(QUESTION, thread="t")
    decision = Decision(approve=True, arguments={"order_id": "A-2209", "phone": OTHER})
    with pytest.raises(RuntimeError):
        list(assistant.decide("t", {waiting.pending[0].call.id: decision}))
    assert called == [("A-2209", OTHER)]
    assert OTHER not in stored(home)
