"""Ask the planner model for one plan, and make it into calls that can be trusted so far.

What the model wrote is read, its values are put into the form that the tools declare, and what
nobody has said is not called with: the model is told once, then the user is asked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dragoman.agents.grounding import ids_in, ungrounded
from dragoman.agents.native import native_tools, read_native, said_natively
from dragoman.agents.parts import Parts, counted
from dragoman.agents.plan_schema import ASK_USER, NOTHING, PASSAGES, plan_schema
from dragoman.agents.sending import sent
from dragoman.agents.state import ChatMessage
from dragoman.errors import EngineReplyError, EngineRunawayError
from dragoman.models import parse_constrained
from dragoman.tools import Call
from dragoman.tools.normalize import normalized
from dragoman.tools.registry import Registry

_PLAN_TOKENS = 320
_REPAIRS = 2
_UNREADABLE = "That was no plan. Plan again, shorter:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What one plan is asked from."""

    prompt: Sequence[ChatMessage]
    """Preamble, thread and the turn so far."""

    offered: Sequence[str]
    """Tools that may be called."""

    said: Sequence[str]
    """Everything that an id may be copied from."""

    question: str
    """The question as it is shown."""

    language: str
    """BCP-47 tag of the question."""

    today: date
    """What relative dates count from."""

    step: int
    """Planning step, from 1."""

    first_number: int
    """Number of the first call of this plan in its turn."""

    thread: str = ""
    """Key of the thread that the prompt's images belong to."""

    pictured: bool = False
    """Whether the planner is shown images. What it reads in them cannot be looked up in `said`, so
    it is not asked for again; such a turn is tainted (`dragoman.agents.taint`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One plan, checked."""

    thought: str = ""
    """What the planner thought."""

    calls: tuple[Call, ...] = ()
    """The calls, values normalized."""

    missing: tuple[str, ...] = ()
    """Arguments that the user must be asked for; then there are no calls."""

    needs: str = NOTHING
    """A tool, ``passages``, ``nothing`` or ``ask_user``."""

    said: str = '{"thought": "", "needs": "nothing", "calls": []}'
    """The plan as the transcript of the turn keeps it."""

    usage: Mapping[str, int] = field(default_factory=dict)
    """Token and call counts of the turn, this plan included."""

    seconds: float = 0.0
    """How long it took."""

    repairs: tuple[str, ...] = ()
    """What the model was told about attempts that could not be used."""


async def make_plan(parts: Parts, request: Request, usage: dict[str, int]) -> Plan:
    """The planner's next step.

    An unreadable reply is asked for again, at most twice in all; then what is known so far is
    answered from, and the review sees to the rest.
    """
    began = time.perf_counter()
    prompt = list(request.prompt)
    may_ask = True
    plan = Plan()
    for attempt in range(1 + _REPAIRS):
        reply, usage, refusal = await _reply(parts, request, prompt, usage, may_ask=may_ask)
        if reply is None:
            prompt += _again("…", refusal)
            continue
        plan = _read(reply, request, parts.registry)
        if parts.settings.planner_strategy == "native":
            plan = replace(plan, said=said_natively(reply))
        if plan.missing and attempt == 0 and _is_said_already(plan.missing, request):
            may_ask = False  # the id that it asks for stands in the question
            continue
        if not plan.calls and not plan.missing and plan.needs in request.offered and not attempt:
            prompt += _again(plan.said, f"The call of {plan.needs} is missing. Plan again:")
            continue
        fault = {} if request.pictured else _ungrounded(plan.calls, request, parts.registry)
        if not fault:
            break
        if attempt:
            plan = _without(plan, fault, parts.registry)
            break
        prompt += _again(plan.said, _correction(fault))
    repairs = tuple(entry["content"] for entry in prompt[len(request.prompt) + 1 :: 2])
    return replace(plan, usage=usage, seconds=time.perf_counter() - began, repairs=repairs)


async def _reply(
    parts: Parts,
    request: Request,
    prompt: Sequence[ChatMessage],
    usage: dict[str, int],
    *,
    may_ask: bool,
) -> tuple[dict[str, Any] | None, dict[str, int], str]:
    """The plan as it was written, or none and what the model is told about it."""
    native = parts.settings.planner_strategy == "native"
    tools = native_tools(parts.registry, request.offered, may_ask=may_ask) if native else []
    planner = (
        parts.engine.caller(tools, max_tokens=_PLAN_TOKENS)
        if native
        else parts.engine.planner(_schema(parts, request, may_ask), max_tokens=_PLAN_TOKENS)
    )
    try:
        message = await planner.ainvoke(
            await sent(
                prompt, parts.pictures, thread=request.thread, sees=parts.engine.planner_sees
            )
        )
    except EngineRunawayError:
        return None, usage, _UNREADABLE
    usage = counted(usage, message)
    if native:
        found = read_native(message, tools)
        return found.plan, usage, found.refusal
    try:
        return parse_constrained(message), usage, ""
    except EngineReplyError:
        return None, usage, _UNREADABLE


def _schema(parts: Parts, request: Request, may_ask: bool) -> dict[str, Any]:
    return plan_schema(
        parts.registry,
        request.offered,
        parts.settings.thought_characters,
        may_ask=may_ask,
        conditions=parts.plans_ahead,
    )


def _read(reply: Mapping[str, Any], request: Request, registry: Registry) -> Plan:
    needs = str(reply.get("needs", ""))
    written = [call for call in reply.get("calls", []) if isinstance(call, Mapping)]
    if needs in {PASSAGES, NOTHING}:
        written = []  # it has said that no tool is needed; what it wrote then is habit
    missing = [
        str(name)
        for call in written
        if call.get("tool") == ASK_USER
        for name in call.get("arguments", {}).get("missing", [])
    ]
    calls = [
        _call(call, place, request, registry)
        for place, call in enumerate(call for call in written if call.get("tool") != ASK_USER)
    ]
    return Plan(
        thought=str(reply.get("thought", "")),
        needs=needs,
        calls=() if missing else tuple(calls),
        missing=tuple(dict.fromkeys(missing)),
        said=json.dumps(reply, ensure_ascii=False),
    )


def _call(written: Mapping[str, Any], place: int, request: Request, registry: Registry) -> Call:
    name, arguments = str(written["tool"]), dict(written.get("arguments") or {})
    given: dict[str, Any] = {}
    if name in registry:
        tool = registry.get(name)
        made = normalized(tool, arguments, language=request.language, today=request.today)
        given = {key: value for key, value in arguments.items() if made[key] != value}
        arguments = made
    return Call(
        id=f"{request.step}.{place}",
        number=request.first_number + place,
        tool=name,
        arguments=arguments,
        when=str(written.get("when") or ""),
        given=given,
    )


def _ungrounded(
    calls: Sequence[Call], request: Request, registry: Registry
) -> dict[str, tuple[Call, list[str]]]:
    """For each call's id: the call and the arguments that hold what nobody has said."""
    found = {}
    for call in calls:
        if call.tool in registry:
            names = ungrounded(registry.get(call.tool), call.arguments, request.said)
            if names:
                found[call.id] = (call, names)
    return found


def _correction(fault: Mapping[str, tuple[Call, list[str]]]) -> str:
    wrong = "; ".join(
        f"{name} = {json.dumps(call.arguments[name], ensure_ascii=False)}"
        for call, names in fault.values()
        for name in names
    )
    return (
        f"Nobody has said {wrong}. Copy it from the question or a result, get it with another "
        "tool first, or use ask_user. Plan again:"
    )


def _without(plan: Plan, fault: Mapping[str, tuple[Call, list[str]]], registry: Registry) -> Plan:
    """The plan with invented values taken out: optional ones dropped, required ones asked for."""
    calls: list[Call] = []
    missing: list[str] = []
    for call in plan.calls:
        names = fault[call.id][1] if call.id in fault else []
        required = set(registry.get(call.tool).schema.get("required", ())) if names else set()
        missing += [name for name in names if name in required]
        kept = {name: value for name, value in call.arguments.items() if name not in names}
        calls.append(replace(call, arguments=kept))
    if missing:
        return replace(plan, calls=(), missing=tuple(dict.fromkeys(missing)))
    return replace(plan, calls=tuple(calls))


def _is_said_already(missing: Sequence[str], request: Request) -> bool:
    """Whether only ids are asked for although the question holds one."""
    return bool(ids_in(request.question)) and all(
        name.endswith(("id", "number", "code", "no", "email")) for name in missing
    )


def _again(said: str, correction: str) -> list[ChatMessage]:
    return [
        ChatMessage(role="assistant", content=said),
        ChatMessage(role="user", content=correction),
    ]
