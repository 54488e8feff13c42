"""A server in the test's own process, and its streams as a client reads them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from dragoman.serving.http.service import Service
from dragoman.testing import ScriptedModel

ADDRESS = "http://127.0.0.1:8760"
PLAN = {"thought": "", "calls": []}
"""A plan that ends the planning."""


@dataclass(frozen=True)
class Event:
    """One server-sent event, as a client reads it."""

    id: str
    event: str
    data: Any


def events(text: str) -> list[Event]:
    """The events in a stream's text; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if "data" in fields:
            data = fields["data"]
            data = data if data == "[DONE]" else json.loads(data)
            found.append(Event(fields.get("id", ""), fields.get("event", ""), data))
    return found


@dataclass
class Server:
    """A server in this process, with a client that calls it."""

    client: httpx.AsyncClient
    service: Service
    app: Any

    async def ask(self, thread: str, text: str, **fields: Any) -> list[Event]:
        """Ask in a thread; the events of the turn."""
        reply = await self.client.post(
            f"/api/threads/{thread}/turns", json={"text": text, **fields}
        )
        assert reply.status_code == 200, reply.text
        return events(reply.text)


class GatedModel(ScriptedModel):
    """Writes its first sentence, and the second one when the gate is open."""

    chunk_characters: int = 17
    _gate: threading.Event = PrivateAttr(default_factory=threading.Event)
    _waiting: threading.Event = PrivateAttr(default_factory=threading.Event)

    def open(self) -> None:
        self._gate.set()

    async def reached(self) -> None:
        """Until somebody waits at the gate."""
        assert await asyncio.to_thread(self._waiting.wait, 10)

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        async for chunk in super()._astream(*args, **kwargs):
            yield chunk
            if chunk.text == WRITTEN[:17]:
                self._waiting.set()
                while not self._gate.is_set():  # noqa: ASYNC110 - set from another loop
                    await asyncio.sleep(0.002)


WRITTEN = "Nothing is lost. It goes on."
"""What a `GatedModel` writes."""


def gated(turns: int = 1) -> GatedModel:
    """A model that stops at its gate in the first turn; the writing may be begun twice."""
    return GatedModel([PLAN, WRITTEN, *[PLAN, WRITTEN] * (turns - 1)])
