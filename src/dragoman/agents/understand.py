"""First node: clean the text, find its language, hold the thread's language steady."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.events import LanguageEvent
from dragoman.agents.parts import Parts
from dragoman.agents.small_talk import reply_at_once
from dragoman.agents.spec import AgentSpec
from dragoman.agents.state import TurnState
from dragoman.agents.support.hand_over import person_for
from dragoman.agents.support.notices import not_offered
from dragoman.languages import (
    FAMILIES,
    Detection,
    ThreadLanguage,
    clean,
    detect,
    resolve_tag,
    steady,
    without_isolates,
)
from dragoman.languages.text import without_template_tokens

_SURE = 0.7
"""Probability from which a language counts as the one that somebody writes."""


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
    person = await person_for(state, runtime.context, shown=shown, tags=[found.tag, after.tag, tag])
    courtesy = ""
    if not person.get("to_person") and _is_new_and_not_offered(before, after, found, spec):
        courtesy = not_offered(after.tag, spec.languages)
    runtime.stream_writer(LanguageEvent(detection=replace(found, tag=tag, family=FAMILIES[tag])))
    return {
        "shown": shown,
        "at_once": reply,
        "language": tag,
        "family": FAMILIES[tag],
        "persona": spec.persona_in(tag),
        "thread_language": after.as_dict(),
        "courtesy": courtesy,
        **person,
    }


def _is_new_and_not_offered(
    before: ThreadLanguage, after: ThreadLanguage, found: Detection, spec: AgentSpec
) -> bool:
    """Whether the thread has just turned to a language that the agent does not answer in.

    Said once, and only where the language is sure: a name of a product is no language.
    """
    is_new = after.tag == found.tag != before.tag and found.confidence >= _SURE
    return is_new and not spec.offers(after.tag)
