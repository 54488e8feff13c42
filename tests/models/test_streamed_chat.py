"""One stream makes all four ways to ask a chat model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field

from dragoman.models.streamed_chat import StreamedChat


class EchoChat(StreamedChat, BaseChatModel):
    """Says what it hears, a character at a time, and knows whether somebody left early."""

    ended: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "echo"

    async def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        try:
            for character in messages[-1].text[: options.get("max_tokens")]:
                yield ChatGenerationChunk(message=AIMessageChunk(character))
        finally:
            self.ended.append("closed")


class Heard(BaseCallbackHandler):
    """What a callback was told."""

    def __init__(self) -> None:
        self.tokens: list[str] = []

    def on_llm_new_token(self, token: str, **_: Any) -> None:
        self.tokens.append(token)


def test_a_whole_reply_and_a_stream_are_the_same_with_and_without_await() -> None:
    async def ask() -> tuple[str, list[str]]:
        whole = await EchoChat().ainvoke("你好世界", max_tokens=3)
        return whole.text, [chunk.text async for chunk in EchoChat().astream("abc")]

    assert asyncio.run(ask()) == ("你好世", ["a", "b", "c", ""])
    assert EchoChat().invoke("abc").text == "abc"
    assert [chunk.text for chunk in EchoChat().stream("abc")] == ["a", "b", "c", ""]


def test_callbacks_hear_every_piece_of_a_stream() -> None:
    heard = Heard()
    for _ in EchoChat().stream("abc", config={"callbacks": [heard]}):
        pass
    assert "".join(heard.tokens) == "abc"


def test_leaving_a_stream_closes_the_reply() -> None:
    chat = EchoChat(ended=[])
    stream = chat.stream("abc")
    next(stream)
    stream.close()  # type: ignore[attr-defined] - LangChain calls it an iterator
    assert chat.ended == ["closed"]
