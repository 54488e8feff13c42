"""Images in messages: what is read, what is refused, how each engine is sent them."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage
from replay import ReplayServer, Reply, Request, answer

from dragoman.errors import InvalidInputError, UnsupportedFeatureError
from dragoman.models.connect import connect
from dragoman.models.engine import Engine
from dragoman.models.images import (
    describe_image,
    image_part,
    plain_picture,
    question_with_images,
    require_vision,
)
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

RED = plain_picture((220, 20, 20))
CODED = base64.b64encode(RED).decode()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (RED, "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
    ],
)
def test_the_kind_of_an_image_is_read_from_its_bytes(data: bytes, kind: str) -> None:
    assert image_part(data)["mime_type"] == kind


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"RIFF....WAVE", RED + b"x" * 20_000_000])
def test_what_no_model_can_read_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        image_part(data)
    assert caught.value.cure


def ollama(request: Request) -> Reply:
    if request.path == "/api/show":
        can = ["completion", "vision"] if request.json["model"] == "seeing" else ["completion"]
        return Reply.json({"capabilities": can, "model_info": {}, "details": {}})
    if request.path == "/api/version":
        return Reply.json({"version": "0.32.15"})
    return Reply.lines(*answer("Rechnung 17"))


async def test_ollama_is_sent_the_image_as_plain_base64_beside_the_text(
    server: ReplayServer, tmp_path: Path
) -> None:
    server.answer_with(ollama)
    engine = await connect(f"ollama:seeing@{server.url}", Settings(home=tmp_path))
    assert await describe_image(engine, RED) == "Rechnung 17"
    (message,) = server.requests[-1].json["messages"]
    assert message["images"] == [CODED]
    assert message["content"].startswith("Write down all text")


async def test_an_engine_without_vision_refuses_before_anything_is_sent(
    server: ReplayServer, tmp_path: Path
) -> None:
    server.answer_with(ollama)
    engine = await connect(f"ollama:blind@{server.url}", Settings(home=tmp_path))
    asked = len(server.requests)
    with pytest.raises(UnsupportedFeatureError, match="cannot read images") as caught:
        await describe_image(engine, RED)
    assert "qwen3.5:4b" in caught.value.cure
    assert len(server.requests) == asked


async def test_an_openai_server_is_sent_the_image_as_a_data_address(
    server: ReplayServer, tmp_path: Path
) -> None:
    choice = {"index": 0, "delta": {"content": "ok"}, "finish_reason": "stop"}
    server.play(Reply.events({"id": "1", "object": "chat.completion.chunk", "choices": [choice]}))
    engine = await connect(f"openai:m@{server.url}/v1", Settings(home=tmp_path))
    assert engine.capabilities is None  # such a server does not tell, so it is asked
    await engine.chat.ainvoke([question_with_images("What is this?", [RED])])
    (message,) = server.requests[-1].json["messages"]
    image, text = message["content"]
    assert image == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{CODED}"}}
    assert text == {"type": "text", "text": "What is this?"}


async def test_an_openai_server_that_refuses_images_becomes_a_coded_error(
    server: ReplayServer, tmp_path: Path
) -> None:
    refusal = {"error": {"message": "m is not a multimodal model: images are not supported"}}
    server.play(Reply.json(refusal, status=400))
    engine = await connect(f"openai:m@{server.url}/v1", Settings(home=tmp_path))
    with pytest.raises(UnsupportedFeatureError):
        await describe_image(engine, RED)


def test_an_engine_that_says_nothing_about_itself_is_let_pass() -> None:
    engine = Engine.of(ScriptedModel())
    require_vision(engine)
    with pytest.raises(UnsupportedFeatureError):
        require_vision(replace(engine, capabilities=frozenset({"completion"})))


def test_images_stand_before_the_question() -> None:
    message = question_with_images("?", [RED, RED])
    assert isinstance(message, HumanMessage)
    assert [part["type"] for part in message.content] == ["image", "image", "text"]  # type: ignore[index]
