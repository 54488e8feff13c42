"""Write the answer in the asker's language, from passages and results, as a stream."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any, cast

from langchain_core.messages import AIMessageChunk
from langgraph.runtime import Runtime

from dragoman.agents.events import TokenEvent
from dragoman.agents.parts import Parts, counted
from dragoman.agents.pictures import earlier
from dragoman.agents.plan import SEARCH
from dragoman.agents.prompts.spotlight import Unquoting
from dragoman.agents.prompts.writing import ROLE, with_facts, writing_request
from dragoman.agents.sending import sent
from dragoman.agents.state import ChatMessage, TurnState, calls_of, passages_of
from dragoman.errors import EngineRunawayError
from dragoman.languages import StreamGuard, profile
from dragoman.memory import Passage

_HELD = 80
"""Characters after which a text without sentence ends is shown, too."""


async def answer(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `draft` and, when it left the language midway, `drift`.

    The first sentence is held back until the guard has seen it, so that a reader is not shown the
    wrong language; later drift ends the writing at once instead of after the last token.
    """
    parts = runtime.context
    # Greedy: the answer is a report of what stands there, and the presence penalty that the model
    # cards advise for conversation makes small models mix languages (the cards say so themselves).
    writer = parts.engine.writer(max_tokens=parts.settings.answer_tokens, temperature=0.0).bind(
        presence_penalty=0.0
    )
    guard = StreamGuard(state["language"], ignore=sources(state))
    ends = profile(state["language"]).sentence_ends
    unquoting = Unquoting()
    whole = AIMessageChunk(content="")
    held, drift = "", ""
    released = False
    messages = await sent(
        prompt(state), parts.pictures, thread=state["thread"], sees=parts.engine.sees
    )
    stream = writer.astream(messages)
    try:
        async with aclosing(cast("Any", stream)) as chunks:
            async for chunk in chunks:
                whole = cast("AIMessageChunk", whole + chunk)
                if (verdict := guard.feed(chunk.text)) is not None:
                    drift = verdict.problem
                    break
                held += unquoting.feed(chunk.text)
                released = released or len(held) > _HELD or any(end in held for end in ends)
                if released and held:
                    runtime.stream_writer(TokenEvent(text=held))
                    held = ""
    except EngineRunawayError:
        drift = "runaway"
    held += unquoting.rest()
    if held and not drift:
        runtime.stream_writer(TokenEvent(text=held))
    return {
        "draft": await parts.privacy.masked(whole.text.strip()),
        "drift": drift,
        "usage": counted(state.get("usage", {}), whole),
    }


def prompt(state: TurnState) -> list[ChatMessage]:
    """The writer's prompt: a short role, the thread, then all the evidence and the question."""
    request = writing_request(
        state["shown"],
        passages=shown_passages(state),
        calls=calls_of(state.get("calls", [])),
        instruction=profile(state["language"]).answer_instruction,
        notes=state["view"]["notes"],
        evidence=state.get("evidence", {}).get("shown", ""),
        stopped=bool(state.get("stopped")),
        language=state["language"],
    )
    request = with_facts(request, state.get("facts", []))
    words = " ".join(part for part in (state.get("persona", ""), ROLE) if part)
    role = ChatMessage(role="system", content=words)
    asked = ChatMessage(role="user", content=request)
    if images := state.get("images"):
        asked["images"] = images
    return [role, *earlier(state["history"]), asked]


def shown_passages(state: TurnState) -> list[Passage]:
    """The passages that the writer sees.

    None when tools gave results and no plan named the passages: what was found for the question's
    words beside a result only leads a small model away from it. Search results name theirs.
    """
    calls = calls_of(state.get("calls", []))
    from_tools = any(not call.error and call.tool != SEARCH for call in calls)
    searched = any(call.tool == SEARCH for call in calls)
    if from_tools and not searched and not state.get("needs_passages", True):
        return []
    return passages_of(state)


def sources(state: TurnState) -> list[str]:
    """Texts that the answer may quote although they are in other languages."""
    return [
        state["shown"],
        *state.get("facts", []),
        *(passage.text for passage in passages_of(state)),
        *(call.observation() for call in calls_of(state.get("calls", []))),
    ]
