"""The assistant that people use: ask, get an answer with citations."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from anyio.to_thread import run_sync

from dragoman.agents import turn
from dragoman.agents.checks import check_question, check_user
from dragoman.agents.events import Event
from dragoman.agents.pictures import Image, read_images
from dragoman.agents.policies import under_policies
from dragoman.agents.privacy.border import masked_for_storage
from dragoman.agents.records import Records
from dragoman.agents.result import Answer, Decision
from dragoman.agents.session import Session
from dragoman.agents.spec import DEFAULT_AGENT, AgentSpec
from dragoman.agents.transcript import Exchange
from dragoman.languages import analyze, detect, profiles, resolve_tag
from dragoman.memory import Memory
from dragoman.memory.groups import check_groups
from dragoman.models import Embedder, Engine, EngineSpec, connect_embedder
from dragoman.models.connect import connect
from dragoman.settings import Settings
from dragoman.tools import Call
from dragoman.tools.builtin.choose import builtin_tools
from dragoman.tools.execute import Executor
from dragoman.tools.mcp import McpTools
from dragoman.tools.named import named_tool
from dragoman.tools.registry import Registry
from dragoman.tools.tool import Function, Tool, as_tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from dragoman.models import PullProgress


class Assistant(Records):
    """A multilingual assistant with tools, documents and threads.

    Methods may be called from any thread and from any event loop. Nothing is opened before the
    first question; `close` gives everything back. Several assistants, of several tenants, may work
    in one data folder.

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
        spec: AgentSpec | None = None,
    ) -> None:
        """Describe the assistant.

        Args:
            engine: An engine spec, an engine (which stays open for others), or any LangChain
                chat model.
            tools: Tools beside the built-in ones.
            memory: The documents; without them the assistant has its tools only.
            home: Data folder for the threads; the memory's, else the setting's.
            settings: Limits and defaults; read from the environment when not given.
            progress: Told about downloads when the engine's weights are missing.
            now: Source of the present moment, aware of its zone; the machine's clock by default.
            spec: Which agent this is: persona, tools, rules, languages.

        Raises:
            ToolDefinitionError: a tool that cannot be offered.
            AgentSpecError: a rule of `spec` is about what is not there.
            ConfigurationError: an engine spec that has no meaning.
            InvalidTenantError: the setting's tenant is not a plain identifier.
        """
        settings = settings or Settings()
        if home is None:
            home = memory.home if memory is not None else settings.home
        super().__init__(
            tenant=memory.tenant if memory is not None else settings.tenant,
            home=Path(home),
            settings=settings,
            now=now,
        )
        self.memory = memory
        self._engine = EngineSpec.parse(engine) if isinstance(engine, str) else engine
        self._progress = progress
        self.spec = spec or DEFAULT_AGENT
        self._registry = Registry(self._tools_of_spec(tools))
        self._session: Session | None = None
        self._mcp: McpTools | None = None
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
        images: Sequence[Image] = (),
        groups: Iterable[str] | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            text: The question, in any language.
            thread: Thread to go on in; a new one when not given.
            language: BCP-47 tag to answer in; the question's own language when not given.
            user: Who is asking, as facts about people are kept under; nobody when not given.
            images: Images that go with the question: files, or the bytes of JPEG, PNG, WebP or GIF
                files. The engine must have vision.
            groups: Groups of the person who asks: only documents are read that are for everyone or
                for one of them. All documents when not given.

        Raises:
            InvalidInputError: an empty, broken or over-long text, a bad thread or user id, or
                something that is no image.
            UnsupportedFeatureError: there are images, and the engine has no vision.
            DragomanError: whatever keeps the engine, the memory or the data folder from working.
        """
        return self._run(
            self._ask(self._checked(text, thread, language, user, groups), images, _ignore)
        )

    async def aask(
        self,
        text: str,
        *,
        thread: str | None = None,
        language: str | None = None,
        user: str | None = None,
        images: Sequence[Image] = (),
        groups: Iterable[str] | None = None,
    ) -> Answer:
        """`ask`, awaitable from any event loop."""
        checked = self._checked(text, thread, language, user, groups)
        return await self._arun(self._ask(checked, images, _ignore))

    def stream(
        self,
        text: str,
        *,
        thread: str | None = None,
        language: str | None = None,
        user: str | None = None,
        images: Sequence[Image] = (),
        groups: Iterable[str] | None = None,
    ) -> Iterator[Event]:
        """`ask` as it happens; the last event is an `AnswerEvent` or an `ApprovalEvent`."""
        checked = self._checked(text, thread, language, user, groups)
        return self._entered().loop.stream(lambda emit: self._ask(checked, images, emit))

    def astream(
        self,
        text: str,
        *,
        thread: str | None = None,
        language: str | None = None,
        user: str | None = None,
        images: Sequence[Image] = (),
        groups: Iterable[str] | None = None,
    ) -> AsyncIterator[Event]:
        """`stream` for any event loop."""
        checked = self._checked(text, thread, language, user, groups)
        return self._entered().loop.astream(lambda emit: self._ask(checked, images, emit))

    async def acall(self, tool: str, arguments: Mapping[str, Any]) -> Call:
        """Call one tool outside of any turn: validated, timed, and an effect recorded.

        Nobody is asked for approval: calling is the caller's own decision. What goes wrong is in
        the call's `error`.
        """
        return await self._arun(self._call(tool, dict(arguments)))

    def resume(self, thread: str) -> Iterator[Event]:
        """Go on with a turn that a crash, an error or an interrupt cut off."""
        return self._entered().loop.stream(
            lambda emit: self._locked(thread, turn.resume, emit=emit)
        )

    def decide(self, thread: str, decisions: Mapping[str, Decision]) -> Iterator[Event]:
        """Go on with a turn that waits for a person: one `Decision` for each call id."""
        return self._entered().loop.stream(
            lambda emit: self._locked(thread, turn.decide, emit=emit, decisions=decisions)
        )

    def aresume(self, thread: str) -> AsyncIterator[Event]:
        """`resume` for any event loop."""
        return self._entered().loop.astream(
            lambda emit: self._locked(thread, turn.resume, emit=emit)
        )

    def adecide(self, thread: str, decisions: Mapping[str, Decision]) -> AsyncIterator[Event]:
        """`decide` for any event loop."""
        return self._entered().loop.astream(
            lambda emit: self._locked(thread, turn.decide, emit=emit, decisions=decisions)
        )

    def engine(self) -> Engine:
        """The engine, connected; says in `Engine.reason` why ``auto`` chose it."""
        return self._run(self._connected()).parts.engine

    def _tools_of_spec(self, own: Iterable[Tool | BaseTool | Function]) -> list[Tool]:
        """Built-in tools, those that the spec names and `own`, under the spec's rules."""
        settings, named = self.settings, []
        if self.spec.tools is not None:
            named = [named_tool(n, folder=self.spec.folder) for n in self.spec.tools if ":" in n]
            builtin = tuple(name for name in self.spec.tools if ":" not in name)
            settings = settings.model_copy(update={"tools": builtin})
        tools = [*builtin_tools(settings, memory=self.memory, now=self._now), *named]
        return under_policies(
            [*tools, *map(as_tool, own)], self.spec.policies, folder=self.spec.folder
        )

    def _offered(self) -> Registry:
        return Registry([*self._registry, *(self._mcp.tools if self._mcp is not None else ())])

    def _checked(
        self,
        text: str,
        thread: str | None,
        language: str | None,
        user: str | None,
        groups: Iterable[str] | None,
    ) -> turn.Asked:
        check_question(text, longest=self.settings.question_characters)
        return turn.Asked(
            thread=self._key(thread or uuid.uuid4().hex),
            question=text,
            language=resolve_tag(language) if language else "",
            user=check_user(user) if user is not None else "",
            groups=None if groups is None else check_groups(groups),
        )

    async def _ask(self, checked: turn.Asked, images: Sequence[Image], emit: turn.Emit) -> Answer:
        asked = replace(checked, images=await run_sync(read_images, images))
        session = await self._connected()
        async with self._entered().alone(asked.thread):
            return await turn.ask(session, asked, emit=emit)

    async def _begin_with(self, thread: str, exchanges: Sequence[Exchange]) -> None:
        policy = self.spec.privacy or self.settings.privacy
        storage, key = await self._opened(), self._key(thread)
        masked = await masked_for_storage(storage, key, policy, list(exchanges))
        await super()._begin_with(thread, masked)

    async def _locked(
        self,
        thread: str,
        work: Callable[..., Coroutine[Any, Any, Answer]],
        **arguments: Any,
    ) -> Answer:
        """Do `work` in a thread, one turn after the other."""
        session = await self._connected()
        key = self._key(thread)
        async with self._entered().alone(key):
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
                    spec=self.spec,
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
        mcp, self._mcp = self._mcp, None
        if mcp is not None:
            await mcp.aclose()
        if session is not None and not isinstance(self._engine, Engine):
            await session.parts.engine.aclose()

    async def _resolved(self) -> Engine:
        if isinstance(self._engine, EngineSpec):
            return await connect(self._engine, self.settings, progress=self._progress)
        if isinstance(self._engine, Engine):
            return self._engine
        return Engine.of(self._engine, context_tokens=self.settings.context_tokens)


def _read_language_data() -> None:
    """Read the languages' data files now, so that no turn has to read one on the event loop."""
    for known in profiles():
        detect(known.replies.greeting)
        analyze(known.endonym, known.tag)


def _ignore(_: Event) -> None:
    pass
