"""A model that asks once more, with less, when the engine says that the prompt does not fit."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Any, cast

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, convert_to_messages
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableConfig

from dragoman.errors import ContextExceededError
from dragoman.models.caller import EngineCompaction, tell
from dragoman.models.compaction import kept_after, shortened

MAY_GO = "dragoman_may_go"
"""Set in a message's `additional_kwargs` by whoever can do without it: earlier turns of a thread.
No engine is sent it."""


class Compacting(Runnable[LanguageModelInput, AIMessage]):
    """`inner`, asked a second time with a shorter prompt after a `ContextExceededError`.

    Messages marked `MAY_GO` are left out, the oldest first and as few as the engine's numbers ask
    for; when that is not enough, all of them, and the longest message is cut in its middle. It is
    never silent: an `EngineCompaction` event says what was left out.

    Usage:
        model = Compacting(chat.bind(max_tokens=200), reply_tokens=200, context_tokens=8192)
        earlier = HumanMessage("…", additional_kwargs={MAY_GO: True})
        await model.ainvoke([SystemMessage("…"), earlier, HumanMessage("And now?")])
    """

    def __init__(
        self,
        inner: Runnable[LanguageModelInput, AIMessage],
        *,
        reply_tokens: int,
        context_tokens: int,
    ) -> None:
        """Wrap `inner`.

        Args:
            inner: The model, with the options of its role.
            reply_tokens: Room that the reply needs.
            context_tokens: The window, for engines whose error names no numbers.
        """
        self.inner = inner
        self._reply_tokens = reply_tokens
        self._context_tokens = context_tokens

    def invoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """The reply, at the second try if need be."""
        try:
            return self.inner.invoke(input, config, **kwargs)
        except ContextExceededError as error:
            return self.inner.invoke(self._compacted(input, error), config, **kwargs)

    async def ainvoke(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """The same, awaited."""
        try:
            return await self.inner.ainvoke(input, config, **kwargs)
        except ContextExceededError as error:
            return await self.inner.ainvoke(self._compacted(input, error), config, **kwargs)

    def stream(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessage]:
        """The same in chunks; what has begun is not begun again."""
        begun = False
        try:
            for chunk in self.inner.stream(input, config, **kwargs):
                begun = True
                yield chunk
        except ContextExceededError as error:
            if begun:
                raise
            again = self._compacted(input, error)
        else:
            return
        yield from self.inner.stream(again, config, **kwargs)

    async def astream(
        self,
        input: LanguageModelInput,  # noqa: A002 - LangChain's own name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessage]:
        """The same, awaited."""
        begun = False
        try:
            async with _closing(self.inner.astream(input, config, **kwargs)) as chunks:
                async for chunk in chunks:
                    begun = True
                    yield chunk
        except ContextExceededError as error:
            if begun:
                raise
            again = self._compacted(input, error)
        else:
            return
        async with _closing(self.inner.astream(again, config, **kwargs)) as chunks:
            async for chunk in chunks:
                yield chunk

    def _compacted(
        self, asked: LanguageModelInput, error: ContextExceededError
    ) -> list[BaseMessage]:
        """The prompt with less in it.

        Raises:
            ContextExceededError: the same `error`, when nothing is left that could go.
        """
        messages = _messages(asked)
        texts = [str(message.text) for message in messages]
        droppable = [at for at, each in enumerate(messages) if each.additional_kwargs.get(MAY_GO)]
        room = {"reply_tokens": self._reply_tokens, "context_tokens": self._context_tokens}
        try:
            kept = kept_after(error, texts, droppable=droppable, **room)
            kept = _without_half_a_turn(kept, messages)
            cut = None
        except ContextExceededError:
            kept = [at for at in range(len(messages)) if at not in droppable]
            at, text = shortened(error, texts, kept, **room)
            cut = (at, text)
        tell(
            EngineCompaction(
                dropped=len(messages) - len(kept),
                shortened=cut is not None,
                prompt_tokens=error.prompt_tokens,
                context_tokens=error.context_tokens or self._context_tokens,
            )
        )
        return [
            _with_text(messages[at], cut[1]) if cut and at == cut[0] else messages[at]
            for at in kept
        ]


def _closing(chunks: AsyncIterator[AIMessage]) -> aclosing[AsyncGenerator[AIMessage, None]]:
    """Leaving a stream early must reach the engine at once, which works on until it hears of it."""
    return aclosing(cast("AsyncGenerator[AIMessage, None]", chunks))


def _messages(asked: LanguageModelInput) -> list[BaseMessage]:
    if isinstance(asked, PromptValue):
        return asked.to_messages()
    if isinstance(asked, str):
        return [HumanMessage(asked)]
    return convert_to_messages(asked)


def _without_half_a_turn(kept: list[int], messages: Sequence[BaseMessage]) -> list[int]:
    """An answer goes with its question: some templates refuse a prompt that begins with one."""
    first = next((at for at in kept if messages[at].additional_kwargs.get(MAY_GO)), None)
    if first is None or not isinstance(messages[first], AIMessage):
        return kept
    return [at for at in kept if at != first]


def _with_text(message: BaseMessage, text: str) -> BaseMessage:
    """`message` with another text, and its images as they were."""
    if isinstance(message.content, str):
        return message.model_copy(update={"content": text})
    others: Sequence[Any] = [
        part for part in message.content if not isinstance(part, str) and part["type"] != "text"
    ]
    return message.model_copy(update={"content": [*others, {"type": "text", "text": text}]})
