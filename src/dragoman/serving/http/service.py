"""The server's work without HTTP: turns that are begun, followed, resumed and brought to an end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

from anyio.to_thread import run_sync

from dragoman.agents.assistant import Assistant
from dragoman.agents.deployment import Deployment
from dragoman.agents.events import Event
from dragoman.agents.result import Answer, Decision
from dragoman.errors import DragomanError, ServerStoppingError, TurnCancelledError
from dragoman.models.budget import Spent
from dragoman.serving.http.access import Access, Identity
from dragoman.serving.http.metrics import Metrics
from dragoman.serving.http.runs import Run, Runs
from dragoman.serving.http.tracing import TurnTrace
from dragoman.serving.http.written import written_event
from dragoman.settings import Settings

_LOG = logging.getLogger("dragoman.serving")
_TIDY_SECONDS = 30.0

Begin = Callable[[Assistant], AsyncIterator[Event]]


_OUTCOMES = {"answer": "answered", "approval": "waiting"}


class Service:
    """One deployment as a server offers it; belongs to the server's event loop."""

    def __init__(self, deployment: Deployment, *, open_to_all: bool) -> None:
        """Serve `deployment`, to everybody on this machine or to those who have a key."""
        self.deployment = deployment
        self.settings: Settings = deployment.settings
        self.access = Access(self.settings, open_to_all=open_to_all)
        self.runs = Runs(
            most=self.settings.serve_turns, most_of_tenant=self.settings.serve_turns_tenant
        )
        self.metrics = Metrics()
        self._kept: set[asyncio.Task[Any]] = set()
        self._tidying: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def assistant(self, tenant: str, agent: str = "") -> AsyncIterator[Assistant]:
        """A tenant's assistant, open inside the block."""
        async with AsyncExitStack() as stack:
            lease = self.deployment.assistant(tenant, agent)
            assistant = await run_sync(lease.__enter__)
            stack.callback(lease.__exit__, None, None, None)
            yield assistant

    async def begin(
        self, identity: Identity, thread: str, agent: str, begin: Begin, *, kind: str = "ask"
    ) -> Run:
        """Begin a turn that runs whether or not anybody follows it.

        Args:
            identity: Who asks.
            thread: The thread.
            agent: Name of the agent, which there is.
            begin: Starts the turn, and says at once what is wrong with the question.
            kind: What is begun, for the trace: ``ask``, ``resume`` or ``decide``.

        Raises:
            DragomanError: the turn cannot be begun.
        """
        await self.access.check_budget(identity)
        stack = AsyncExitStack()
        async with stack:
            assistant = await stack.enter_async_context(self.assistant(identity.tenant, agent))
            events = begin(assistant)  # a bad question is refused here
            run = self._admitted(identity.tenant, thread)
            # The turn keeps the assistant open; what is still in the stack is given back by it.
            kept = stack.pop_all()
        trace = TurnTrace(agent=agent, thread=thread, kind=kind)
        run.task = asyncio.create_task(self._drive(run, identity, agent, events, kept, trace))
        return run

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Let a task run to its end, even when the request that began it is gone."""
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    def drain(self) -> None:
        """Take no new turns; end those that are under way when the grace is over."""
        if not self.runs.stopping:
            self.runs.stopping = True
            self._stopping = asyncio.create_task(self._stop())

    async def start(self) -> None:
        """Begin to look after what is idle."""
        self._tidying = asyncio.create_task(self._tidy())

    async def close(self) -> None:
        """End what is under way; turns that are cut off can be resumed later."""
        self.drain()
        if self._stopping is not None:
            await self._stopping
        if self._tidying is not None:
            self._tidying.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._tidying
        await run_sync(self.deployment.close)

    def _admitted(self, tenant: str, thread: str) -> Run:
        try:
            return self.runs.begin(tenant, thread)
        except DragomanError as error:
            self.metrics.refused.labels(code=error.code).inc()
            raise

    async def _drive(
        self,
        run: Run,
        identity: Identity,
        agent: str,
        events: AsyncIterator[Event],
        kept: AsyncExitStack,
        trace: TurnTrace,
    ) -> None:
        """Take the turn's events until it is over; whatever happens, those who follow are told.

        They are told how it ended once it has: who then asks the next question finds the thread
        free.
        """
        began, outcome, answer = time.monotonic(), "failed", None
        shown = False
        told: dict[str, Any] | None = None
        failure: DragomanError = _stopped()
        try:
            async with kept, asyncio.timeout(self.settings.serve_turn_seconds):
                async for event in _closed(events):
                    is_first = not shown and event.type == "token"
                    shown = shown or is_first
                    seconds = time.monotonic() - began
                    trace.hear(event)
                    self.metrics.hear(event, agent, seconds, is_first=is_first)
                    if event.type in {"answer", "approval"}:
                        outcome, told = _OUTCOMES[event.type], written_event(event)
                        answer = event.answer if event.type == "answer" else None
                    elif event.type != "error":  # it is raised next, and told then
                        run.add(event.type, written_event(event))
        except asyncio.CancelledError:
            outcome, failure = "cancelled", run.reason or _stopped()
        except TimeoutError:
            outcome, failure = "timeout", _too_long(self.settings.serve_turn_seconds)
        except DragomanError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - a defect must not leave the followers waiting
            failure = incident(error)
        finally:
            if told is not None:
                run.add(told["type"], told)
            else:
                run.add("error", {"type": "error", "error": failure.as_dict()})
            self.runs.end(run)
            trace.end(outcome)
            self.metrics.turn_ended(agent, answer, outcome, time.monotonic() - began)
        if answer is not None:
            await self._charge(identity, agent, answer)

    async def _charge(self, identity: Identity, agent: str, answer: Answer) -> None:
        usage = answer.usage
        used = Spent(
            calls=usage.model_calls,
            input_tokens=usage.input_tokens,
            cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens,
            seconds=usage.seconds,
        )
        try:
            await self.access.charge(identity, agent, used)
        except DragomanError:
            _LOG.exception("The usage of a key could not be recorded.")

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(_TIDY_SECONDS)
            self.runs.forget_old()
            await run_sync(self.deployment.tidy)

    async def _stop(self) -> None:
        """Wait for the turns under way, then cut off those that are left."""
        tasks = [*self._kept]
        tasks += [run.task for run in self.runs.running if run.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=self.settings.serve_grace_seconds)
        for run in self.runs.running:
            run.cancel(_stopped())
        if left := [task for task in tasks if not task.done()]:
            await asyncio.wait(left, timeout=10.0)


async def _closed(events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    """The events; when they are not all taken, their turn is cancelled at once."""
    async with aclosing(events):  # type: ignore[type-var] # it is an async generator
        async for event in events:
            yield event


def cancelled() -> TurnCancelledError:
    """What those who follow a turn are told when somebody has ended it."""
    return TurnCancelledError(
        "The turn was cancelled.", cure="Ask again, or resume it: POST …/resume."
    )


def incident(error: Exception) -> DragomanError:
    """A defect as clients may know it; the log has the rest under the same number."""
    number = secrets.token_hex(4)
    _LOG.error("Incident %s", number, exc_info=error)
    return DragomanError(
        f"Something failed here (incident {number}).",
        cure="Try again; the server's log says more about the incident.",
    )


def decisions_of(given: Mapping[str, Any]) -> dict[str, Decision]:
    """Decisions as the API takes them."""
    return {
        call: Decision(
            approve=word.decision != "reject",
            arguments=word.arguments if word.decision == "edit" else None,
            reason=word.reason,
        )
        for call, word in given.items()
    }


def _stopped() -> ServerStoppingError:
    return ServerStoppingError(
        "The server went down in the middle of the turn.",
        cure="When it is back, POST …/resume goes on with it.",
    )


def _too_long(seconds: float) -> TurnCancelledError:
    return TurnCancelledError(
        f"The turn was cut off after {seconds:g} seconds.",
        cure="POST …/resume goes on with it; DRAGOMAN_SERVE_TURN_SECONDS is the limit.",
    )
