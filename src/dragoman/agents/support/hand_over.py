"""The nodes around a person: who has the conversation, when it goes to somebody, what is said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any, cast

from langgraph.runtime import Runtime

from dragoman.agents.events import RewriteEvent, TokenEvent
from dragoman.agents.parts import Parts
from dragoman.agents.state import TurnState
from dragoman.agents.support import notices
from dragoman.agents.support.handoff import HandOff, Reason
from dragoman.agents.support.stuck import reason_of
from dragoman.agents.support.summary import summary_of
from dragoman.agents.support.words import reason_in

_NO_REVIEW = {"problem": "", "rewritten": False, "templated": False, "removed_citations": ()}


async def person_for(
    state: TurnState, parts: Parts, *, shown: str, tags: Iterable[str]
) -> dict[str, Any]:
    """What the state has to know about people before anything else is done about a message.

    `to_person` names the hand-off that the thread is in, or why one begins with this message.

    Args:
        state: The turn, as it begins.
        parts: The assistant's parts.
        shown: The message.
        tags: BCP-47 tags of the languages that it may be in.
    """
    held = await parts.hand_offs.current(state["thread"])
    if held is not None:
        return {"to_person": {"held": held.id, "reason": held.reason}}
    if (support := parts.spec.support) is None:
        return {}
    rules = support.hand_off
    found: dict[str, Any] = {
        "hand_off_rules": {"stuck": rules.stuck, "low_confidence": rules.low_confidence}
    }
    reason = reason_in(shown, tags)
    if reason and getattr(rules, reason):
        found["to_person"] = {"held": "", "reason": reason}
    return found


def after_reply(state: TurnState) -> str:
    """Edge: to a person, when the answer shows that one is needed, else to the end."""
    return "remember" if reason_of(state) is None else "hand_off"


async def hand_off(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Give the conversation to a person, or add to what waits for the one who has it.

    The customer is told at once; the summary for the staff is written after that.
    """
    parts = runtime.context
    asked = state.get("to_person")
    now = parts.now()
    at = now.astimezone(UTC).isoformat(timespec="milliseconds")
    tag = state["language"]
    if asked and asked["held"]:
        await parts.hand_offs.add(asked["held"], turn=state["turn"], text=state["question"], at=at)
        handed = {"id": asked["held"], "reason": asked["reason"], "queued": True, "opens_at": ""}
        return {**_said(notices.queued(tag), runtime), **_ended(handed)}
    reason = cast("Reason", asked["reason"]) if asked else reason_of(state) or "stuck"
    support = parts.spec.support
    market = support.market(tag) if support else None
    opening = market.opening(now) if market else None
    notice = notices.handed_over(tag, opening)
    said = _held_back(notice, runtime) if reason == "low_confidence" else {}
    said = said or _said(notice, runtime, after=state.get("answer", "") if not asked else "")
    staff_language = support.staff_language if support else "en"
    id_ = await parts.hand_offs.open(
        HandOff(
            id="",
            thread=state["thread"],
            turn=state["turn"],
            agent=parts.spec.name,
            reason=reason,
            language=tag,
            staff_language=staff_language,
            summary="",
            draft=state.get("draft", "") if reason == "low_confidence" else "",
            status="open",
            person="",
            opened_at=at,
            taken_at="",
            closed_at="",
        ),
        state["question"],
        privacy=(parts.spec.privacy or parts.settings.privacy).model_dump_json(),
    )
    summary, usage = await summary_of(state, parts, staff_language)
    await parts.hand_offs.summarize(id_, summary)
    handed = {
        "id": id_,
        "reason": reason,
        "queued": False,
        "opens_at": opening.at.isoformat(timespec="minutes") if opening else "",
    }
    return {**said, **_ended(handed), "usage": usage}


def _ended(handed: dict[str, Any]) -> dict[str, Any]:
    return {"outcome": "handed_off", "handed": handed}


def _held_back(notice: str, runtime: Runtime[Parts]) -> dict[str, Any]:
    """The notice in the place of an answer that nobody should rely on."""
    runtime.stream_writer(RewriteEvent(problem="unsupported"))
    return _said(notice, runtime)


def _said(notice: str, runtime: Runtime[Parts], *, after: str = "") -> dict[str, Any]:
    """The state after a turn that ends with `notice`, after the answer that it had so far."""
    if after:
        runtime.stream_writer(TokenEvent(text=f"\n\n{notice}"))
        return {"answer": f"{after}\n\n{notice}"}
    runtime.stream_writer(TokenEvent(text=notice))
    return {"answer": notice, "citations": [], "review": _NO_REVIEW}
