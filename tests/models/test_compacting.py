"""A prompt that does not fit is compacted once, and the caller hears of it."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from dragoman.errors import ContextExceededError
from dragoman.models import EngineCompaction
from dragoman.models.caller import Caller, calling
from dragoman.models.compacting import MAY_GO
from dragoman.models.engine import Engine
from dragoman.models.images import image_part, plain_picture
from dragoman.testing import BrokenStream, ScriptedModel

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
LONG = "What was said before, at some length. " * 20


def refusal(prompt=900, context=600):
    return ContextExceededError("Too long.", prompt_tokens=prompt, context_tokens=context)


def thread(turns=4):
    messages = [SystemMessage("You are terse.")]
    for _ in range(turns // 2):
        messages.append(HumanMessage(LONG, additional_kwargs={MAY_GO: True}))
        messages.append(AIMessage(LONG, additional_kwargs={MAY_GO: True}))
    return [*messages, HumanMessage("And now?")]


async def heard(call):
    events = []
    with calling(Caller(hear=events.append)):
        reply = await call
    return reply, events


async def test_the_oldest_turns_go_and_the_second_try_is_answered():
    with ScriptedModel([refusal(), "Fine."]) as model:
        writer = Engine.of(model).writer(max_tokens=50)
        reply, events = await heard(writer.ainvoke(thread()))
    assert reply.text == "Fine."
    kept = model.calls[1].messages
    assert kept[0].text == "You are terse."
    assert kept[-1].text == "And now?"
    assert 2 <= len(kept) < len(thread())
    assert [each.type for each in kept[1:-1]] == ["human", "ai"]  # whole turns only
    dropped = len(thread()) - len(kept)
    assert events == [
        EngineCompaction(dropped=dropped, shortened=False, prompt_tokens=900, context_tokens=600)
    ]


async def test_a_planner_keeps_its_schema_at_the_second_try():
    with ScriptedModel([refusal(), {"a": "b"}]) as model:
        planner = Engine.of(model).planner(SCHEMA, max_tokens=50)
        await planner.ainvoke(thread())
    assert model.calls[1].options["json_schema"] == SCHEMA
    assert model.calls[1].options["temperature"] == 0


async def test_a_stream_is_begun_again_only_when_nothing_had_come():
    with ScriptedModel([refusal(), "Fine."]) as model:
        writer = Engine.of(model).writer(max_tokens=50).bind(presence_penalty=0.0)
        assert "".join([chunk.text async for chunk in writer.astream(thread())]) == "Fine."
    assert model.calls[1].options["presence_penalty"] == 0
    with ScriptedModel([BrokenStream(text="Fi", error=refusal())]) as model:
        writer = Engine.of(model).writer(max_tokens=50)
        with pytest.raises(ContextExceededError):
            [chunk async for chunk in writer.astream(thread())]


def test_it_works_for_synchronous_callers_as_well():
    with ScriptedModel([refusal(), "Fine.", refusal(), "Fine."]) as model:
        writer = Engine.of(model).writer(max_tokens=50)
        assert writer.invoke(thread()).text == "Fine."
        assert "".join(chunk.text for chunk in writer.stream(thread())) == "Fine."


async def test_a_prompt_without_a_past_is_cut_in_the_middle_of_its_longest_message():
    passages = "BEGIN " + "Something from a document. " * 100 + " And the question: END"
    with ScriptedModel([refusal(900, 700), "Fine."]) as model:
        writer = Engine.of(model).writer(max_tokens=50)
        prompt = [SystemMessage("You are terse."), HumanMessage(passages)]
        _, events = await heard(writer.ainvoke(prompt))
    cut = model.calls[1].messages[1].text
    assert cut.startswith("BEGIN ")
    assert cut.endswith("And the question: END")
    assert "[…]" in cut
    assert len(passages) / 2 < len(cut) < len(passages) * (650 / 900)
    assert [(event.dropped, event.shortened) for event in events] == [(0, True)]


async def test_the_images_of_a_cut_message_stay():
    picture = image_part(plain_picture((1, 2, 3)))
    message = HumanMessage([picture, {"type": "text", "text": LONG * 3}])
    with ScriptedModel([refusal(900, 800), "Fine."]) as model:
        await Engine.of(model).writer(max_tokens=50).ainvoke([message])
    (sent,) = model.calls[1].messages
    assert sent.content[0] == picture
    assert "[…]" in sent.text


async def test_what_cannot_be_made_to_fit_stays_the_engines_own_error_after_one_call():
    hopeless, twice = ScriptedModel([refusal(9000, 600)]), ScriptedModel([refusal(), refusal()])
    with pytest.raises(ContextExceededError, match="Too long"):
        await Engine.of(hopeless).writer(max_tokens=50).ainvoke("A question. " * 50)
    with pytest.raises(ContextExceededError):  # asked twice, not for ever
        await Engine.of(twice).writer(max_tokens=50).ainvoke(thread())
    hopeless.assert_exhausted()
    twice.assert_exhausted()


async def test_an_engine_that_names_no_numbers_is_judged_by_its_window():
    with ScriptedModel([refusal(0, 0), "Fine."]) as model:
        engine = Engine.of(model, context_tokens=9000)
        _, events = await heard(engine.writer(max_tokens=50).ainvoke(thread()))
    assert len(model.calls[1].messages) == len(thread()) - 2
    assert events[0].context_tokens == 9000
