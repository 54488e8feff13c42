"""What clients of OpenAI see: the real SDK and LangChain's ChatOpenAI talk to the server."""

from __future__ import annotations

import asyncio
import base64

import httpx
import openai
import pytest
from http_server import ADDRESS, PLAN, events
from langchain_openai import ChatOpenAI

from dragoman import tool
from dragoman.models.images import plain_picture
from dragoman.testing import ScriptedModel

ASKED = [{"role": "user", "content": "When does the museum open?"}]


@tool
def opening_hours(place: str) -> str:
    """Opening hours of a place.

    Args:
        place: The place.
    """
    return f"{place}: from 9:00"


HOURS = {"thought": "", "calls": [{"tool": "opening_hours", "arguments": {"place": "museum"}}]}


@tool(effect="once", approval=True)
def send_letter(to: str) -> str:
    """Send a letter.

    Args:
        to: Who gets it.
    """
    return f"sent to {to}"


def picture(url: str) -> dict[str, object]:
    content = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": url}}]
    return {"messages": [{"role": "user", "content": content}]}


def sdk(server, key: str = "unused") -> openai.AsyncOpenAI:
    transport = httpx.ASGITransport(app=server.app, client=("127.0.0.1", 1))
    client = httpx.AsyncClient(transport=transport)
    return openai.AsyncOpenAI(
        base_url=f"{ADDRESS}/v1", api_key=key, http_client=client, max_retries=0
    )


async def test_sdk_reads_an_answer_whose_tools_ran_inside(start) -> None:
    server = await start([HOURS, PLAN, "It opens at 9:00."], tools=[opening_hours])

    reply = await sdk(server).chat.completions.create(model="dragoman", messages=ASKED)

    assert reply.choices[0].message.content == "It opens at 9:00."
    assert reply.choices[0].message.tool_calls is None
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0
    assert reply.model_extra["dragoman"]["language"] == "en"


async def test_sdk_streams_pieces_and_then_the_usage(start) -> None:
    text = "It opens at nine. It closes at five."
    server = await start([PLAN, text])

    stream = await sdk(server).chat.completions.create(
        model="dragoman", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]

    said = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert len(said) > 3
    assert "".join(said) == text
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-2].model_extra["dragoman"]["text"] == text
    assert chunks[-1].usage.completion_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


async def test_stream_without_usage_option_has_none(start) -> None:
    server = await start([PLAN, "It opens at nine."])
    reply = await server.client.post(
        "/v1/chat/completions", json={"model": "dragoman", "messages": ASKED, "stream": True}
    )
    found = [each.data for each in events(reply.text)]
    assert found[-1] == "[DONE]"
    assert all("usage" not in chunk for chunk in found[:-1])


async def test_draft_that_failed_is_followed_by_the_checked_answer(start) -> None:
    bad, good = "これは美術館の開館時間です。", {"answer": "It opens at nine."}
    server = await start([PLAN, bad, good])

    stream = await sdk(server).chat.completions.create(
        model="dragoman", messages=ASKED, stream=True
    )
    chunks = [chunk async for chunk in stream]

    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert said.endswith("It opens at nine.")
    assert chunks[-1].model_extra["dragoman"]["text"] == "It opens at nine."


async def test_earlier_messages_are_the_history_and_the_system_message_is_named_as_ignored(
    start,
) -> None:
    model = ScriptedModel([PLAN, "At nine."])
    server = await start(model)
    messages = [
        {"role": "system", "content": "You are a pirate."},
        {"role": "user", "content": "Is there a museum in Kyoto?"},
        {"role": "assistant", "content": "Yes, the Violet Museum."},
        {"role": "user", "content": [{"type": "text", "text": "When does it open?"}]},
    ]

    reply = await sdk(server).chat.completions.create(
        model="dragoman", messages=messages, temperature=0.3
    )

    assert "Violet Museum" in model.calls[-1].prompt
    assert "pirate" not in str([call.prompt for call in model.calls])
    assert reply.model_extra["dragoman"]["ignored"] == ["temperature", "messages[0]"]


async def test_thread_is_kept_only_when_it_was_asked_for(start) -> None:
    server = await start([PLAN, "At nine."] * 3)
    client = sdk(server)

    passing = await client.chat.completions.create(model="dragoman", messages=ASKED)
    kept = await client.chat.completions.create(model="dragoman", messages=ASKED, store=True)
    thread = kept.model_extra["dragoman"]["thread"]
    await client.chat.completions.create(
        model="dragoman", messages=ASKED, extra_body={"dragoman": {"thread": thread}}
    )
    while server.service._kept:
        await asyncio.gather(*server.service._kept)

    assert passing.model_extra["dragoman"]["thread"] == ""
    listed = (await server.client.get("/api/threads")).json()["threads"]
    assert [(one["id"], one["turns"]) for one in listed] == [(thread, 2)]


async def test_call_that_waits_for_a_person_is_named_in_the_extension(start) -> None:
    plan = {"thought": "", "calls": [{"tool": "send_letter", "arguments": {"to": "Ann"}}]}
    server = await start([plan], tools=[send_letter])

    reply = await sdk(server).chat.completions.create(
        model="dragoman", messages=[{"role": "user", "content": "Send a letter to Ann."}]
    )

    assert "send_letter" in reply.choices[0].message.content
    extension = reply.model_extra["dragoman"]
    assert extension["pending"][0]["call"]["arguments"] == {"to": "Ann"}
    waiting = (await server.client.get("/api/approvals")).json()["approvals"]
    assert [one["thread"] for one in waiting] == [extension["thread"]]


@pytest.mark.parametrize(
    ("fields", "status", "code", "parameter"),
    [
        ({"model": "gpt-4"}, 404, "model_not_found", None),
        ({"n": 2}, 400, "invalid_value", "n"),
        ({"tools": [{"type": "function"}]}, 400, "unsupported_parameter", "tools"),
        ({"response_format": {"type": "json_object"}}, 400, "unsupported_parameter", None),
        ({"nonsense": 1}, 400, "unknown_parameter", "nonsense"),
        ({"messages": []}, 400, "invalid_value", None),
        ({"messages": [{"role": "assistant", "content": "Hi"}]}, 400, "invalid_value", "messages"),
        ({"messages": [{"role": "tool", "content": "1"}]}, 400, "unsupported_parameter", None),
        ({"messages": [{"role": "user", "content": " "}]}, 400, "invalid_value", None),
        ({"messages": "hello"}, 400, "invalid_value", None),
        (picture("http://169.254.169.254/secret"), 400, "unsupported_parameter", None),
        (picture("file:///etc/passwd"), 400, "unsupported_parameter", None),
        (picture("data:image/png;base64,äh"), 400, "unsupported_parameter", None),
        (picture("data:image/png;base64,AAAA"), 400, "invalid_value", None),
        ({"dragoman": {"thread": "a b"}}, 400, "invalid_value", None),
    ],
)
async def test_what_cannot_be_honored_is_refused_as_openai_does(
    start, fields, status, code, parameter
) -> None:
    server = await start()
    body = {"model": "dragoman", "messages": ASKED, **fields}
    reply = await server.client.post("/v1/chat/completions", json=body)
    assert reply.status_code == status, reply.text
    error = reply.json()["error"]
    assert error["code"] == code
    assert error["type"] == "invalid_request_error"
    if parameter:
        assert error["param"] == parameter


async def test_image_in_the_last_message_is_shown_to_the_model(start) -> None:
    model = ScriptedModel([PLAN, "A red square."])
    server = await start(model)
    png = base64.b64encode(plain_picture((255, 0, 0), side=4)).decode()

    reply = await sdk(server).chat.completions.create(
        model="dragoman", **picture(f"data:image/png;base64,{png}")
    )

    assert reply.choices[0].message.content == "A red square."
    shown = [part for message in model.calls[-1].messages for part in message.content]
    assert png in str(shown)


async def test_sdk_raises_its_own_errors(start) -> None:
    server = await start(open_to_all=False)
    with pytest.raises(openai.AuthenticationError) as caught:
        await sdk(server, "drg_wrong").models.list()
    assert caught.value.code == "invalid_api_key"
    _, _ = caught.value.message, caught.value.response
    secret, _ = server.service.access.keys.create("acme")
    with pytest.raises(openai.NotFoundError):
        await sdk(server, secret).chat.completions.create(model="gpt-4", messages=ASKED)


async def test_models_are_the_agents(start) -> None:
    server = await start()
    assert [model.id async for model in sdk(server).models.list()] == ["dragoman"]
    assert (await sdk(server).models.retrieve("dragoman")).id == "dragoman"


async def test_langchain_talks_to_it_unchanged(start) -> None:
    server = await start([PLAN, "It opens at nine.", PLAN, "At ten on Sundays."])
    transport = httpx.ASGITransport(app=server.app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport) as client:
        chat = ChatOpenAI(
            model="dragoman",
            base_url=f"{ADDRESS}/v1",
            api_key="unused",
            http_async_client=client,
            stream_usage=True,
        )
        reply = await chat.ainvoke("When does the museum open?")
        pieces = [piece async for piece in chat.astream("And on Sundays?")]
    assert reply.text == "It opens at nine."
    assert reply.usage_metadata["total_tokens"] > 0
    assert "".join(piece.text for piece in pieces) == "At ten on Sundays."
