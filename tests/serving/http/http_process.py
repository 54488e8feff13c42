"""A server in a process of its own, whose model repeats the number in the question.

    python http_process.py HOME GRACE_SECONDS PAUSE_SECONDS

The address is the first line of standard output.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from dragoman.agents.deployment import Deployment
from dragoman.serving.http.app import create_app
from dragoman.serving.http.running import bind, serve
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

USAGE = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}


class Repeating(ScriptedModel):
    """Says the number in the question, and goes on after a pause."""

    pause: float = 0.0

    async def _agenerate(self, *_: Any, **__: Any) -> ChatResult:
        plan = json.dumps({"thought": "", "calls": []})
        message = AIMessage(content=plan, response_metadata={"finish_reason": "stop"})
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self, messages: Any, *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        number = re.findall(r"\d{4}", messages[-1].text)[-1]
        yield ChatGenerationChunk(message=AIMessageChunk(content=f"Parcel {number} is found. "))
        await asyncio.sleep(self.pause)
        last = AIMessageChunk(
            content="It arrives soon.",
            chunk_position="last",
            usage_metadata=USAGE,
            response_metadata={"finish_reason": "stop"},
        )
        yield ChatGenerationChunk(message=last)


if __name__ == "__main__":
    home, grace, pause = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    settings = Settings(home=home, serve_grace_seconds=grace)
    with (
        Deployment(settings=settings, engine=Repeating(pause=pause)) as deployment,
        bind("127.0.0.1", 0) as listening,
    ):
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        serve(create_app(deployment, open_to_all=True), listening)
