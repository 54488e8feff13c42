"""First node: clean the text, find its language, hold the thread's language steady."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.events import LanguageEvent
from dragoman.agents.parts import Parts
from dragoman.agents.state import TurnState
from dragoman.languages import FAMILIES, UNDETERMINED, Detection, clean, detect, resolve_tag


async def understand(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `shown`, `language` and `family`; the raw question stays as it is."""
    text = clean(state["question"])
    found = _language(state, text.checked, runtime.context.settings.language)
    runtime.stream_writer(LanguageEvent(detection=found))
    return {"shown": text.shown.strip(), "language": found.tag, "family": found.family}


def _language(state: TurnState, checked: str, default: str) -> Detection:
    """The reply's language: demanded, else detected in its thread, else the default."""
    found = detect(checked, thread=state["thread_language"] or None)
    tag = state["asked_language"]
    if not tag and found.tag == UNDETERMINED:
        tag = state["thread_language"] or default
    if not tag:
        return found
    tag = resolve_tag(tag)
    return replace(found, tag=tag, family=FAMILIES[tag])
