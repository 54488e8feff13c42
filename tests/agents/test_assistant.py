"""The assistant from the outside: questions in, answers out, threads that go on."""

import asyncio
import sqlite3
import threading
from contextlib import closing

import pytest
from planning import plan

import dragoman.agents.assistant
from dragoman import Assistant, tool
from dragoman.agents.events import (
    AnswerEvent,
    ErrorEvent,
    LanguageEvent,
    PassagesEvent,
    PlanEvent,
    TokenEvent,
    ToolEndEvent,
    ToolStartEvent,
)
from dragoman.errors import (
    BrokenTextError,
    EmptyQuestionError,
    EngineReplyError,
    EngineRunawayError,
    InvalidInputError,
    InvalidTenantError,
    TextTooLongError,
    ThreadNotFoundError,
)
from dragoman.models import Engine
from dragoman.settings import Settings
from dragoman.testing import BrokenStream, ScriptedModel

JAPANESE = "ご注文E-551は配送中です。明日お届けする予定です。"


@tool(effect="none")
def get_order_status(order_id: str) -> str:
    """Where a parcel is, by its order id."""
    return f"{order_id}: in transit"


def test_a_question_is_planned_looked_up_and_answered_in_its_language(make):
    script = [plan(("get_order_status", {"order_id": "E-551"})), plan(), JAPANESE]
    assistant = make(script, tools=[get_order_status])

    answer = assistant.ask("注文E-551の配送状況を教えてください。")

    assert answer.text == JAPANESE
    assert answer.language == "ja"
    assert [(call.tool, call.result) for call in answer.calls] == [
        ("get_order_status", "E-551: in transit")
    ]
    assert answer.usage.model_calls == 3
    assert answer.usage.output_tokens > 0


def test_the_events_come_in_the_order_of_the_turn(make):
    script = [plan(("get_order_status", {"order_id": "E-551"})), plan(), JAPANESE]
    events = list(make(script, tools=[get_order_status]).stream("注文E-551の配送状況は？"))

    kinds = [type(event) for event in events if not isinstance(event, TokenEvent)]
    assert kinds == [
        LanguageEvent,
        PlanEvent,
        ToolStartEvent,
        ToolEndEvent,
        PlanEvent,
        AnswerEvent,
    ]
    streamed = "".join(event.text for event in events if isinstance(event, TokenEvent))
    assert streamed == events[-1].answer.text


def test_it_works_without_tools_and_without_a_memory(make):
    answer = make([plan(), "Guten Tag! Wie kann ich Ihnen helfen?"]).ask(
        "Guten Tag, ich habe eine Frage zu meiner Bestellung."
    )
    assert answer.language == "de"
    assert answer.passages == ()


def test_the_writer_is_told_the_language_in_the_language(make):
    model = ScriptedModel([plan(), "안녕하세요. 무엇을 도와드릴까요?"])
    make(model).ask("안녕하세요, 반갑습니다!")
    assert "한국어" in model.calls[-1].messages[-1].text


def test_a_demanded_language_overrides_the_question(make):
    model = ScriptedModel([plan(), "営業時間は午前十時から午後八時まででございます。"])
    answer = make(model).ask("When are you open?", language="ja-JP")
    assert answer.language == "ja"
    assert "日本語" in model.calls[-1].messages[-1].text


def test_a_thread_goes_on_after_a_restart(make):
    first = make([plan(), "返品は三十日以内に承っております。"])
    first.ask("返品はいつまでできますか？", thread="x")
    first.close()

    model = ScriptedModel([plan(), "はい、送料はお客様のご負担となります。"])
    second = make(model)
    second.ask("送料はかかりますか？", thread="x")

    texts = [message.text for message in model.calls[0].messages]
    assert "返品はいつまでできますか？" in texts
    assert "返品は三十日以内に承っております。" in texts
    assert [turn.number for turn in second.turns("x")] == [1, 2]


def test_an_emoji_alone_keeps_the_language_of_its_thread(make):
    assistant = make([plan(), "ありがとうございます。またお越しください。", plan(), "こちらこそ。"])
    assistant.ask("とても良いお店でした。ありがとう。", thread="x")
    assert assistant.ask("👍", thread="x").language == "ja"


def test_an_emoji_that_opens_a_thread_is_answered_in_the_language_of_the_settings(make, home):
    settings = Settings(home=home, language="ko")
    assert make([plan(), "감사합니다."], settings=settings).ask("👍").language == "ko"


def test_the_beginning_of_every_prompt_is_the_same_bytes(make):
    model = ScriptedModel([plan(), "Hello, how can I help?", plan(), "いらっしゃいませ。"])
    assistant = make(model, tools=[get_order_status])
    assistant.ask("Hello there, good morning!")
    assistant.ask("こんにちは、元気ですか？")

    beginnings = {
        tuple(message.text for message in call.messages[: len(call.messages) - 1])
        for call in model.calls
    }
    assert len(beginnings) == 2  # one for the planner and one for the writer, in any language


def test_a_second_turn_only_appends_to_the_first(make):
    model = ScriptedModel([plan(), "Until Friday.", plan(), "Yes, on Saturday too."])
    assistant = make(model)
    assistant.ask("Until when are you open?", thread="x")
    assistant.ask("And on Saturday?", thread="x")
    first, second = (call.messages for call in (model.calls[1], model.calls[3]))
    assert [m.text for m in second[: len(first) - 1]] == [m.text for m in first[:-1]]


def test_passages_reach_the_writer_and_are_cited(make, memory):
    memory.add_texts(["Returns are accepted within 30 days of delivery."], ids=["returns"])
    model = ScriptedModel([plan(), "Returns are accepted within 30 days. [1]"])
    assistant = make(model, memory=memory)

    events = list(assistant.stream("Within how many days can I return an article?"))
    answer = events[-1].answer

    assert "within 30 days of delivery" in model.calls[-1].messages[-1].text
    assert [(c.number, c.passage.document_id, c.marked) for c in answer.citations] == [
        (1, "returns", True)
    ]
    assert answer.citations[0].quote in answer.citations[0].passage.text
    assert any(isinstance(event, PassagesEvent) for event in events)


def test_an_unmarked_answer_is_matched_to_its_passage_and_says_so(make, memory):
    memory.add_texts(
        ["Opened electronics: 14 days.", "Delivery to Okinawa costs 1650 yen."],
        ids=["returns", "shipping"],
    )
    script = [plan(), "Delivery to Okinawa costs 1,650 yen."]
    answer = make(script, memory=memory).ask("How much is the delivery to Okinawa?")
    assert answer.text.startswith("Delivery to Okinawa costs 1,650 yen. [")
    assert [(c.passage.document_id, c.marked) for c in answer.citations] == [("shipping", False)]


def test_a_new_search_adds_passages_under_new_numbers(make, memory):
    memory.add_texts(["The warranty lasts two years."], ids=["warranty"])
    script = [
        plan(("calculator", {"expression": "2 * 365"})),
        plan(("search_documents", {"query": "return window"})),
        plan(),
        "The warranty lasts two years. [1]",
    ]
    model = ScriptedModel(script)
    assistant = make(model, memory=memory)
    memory.add_texts(["Parcels may be returned within a month."], ids=["returns"])
    answer = assistant.ask("How many days of warranty are there?")
    assert {passage.document_id for passage in answer.passages} == {"warranty", "returns"}


def tools_offered(call):
    options = call.options["json_schema"]["properties"]["calls"]["items"]["anyOf"]
    return {option["properties"]["tool"]["const"] for option in options}


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("How much is the fee for opened goods?", False),
        ("What is 15% of 300?", True),
        ("三件で合計いくらになりますか？", True),
        ("كم ثمن ٣ قطع؟", True),
    ],
)
def test_the_calculator_is_offered_for_questions_with_figures(make, question, offered):
    model = ScriptedModel([RuntimeError("enough")])
    with pytest.raises(RuntimeError):
        make(model).ask(question)
    assert ("calculator" in tools_offered(model.calls[0])) is offered


def test_calls_beside_passages_are_habit_and_not_made(make):
    forced = plan(("current_time", {"timezone": "Asia/Dubai"}), needs="passages")
    answer = make([forced, "The fee is low."]).ask("How much is the fee for opened goods?")
    assert answer.calls == ()


def test_the_search_is_offered_again_once_a_result_is_there(make, memory):
    memory.add_texts(["The warranty lasts two years."], ids=["warranty"])
    model = ScriptedModel([plan(("calculator", {"expression": "1"})), RuntimeError("enough")])
    with pytest.raises(RuntimeError):
        make(model, memory=memory).ask("What does the warranty of 2 years cover?")
    offered = [tools_offered(call) for call in model.calls]
    assert ["search_documents" in names for names in offered] == [False, True]


def test_a_plan_that_needs_no_tool_is_followed_by_the_answer(make):
    script = [plan(needs="passages"), "Until Friday."]
    answer = make(script).ask("Until when can I return it?")
    assert answer.calls == ()
    assert answer.usage.model_calls == 2


def test_a_call_that_was_already_made_is_not_made_again(make):
    ran = []

    @tool(effect="none")
    def look(word: str) -> str:
        """Look a word up."""
        ran.append(word)
        return "found"

    again = plan(("look", {"word": "tea"}))
    answer = make([again, again, "Tea was found in the list."], tools=[look]).ask(
        "Please look up tea for me."
    )
    assert ran == ["tea"]
    assert answer.usage.model_calls == 3


def test_planning_ends_at_the_step_budget(make, home):
    steps = [plan(("calculator", {"expression": f"{number} + 1"})) for number in range(9)]
    settings = Settings(home=home, max_steps=2)
    answer = make([*steps[:2], "So far it is two."], settings=settings).ask("Count up, please.")
    assert [call.result for call in answer.calls] == ["1", "2"]


def test_a_plan_that_cannot_be_read_is_asked_for_again(make):
    model = ScriptedModel(["not json", plan(), "Good morning to you!"])
    assert make(model).ask("Good morning to all of you!").text == "Good morning to you!"
    assert "Plan again" in model.calls[1].messages[-1].text


def test_after_three_unreadable_plans_it_answers_from_what_it_knows(make):
    answer = make(["x", "y", "z", "Good morning to you!"]).ask("Good morning to all of you!")
    assert answer.text == "Good morning to you!"


def test_a_plan_that_runs_away_is_asked_for_again(make):
    script = [EngineRunawayError("repeats"), plan(), "Good morning to you!"]
    assert make(script).ask("Good morning to all of you!").text == "Good morning to you!"


def test_a_failing_tool_is_an_observation_and_not_a_crash(make):
    @tool(effect="none")
    def broken(word: str) -> str:
        """Fail."""
        raise RuntimeError("the warehouse is closed")

    model = ScriptedModel([plan(("broken", {"word": "x"})), plan(), "I could not reach it."])
    answer = make(model, tools=[broken]).ask("Please ask the warehouse.")
    assert "the warehouse is closed" in answer.calls[0].error
    assert "the warehouse is closed" in model.calls[1].messages[-1].text


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", EmptyQuestionError),
        (" \n\u3000", EmptyQuestionError),
        ("\udc93broken", BrokenTextError),
        ("あ" * 1_000_000, TextTooLongError),
        (b"bytes", InvalidInputError),
    ],
)
def test_what_is_not_a_question_is_refused_before_anything_is_opened(make, home, text, error):
    with pytest.raises(error):
        make([]).ask(text)
    assert not home.exists()


@pytest.mark.parametrize("thread", ["../x", "a/b", "", " ", "x" * 200, "日本"])
def test_a_thread_id_is_a_plain_identifier(make, thread):
    if thread == "":
        assert make([plan(), "Hello there, friend!"]).ask("Hello there!", thread="").thread
        return
    with pytest.raises(InvalidInputError):
        make([]).ask("Hello there!", thread=thread)


def test_an_engine_error_reaches_the_caller_and_the_stream(make):
    script = [EngineReplyError("broken off", cure="try again")]
    seen = []
    with pytest.raises(EngineReplyError, match="broken off"):
        seen.extend(iter_events(make(script), "Where is my parcel now?", seen))
    assert isinstance(seen[-1], ErrorEvent)
    assert seen[-1].error["code"] == "DRG-ENGINE-REPLY"


def test_an_error_that_is_not_ours_fails_the_turn_too(make):
    assistant = make([RuntimeError("a foreign model broke")])
    seen = []
    with pytest.raises(RuntimeError, match="foreign model"):
        seen.extend(iter_events(assistant, "Where is my parcel now?", seen))
    assert seen[-1].error["code"] == "DRG-ERROR"
    assert "foreign model broke" in seen[-1].error["message"]
    (thread,) = assistant.threads()
    assert assistant.turns(thread.id)[-1].status == "failed"


def iter_events(assistant, text, seen):
    for event in assistant.stream(text):
        seen.append(event)
    return []


def test_a_failed_turn_is_resumed_without_repeating_its_calls(make):
    ran = []

    @tool(effect="once")
    def pay(amount: int) -> str:
        """Pay an amount."""
        ran.append(amount)
        return "paid"

    broken = BrokenStream(text="Your pay", error=EngineReplyError("the stream broke off"))
    first = make([plan(("pay", {"amount": 5})), plan(), broken], tools=[pay])
    with pytest.raises(EngineReplyError):
        first.ask("Please pay five.", thread="x")
    first.close()

    second = make(["Your payment of 5 has been made."], tools=[pay])
    events = list(second.resume("x"))
    assert events[-1].answer.text == "Your payment of 5 has been made."
    assert ran == [5]
    assert second.turns("x")[-1].status == "done"


def test_a_finished_thread_has_nothing_to_resume(make):
    assistant = make([plan(), "Hello to you, too!"])
    assistant.ask("Hello there, everybody!", thread="x")
    with pytest.raises(ThreadNotFoundError):
        list(assistant.resume("x"))


def test_a_question_after_an_unfinished_turn_leaves_that_turn_out_of_the_history(make):
    broken = BrokenStream(text="Half", error=EngineReplyError("the stream broke off"))
    model = ScriptedModel([plan(), broken, plan(), "Yes, we are open now."])
    assistant = make(model)
    with pytest.raises(EngineReplyError):
        assistant.ask("A lost question?", thread="x")
    assistant.ask("Are you open now?", thread="x")
    assert "A lost question?" not in model.calls[-1].prompt
    assert [turn.status for turn in assistant.turns("x")] == ["failed", "done"]


def test_closing_the_stream_cancels_the_turn_and_says_so(make):
    assistant = make([plan(), "A very long answer that nobody waits for."])
    stream = assistant.stream("Tell me a long story, please.", thread="x")
    for event in stream:
        if isinstance(event, TokenEvent):
            stream.close()
    assert assistant.turns("x")[-1].status in {"cancelled", "done"}


def test_it_is_awaited_from_any_event_loop(make):
    assistant = make([plan(), "Hello to you, too!", plan(), "Good evening to you!"])
    first = asyncio.run(assistant.aask("Hello there, everybody!"))
    second = asyncio.run(assistant.aask("Good evening, everybody!"))
    assert (first.text, second.text) == ("Hello to you, too!", "Good evening to you!")


async def test_it_streams_to_an_event_loop(make):
    assistant = make([plan(), "Hello to you, too!"])
    events = [event async for event in assistant.astream("Hello there, everybody!")]
    assert events[-1].answer.text == "Hello to you, too!"


def test_turns_of_one_thread_wait_for_each_other(make):
    def reply(messages):
        number = sum("Question number" in message.text for message in messages)
        return plan() if "Plan:" in messages[-1].text else f"This is answer number {number}."

    assistant = make(ScriptedModel([reply] * 8))
    workers = [
        threading.Thread(
            target=assistant.ask, args=(f"Question number {n}?",), kwargs={"thread": "x"}
        )
        for n in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    turns = assistant.turns("x")
    assert [turn.status for turn in turns] == ["done"] * 4
    assert [turn.number for turn in turns] == [1, 2, 3, 4]


def test_one_english_message_does_not_turn_a_japanese_thread_but_two_do(make):
    japanese, english = "はい、承知いたしました。", "Yes, of course we can do that for you."
    assistant = make([plan(), japanese, plan(), japanese, plan(), english])
    assistant.ask("注文した商品はいつ届きますか？教えてください。", thread="x")
    second = assistant.ask("Could you send it to my office instead, please?", thread="x")
    third = assistant.ask("I would also like to change the delivery time.", thread="x")
    assert (second.language, third.language) == ("ja", "en")


def test_a_tenant_does_not_see_the_threads_of_another(make, home):
    make([plan(), "Hello to you, too!"], settings=Settings(home=home, tenant="a")).ask(
        "Hello there, everybody!", thread="x"
    )
    other = make([], settings=Settings(home=home, tenant="b"))
    assert other.threads() == []
    assert other.turns("x") == []


@pytest.mark.parametrize("tenant", ["a/b", "", "../a"])
def test_a_tenant_is_a_plain_identifier_without_a_memory_too(home, tenant):
    with pytest.raises(InvalidTenantError):
        Assistant(engine=ScriptedModel([]), settings=Settings(home=home, tenant=tenant))


def test_a_deleted_thread_is_gone(make):
    assistant = make([plan(), "Hello to you, too!"])
    assistant.ask("Hello there, everybody!", thread="x")
    assert [summary.id for summary in assistant.threads()] == ["x"]
    assert assistant.delete_thread("x") == 1
    assert assistant.threads() == []


def checkpoints(home):
    with closing(sqlite3.connect(home / "threads.sqlite")) as database:
        return database.execute("SELECT count(*) FROM checkpoints").fetchone()[0]


def test_nothing_of_a_failed_turn_is_left_once_its_thread_is_deleted_or_goes_on(make, home):
    failure = EngineReplyError("the stream broke off")
    assistant = make([plan(), failure, plan(), "Yes, we are open now.", plan(), failure])
    with pytest.raises(EngineReplyError):
        assistant.ask("A lost question?", thread="x")
    assert checkpoints(home) > 0
    assistant.ask("Are you open now?", thread="x")
    assert checkpoints(home) == 0
    with pytest.raises(EngineReplyError):
        assistant.ask("Another lost question?", thread="x")
    assert assistant.delete_thread("x") == 3
    assert checkpoints(home) == 0


def test_downloads_of_the_engine_are_reported(home, monkeypatch):
    heard = []

    async def connect(spec, settings, *, progress=None):
        progress("half of it")
        return Engine.of(ScriptedModel([]))

    monkeypatch.setattr(dragoman.agents.assistant, "connect", connect)
    with Assistant(home=home, progress=heard.append) as assistant:
        assistant.engine()
    assert heard == ["half of it"]


def test_closing_twice_is_harmless_and_an_unused_assistant_opens_nothing(home):
    assistant = Assistant(engine=ScriptedModel([]), home=home)
    assistant.close()
    assistant.close()
    assert not home.exists()


def test_nothing_blocks_the_event_loop(make, no_blocking):
    script = [plan(("get_order_status", {"order_id": "E-551"})), plan(), JAPANESE]
    assistant = make(script, tools=[get_order_status])
    assert assistant.ask("注文E-551の配送状況を教えてください。").text == JAPANESE
