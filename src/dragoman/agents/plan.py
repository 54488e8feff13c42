"""Decide what to do next: a constrained plan from the model, never trusted further than needed."""

from __future__ import annotations

import unicodedata
from typing import Any

from langgraph.runtime import Runtime

from dragoman.agents.budget import exhausted
from dragoman.agents.events import PlanEvent
from dragoman.agents.grounding import ids_in
from dragoman.agents.parts import Parts
from dragoman.agents.pictures import earlier, pictured
from dragoman.agents.plan_schema import PASSAGES
from dragoman.agents.planner import Request, make_plan
from dragoman.agents.prompts.preamble import planning_request
from dragoman.agents.recall import outline
from dragoman.agents.references import next_wave
from dragoman.agents.repetition import is_repeated
from dragoman.agents.state import ChatMessage, TurnState, calls_of, passages_of, plain
from dragoman.languages.dates import find_dates

SEARCH, CALCULATOR, READ_RESULT = "search_documents", "calculator", "read_result"
"""Built-in tools that are offered only when there is something for them to do."""


async def plan(state: TurnState, runtime: Runtime[Parts]) -> dict[str, Any]:
    """Ask the planner for one step.

    Sets `planned` to the calls that can run now and `deferred` to those that wait for their
    results; both are empty when nothing is left to call. `missing` names what the user must be
    asked for, `stopped` the budget that is used up.
    """
    parts = runtime.context
    step = state.get("step", 0) + 1
    if stopped := exhausted(state, parts.settings):
        return {"planned": [], "deferred": [], "stopped": stopped}
    shortlist = state.get("shortlist") or await parts.shortlist.names(state["shown"])
    messages = state.get("messages") or [_request(state, parts, shortlist)]
    done = calls_of(state.get("calls", []))
    offered = _offered(parts, state, shortlist)
    request = Request(
        prompt=[*parts.preamble, *earlier(state["history"]), *messages],
        thread=state["thread"],
        pictured=pictured(state) and parts.engine.planner_sees,
        offered=offered,
        said=said_so_far(state),
        question=state["shown"],
        language=state["language"],
        today=parts.today(),
        step=step,
        first_number=len(done) + 1,
    )
    before = state.get("usage", {})
    made = await make_plan(parts, request, before)
    calls = [call for call in made.calls if not is_repeated(call, done, parts.registry)]
    ready, waiting = next_wave(calls, done)
    runtime.stream_writer(
        PlanEvent(
            thought=made.thought,
            needs=made.needs,
            calls=tuple(calls),
            missing=made.missing,
            seconds=made.seconds,
            repairs=made.repairs,
            usage={name: n - before.get(name, 0) for name, n in made.usage.items()},
        )
    )
    return {
        "step": step,
        "shortlist": list(shortlist),
        "messages": [*messages, ChatMessage(role="assistant", content=made.said)],
        "planned": plain(ready),
        "deferred": plain(waiting),
        "missing": list(made.missing),
        "needs_passages": state.get("needs_passages", False) or made.needs == PASSAGES,
        "usage": dict(made.usage),
        "worked": state.get("worked", 0.0) + made.seconds,
    }


def said_so_far(state: TurnState) -> list[str]:
    """Everything that an argument may be copied from: the thread, the passages, the results."""
    return [
        state["shown"],
        *(message["content"] for message in state["history"]),
        *(f"{passage.title}\n{passage.text}" for passage in passages_of(state)),
        *(call.observation() for call in calls_of(state.get("calls", []))),
    ]


def person_said(state: TurnState) -> str:
    """What the person wrote in this thread, and nobody else."""
    asked = [entry["content"] for entry in state["history"] if entry["role"] == "user"]
    return "\n".join([*asked, state["shown"]])


def _request(state: TurnState, parts: Parts, shortlist: list[str]) -> ChatMessage:
    today = parts.today()
    days = find_dates(state["shown"], state["language"], today=today)
    request = ChatMessage(
        role="user",
        content=planning_request(
            state["shown"],
            outline(passages_of(state)) if parts.reads_passages else None,
            today=today,
            dates={named.text: named.day for named in days},
            tools="" if parts.lists_tools else parts.registry.render(shortlist),
        ),
    )
    if images := state.get("images"):
        request["images"] = images
    return request


def _offered(parts: Parts, state: TurnState, shortlist: list[str]) -> list[str]:
    """Tools that may be called now.

    The question itself was searched for in `recall`. Offering the search again at once makes
    small models repeat it in nearly every turn, so it is offered when nothing was found, or later,
    when a result has given something new to search for. The calculator needs figures: a question
    about a price that holds none (三 counts as one, the 300 of RC-300 does not) is a question for
    the passages. Only a result that was cut has more to read.
    """
    calls = state.get("calls", [])
    first = not calls
    withheld = set()
    if not any(call.get("handle") for call in calls):
        withheld.add(READ_RESULT)
    if first and state.get("passages"):
        withheld.add(SEARCH)
    if first and not pictured(state) and not _has_figures(state["shown"]):
        withheld.add(CALCULATOR)
    names = shortlist
    if READ_RESULT in parts.registry and READ_RESULT not in shortlist:
        names = [*shortlist, READ_RESULT]
    return [name for name in names if name not in withheld]


def _has_figures(text: str) -> bool:
    shown = unicodedata.normalize("NFKC", text)
    for found in ids_in(shown):
        shown = shown.replace(found, " ")
    return any(character.isnumeric() for character in shown)
