"""Answers that no model writes: a question back to the user, small talk, a plain sum."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.events import TokenEvent
from dragoman.agents.parts import Parts
from dragoman.agents.state import TurnState
from dragoman.languages.fields import ask_for


async def ask_user(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Ask for what is missing, politely and in the language, by its own names for things."""
    return said(ask_for(state["missing"], state["language"]), runtime)


async def at_once(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Say what `understand` knew to say."""
    return said(state["at_once"], runtime)


def said(text: str, runtime: Runtime[Parts]) -> dict[str, Any]:
    """The state after a turn that ends with `text`, which is shown at once."""
    runtime.stream_writer(TokenEvent(text=text))
    return {
        "answer": text,
        "citations": [],
        "review": {"problem": "", "rewritten": False, "templated": False, "removed_citations": ()},
    }
