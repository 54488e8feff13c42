"""First node: clean the text, find its language, hold the thread's language steady."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.events import LanguageEvent
from dragoman.agents.parts import Parts
from dragoman.agents.small_talk import reply_at_once
from dragoman.agents.state import TurnState
from dragoman.languages import (
    FAMILIES,
    ThreadLanguage,
    clean,
    detect,
    resolve_tag,
    steady,
    without_isolates,
)
from dragoman.languages.text import without_template_tokens


async def understand(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Set `shown`, `language` and `family`; the raw question stays as it is.

    One message in another language does not turn a thread; two clear ones in a row do.
    """
    text = clean(state["question"])
    before = ThreadLanguage.from_dict(state["thread_language"])
    found = detect(text.checked, thread=before.tag or None)
    after = steady(before, found)
    demanded = state["asked_language"]
    spec = runtime.context.spec
    tag = spec.reply_language(
        resolve_tag(demanded or after.tag or runtime.context.settings.language)
    )
    # An id that is copied from an answer brings its isolate marks, which no tool expects.
    shown = without_template_tokens(without_isolates(text.shown)).strip()
    settings = runtime.context.settings
    asked_plainly = settings.small_talk and not state.get("images")
    reply = reply_at_once(shown, tag, registry=runtime.context.registry) if asked_plainly else ""
    if runtime.context.faq is not None and not state.get("images"):
        reply = runtime.context.faq.answer(shown, tag) or reply
    runtime.stream_writer(LanguageEvent(detection=replace(found, tag=tag, family=FAMILIES[tag])))
    return {
        "shown": shown,
        "at_once": reply,
        "language": tag,
        "family": FAMILIES[tag],
        "persona": spec.persona_in(tag),
        "thread_language": after.as_dict(),
    }
