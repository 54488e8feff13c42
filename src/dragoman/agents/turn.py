"""Run one turn through the graph: begin it, resume it after a crash, or after a person's word."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot

from dragoman.agents.events import AnswerEvent, ApprovalEvent, ErrorEvent, Event
from dragoman.agents.history import history
from dragoman.agents.privacy.border import guarded, masked_question
from dragoman.agents.result import Answer, Citation, Decision, Review, Usage
from dragoman.agents.session import Session
from dragoman.agents.state import TurnState, calls_of, passages_of
from dragoman.agents.storage import checkpoint_id
from dragoman.agents.support.handoff import HandedOff
from dragoman.agents.support.stuck import before
from dragoman.agents.taint import tainted_answers
from dragoman.agents.transcript import Turn
from dragoman.agents.waiting import (
    awaiting,
    check_decisions,
    expiry,
    pending,
    requests_of,
    waiting_record,
    word,
)
from dragoman.errors import (
    DragomanError,
    OtherAgentError,
    ThreadBusyError,
    ThreadNotFoundError,
)
from dragoman.models.images import require_vision

Emit = Callable[[Event], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question as it was asked, checked."""

    thread: str
    """The thread's key, ``<tenant>/<thread>``."""

    question: str
    """A non-empty text."""

    language: str
    """Reply language that is demanded, or empty."""

    user: str
    """Who is asking, or empty."""

    groups: tuple[str, ...] | None = None
    """Groups of who is asking, which say what documents are read; None for all of them."""

    images: Sequence[bytes] = ()
    """Images that go with the question."""


async def ask(session: Session, asked: Asked, *, emit: Emit) -> Answer:
    """Ask a question in its thread.

    Args:
        session: The assistant's open resources.
        asked: The question.
        emit: Takes each event as it happens.

    Raises:
        ThreadBusyError: the thread waits for a person's decision.
        UnsupportedFeatureError: there are images, and the engine has no vision.
    """
    key, images = asked.thread, asked.images
    session, emit = await guarded(session, key, emit)
    question = await masked_question(session, asked.question)
    if images:
        require_vision(session.parts.engine)
    transcript = session.parts.transcript
    turns = await transcript.turns(key)
    if turns and turns[-1].status == "waiting":
        await _give_up_waiting(session, key, turns[-1])
        turns = await transcript.turns(key)
    if turns and turns[-1].status == "running":
        await transcript.mark(turns[-1].id, "interrupted")
    turn = uuid.uuid4().hex
    names = await session.parts.pictures.keep(key, images)
    await transcript.begin(key, turn, question, agent=session.parts.spec.name)
    if turns and turns[-1].status != "done":  # from here on nothing can resume it
        await session.storage.saver.adelete_thread(checkpoint_id(key, turns[-1].id))
    done = [earlier for earlier in turns if earlier.status == "done"]
    engine = session.parts.engine
    earlier_turns = history(turns, tokens=engine.context_tokens // 4, sees=engine.sees)
    state = TurnState(
        thread=key,
        turn=turn,
        user=asked.user,
        groups=None if asked.groups is None else list(asked.groups),
        question=question,
        images=names,
        asked_language=asked.language,
        thread_language=done[-1].record.get("thread_language", {}) if done else {},
        history=earlier_turns,
        before=before(turns),
        tainted_answers=tainted_answers(turns, earlier_turns),
    )
    return await _run(session, turn, key, state, emit)


async def resume(session: Session, *, key: str, emit: Emit) -> Answer:
    """Go on with the turn that a crash or a failure cut off, from its last checkpoint.

    Raises:
        ThreadNotFoundError: the thread's last turn is not unfinished.
        OtherAgentError: it is another agent's.
    """
    session, emit = await guarded(session, key, emit)
    turn = await _last(session, key, {"running", "interrupted", "failed", "cancelled"})
    _require_own(session, turn)
    await session.parts.transcript.mark(turn.id, "running")
    return await _run(session, turn.id, key, None, emit)


async def decide(
    session: Session, *, key: str, decisions: Mapping[str, Decision], emit: Emit
) -> Answer:
    """Go on with the turn that waits for a person.

    Args:
        session: The assistant's open resources.
        key: The thread.
        decisions: For each call id of the approval request, what was decided. Of a call whose time
            is over, none counts: it is rejected.
        emit: Takes each event as it happens.

    Raises:
        ThreadNotFoundError: nothing waits there.
        OtherAgentError: it is another agent's turn, with other tools and rules.
        InvalidInputError: a decision is missing, or the call cannot be run with these arguments;
            it still waits.
    """
    session, emit = await guarded(session, key, emit)
    turn = await _last(session, key, {"waiting"})
    parts = session.parts
    found = pending(turn, thread=_short(key), settings=parts.settings, now=parts.now())
    if found.expired:
        decided = expiry(found)
    else:
        _require_own(session, turn)
        check_decisions(found, decisions, parts.registry)
        decided = await session.parts.privacy.masked(word(decisions))
    await parts.transcript.mark(turn.id, "running")
    return await _run(session, turn.id, key, Command(resume=decided), emit)


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
        with session.parts.engine.turn(tenant=key.split("/", 1)[0], thread=key, hear=emit):
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
        return await _waiting(session, turn, key, snapshot, emit)
    answer = _answer(state, thread=_short(key), seconds=time.perf_counter() - began)
    await session.storage.saver.adelete_thread(checkpoint_id(key, turn))
    emit(AnswerEvent(answer=answer))
    return session.parts.privacy.restored(answer)


async def _give_up_waiting(session: Session, key: str, turn: Turn) -> None:
    """End a turn whose time for a decision is over: its calls are rejected, its answer written.

    Raises:
        ThreadBusyError: there is time left, or the turn now waits for another decision.
    """
    parts = session.parts
    found = pending(turn, thread=_short(key), settings=parts.settings, now=parts.now())
    answer = await decide(session, key=key, decisions={}, emit=_unseen) if found.expired else None
    if answer is None or answer.pending:
        raise ThreadBusyError(
            f"The thread {found.thread!r} waits for a decision on a tool call.",
            cure=f"Decide first: dragoman approvals show {found.thread}, or Assistant.decide.",
        )


async def _waiting(
    session: Session, turn: str, key: str, snapshot: StateSnapshot, emit: Emit
) -> Answer:
    parts, state = session.parts, cast("TurnState", snapshot.values)
    requests = tuple(
        request
        for item in snapshot.interrupts
        for request in requests_of(item.value, parts.registry)
    )
    record = waiting_record(
        requests,
        agent=parts.spec.name,
        language=state["language"],
        thread_language=state["thread_language"],
        since=parts.now(),
    )
    await parts.transcript.wait(turn, record)
    text, thread = awaiting(requests, state["language"]), _short(key)
    emit(ApprovalEvent(requests=requests, thread=thread, text=text))
    answer = Answer(text=text, language=state["language"], thread=thread, pending=requests)
    return parts.privacy.restored(answer)


def _unseen(_: Event) -> None:
    """Take an event of a turn that nobody watches."""


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
        handed_off=HandedOff(**state["handed"]) if state.get("handed") else None,
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


def _require_own(session: Session, turn: Turn) -> None:
    """Refuse to go on with what another agent began: its tools and rules are not here.

    Turns from before agents were written down are anybody's.
    """
    name = session.parts.spec.name
    if (begun_by := turn.record.get("agent") or name) != name:
        raise OtherAgentError(
            f"The agent {begun_by!r} began this turn, and this is {name!r}.",
            cure="Go on with that agent: --agent FILE, or its name over HTTP.",
        )


def _config(key: str, turn: str) -> RunnableConfig:
    return {"configurable": {"thread_id": checkpoint_id(key, turn)}, "recursion_limit": 100}


def _short(key: str) -> str:
    return key.split("/", 1)[1]
