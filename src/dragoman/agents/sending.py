"""From the prompt as it is checkpointed to the messages that a model is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from dragoman.agents.pictures import Pictures
from dragoman.agents.state import ChatMessage
from dragoman.models.compacting import MAY_GO
from dragoman.models.images import image_part

_KINDS: dict[str, type[SystemMessage | HumanMessage | AIMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}
_UNSEEN = "(The user attached {count} image(s), which you cannot see.)"


async def sent(
    prompt: Sequence[ChatMessage], pictures: Pictures, *, thread: str, sees: bool
) -> list[BaseMessage]:
    """The prompt with its images, and its earlier turns marked as what may go.

    Args:
        prompt: The messages, oldest first.
        pictures: Where the images lie.
        thread: Key of the thread that they belong to.
        sees: Whether the model has vision; one that has none is told that there are images.
    """
    return [await _message(message, pictures, thread, sees=sees) for message in prompt]


async def _message(
    message: ChatMessage, pictures: Pictures, thread: str, *, sees: bool
) -> BaseMessage:
    text, names = message["content"], message.get("images", [])
    content: str | list[str | dict[str, Any]] = text
    if names and sees:
        parts = [image_part(await pictures.read(thread, name)) for name in names]
        content = [*parts, {"type": "text", "text": text}]
    elif names:
        content = f"{text}\n\n{_UNSEEN.format(count=len(names))}"
    marks = {MAY_GO: True} if message.get("earlier") else {}
    return _KINDS[message["role"]](content=content, additional_kwargs=marks)
