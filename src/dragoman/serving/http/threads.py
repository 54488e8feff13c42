"""Threads: ask, follow, cancel, resume, decide, list, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request, Response

from dragoman.agents.assistant import Assistant
from dragoman.agents.checks import check_thread
from dragoman.agents.transcript import Turn
from dragoman.errors import InvalidInputError, ThreadNotFoundError, TurnUnfinishedError
from dragoman.serving.http.access import Approvals, Chat, Identity
from dragoman.serving.http.bodies import Continued, Question, Thread, Verdict
from dragoman.serving.http.service import Service, cancelled, decisions_of
from dragoman.serving.http.sse import event_stream, new_turn, sse, turn_after
from dragoman.serving.http.written import written_approval, written_turn

router = APIRouter(prefix="/api", tags=["threads"])
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events until the turn ends or waits for a person.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'id: 5b0ce1.7\nevent: token\ndata: {"type":"token","text":"Re"}\n\n',
            }
        },
    }
}


@router.post("/threads/{thread}/turns", responses=STREAM, response_class=Response)
async def ask(request: Request, who: Chat, thread: Thread, question: Question) -> Response:
    """Ask a question and stream what happens."""
    service = _service(request)
    check_thread(thread)
    agent = service.deployment.known(question.agent)
    run = await service.begin(
        who,
        thread,
        agent,
        lambda assistant: assistant.astream(
            question.text, thread=thread, language=question.language, user=question.user
        ),
    )
    return await new_turn(run)


@router.get("/threads/{thread}/events", responses=STREAM, response_class=Response)
async def follow(
    request: Request,
    who: Chat,
    thread: Thread,
    last_event_id: Annotated[str, Header(description="Id of the last event that was seen.")] = "",
) -> Response:
    """Follow the running or latest turn; what was missed comes first."""
    service = _service(request)
    check_thread(thread)
    run = service.runs.find(who.tenant, thread)
    if run is not None:
        run_id, _, number = last_event_id.partition(".")
        seen = int(number) if run_id == run.id and number.isdecimal() else 0
        return turn_after(run, seen)
    async with service.assistant(who.tenant) as assistant:
        turns = await run_sync(assistant.turns, thread)
        if not turns:
            raise _no_thread(thread)
        last = await run_sync(lambda: _last_event(assistant, thread, turns[-1]))
    return event_stream(_remembered(last))


@router.post("/threads/{thread}/cancel")
async def cancel(request: Request, who: Chat, thread: Thread) -> dict[str, bool]:
    """End the running turn."""
    run = _service(request).runs.find(who.tenant, check_thread(thread))
    if run is None or not run.running:
        return {"cancelled": False}
    run.cancel(cancelled())
    return {"cancelled": True}


@router.post("/threads/{thread}/resume", responses=STREAM, response_class=Response)
async def resume(
    request: Request, who: Chat, thread: Thread, body: Continued | None = None
) -> Response:
    """Go on with a turn that a crash, an error or a cancel cut off."""
    service = _service(request)
    check_thread(thread)
    agent = await _agent(service, who, thread, body.agent if body else "")
    run = await service.begin(
        who, thread, agent, lambda assistant: assistant.aresume(thread), kind="resume"
    )
    return await new_turn(run)


@router.post("/threads/{thread}/decisions", responses=STREAM, response_class=Response)
async def decide(
    request: Request,
    who: Approvals,
    thread: Thread,
    verdicts: dict[str, Verdict],
    agent: str = "",
) -> Response:
    """Decide on the calls that a turn waits for, and stream how it goes on."""
    service = _service(request)
    check_thread(thread)
    if any(word.decision == "edit" and word.arguments is None for word in verdicts.values()):
        raise InvalidInputError(
            "`edit` needs `arguments`.", cure="Send the arguments that the call is to run with."
        )
    decisions = decisions_of(verdicts)
    run = await service.begin(
        who,
        thread,
        await _agent(service, who, thread, agent),
        lambda assistant: assistant.adecide(thread, decisions),
        kind="decide",
    )
    for word in verdicts.values():
        service.metrics.approvals.labels(decision=word.decision).inc()
    return await new_turn(run)


@router.get("/threads")
async def threads(request: Request, who: Chat) -> dict[str, Any]:
    """List the threads, the latest first."""
    service = _service(request)
    async with service.assistant(who.tenant) as assistant:
        found = await run_sync(assistant.threads)
    return {
        "threads": [
            {
                "id": thread.id,
                "turns": thread.turns,
                "first_question": thread.first_question,
                "last_asked_at": thread.last_asked_at,
                "running": service.runs.is_running(who.tenant, thread.id),
            }
            for thread in found
        ]
    }


@router.get("/threads/{thread}")
async def turns(request: Request, who: Chat, thread: Thread) -> dict[str, Any]:
    """Show a thread, turn by turn."""
    service = _service(request)
    check_thread(thread)
    async with service.assistant(who.tenant) as assistant:
        found = await run_sync(lambda: _turns(assistant, thread))
    if not found:
        raise _no_thread(thread)
    return {
        "id": thread,
        "running": service.runs.is_running(who.tenant, thread),
        "turns": found,
    }


@router.delete("/threads/{thread}")
async def delete(request: Request, who: Chat, thread: Thread) -> dict[str, int]:
    """Forget a thread; a turn under way in it is ended first."""
    service = _service(request)
    check_thread(thread)
    await _ended(service, who, thread)
    async with service.assistant(who.tenant) as assistant:
        count = await run_sync(assistant.delete_thread, thread)
    service.runs.forget(who.tenant, thread)
    if not count:
        raise _no_thread(thread)
    return {"deleted": count}


@router.get("/approvals", tags=["approvals"])
async def approvals(request: Request, who: Approvals) -> dict[str, Any]:
    """List the turns that wait for a person, the oldest first."""
    async with _service(request).assistant(who.tenant) as assistant:
        found = await run_sync(assistant.approvals)
    return {"approvals": [*map(written_approval, found)]}


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _agent(service: Service, who: Identity, thread: str, named: str) -> str:
    """Who goes on with the thread's latest turn: the agent that began it, unless one is named."""
    if not named:
        async with service.assistant(who.tenant) as assistant:
            turns = await run_sync(assistant.turns, thread)
        named = turns[-1].record.get("agent", "") if turns else ""
    return service.deployment.known(named)


async def _ended(service: Service, who: Identity, thread: str) -> None:
    run = service.runs.find(who.tenant, thread)
    if run is not None and run.running:
        run.cancel(cancelled())
        async for _ in run.follow():
            pass


def _turns(assistant: Assistant, thread: str) -> list[dict[str, Any]]:
    found = assistant.turns(thread)
    waiting = {}
    if any(turn.status == "waiting" for turn in found):
        waiting = {each.turn: each for each in assistant.approvals()}
    return [written_turn(turn, waiting.get(turn.id)) for turn in found]


def _last_event(assistant: Assistant, thread: str, turn: Turn) -> tuple[str, dict[str, Any]]:
    """What the stream of a turn of an earlier process ends with."""
    if turn.status == "done":
        written = written_turn(turn)
        names = ("language", "direction", "citations", "calls", "usage", "passages", "review")
        answer = {name: written[name] for name in names}
        answer |= {"text": turn.answer, "thread": thread, "pending": []}
        return "answer", {"type": "answer", "answer": answer}
    if turn.status == "waiting":
        waiting = next(each for each in assistant.approvals() if each.turn == turn.id)
        data = written_approval(waiting)
        kept = {name: data[name] for name in ("requests", "thread", "text", "direction")}
        return "approval", {"type": "approval", **kept}
    error = TurnUnfinishedError(
        f"The latest turn of {thread!r} was cut off ({turn.status}).",
        cure="Go on with it: POST …/resume.",
    )
    return "error", {"type": "error", "error": error.as_dict()}


async def _remembered(last: tuple[str, dict[str, Any]]) -> AsyncIterator[str]:
    yield sse(*last)


def _no_thread(thread: str) -> ThreadNotFoundError:
    return ThreadNotFoundError(
        f"There is no thread {thread!r}.", cure="GET /api/threads lists them."
    )
