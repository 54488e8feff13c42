"""The model of a guarded turn: what it writes is masked, what it reads is so where the policy says.

A model may write personal data that nobody gave it as text: from an image, or from its training.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Self, cast

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig

from dragoman.agents.privacy.guard import Guard
from dragoman.models import Engine

Model = Runnable[LanguageModelInput, AIMessage]


class GuardedModel(Runnable[LanguageModelInput, AIMessage]):
    """`inner` with its whole replies masked. Pieces of a stream come as they are written.

    Usage:
        model = GuardedModel(engine.writer(max_tokens=200), guard, reveals=True)
        message = await model.ainvoke(messages)
    """

    def __init__(self, inner: Model, guard: Guard, *, reveals: bool) -> None:
        """Wrap `inner`.

        Args:
            inner: The model, with the options of its role.
            guard: The guard of the turn.
            reveals: Whether the model reads the data, and not their names.
        """
        self._inner = inner
        self._guard = guard
        self._reveals = reveals

    def bind(self, **kwargs: Any) -> Model:
        """The same with options of the call."""
        return GuardedModel(self._inner.bind(**kwargs), self._guard, reveals=self._reveals)

    def invoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Refused: names are kept in a database that only asynchronous code can write.

        Raises:
            NotImplementedError: always; a turn asks with `ainvoke`.
        """
        raise NotImplementedError("A guarded model is asked with ainvoke or astream.")

    async def ainvoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """The reply, masked."""
        message = await self._inner.ainvoke(self._read(input), config, **kwargs)
        content = message.content
        if isinstance(content, str):
            content = await _masked_json(content, self._guard)
        calls = await self._guard.masked_texts(getattr(message, "tool_calls", []))
        return message.model_copy(update={"content": content, "tool_calls": calls})

    async def astream(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessage]:
        """The reply in pieces, as they are written."""
        stream = self._inner.astream(self._read(input), config, **kwargs)
        async with aclosing(cast("AsyncGenerator[AIMessage, None]", stream)) as pieces:
            async for piece in pieces:
                yield piece

    def _read(self, prompt: LanguageModelInput) -> LanguageModelInput:
        if not self._reveals or isinstance(prompt, str) or not isinstance(prompt, Sequence):
            return prompt
        return [self._revealed(message) for message in prompt]

    def _revealed(self, message: Any) -> Any:
        if not isinstance(message, BaseMessage):
            return self._guard.restored(message)
        return message.model_copy(update={"content": self._guard.restored(message.content)})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class GuardedEngine(Engine):
    """An engine whose models are guarded."""

    guard: Guard
    """The guard of the turn."""

    reveals: bool
    """Whether its models read the data, and not their names."""

    @classmethod
    def around(cls, engine: Engine, guard: Guard, *, reveals: bool) -> Self:
        """`engine`, guarded; closing it is left to whoever opened it."""
        fields = {field.name: getattr(engine, field.name) for field in dataclasses.fields(engine)}
        return cls(**fields, guard=guard, reveals=reveals)

    def planner(self, schema: dict[str, Any], *, max_tokens: int) -> Model:
        """The model as planner; see `Engine.planner`."""
        return self._guarded(Engine.planner(self, schema, max_tokens=max_tokens))

    def caller(self, tools: Sequence[dict[str, Any]], *, max_tokens: int) -> Model:
        """The model as planner by native tool calls; see `Engine.caller`."""
        return self._guarded(Engine.caller(self, tools, max_tokens=max_tokens))

    def writer(
        self,
        *,
        max_tokens: int,
        schema: dict[str, Any] | None = None,
        temperature: float | None = None,
    ) -> Model:
        """The model as writer; see `Engine.writer`."""
        made = Engine.writer(self, max_tokens=max_tokens, schema=schema, temperature=temperature)
        return self._guarded(made)

    def _guarded(self, model: Model) -> Model:
        return GuardedModel(model, self.guard, reveals=self.reveals)


async def _masked_json(text: str, guard: Guard) -> str:
    """`text` masked. Of JSON the texts are, because a number must stay one to fit its schema."""
    try:
        value = json.loads(text)
    except ValueError:
        return await guard.masked(text)
    masked = await guard.masked_texts(value)
    return text if masked == value else json.dumps(masked, ensure_ascii=False)
