"""A turn as a stream of server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from fastapi.responses import Response, StreamingResponse

from dragoman.serving.http.runs import Message, Run
from dragoman.serving.http.statuses import refusal
from dragoman.serving.http.written import dumped

_HEADERS = {"X-Accel-Buffering": "no"}  # no proxy may hold a stream back

_FIRST_SECONDS = 1.0
"""How long the first event is waited for, so that a turn that fails at once has a status."""


def event_stream(texts: AsyncIterator[str]) -> StreamingResponse:
    """A response that sends each text when it comes."""
    return StreamingResponse(texts, media_type="text/event-stream", headers=_HEADERS)


def sse(event: str, data: Mapping[str, Any], number: str = "") -> str:
    """One server-sent event."""
    begin = f"id: {number}\n" if number else ""
    return f"{begin}event: {event}\ndata: {dumped(data)}\n\n"


async def new_turn(run: Run) -> Response:
    """The events of a turn that has just begun; one that fails at once is a plain error."""
    batches = run.batches()  # before anything is awaited, so that no piece is missed
    first = await run.first(_FIRST_SECONDS)
    if first is not None and first.event == "error":
        return refusal(first.data["error"])
    return event_stream(_texts(run, batches))


def turn_after(run: Run, after: int) -> Response:
    """The events of a turn from after number `after` on."""
    return event_stream(_texts(run, run.batches(after)))


async def _texts(
    run: Run, batches: AsyncGenerator[Sequence[Message], None]
) -> AsyncGenerator[str, None]:
    async with aclosing(batches):
        async for batch in batches:  # what came together is sent together
            yield "".join(_text(run, message) for message in batch) or ": still here\n\n"


def _text(run: Run, message: Message) -> str:
    return sse(message.event, message.data, f"{run.id}.{message.number}")
