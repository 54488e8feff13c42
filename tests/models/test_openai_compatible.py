"""The OpenAI interface in the dialects that servers and services speak, over a real HTTP server."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from langchain_core.language_models import BaseChatModel
from replay import ReplayServer, Reply, recordings

from dragoman.errors import (
    BrokenTextError,
    ConfigurationError,
    ContextExceededError,
    DragomanError,
    EngineBusyError,
    EngineError,
    EngineReplyError,
    EngineRunawayError,
    EngineTimeoutError,
    EngineUnavailableError,
    InvalidInputError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from dragoman.models.openai_compatible import openai_chat
from dragoman.models.openai_presets import PRESETS
from dragoman.settings import Settings

RECORDINGS = recordings()
USABLE = [preset for preset in PRESETS if not preset.unsupported]
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A model and where it is."""

    model: str = "m"
    url: str | None = None


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for every service, recognizable in headers, messages and logs."""
    for preset in PRESETS:
        if preset.key_variable:
            monkeypatch.setenv(preset.key_variable, f"secret-of-{preset.key_variable}")
    monkeypatch.delenv("DRAGOMAN_OPENAI_KEY", raising=False)


def event(text: str = "", *, end: str | None = None, **delta: Any) -> dict[str, Any]:
    """One event of a streamed reply."""
    choice = {"index": 0, "delta": {"content": text, **delta}, "finish_reason": end}
    return {"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


def usage(read: int, written: int, **more: Any) -> dict[str, Any]:
    """The event with the counts."""
    counts = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return {"id": "1", "object": "chat.completion.chunk", "choices": [], "usage": counts | more}


HELLO = Reply.events(event("Hel", role="assistant"), event("lo"), event(end="stop"), usage(7, 2))


def chat(
    server: ReplayServer, preset: str = "", *, think: bool = False, **settings: Any
) -> BaseChatModel:
    url = f"{preset}+{server.url}/v1" if preset else f"{server.url}/v1"
    return openai_chat(Spec(url=url), Settings(**settings), think=think, retries=0)


@pytest.mark.parametrize("preset", USABLE, ids=lambda preset: preset.name)
async def test_each_dialect_is_told_not_to_think_in_its_own_words(
    server: ReplayServer, preset: Any
) -> None:
    server.play(HELLO)
    await chat(server, preset.name).ainvoke("hi")
    await chat(server, preset.name, think=True).ainvoke("hi")
    quiet, thinking = (request.json for request in server.requests)

    assert quiet.items() >= dict(preset.thinking_off).items()
    assert thinking.items() >= dict(preset.thinking_on).items()
    assert bool(preset.thinking_off) is (quiet != thinking)


@pytest.mark.parametrize("preset", USABLE, ids=lambda preset: preset.name)
async def test_each_service_gets_its_own_key_and_no_other(
    server: ReplayServer, preset: Any
) -> None:
    server.play(HELLO)
    await chat(server, preset.name).ainvoke("hi")
    key = f"secret-of-{preset.key_variable}" if preset.key_variable else "none"
    assert server.requests[0].headers["authorization"] == f"Bearer {key}"


async def test_a_stranger_gets_no_key_of_a_service(
    server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.play(HELLO)
    await chat(server).ainvoke("hi")
    monkeypatch.setenv("DRAGOMAN_OPENAI_KEY", "for-strangers")
    await chat(server).ainvoke("hi")
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer none", "Bearer for-strangers"]


@pytest.mark.parametrize("preset", [preset for preset in USABLE if preset.key_required])
def test_a_missing_key_is_named(preset: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(preset.key_variable)
    with pytest.raises(ConfigurationError) as caught:
        openai_chat(Spec(url=preset.name), Settings())
    assert preset.key_variable in caught.value.cure


async def test_a_key_is_never_shown(server: ReplayServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = "secret-of-GROQ_API_KEY"
    server.play(Reply.json({"error": {"message": f"Incorrect API key: {key}"}}, status=401))
    model = chat(server, "groq")
    with pytest.raises(EngineUnavailableError) as caught:
        await model.ainvoke("hi")

    assert "GROQ_API_KEY" in caught.value.cure
    shown = f"{caught.value.message}{caught.value!r}{model!r}{caplog.text}"
    assert key not in shown


def test_a_service_without_the_interface_is_refused_with_a_way_out() -> None:
    with pytest.raises(UnsupportedFeatureError, match="Replicate") as caught:
        openai_chat(Spec(url="replicate"), Settings())
    assert "LiteLLM" in caught.value.cure


@pytest.mark.parametrize("url", [None, "", "nonsense", "vllm+ftp://x", "localhost:8000/v1"])
def test_an_address_that_is_none_is_refused(url: str | None) -> None:
    with pytest.raises(ConfigurationError, match="address"):
        openai_chat(Spec(url=url), Settings())


@pytest.mark.parametrize("preset", USABLE, ids=lambda preset: preset.name)
@pytest.mark.parametrize("how", ["json_schema", "response_format"])
async def test_a_schema_reaches_each_dialect_whole(
    server: ReplayServer, preset: Any, how: str
) -> None:
    server.play(HELLO)
    wrapped = {
        "type": "json_schema",
        "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA},
    }
    option = {how: SCHEMA if how == "json_schema" else wrapped}
    await chat(server, preset.name).ainvoke("hi", **option)
    body = server.requests[0].json

    assert body["response_format"] == wrapped
    assert body.items() >= dict(preset.schema_extras).items()


async def test_a_schema_reply_that_is_cut_is_a_reply_that_ended_by_length(
    server: ReplayServer,
) -> None:
    server.play(Reply.events(event('{"a": '), event(end="length")))
    reply = await chat(server).ainvoke("hi", json_schema=SCHEMA)
    assert (reply.content, reply.response_metadata["finish_reason"]) == ('{"a": ', "length")


async def test_lengths_and_sampling_travel_under_the_names_that_servers_know(
    server: ReplayServer,
) -> None:
    server.play(HELLO)
    options = {"max_tokens": 5, "temperature": 0, "presence_penalty": 0, "top_k": 20, "seed": 1}
    for preset in ("vllm", "groq", "openai"):
        await chat(server, preset).ainvoke("hi", **options)
    vllm, groq, openai = (request.json for request in server.requests)

    assert vllm.items() >= options.items()
    assert "top_k" not in groq
    assert openai["max_completion_tokens"] == 5
    assert "max_tokens" not in openai


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_thinking_never_gets_into_the_answer(server: ReplayServer, field: str) -> None:
    server.play(
        Reply.events(
            event(role="assistant", **{field: "2 + 3"}),
            event(**{field: " = 5"}),
            event("5"),
            event(end="stop"),
        )
    )
    reply = await chat(server, "vllm", think=True).ainvoke("2 + 3?")
    assert reply.content == "5"
    assert reply.additional_kwargs["reasoning_content"] == "2 + 3 = 5"


async def test_counts_come_with_the_part_that_was_cached(server: ReplayServer) -> None:
    counts = usage(7, 2, prompt_tokens_details={"cached_tokens": 4})
    server.play(Reply.events(event("Hello"), event(end="stop"), counts))
    reply = await chat(server).ainvoke("hi")

    assert server.requests[0].json["stream_options"] == {"include_usage": True}
    assert reply.usage_metadata
    assert reply.usage_metadata["input_tokens"] == 7
    assert reply.usage_metadata["output_tokens"] == 2
    assert reply.usage_metadata["input_token_details"]["cache_read"] == 4


CONTEXT_ERRORS = {
    "vllm": (
        {
            "error": {
                "message": "This model's maximum context length is 512 tokens. However, you "
                "requested 700 tokens (600 in the messages, 100 in the completion). Please reduce "
                "the length of the messages or completion.",
                "type": "BadRequestError",
                "code": 400,
            }
        },
        (700, 512),
    ),
    "sglang": (
        {
            "object": "error",
            "message": "The input (700 tokens) is longer than the model's context length "
            "(512 tokens).",
            "type": "BadRequestError",
            "code": 400,
        },
        (700, 512),
    ),
    "lmstudio": (
        {
            "error": "Trying to keep the first 700 tokens when context the overflows. However, the "
            "model is loaded with context length of only 512 tokens, which is not enough."
        },
        (700, 512),
    ),
    "llamacpp": (
        {
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size, try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 700,
                "n_ctx": 512,
            }
        },
        (700, 512),
    ),
    "dashscope": (
        {
            "error": {
                "message": "Range of input length should be [1, 512]",
                "type": "invalid_request_error",
                "code": "invalid_parameter_error",
            }
        },
        (0, 512),
    ),
    "together": (
        {
            "error": {
                "message": "Input validation error: `inputs` tokens + `max_new_tokens` must be "
                "<= 512. Given: 700 `inputs` tokens and 100 `max_new_tokens`",
                "type": "invalid_request_error",
            }
        },
        (700, 512),
    ),
    "groq": (
        {
            "error": {
                "message": "Please reduce the length of the messages or completion.",
                "type": "invalid_request_error",
                "code": "context_length_exceeded",
            }
        },
        (0, 0),
    ),
    "openrouter": (
        {
            "error": {
                "message": "This endpoint's maximum context length is 512 tokens. However, you "
                "requested about 700 tokens (600 of text input, 100 in the output).",
                "code": 400,
            }
        },
        (700, 512),
    ),
    "openai": (
        {
            "error": {
                "message": "This model's maximum context length is 512 tokens. However, your "
                "messages resulted in 700 tokens.",
                "code": "context_length_exceeded",
            }
        },
        (700, 512),
    ),
}


@pytest.mark.parametrize("preset", CONTEXT_ERRORS)
async def test_a_prompt_that_is_too_long_is_understood_in_each_dialect(
    server: ReplayServer, preset: str
) -> None:
    body, numbers = CONTEXT_ERRORS[preset]
    server.play(Reply.json(body, status=400))
    with pytest.raises(ContextExceededError) as caught:
        await chat(server, preset).ainvoke("hi")
    assert (caught.value.prompt_tokens, caught.value.context_tokens) == numbers


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": {"message": "temperature must be positive"}}, InvalidInputError),
        (
            400,
            {"error": {"message": "This model does not support response format `json_schema`"}},
            UnsupportedFeatureError,
        ),
        (401, {"error": {"message": "bad key"}}, EngineUnavailableError),
        (402, {"error": {"message": "Insufficient credits"}}, EngineUnavailableError),
        (403, {"error": {"message": "no"}}, EngineUnavailableError),
        (404, {"error": {"message": "The model `m` does not exist"}}, ModelNotFoundError),
        (404, {"detail": "Not Found"}, EngineReplyError),
        (405, {}, EngineReplyError),
        (429, {"error": {"message": "Rate limit reached"}}, EngineBusyError),
        (500, {"error": {"message": "boom"}}, EngineError),
        (503, {"error": {"message": "over capacity"}}, EngineBusyError),
        (500, [], EngineError),
        (400, "text", InvalidInputError),
        (400, None, InvalidInputError),
    ],
)
async def test_every_status_is_a_coded_error(
    server: ReplayServer, status: int, body: Any, error: type[DragomanError]
) -> None:
    server.play(Reply.json(body, status=status))
    with pytest.raises(error):
        await chat(server).ainvoke("hi")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(),
        Reply(parts=(b"<html>Welcome</html>",)),
        Reply.events(),
        Reply.events(event("Hel"), done=False),
        Reply.events(event("Hel")),
        Reply.events(event("Hel"), ending="hang up", done=False),
        Reply.events(event("Hel"), event(end="error")),
        Reply.events(event("Hel"), {"error": {"message": "provider disconnected"}}),
        Reply.events(event("Hel"), {"error": "provider disconnected"}),
        Reply.events([1, 2]),
        Reply.events("text"),
        Reply.events(None),
        Reply.events({}),
        Reply.events({"choices": None}),
        Reply.events({"choices": [{"delta": None}]}),
        Reply(parts=(b"data: nonsense\n\n",)),
        Reply(parts=(b"\xff\xfe\n\n",)),
        RECORDINGS["v1_runner_crash_mid_stream"].reply,
    ],
)
async def test_a_reply_that_is_none_or_has_no_end_is_never_an_answer(
    server: ReplayServer, reply: Reply
) -> None:
    server.play(reply)
    with pytest.raises(EngineReplyError):
        await chat(server).ainvoke("hi")


@pytest.mark.parametrize(
    ("reply", "settings", "phase"),
    [
        (Reply(ending="never"), {"first_token_seconds": 0.1}, "to begin"),
        (Reply.events(ending="hang", done=False), {"first_token_seconds": 0.1}, "to begin"),
        (
            Reply.events(event("Hel"), ending="hang", done=False),
            {"token_gap_seconds": 0.1},
            "between",
        ),
    ],
)
async def test_a_silent_server_is_given_up(
    server: ReplayServer, reply: Reply, settings: dict[str, float], phase: str
) -> None:
    server.play(reply)
    with pytest.raises(EngineTimeoutError, match=phase):
        await chat(server, **settings).ainvoke("hi")


async def test_keep_alive_comments_are_no_tokens(server: ReplayServer) -> None:
    comment = b": OPENROUTER PROCESSING\n\n"
    server.play(Reply(parts=(comment, *HELLO.parts[:1], comment, *HELLO.parts[1:])))
    assert (await chat(server).ainvoke("hi")).content == "Hello"


async def test_an_unreachable_server_is_named() -> None:
    model = openai_chat(Spec(url="vllm+http://127.0.0.1:9/v1"), Settings(), retries=0)
    with pytest.raises(EngineUnavailableError, match=r"http://127\.0\.0\.1:9/v1") as caught:
        await model.ainvoke("hi")
    assert "vLLM" in caught.value.cure


async def test_a_busy_server_is_tried_again(server: ReplayServer) -> None:
    busy = Reply(
        status=429,
        headers={"Content-Type": "application/json", "Retry-After-Ms": "1"},
        parts=(b"{}",),
    )
    server.play(busy, busy, HELLO)
    model = openai_chat(Spec(url=f"{server.url}/v1"), Settings(), retries=2)
    assert (await model.ainvoke("hi")).content == "Hello"
    assert len(server.requests) == 3


async def test_leaving_a_stream_closes_the_connection(server: ReplayServer) -> None:
    server.play(Reply.events(event("Hel"), ending="hang", done=False))
    async with aclosing(chat(server).astream("hi")) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            assert chunk.content == "Hel"
            break
    assert await asyncio.to_thread(server.left.wait, 10)


def test_one_instance_serves_several_event_loops_and_synchronous_code(
    server: ReplayServer,
) -> None:
    server.play(HELLO)
    model = chat(server)

    async def ask() -> str:
        return str((await model.ainvoke("hi")).content)

    assert [asyncio.run(ask()), asyncio.run(ask()), model.invoke("hi").content] == ["Hello"] * 3
    assert "".join(str(chunk.content) for chunk in model.stream("hi")) == "Hello"


async def test_endless_repetition_is_stopped(server: ReplayServer) -> None:
    server.play(Reply.events(*[event("and so on ")] * 400, ending="hang", done=False))
    with pytest.raises(EngineRunawayError):
        await chat(server).ainvoke("hi")


async def test_no_messages_are_refused(server: ReplayServer) -> None:
    with pytest.raises(InvalidInputError):
        await chat(server).ainvoke([])
    assert not server.requests


async def test_broken_text_is_refused_before_it_is_sent(server: ReplayServer) -> None:
    with pytest.raises(BrokenTextError):
        await chat(server).ainvoke("broken \ud800")
    assert not server.requests


async def test_a_call_never_blocks_the_event_loop(server: ReplayServer) -> None:
    server.play(HELLO)
    model = chat(server)
    await model.ainvoke("the first call of a process imports the platform's name")
    with blockbuster_ctx():
        assert (await model.ainvoke("hi")).content == "Hello"


async def test_this_machine_is_never_asked_through_a_proxy(
    server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.play(HELLO)
    assert (await chat(server).ainvoke("hi")).content == "Hello"
