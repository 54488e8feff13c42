"""The assistant that people use: ask, get an answer with citations."""

from __future__ import annotations

import asyncio
import re
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from anyio.to_thread import run_sync

from dragoman.agents import turn
from dragoman.agents.events import Event
from dragoman.agents.loop import LoopThread, Result
from dragoman.agents.result import Answer, Decision, PendingApproval
from dragoman.agents.session import Session
from dragoman.agents.storage import Storage
from dragoman.agents.transcript import ThreadSummary, Turn
from dragoman.agents.waiting import pending
from dragoman.errors import (
    BrokenTextError,
    EmptyQuestionError,
    InvalidInputError,
    TextTooLongError,
)
from dragoman.languages import analyze, detect, profiles, resolve_tag
from dragoman.memory import Memory
from dragoman.memory.tenancy import validate_tenant
from dragoman.models import Embedder, Engine, EngineSpec, connect_embedder
from dragoman.models.connect import connect
from dragoman.settings import Settings
from dragoman.tools import Call
from dragoman.tools.builtin.choose import builtin_tools
from dragoman.tools.execute import Executor
from dragoman.tools.ledger import Effect
from dragoman.tools.mcp import McpTools
from dragoman.tools.registry import Registry
from dragoman.tools.tool import Function, Tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from dragoman.models import PullProgress

_USER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
_THREAD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Assistant:
    """A multilingual assistant with tools, documents and threads.

    Methods may be called from any thread and from any event loop. Nothing is opened before the
    first question; `close` gives everything back.

    Usage:
        with Memory(tenant="acme") as memory, Assistant(memory=memory) as assistant:
            answer = assistant.ask("返品の期限は？")
            print(answer.text, [citation.passage.source for citation in answer.citations])
    """

    def __init__(
        self,
        *,
        engine: str | Engine | BaseChatModel = "auto",
        tools: Iterable[Tool | BaseTool | Function] = (),
        memory: Memory | None = None,
        home: str | Path | None = None,
        settings: Settings | None = None,
        progress: Callable[[PullProgress], None] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Describe the assistant.

        Args:
            engine: An engine spec, an engine, or any LangChain chat model.
            tools: Tools beside the built-in ones.
            memory: The documents; without them the assistant has its tools only.
            home: Data folder for the threads; the memory's, else the setting's.
            settings: Limits and defaults; read from the environment when not given.
            progress: Told about downloads when the engine's weights are missing.
            now: Source of the present moment, aware of its zone; the machine's clock by default.

        Raises:
            ToolDefinitionError: a tool that cannot be offered.
            ConfigurationError: an engine spec that has no meaning.
            InvalidTenantError: the setting's tenant is not a plain identifier.
        """
        self.settings = settings or Settings()
        self.memory = memory
        tenant = memory.tenant if memory is not None else self.settings.tenant
        self.tenant = validate_tenant(tenant)
        if home is not None:
            self.home = Path(home)
        else:
            self.home = memory.home if memory is not None else self.settings.home
        self._engine = EngineSpec.parse(engine) if isinstance(engine, str) else engine
        self._progress = progress
        self._now = now or _system_now
        self._registry = Registry([*self._builtin(), *tools])
        self._loop: LoopThread | None = None
        self._session: Session | None = None
        self._opening = threading.Lock()
        # Weak, because most threads are asked once: a lock goes when nobody holds or awaits it.
        self._threads: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._storage: Storage | None = None
        self._mcp: McpTools | None = None
        self._opening_storage = asyncio.Lock()
        self._connecting = asyncio.Lock()

    @property
    def tools(self) -> tuple[Tool, ...]:
        """All tools, by name; those of MCP servers once the assistant is at work."""
        return tuple(self._offered())

    def ask(
        self,
        text: str,
        *,
        thread: str | None = None,
        language: str | None = None,
        user: str | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            text: The question, in any language.
            thread: Thread to go on in; a new one when not given.
            language: BCP-47 tag to answer in; the question's own language when not given.
            user: Who is asking, as facts about people are kept under; nobody when not given.

        Raises:
            InvalidInputError: an empty, broken or over-long text, or a bad thread or user id.
            DragomanError: whatever keeps the engine, the memory or the data folder from working.
        """
        return self._run(self._ask(self._checked(text, thread, language, user), _ignore))

    async def aask(
        self,
        text: str,
        *,
        thread: str | None = None,
        language: str | None = None,
        user: str | None = None,
    ) -> Answer:
        """`ask`, awaitable from any event loop."""
        return await self._arun(self._ask(self._checked(text, thread, language, user), _ignore))

    def stream(
        self,
        text: str,
        *,
        thread: str | None = None,
        language: str | None = None,
        user: str | None = None,
    ) -> Iterator[Event]:
        """`ask` as it happens; the last event is an `AnswerEvent` or an `ApprovalEvent`."""
        checked = self._checked(text, thread, language, user)
        return self._started().stream(lambda emit: self._ask(checked, emit))

    def astream(
        self,
        text: str,
        *,
        thread: str | None = None,
        language: str | None = None,
        user: str | None = None,
    ) -> AsyncIterator[Event]:
        """`stream` for any event loop."""
        checked = self._checked(text, thread, language, user)
        return self._started().astream(lambda emit: self._ask(checked, emit))

    async def acall(self, tool: str, arguments: Mapping[str, Any]) -> Call:
        """Call one tool outside of any turn: validated, timed, and an effect recorded.

        Nobody is asked for approval: calling is the caller's own decision. What goes wrong is in
        the call's `error`.
        """
        return await self._arun(self._call(tool, dict(arguments)))

    def unfinished(self, thread: str) -> Turn | None:
        """The turn of a thread that a killed process left in its middle; ``None`` if there is none.

        `resume` goes on with it; asking the thread something else gives it up.
        """
        turns = self.turns(thread)
        return turns[-1] if turns and turns[-1].status == "running" else None

    def resume(self, thread: str) -> Iterator[Event]:
        """Go on with a turn that a crash, an error or an interrupt cut off."""
        return self._started().stream(lambda emit: self._locked(thread, turn.resume, emit=emit))

    def decide(self, thread: str, decisions: Mapping[str, Decision]) -> Iterator[Event]:
        """Go on with a turn that waits for a person: one `Decision` for each call id."""
        return self._started().stream(
            lambda emit: self._locked(thread, turn.decide, emit=emit, decisions=decisions)
        )

    def approvals(self) -> list[PendingApproval]:
        """The tenant's turns that wait for a person, the oldest first; needs no engine."""
        return self._run(self._approvals())

    def unknown_effects(self) -> list[Effect]:
        """Effects of the tenant that were begun and of which nobody knows whether they happened.

        A call that is running at this moment is among them.
        """
        return self._run(self._unknown_effects())

    def settle(self, key: str, *, happened: bool, note: str) -> Effect:
        """Write down what a person found out about an effect of `unknown_effects`.

        A turn that is resumed reads `note` in place of a result; nothing is run again.

        Raises:
            EffectNotFoundError: no such effect, or its outcome is known.
        """
        return self._run(self._settle(key, happened=happened, note=note))

    def fork(self, thread: str, *, turns: int, into: str | None = None) -> str:
        """Begin a new thread with the first turns of another, which stays as it is.

        Args:
            thread: The thread to go back in.
            turns: How many of its turns the new one begins with.
            into: Id of the new thread; made up when not given.

        Returns:
            Id of the new thread.

        Raises:
            ThreadNotFoundError: no such thread, or it has fewer turns.
            InvalidInputError: `into` exists or is no thread id, or `turns` is below 1.
        """
        return self._run(self._fork(thread, turns, into or uuid.uuid4().hex))

    def threads(self) -> list[ThreadSummary]:
        """The tenant's threads, the latest first."""
        return self._run(self._threads_list())

    def turns(self, thread: str) -> list[Turn]:
        """The turns of a thread, oldest first; empty for an unknown thread."""
        return self._run(self._turns(thread))

    def delete_thread(self, thread: str) -> int:
        """Forget a thread; the number of turns that were forgotten."""
        return self._run(self._delete(thread))

    def engine(self) -> Engine:
        """The engine, connected; says in `Engine.reason` why ``auto`` chose it."""
        return self._run(self._connected()).parts.engine

    def close(self) -> None:
        """Close the engine and the threads; the memory stays open. Safe to call twice."""
        with self._opening:
            loop, self._loop = self._loop, None
        if loop is None:
            return
        loop.run(self._aclose())
        loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _builtin(self) -> list[Tool]:
        return builtin_tools(self.settings, memory=self.memory, now=self._now)

    def _offered(self) -> Registry:
        return Registry([*self._registry, *(self._mcp.tools if self._mcp is not None else ())])

    def _checked(
        self, text: str, thread: str | None, language: str | None, user: str | None
    ) -> dict[str, str]:
        check_question(text, longest=self.settings.question_characters)
        return {
            "thread": check_thread(thread or uuid.uuid4().hex),
            "question": text,
            "language": resolve_tag(language) if language else "",
            "user": check_user(user) if user is not None else "",
        }

    def _started(self) -> LoopThread:
        with self._opening:
            if self._loop is None:
                self._loop = LoopThread("dragoman-assistant")
            return self._loop

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._started().run(work)

    async def _arun(self, work: Coroutine[Any, Any, Result]) -> Result:
        return await self._started().arun(work)

    async def _ask(self, checked: dict[str, str], emit: turn.Emit) -> Answer:
        return await self._locked(
            checked["thread"],
            turn.ask,
            emit=emit,
            question=checked["question"],
            language=checked["language"],
            user=checked["user"],
        )

    async def _locked(
        self,
        thread: str,
        work: Callable[..., Coroutine[Any, Any, Answer]],
        **arguments: Any,
    ) -> Answer:
        """Do `work` in a thread, one turn after the other."""
        session = await self._connected()
        key = self._key(thread)
        async with self._threads.setdefault(key, asyncio.Lock()):
            return await work(session, key=key, **arguments)

    async def _call(self, tool: str, arguments: dict[str, Any]) -> Call:
        executor = Executor(
            registry=self._offered(),
            ledger=(await self._opened()).ledger,
            thread=self._key("direct"),
            turn=uuid.uuid4().hex,
            default_seconds=self.settings.tool_seconds,
        )
        return await executor.run_one(Call(id="1.0", tool=tool, arguments=arguments))

    async def _approvals(self) -> list[PendingApproval]:
        waiting = await (await self._opened()).transcript.waiting(self.tenant)
        return [
            pending(
                turn,
                thread=key.removeprefix(f"{self.tenant}/"),
                settings=self.settings,
                now=self._now(),
            )
            for key, turn in waiting
        ]

    async def _unknown_effects(self) -> list[Effect]:
        return await (await self._opened()).ledger.unknown(f"{self.tenant}/")

    async def _settle(self, key: str, *, happened: bool, note: str) -> Effect:
        ledger = (await self._opened()).ledger
        return await ledger.settle(f"{self.tenant}/", key, happened=happened, note=note)

    async def _fork(self, thread: str, turns: int, into: str) -> str:
        storage = await self._opened()
        await storage.fork(self._key(thread), self._key(into), turns)
        return into

    async def _threads_list(self) -> list[ThreadSummary]:
        return await (await self._opened()).transcript.threads(self.tenant)

    async def _turns(self, thread: str) -> list[Turn]:
        return await (await self._opened()).transcript.turns(self._key(thread))

    async def _delete(self, thread: str) -> int:
        return await (await self._opened()).forget(self._key(thread))

    def _key(self, thread: str) -> str:
        return f"{self.tenant}/{check_thread(thread)}"

    async def _opened(self) -> Storage:
        """The threads' database, opened once; reading threads needs no engine."""
        async with self._opening_storage:
            if self._storage is None:
                self._storage = await Storage.open(self.home)
            return self._storage

    async def _connected(self) -> Session:
        storage = await self._opened()
        async with self._connecting:
            if self._session is None:
                await run_sync(_read_language_data)
                if self._mcp is None and self.settings.mcp.servers:
                    self._mcp = await McpTools(self.settings, home=self.home).open()
                self._session = Session.of(
                    storage,
                    engine=await self._resolved(),
                    registry=self._offered(),
                    memory=self.memory,
                    settings=self.settings,
                    today=self._today,
                    now=self._now,
                    embedder=self._tool_embedder,
                )
            return self._session

    def _today(self) -> date:
        zone = ZoneInfo(self.settings.timezone) if self.settings.timezone else None
        return self._now().astimezone(zone).date()

    def _tool_embedder(self) -> Embedder:
        """The embedder that tools are compared with: the memory's own where there is one."""
        if self.memory is not None:
            return self.memory.embedder
        return connect_embedder(self.settings.embedder, self.settings)

    async def _aclose(self) -> None:
        session, self._session = self._session, None
        storage, self._storage = self._storage, None
        mcp, self._mcp = self._mcp, None
        if mcp is not None:
            await mcp.aclose()
        if session is not None:
            await session.parts.engine.aclose()
        if storage is not None:
            await storage.aclose()

    async def _resolved(self) -> Engine:
        if isinstance(self._engine, EngineSpec):
            return await connect(self._engine, self.settings, progress=self._progress)
        if isinstance(self._engine, Engine):
            return self._engine
        return Engine.of(self._engine, context_tokens=self.settings.context_tokens)


def check_question(text: str, *, longest: int) -> None:
    """Refuse what is not a question at all.

    Raises:
        EmptyQuestionError: nothing but spaces.
        BrokenTextError: lone surrogates, as broken UTF-8 leaves them.
        TextTooLongError: more than `longest` characters.
    """
    if not isinstance(text, str):
        raise InvalidInputError(
            f"A question is a string, not {type(text).__name__}.", cure="Pass a str."
        )
    if not text.strip():
        raise EmptyQuestionError("The question is empty.", cure="Ask something.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BrokenTextError(
            "The question is not valid Unicode: it was decoded from broken UTF-8.",
            cure="Decode the bytes in their own encoding, or with errors='replace'.",
        )
    if len(text) > longest:
        raise TextTooLongError(
            f"The question has {len(text):,} characters; the limit is {longest:,}.",
            cure="Put long texts into the memory (`dragoman ingest`) and ask about them, or raise "
            "DRAGOMAN_QUESTION_CHARACTERS.",
        )


def check_thread(thread: str) -> str:
    """A thread id that is safe in keys and on command lines.

    Raises:
        InvalidInputError: another kind of text.
    """
    if not _THREAD_ID.fullmatch(thread):
        raise InvalidInputError(
            f"{thread!r} cannot be a thread id.",
            cure="Use 1 to 128 letters, digits, '.', '_' and '-'.",
        )
    return thread


def check_user(user: str) -> str:
    """A user id that facts can be kept under.

    Raises:
        InvalidInputError: another kind of text.
    """
    if not _USER_ID.fullmatch(user):
        raise InvalidInputError(
            f"{user!r} cannot be a user id.",
            cure="Use 1 to 128 letters, digits, '.', '_', '@', '+' and '-'.",
        )
    return user


def _read_language_data() -> None:
    """Read the languages' data files now, so that no turn has to read one on the event loop."""
    for known in profiles():
        detect(known.replies.greeting)
        analyze(known.endonym, known.tag)


def _system_now() -> datetime:
    return datetime.now(UTC)


def _ignore(_: Event) -> None:
    pass
