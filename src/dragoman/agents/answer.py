"""Write the answer in the asker's language, from passages and results, as a stream."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.messages import AIMessageChunk
from langgraph.runtime import Runtime

from dragoman.agents.events import TokenEvent
from dragoman.agents.parts import Parts, counted
from dragoman.agents.prompts.writing import writing_request
from dragoman.agents.state import ChatMessage, TurnState, calls_of, passages_of
from dragoman.languages import profile


async def answer(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `draft`; its pieces are streamed as they come."""
    parts = runtime.context
    writer = parts.engine.writer(max_tokens=parts.settings.answer_tokens)
    whole = AIMessageChunk(content="")
    async for chunk in writer.astream([dict(entry) for entry in prompt(state, parts)]):
        whole = cast("AIMessageChunk", whole + chunk)
        if chunk.text:
            runtime.stream_writer(TokenEvent(text=chunk.text))
    return {"draft": whole.text.strip(), "usage": counted(state.get("usage", {}), whole)}


def prompt(state: TurnState, parts: Parts) -> list[ChatMessage]:
    """The writer's prompt: the same beginning as the planner's, then all the evidence."""
    request = writing_request(
        state["shown"],
        passages=passages_of(state),
        calls=calls_of(state.get("calls", [])),
        instruction=profile(state["language"]).answer_instruction,
        notes=state["view"]["notes"],
    )
    return [*parts.preamble, *state["history"], ChatMessage(role="user", content=request)]
