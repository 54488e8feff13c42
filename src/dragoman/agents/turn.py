"""Run one turn through the graph: begin it, resume it after a crash, or after a person's word."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from dragoman.agents.events import AnswerEvent, ApprovalEvent, ErrorEvent, Event
from dragoman.agents.history import history
from dragoman.agents.result import Answer, ApprovalRequest, Citation, Decision, Review, Usage
from dragoman.agents.session import Session
from dragoman.agents.state import TurnState, calls_of, passages_of
from dragoman.agents.storage import checkpoint_id
from dragoman.agents.taint import tainted_answers
from dragoman.agents.transcript import Turn
from dragoman.errors import (
    DragomanError,
    InvalidInputError,
    ThreadBusyError,
    ThreadNotFoundError,
)
from dragoman.tools.registry import Registry

Emit = Callable[[Event], None]


async def ask(
    session: Session, *, key: str, question: str, language: str, user: str, emit: Emit
) -> Answer:
    """Ask `question` in the thread `key` (``<tenant>/<thread>``).

    Args:
        session: The assistant's open resources.
        key: The thread.
        question: A checked, non-empty text.
        language: Reply language that is demanded, or empty.
        user: Who is asking, or empty.
        emit: Takes each event as it happens.

    Raises:
        ThreadBusyError: the thread waits for a person's decision.
    """
    transcript = session.parts.transcript
    turns = await transcript.turns(key)
    if turns and turns[-1].status == "waiting":
        raise ThreadBusyError(
            "The thread waits for a decision on a tool call.",
            cure="Decide first: Assistant.decide(thread=…, decisions=…).",
        )
    if turns and turns[-1].status == "running":
        await transcript.mark(turns[-1].id, "interrupted")
    turn = uuid.uuid4().hex
    await transcript.begin(key, turn, question)
    if turns and turns[-1].status != "done":  # from here on nothing can resume it
        await session.storage.saver.adelete_thread(checkpoint_id(key, turns[-1].id))
    done = [earlier for earlier in turns if earlier.status == "done"]
    earlier_turns = history(turns, tokens=session.parts.engine.context_tokens // 4)
    state = TurnState(
        thread=key,
        turn=turn,
        user=user,
        question=question,
        asked_language=language,
        thread_language=done[-1].record.get("thread_language", {}) if done else {},
        history=earlier_turns,
        tainted_answers=tainted_answers(turns, earlier_turns),
    )
    return await _run(session, turn, key, state, emit)


async def resume(session: Session, *, key: str, emit: Emit) -> Answer:
    """Go on with the turn that a crash or a failure cut off, from its last checkpoint.

    Raises:
        ThreadNotFoundError: the thread's last turn is not unfinished.
    """
    turn = await _last(session, key, {"running", "interrupted", "failed", "cancelled"})
    await session.parts.transcript.mark(turn.id, "running")
    return await _run(session, turn.id, key, None, emit)


async def decide(
    session: Session, *, key: str, decisions: Mapping[str, Decision], emit: Emit
) -> Answer:
    """Go on with the turn that waits for a person.

    Args:
        session: The assistant's open resources.
        key: The thread.
        decisions: For each call id of the approval request, what was decided.
        emit: Takes each event as it happens.

    Raises:
        ThreadNotFoundError: nothing waits there.
        InvalidInputError: a decision is missing.
    """
    turn = await _last(session, key, {"waiting"})
    snapshot = await session.graph.aget_state(_config(key, turn.id))
    asked = {call["id"] for item in snapshot.interrupts for call in item.value["calls"]}
    if missing := sorted(asked - decisions.keys()):
        raise InvalidInputError(
            f"There is no decision on {', '.join(missing)}.", cure="Decide on every call."
        )
    await session.parts.transcript.mark(turn.id, "running")
    word = {
        call_id: {
            "approve": decision.approve,
            "arguments": decision.arguments,
            "reason": decision.reason,
        }
        for call_id, decision in decisions.items()
    }
    return await _run(session, turn.id, key, Command(resume=word), emit)


async def _run(
    session: Session,
    turn: str,
    key: str,
    start: TurnState | Command[Any] | None,
    emit: Emit,
) -> Answer:
    began = time.perf_counter()
    config = _config(key, turn)
    transcript = session.parts.transcript
    try:
        async for event in session.graph.astream(
            start, config, context=session.parts, stream_mode="custom", durability="sync"
        ):
            emit(cast("Event", event))
        snapshot = await session.graph.aget_state(config)
    except asyncio.CancelledError:
        await asyncio.shield(transcript.mark(turn, "cancelled"))
        raise
    except DragomanError as error:
        await transcript.mark(turn, "failed")
        emit(ErrorEvent(error=error.as_dict()))
        raise
    except Exception as error:
        # Our own bug, or a foreign chat model's error: the turn must not look as if it still ran.
        await transcript.mark(turn, "failed")
        unexpected = DragomanError(f"The turn failed: {str(error) or type(error).__name__}")
        emit(ErrorEvent(error=unexpected.as_dict()))
        raise
    state = cast("TurnState", snapshot.values)
    if snapshot.next:
        return await _waiting(session, turn, key, snapshot.interrupts, emit)
    answer = _answer(state, thread=_short(key), seconds=time.perf_counter() - began)
    await session.storage.saver.adelete_thread(checkpoint_id(key, turn))
    emit(AnswerEvent(answer=answer))
    return answer


async def _waiting(
    session: Session, turn: str, key: str, interrupts: tuple[Any, ...], emit: Emit
) -> Answer:
    await session.parts.transcript.mark(turn, "waiting")
    requests = _requests(interrupts, session.parts.registry)
    emit(ApprovalEvent(requests=requests, thread=_short(key)))
    return Answer(text="", language="", thread=_short(key), pending=requests)


def _requests(interrupts: tuple[Any, ...], registry: Registry) -> tuple[ApprovalRequest, ...]:
    return tuple(
        ApprovalRequest(
            call=call,
            description=registry.get(call.tool).description,
            reason=item.value["reasons"].get(call.id, ""),
            outside=tuple(item.value["outside"]),
        )
        for item in interrupts
        for call in calls_of(item.value["calls"])
    )


def _answer(state: TurnState, *, thread: str, seconds: float) -> Answer:
    passages = passages_of(state)
    review = state["review"]
    return Answer(
        text=state["answer"],
        language=state["language"],
        citations=tuple(
            Citation(
                number=found["number"],
                passage=passages[found["number"] - 1],
                quote=found["quote"],
                marked=found["marked"],
            )
            for found in state["citations"]
        ),
        calls=tuple(calls_of(state.get("calls", []))),
        usage=Usage(**state.get("usage", {}), seconds=seconds),
        thread=thread,
        passages=tuple(passages),
        review=Review(**{**review, "removed_citations": tuple(review["removed_citations"])}),
    )


async def _last(session: Session, key: str, statuses: set[str]) -> Turn:
    turns = await session.parts.transcript.turns(key)
    if not turns or turns[-1].status not in statuses:
        raise ThreadNotFoundError(
            f"The thread {_short(key)!r} has nothing to go on with.",
            cure="Ask a question in it; `dragoman threads list` shows the threads.",
        )
    return turns[-1]


def _config(key: str, turn: str) -> RunnableConfig:
    return {"configurable": {"thread_id": checkpoint_id(key, turn)}, "recursion_limit": 100}


def _short(key: str) -> str:
    return key.split("/", 1)[1]
