"""ScriptedModel: what it plays, what it records, what it insists on."""

from __future__ import annotations

import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from dragoman.errors import EngineReplyError, EngineTimeoutError
from dragoman.testing import BrokenStream, ScriptedModel


def test_steps_are_played_in_order():
    model = ScriptedModel(["one", "two"])
    assert [model.invoke("a").content, model.invoke("b").content] == ["one", "two"]


async def test_steps_are_played_in_order_when_awaited():
    model = ScriptedModel(["one", "two"])
    assert [(await model.ainvoke("a")).content, (await model.ainvoke("b")).content] == [
        "one",
        "two",
    ]


def test_a_mapping_is_sent_as_json_in_its_own_script():
    reply = ScriptedModel([{"decision": "答える"}]).invoke("x")
    assert reply.content == '{"decision": "答える"}'
    assert json.loads(reply.content) == {"decision": "答える"}


def test_a_whole_message_keeps_what_it_carries():
    call = {"name": "search", "args": {"text": "宿"}, "id": "1", "type": "tool_call"}
    message = AIMessage("", tool_calls=[call], response_metadata={"finish_reason": "length"})
    reply = ScriptedModel([message]).invoke("x")
    assert reply.tool_calls == [call]
    assert reply.response_metadata["finish_reason"] == "length"


def test_a_whole_message_survives_streaming():
    call = {"name": "search", "args": {"text": "宿"}, "id": "1", "type": "tool_call"}
    message = AIMessage("Hm", tool_calls=[call], additional_kwargs={"reasoning_content": "so"})
    chunks = list(ScriptedModel([message]).stream("x"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert (whole.content, whole.tool_calls) == ("Hm", [call])
    assert whole.additional_kwargs == {"reasoning_content": "so"}


def test_an_exception_is_raised():
    with pytest.raises(EngineTimeoutError, match="too slow"):
        ScriptedModel([EngineTimeoutError("too slow")]).invoke("x")


def test_a_function_sees_the_messages_and_returns_any_step():
    model = ScriptedModel([lambda messages: {"heard": messages[-1].text}])
    assert model.invoke("Guten Tag").content == '{"heard": "Guten Tag"}'


async def test_text_is_streamed_character_by_character():
    model = ScriptedModel(["猫だ"])
    assert [chunk.text async for chunk in model.astream("x")] == ["猫", "だ", ""]


def test_chunks_can_be_longer():
    model = ScriptedModel(["abcde"], chunk_characters=2)
    assert [chunk.text for chunk in model.stream("x")] == ["ab", "cd", "e", ""]


def test_a_stream_can_break_off():
    model = ScriptedModel([BrokenStream(text="Half an", error=EngineReplyError("gone"))])
    stream = model.stream("x")
    received = [next(stream).text for _ in "Half an"]
    with pytest.raises(EngineReplyError, match="gone"):
        next(stream)
    assert "".join(received) == "Half an"


def test_a_stream_that_breaks_off_gives_no_reply_at_all_when_not_streamed():
    model = ScriptedModel([BrokenStream(text="Half an", error=EngineReplyError("gone"))])
    with pytest.raises(EngineReplyError, match="gone"):
        model.invoke("x")


@pytest.mark.parametrize("streamed", [False, True])
def test_every_reply_has_a_finish_reason_and_counts(streamed):
    model = ScriptedModel(["four"])
    if streamed:
        *_, reply = model.stream("1234567")
    else:
        reply = model.invoke("1234567")
    assert reply.response_metadata["finish_reason"] == "stop"
    assert reply.usage_metadata["input_tokens"] == 7
    assert reply.usage_metadata["output_tokens"] == 4


def test_calls_are_recorded_with_messages_and_options():
    model = ScriptedModel(["x"])
    model.bind(json_schema={"type": "object"}, max_tokens=5).invoke(
        [SystemMessage("Be brief."), HumanMessage("Hi")], stop=["\n"]
    )
    (call,) = model.calls
    assert [message.text for message in call.messages] == ["Be brief.", "Hi"]
    assert call.options == {"json_schema": {"type": "object"}, "max_tokens": 5, "stop": ["\n"]}
    assert call.prompt == "system: Be brief.\n\nhuman: Hi"


def test_a_call_beyond_the_script_names_the_question():
    model = ScriptedModel(["one"])
    model.invoke("first")
    with pytest.raises(AssertionError, match="has 1 steps, and call 2 came: 'second'"):
        model.invoke("second")


def test_steps_that_were_not_used_are_named():
    model = ScriptedModel(["one", "two", "three"])
    model.invoke("x")
    with pytest.raises(AssertionError, match=r"2 scripted steps were not used: .*two.*three"):
        model.assert_exhausted()


def test_leaving_the_block_insists_on_every_step():
    with pytest.raises(AssertionError, match="not used"), ScriptedModel(["one"]):
        pass


def test_leaving_the_block_does_not_hide_another_error():
    with pytest.raises(KeyError), ScriptedModel(["one"]):
        raise KeyError("the real problem")


def test_a_script_that_was_played_passes():
    with ScriptedModel(["one"]) as model:
        model.invoke("x")
    assert model.remaining == 0
