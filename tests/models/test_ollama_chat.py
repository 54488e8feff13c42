"""What OllamaChat sends, what it makes of replies, and what it does when things go wrong."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from replay import ReplayServer, Reply, answer, recordings

from dragoman.errors import (
    BrokenTextError,
    ConfigurationError,
    ContextExceededError,
    EngineBusyError,
    EngineCrashedError,
    EngineReplyError,
    EngineRunawayError,
    EngineTimeoutError,
    EngineUnavailableError,
    InvalidInputError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from dragoman.models.connections import TimeLimits
from dragoman.models.ollama import OllamaChat
from dragoman.models.patience import Patience
from dragoman.settings import Settings

RECORDINGS = recordings()
AT_ONCE = Patience(first_pause=0.0)
HELLO = Reply.lines(*answer("Hel", "lo"))


def chat(server: ReplayServer, **options: Any) -> OllamaChat:
    return OllamaChat(**{"model": "m:1b", "host": server.url, "patience": AT_ONCE, **options})


async def sent(server: ReplayServer, model: OllamaChat, **options: Any) -> Any:
    """The body of a call."""
    server.play(HELLO)
    await model.ainvoke("hi", **options)
    return server.requests[-1].json


async def test_every_call_forbids_truncation_and_names_thinking_and_context(
    server: ReplayServer,
) -> None:
    body = await sent(server, chat(server, context_tokens=4096))

    assert body["truncate"] is False
    assert body["shift"] is False
    assert body["think"] is False
    assert body["stream"] is True
    assert body["keep_alive"] == "30m"
    assert body["options"] == {"num_ctx": 4096, "repeat_penalty": 1.0}


async def test_context_size_stays_the_same_whatever_a_call_asks(server: ReplayServer) -> None:
    model = chat(server, context_tokens=2048)
    bodies = [
        await sent(server, model),
        await sent(server, model, max_tokens=3000, temperature=0),
        await sent(server, model, json_schema={"type": "object"}),
    ]

    assert [body["options"]["num_ctx"] for body in bodies] == [2048] * 3


async def test_call_options_reach_the_wire_under_ollamas_names(server: ReplayServer) -> None:
    schema = {
        "type": "object",
        "properties": {"x": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}},
    }
    body = await sent(
        server,
        chat(server, temperature=0.7),
        json_schema=schema,
        max_tokens=12,
        temperature=0.0,
        top_p=0.8,
        top_k=20,
        presence_penalty=1.5,
        seed=7,
        stop=["END"],
    )

    assert body["format"] == schema
    assert body["options"] == {
        "num_ctx": 8192,
        "repeat_penalty": 1.0,
        "num_predict": 12,
        "temperature": 0.0,
        "top_p": 0.8,
        "top_k": 20,
        "presence_penalty": 1.5,
        "seed": 7,
        "stop": ["END"],
    }


async def test_sampling_of_the_model_is_the_default_of_a_call(server: ReplayServer) -> None:
    model = chat(server, temperature=0.7, top_k=20, presence_penalty=1.5, max_tokens=99)
    options = (await sent(server, model, presence_penalty=0))["options"]

    assert options["temperature"] == 0.7
    assert options["top_k"] == 20
    assert options["presence_penalty"] == 0
    assert options["num_predict"] == 99


@pytest.mark.parametrize("option", ["think", "num_ctx", "frequency_penalty", "made_up"])
async def test_an_option_that_cannot_be_honored_is_refused(
    server: ReplayServer, option: str
) -> None:
    with pytest.raises(UnsupportedFeatureError, match=option):
        await sent(server, chat(server), **{option: 1})
    assert not server.requests


async def test_the_same_messages_are_the_same_bytes(server: ReplayServer) -> None:
    server.play(HELLO)
    messages = [
        SystemMessage("Be brief."),
        HumanMessage("你好"),
        AIMessage("好"),
        HumanMessage("?"),
    ]
    for _ in range(2):
        await chat(server).ainvoke(messages)

    assert server.requests[0].body == server.requests[1].body
    assert [message["role"] for message in server.requests[0].json["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]


async def test_a_reply_carries_its_counts_and_its_end(server: ReplayServer) -> None:
    server.play(Reply.lines(*answer("Hel", "lo", done="length")))
    reply = await chat(server).ainvoke("hi")

    assert reply.content == "Hello"
    assert reply.response_metadata["finish_reason"] == "length"
    assert reply.response_metadata["model_name"] == "m"
    assert reply.usage_metadata == {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}


async def test_thinking_never_gets_into_the_answer(server: ReplayServer) -> None:
    server.play(RECORDINGS["ft_true_stream"].reply)
    reply = await chat(server, think=True).ainvoke("What is 2+3?")

    assert server.requests[0].json["think"] is True
    assert reply.content == ""
    assert "5" in reply.additional_kwargs["reasoning_content"]


def test_it_works_from_synchronous_code(server: ReplayServer) -> None:
    server.play(HELLO)
    assert chat(server).invoke("hi").content == "Hello"
    assert [chunk.content for chunk in chat(server).stream("hi")] == ["Hel", "lo", ""]


async def test_synchronous_calls_work_inside_a_running_loop(server: ReplayServer) -> None:
    server.play(HELLO)
    assert chat(server).invoke("hi").content == "Hello"


def test_one_instance_serves_several_event_loops(server: ReplayServer) -> None:
    server.play(HELLO)
    model = chat(server)

    async def ask() -> str:
        return str((await model.ainvoke("hi")).content)

    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(asyncio.run(ask()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [asyncio.run(ask()), asyncio.run(ask()), *texts] == ["Hello"] * 5


async def test_leaving_a_stream_closes_the_connection(server: ReplayServer) -> None:
    server.play(Reply.lines(*answer("Hel", "lo", done=None), ending="hang"))
    async with aclosing(chat(server).astream("hi")) as chunks:
        async for chunk in chunks:
            assert chunk.content == "Hel"
            break

    assert await asyncio.to_thread(server.left.wait, 10)


async def test_cancelling_a_call_closes_the_connection(server: ReplayServer) -> None:
    server.play(Reply(ending="never"))
    task = asyncio.create_task(chat(server).ainvoke("hi"))
    assert await asyncio.to_thread(server.asked.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await asyncio.to_thread(server.left.wait, 10)


def test_leaving_a_synchronous_stream_closes_the_connection(server: ReplayServer) -> None:
    server.play(Reply.lines(*answer("Hel", "lo", done=None), ending="hang"))
    stream = chat(server).stream("hi")
    assert next(stream).content == "Hel"
    stream.close()  # type: ignore[attr-defined]

    assert server.left.wait(10)


@pytest.mark.parametrize(
    ("reply", "limits", "phase"),
    [
        (Reply(ending="never"), TimeLimits(first_token=0.1), "to begin"),
        (Reply(ending="hang"), TimeLimits(first_token=0.1), "to begin"),
        (
            Reply.lines(*answer("Hel", done=None), ending="hang"),
            TimeLimits(token_gap=0.1),
            "between",
        ),
    ],
)
async def test_a_silent_server_is_given_up(
    server: ReplayServer, reply: Reply, limits: TimeLimits, phase: str
) -> None:
    server.play(reply)
    with pytest.raises(EngineTimeoutError, match=phase):
        await chat(server, limits=limits).ainvoke("hi")
    assert len(server.requests) == 1


async def test_a_full_queue_is_tried_again(server: ReplayServer) -> None:
    busy = RECORDINGS["queue_full_0@MAX_QUEUE=1"].reply
    server.play(busy, busy, HELLO)

    assert (await chat(server).ainvoke("hi")).content == "Hello"
    assert len(server.requests) == 3


async def test_a_queue_that_stays_full_is_given_up(server: ReplayServer) -> None:
    server.play(RECORDINGS["queue_full_0@MAX_QUEUE=1"].reply)
    with pytest.raises(EngineBusyError):
        await chat(server, patience=Patience(busy_retries=2, first_pause=0)).ainvoke("hi")
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "crash",
    [
        RECORDINGS["runner_crash_nostream"].reply,
        Reply.lines(),
        Reply(ending="hang up"),
        Reply.lines({"error": "model runner has unexpectedly stopped"}),
    ],
)
async def test_a_crash_before_the_first_word_is_tried_once_more(
    server: ReplayServer, crash: Reply
) -> None:
    server.play(crash, HELLO)
    assert (await chat(server).ainvoke("hi")).content == "Hello"

    server.play(crash, crash, HELLO)
    with pytest.raises(EngineCrashedError):
        await chat(server).ainvoke("hi")


async def test_a_crash_after_the_first_word_is_an_error(server: ReplayServer) -> None:
    server.play(RECORDINGS["runner_crash_mid_stream"].reply, HELLO)
    texts = []

    async def listen() -> None:
        async for chunk in chat(server).astream("hi"):
            texts.append(chunk.content)  # noqa: PERF401 - what came before the error matters

    with pytest.raises(EngineCrashedError):
        await listen()
    assert texts[:2] == ["As", " I"]
    assert len(server.requests) == 1


async def test_a_missing_model_is_answered_with_the_command_that_fetches_it(
    server: ReplayServer,
) -> None:
    server.play(RECORDINGS["unknown_model"].reply)
    with pytest.raises(ModelNotFoundError) as caught:
        await chat(server, model="qwen3.5:4b").ainvoke("hi")
    assert "ollama pull qwen3.5:4b" in caught.value.cure


async def test_a_prompt_that_is_too_long_is_told_with_both_numbers(server: ReplayServer) -> None:
    server.play(RECORDINGS["ctx_one_long_msg_truncate_false"].reply)
    with pytest.raises(ContextExceededError, match="2326 tokens; 512 fit") as caught:
        await chat(server).ainvoke("hi")
    assert (caught.value.prompt_tokens, caught.value.context_tokens) == (2326, 512)


async def test_thinking_is_refused_where_the_model_cannot(server: ReplayServer) -> None:
    server.play(RECORDINGS["think_true"].reply)
    with pytest.raises(UnsupportedFeatureError, match="does not support thinking"):
        await chat(server, think=True).ainvoke("hi")


async def test_an_unreachable_server_is_answered_with_how_to_start_it() -> None:
    with pytest.raises(EngineUnavailableError, match=r"127\.0\.0\.1:9") as caught:
        await OllamaChat(model="m", host="127.0.0.1:9").ainvoke("hi")
    assert "ollama serve" in caught.value.cure


async def test_endless_repetition_is_stopped(server: ReplayServer) -> None:
    server.play(Reply.lines(*answer(*(["and so on "] * 400), done=None), ending="hang"))
    with pytest.raises(EngineRunawayError, match="repeating"):
        await chat(server).ainvoke("hi")


async def test_endless_thinking_is_stopped(server: ReplayServer) -> None:
    lines = [
        {"message": {"role": "assistant", "content": "", "thinking": f" {n}"}, "done": False}
        for n in range(20)
    ]
    server.play(Reply.lines(*lines, ending="hang"))
    with pytest.raises(EngineRunawayError, match="10 tokens of thinking"):
        await chat(server, think=True, thinking_tokens=10).ainvoke("hi")


async def test_broken_text_is_refused_before_it_is_sent(server: ReplayServer) -> None:
    with pytest.raises(BrokenTextError):
        await chat(server).ainvoke("broken \ud800")
    assert not server.requests


async def test_no_messages_are_refused(server: ReplayServer) -> None:
    with pytest.raises(InvalidInputError):
        await chat(server).ainvoke([])


async def test_a_reply_that_only_loads_the_model_is_no_answer(server: ReplayServer) -> None:
    server.play(RECORDINGS["chat_empty_messages_load"].reply)
    with pytest.raises(EngineReplyError):
        await chat(server).ainvoke("hi")


async def test_warming_up_loads_the_model_with_the_context_of_the_calls(
    server: ReplayServer,
) -> None:
    server.play(RECORDINGS["chat_empty_messages_load"].reply)
    await chat(server, context_tokens=4096).warm_up()
    body = server.requests[0].json

    assert body["messages"] == []
    assert body["options"]["num_ctx"] == 4096
    assert body["keep_alive"] == "30m"


@pytest.mark.parametrize("value", ["30", "-1", "abc", "", "5 m"])
def test_a_keep_alive_that_the_server_would_refuse_is_refused_at_once(value: str) -> None:
    with pytest.raises(ConfigurationError, match="keep_alive"):
        OllamaChat(model="m", keep_alive=value)


@pytest.mark.parametrize("value", ["30m", "1h30m", "-1m", "500ms", 0, -1, 1.5])
def test_a_keep_alive_that_the_server_takes_is_taken(value: float | str) -> None:
    assert OllamaChat(model="m", keep_alive=value).keep_alive == value


async def test_tools_reach_the_wire_with_their_schemas_whole(server: ReplayServer) -> None:
    server.play(HELLO)
    parameters = {
        "type": "object",
        "properties": {
            "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
            "who": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}}},
        },
        "required": ["when"],
    }
    function = {"name": "book", "description": "Book it.", "parameters": parameters}
    await chat(server).bind_tools([{"type": "function", "function": function}]).ainvoke("hi")

    assert server.requests[0].json["tools"][0]["function"]["parameters"] == parameters


def test_a_forced_tool_is_refused(server: ReplayServer) -> None:
    with pytest.raises(UnsupportedFeatureError, match="tool_choice"):
        chat(server).bind_tools([], tool_choice="any")


async def test_a_native_call_comes_back_as_a_call(server: ReplayServer) -> None:
    server.play(RECORDINGS["tools_stream@bare"].reply)
    reply = await chat(server).ainvoke("weather?")

    assert [(call["name"], call["args"]) for call in reply.tool_calls] == [
        ("get_weather", {"city": "Tokyo", "unit": "celsius"})
    ]


def test_settings_give_the_host_the_context_and_the_time_limits() -> None:
    settings = Settings(
        ollama_host="http://gpu:11434", context_tokens=2048, connect_seconds=1, token_gap_seconds=2
    )
    model = OllamaChat.of("m", settings, think=True)

    assert (model.host, model.context_tokens, model.think) == ("http://gpu:11434", 2048, True)
    assert (model.limits.connect, model.limits.token_gap) == (1, 2)
