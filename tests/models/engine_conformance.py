"""What every chat engine promises to the rest of Dragoman.

A test class for an engine inherits `EngineConformance` and gives it a `subject` fixture. The
promises are worded so that real models can keep them: nothing depends on what a model finds to say.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from dragoman.errors import ContextExceededError, EngineReplyError
from dragoman.models.constrain import constrain, parse_constrained

COUNT = "Count from one to two hundred in words: one, two, three, and so on."
GREEDY = {"temperature": 0.0, "presence_penalty": 0.0}
CHOICE = {
    "type": "object",
    "properties": {
        "decision": {"type": "string", "enum": ["search", "answer"]},
        "sure": {"type": "boolean"},
    },
    "required": ["decision", "sure"],
    "additionalProperties": False,
}
SCRIPTS = {
    "Latin": "Größe, İ, Łódź",
    "Han": "订单状态。繁體",
    "Kana": "ご注文は？カタ",
    "Hangul": "주문 상태",
    "Arabic": "أين طلبي؟ پی",
    "Cyrillic": "Где? Їжак",
    "Thai": "ที่ไหน",
    "Devanagari": "कहाँ है? क्ष",
    "Emoji": "👩‍👧 🇯🇵",
}
"""Texts that break easily when bytes, code points and tokens are confused."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An engine under test."""

    chat: BaseChatModel
    """The chat model."""

    too_long: str
    """A text that does not fit into its context window."""

    exact_context_error: bool = True
    """Whether the error for `too_long` names both numbers."""


class EngineConformance:
    """The promises."""

    @pytest.fixture
    def subject(self) -> Subject:
        """The engine; every inheriting class has its own."""
        raise NotImplementedError

    async def test_a_plain_question_gets_a_reply_that_ended_by_itself(
        self, subject: Subject
    ) -> None:
        messages = [SystemMessage("You are terse."), HumanMessage("Reply with the word: yes")]
        reply = await subject.chat.ainvoke(messages, max_tokens=60, **GREEDY)

        assert isinstance(reply, AIMessage)
        assert reply.text.strip()
        assert reply.response_metadata["finish_reason"] == "stop"

    async def test_a_constrained_reply_fits_the_schema(self, subject: Subject) -> None:
        constrained = constrain(subject.chat, CHOICE).bind(max_tokens=60, **GREEDY)
        plan = parse_constrained(await constrained.ainvoke("Search or answer?"))

        assert plan["decision"] in {"search", "answer"}
        assert isinstance(plan["sure"], bool)
        assert plan.keys() == {"decision", "sure"}

    async def test_a_streamed_reply_is_the_same_as_a_whole_one(self, subject: Subject) -> None:
        options: dict[str, Any] = {"max_tokens": 12, **GREEDY}
        await subject.chat.ainvoke(COUNT, **options)  # both shall find the prompt in the cache
        whole = await subject.chat.ainvoke(COUNT, **options)
        chunks = [chunk async for chunk in subject.chat.astream(COUNT, **options)]
        streamed = reduce(add, chunks)

        assert len(chunks) > 2
        assert streamed.text == whole.text
        assert streamed.usage_metadata
        assert whole.usage_metadata
        for part in ("input_tokens", "output_tokens", "total_tokens"):
            assert streamed.usage_metadata[part] == whole.usage_metadata[part]  # type: ignore[literal-required]
        assert (
            streamed.response_metadata["finish_reason"] == whole.response_metadata["finish_reason"]
        )

    def test_synchronous_calls_give_the_same_reply(self, subject: Subject) -> None:
        options: dict[str, Any] = {"max_tokens": 6, **GREEDY}
        subject.chat.invoke(COUNT, **options)
        whole = subject.chat.invoke(COUNT, **options)
        assert "".join(chunk.text for chunk in subject.chat.stream(COUNT, **options)) == whole.text

    async def test_tokens_are_counted(self, subject: Subject) -> None:
        short = await subject.chat.ainvoke("Say yes.", max_tokens=8, **GREEDY)
        long = await subject.chat.ainvoke("Say yes. " * 20, max_tokens=8, **GREEDY)

        assert short.usage_metadata
        assert long.usage_metadata
        assert 0 < short.usage_metadata["input_tokens"] < long.usage_metadata["input_tokens"]
        assert 0 < short.usage_metadata["output_tokens"] <= 8
        for usage in (short.usage_metadata, long.usage_metadata):
            assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]

    async def test_a_reply_stops_at_its_length_and_says_so(self, subject: Subject) -> None:
        reply = await subject.chat.ainvoke(COUNT, max_tokens=5, **GREEDY)
        assert reply.response_metadata["finish_reason"] == "length"
        assert reply.usage_metadata
        assert reply.usage_metadata["output_tokens"] == 5

    async def test_a_constrained_reply_that_was_cut_is_an_error(self, subject: Subject) -> None:
        cut = await constrain(subject.chat, CHOICE).bind(max_tokens=2, **GREEDY).ainvoke("?")
        with pytest.raises(EngineReplyError):
            parse_constrained(cut)

    async def test_a_prompt_that_does_not_fit_is_refused_and_never_shortened(
        self, subject: Subject
    ) -> None:
        with pytest.raises(ContextExceededError) as caught:
            await subject.chat.ainvoke(subject.too_long, max_tokens=8)
        if subject.exact_context_error:
            assert caught.value.prompt_tokens > caught.value.context_tokens > 0

    async def test_an_engine_is_free_again_after_a_stream_was_left(self, subject: Subject) -> None:
        for _ in range(3):
            async with aclosing(subject.chat.astream(COUNT, max_tokens=2000)) as chunks:  # type: ignore[type-var]
                async for _chunk in chunks:
                    break
        reply = await subject.chat.ainvoke("Say yes.", max_tokens=4, **GREEDY)
        assert reply.text

    @pytest.mark.parametrize("script", SCRIPTS)
    async def test_every_script_arrives_whole_in_both_directions(
        self, subject: Subject, script: str
    ) -> None:
        text = SCRIPTS[script]
        schema = {
            "type": "object",
            "properties": {"text": {"type": "string", "enum": [text]}},
            "required": ["text"],
        }
        constrained = constrain(subject.chat, schema).bind(max_tokens=120, **GREEDY)
        chunks = [chunk async for chunk in constrained.astream(f"Repeat: {text}")]
        reply = reduce(add, chunks)

        assert parse_constrained(reply) == {"text": text}
        assert not any("\ufffd" in chunk.text for chunk in chunks)
