"""The planner in its turn: asking back, waves, repairs, budgets, small talk."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from planning import plan

from dragoman import tool
from dragoman.agents.events import PlanEvent
from dragoman.agents.plan_schema import plan_schema
from dragoman.agents.shortlist import Shortlist
from dragoman.errors import EngineReplyError
from dragoman.languages import profile
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel
from dragoman.tools.registry import Registry


@pytest.fixture
def effects():
    return []


@pytest.fixture
def tools(effects):
    @tool(effect="none")
    def find_order(order_id: str) -> dict[str, object]:
        """What is known of an order."""
        return {"status": "shipped", "email": "aiko@example.com", "pieces": 3}

    @tool(effect="once")
    def send_email(to: str, body: str) -> str:
        """Send an e-mail."""
        effects.append((to, body))
        return "sent"

    @tool(effect="none")
    def book(day: date, people: int = 1) -> str:
        """Which rooms are free on a day."""
        return f"{day}: room 4 for {people}"

    return [find_order, send_email, book]


def asking(*missing):
    return {
        "thought": "…",
        "needs": "ask_user",
        "calls": [{"tool": "ask_user", "arguments": {"missing": list(missing)}}],
    }


@pytest.mark.parametrize(
    ("question", "tag", "word"),
    [
        ("注文の配送状況を教えてください。", "ja", "ご注文番号"),
        ("주문 상태를 알려 주세요.", "ko", "주문 번호"),
        ("أين طلبي الذي اشتريته الأسبوع الماضي؟", "ar", "رقم الطلب"),
        ("Wo bleibt denn meine Bestellung?", "de", "Bestellnummer"),
    ],
)
def test_what_is_missing_is_asked_for_in_the_language(make, tools, question, tag, word):
    answer = make([asking("order_id")], tools=tools).ask(question)
    assert word in answer.text
    assert (answer.language, answer.calls, answer.usage.model_calls) == (tag, (), 1)


def test_an_invented_id_is_corrected_once_and_then_asked_for(make, tools, effects):
    invented = plan(("find_order", {"order_id": "A-1001"}))
    model = ScriptedModel([invented, invented])
    answer = make(model, tools=tools).ask("Where is my parcel, please?")
    assert "order number" in answer.text
    assert 'Nobody has said order_id = "A-1001"' in model.calls[1].messages[-1].text
    assert answer.calls == ()


def test_an_invented_id_that_the_correction_mends_is_called_with(make, tools):
    script = [
        plan(("find_order", {"order_id": "A-1001"})),
        plan(("find_order", {"order_id": "B-7"})),
        plan(),
        "It was shipped: 3 pieces.",
    ]
    answer = make(script, tools=tools).ask("Where is order B-7?")
    assert [call.arguments for call in answer.calls] == [{"order_id": "B-7"}]


def test_an_id_that_was_said_is_not_asked_for(make, tools):
    script = [
        asking("order_id"),
        plan(("find_order", {"order_id": "B-7"})),
        plan(),
        "It was shipped: 3 pieces.",
    ]
    model = ScriptedModel(script)
    assert make(model, tools=tools).ask("Where is order B-7?").calls
    second = model.calls[1].options["json_schema"]
    assert "ask_user" not in second["properties"]["needs"]["enum"]


def test_a_later_call_uses_the_result_of_an_earlier_one(make, tools, effects):
    script = [
        plan(
            ("find_order", {"order_id": "B-7"}),
            ("send_email", {"to": "$1.email", "body": "Your order: $1.status"}),
        ),
        plan(),
        "I have told them.",
    ]
    answer = make(script, tools=tools, settings=None).ask("E-mail the buyer how order B-7 is.")
    if answer.pending:  # what a tool of unknown trust said goes into an effect: a person is asked
        assert answer.pending[0].call.arguments["to"] == "aiko@example.com"
    else:
        assert effects == [("aiko@example.com", "Your order: shipped")]


def test_a_day_is_worked_out_for_the_planner(make, tools):
    model = ScriptedModel([plan(("book", {"day": "2026-11-30"})), plan(), "4号室が空いています。"])
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    make(model, tools=tools, now=lambda: now).ask("来週の月曜日に空いている部屋は？")
    request = model.calls[0].messages[-1].text
    assert "Today: 2026-11-23 (Monday)" in request
    assert "来週の月曜日 = 2026-11-30" in request


def test_a_value_in_the_users_wording_is_put_into_the_declared_form_and_kept(make, tools):
    wording = {"day": "12月3日", "people": "３名"}
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    script = [plan(("book", wording)), plan(), "12月3日は4号室が空いています。"]
    answer = make(script, tools=tools, now=lambda: now).ask("12月3日に３名で入れる部屋は？")
    assert answer.calls[0].arguments == {"day": "2026-12-03", "people": 3}
    assert answer.calls[0].given == wording


def test_the_same_person_is_not_sent_a_second_wording(make, tools, effects):
    script = [
        plan(("send_email", {"to": "aiko@example.com", "body": "Hello"})),
        plan(("send_email", {"to": "aiko@example.com", "body": "Hello again"})),
        "I have written to her.",
    ]
    make(script, tools=tools).ask("Say hello to aiko@example.com, please.")
    assert len(effects) <= 1


def test_planning_ends_at_the_token_budget_and_the_writer_is_told(make, tools, home):
    settings = Settings(home=home, turn_tokens=1)
    model = ScriptedModel(
        [plan(("find_order", {"order_id": "B-7"})), "Shipped, 3 pieces; more I could not do."]
    )
    make(model, tools=tools, settings=settings).ask("What about order B-7?")
    assert "stopped before it was finished" in model.calls[-1].messages[-1].text


def test_three_unreadable_plans_end_in_an_answer(make):
    script = ["not json", "not json", "not json", "I am not sure what you mean."]
    answer = make(script).ask("What is it that I can do here?")
    assert answer.text == "I am not sure what you mean."


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("こんにちは！", profile("ja").replies.greeting),
        ("정말 감사합니다.", profile("ko").replies.thanks),
        ("شكراً جزيلاً!", profile("ar").replies.thanks),
        ("Guten Morgen 😀", profile("de").replies.greeting),
    ],
)
def test_small_talk_is_answered_at_once(make, message, reply):
    answer = make([]).ask(message)
    assert (answer.text, answer.usage.model_calls) == (reply, 0)


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("12 * 7 は？", "12 * 7 = 84"),
        ("Wie viel ist 1200 * 7?", "1200 * 7 = 8.400"),
        ("１２＋３＝？", "12+3 = 15"),
    ],
)
def test_a_plain_sum_is_worked_out_at_once(make, message, reply):
    assert make([]).ask(message).text == reply


@pytest.mark.parametrize(
    "message",
    ["2026-11-23", "03-1234-5678", "Hello, where is my order?", "ありがとう、でも遅いです"],
)
def test_what_may_ask_something_goes_to_the_planner(make, message):
    model = ScriptedModel([EngineReplyError("asked")])
    with pytest.raises(EngineReplyError):
        make(model).ask(message)


def test_small_talk_can_be_left_to_the_model(make, home):
    settings = Settings(home=home, small_talk=False)
    assert make([plan(), "Hello to you!"], settings=settings).ask("Hello!").text == "Hello to you!"


def test_the_plan_event_says_what_is_needed(make, tools):
    events = list(make([asking("order_id")], tools=tools).stream("Where is my parcel, please?"))
    (planned,) = [event for event in events if isinstance(event, PlanEvent)]
    assert (planned.needs, planned.missing) == ("ask_user", ("order_id",))


def test_conditions_are_offered_only_when_asked_for(tools):
    registry = Registry(tools)
    plain = plan_schema(registry, ["book"], 100)
    ahead = plan_schema(registry, ["book"], 100, conditions=True)
    assert "when" not in str(plain)
    assert "when" in ahead["properties"]["calls"]["items"]["anyOf"][0]["properties"]


class Axes:
    """An embedder that puts each known word on an axis of its own."""

    spec, dimensions = "axes", 3
    words = ("weather", "refund", "room")

    def embed_queries(self, texts):
        found = [[float(word in text.lower()) for word in self.words] for text in texts]
        return np.array(found, dtype=np.float32)

    embed_passages = embed_queries


async def test_of_many_tools_those_nearest_to_the_question_are_offered():
    def made(name, words):
        @tool(name=name, effect="none", hints={"ja": words})
        def function() -> str:
            """Do it."""
            return ""

        return function

    registry = Registry([made("a", "weather"), made("b", "refund"), made("c", "room")])
    shortlist = Shortlist(registry, most=1, embedder=Axes)
    assert await shortlist.names("A refund, please") == ["b"]
    assert await Shortlist(registry, most=3, embedder=Axes).names("A refund") == ["a", "b", "c"]
    assert await Shortlist(registry, most=1, embedder=None).names("A refund") == ["a", "b", "c"]
