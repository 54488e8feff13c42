"""Many assistants for many tenants in one process: one engine, one data folder, agents by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dragoman.agents.assistant import Assistant
from dragoman.agents.spec import DEFAULT_AGENT, AgentSpec
from dragoman.agents.workplace import Workplace
from dragoman.closing import Closing
from dragoman.errors import (
    AgentNotFoundError,
    ConfigurationError,
    DragomanError,
    TooManyRequestsError,
)
from dragoman.memory import Memory
from dragoman.memory.tenancy import validate_tenant
from dragoman.models import Embedder, Engine, EngineSpec, connect_embedder
from dragoman.models.connect import connect
from dragoman.settings import Settings
from dragoman.tools.tool import Function, Tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from dragoman.models import PullProgress


@dataclass(kw_only=True, slots=True)
class _Room:
    """One tenant's assistant of one agent; the first who enters opens it, the others wait."""

    assistant: Assistant | None = None
    users: int = 0
    left_at: float = 0.0
    opening: threading.Lock = field(default_factory=threading.Lock)


class _SharingMemory(Memory):
    """A memory whose embedder is shared with those of other tenants."""

    def __init__(self, connect: Callable[[str], Embedder], **options: Any) -> None:
        self._shared = connect
        super().__init__(**options)

    def _connect(self, wanted: str | Embedder) -> Embedder:
        return self._shared(wanted) if isinstance(wanted, str) else wanted


class Deployment(Closing):
    """The assistants of one data folder, each opened when it is first asked.

    They share the engine, the embedder, the event loop and the threads' database. Those that nobody
    uses are closed after a while, and earlier when there are too many. Safe for threads.

    Usage:
        with Deployment(settings=Settings()) as deployment:
            with deployment.assistant("acme") as assistant:
                print(assistant.ask("返品の期限は？").text)
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        engine: str | Engine | BaseChatModel | None = None,
        agents: Iterable[AgentSpec] = (),
        tools: Iterable[Tool | BaseTool | Function] = (),
        embedder: str | Embedder | None = None,
        progress: Callable[[PullProgress], None] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Describe the deployment; nothing is opened yet.

        Args:
            settings: Limits and defaults; read from the environment when not given.
            engine: The model of all of them; the setting's when not given. An `Engine` stays open.
            agents: The agents, the default one first; one with all that there is if none is given.
            tools: Tools beside those of each agent, for all of them.
            embedder: What fills new memories; the setting's when not given.
            progress: Told about downloads when the engine's weights are missing.
            now: Source of the present moment; the machine's clock by default.

        Raises:
            ConfigurationError: two agents have the same name.
        """
        specs = tuple(agents) or (DEFAULT_AGENT,)
        self.agents: Mapping[str, AgentSpec] = {spec.name: spec for spec in specs}
        """The agents by name, the default one first."""
        if len(self.agents) < len(specs):
            raise ConfigurationError(
                "Two agents have the same name.", cure="Rename one: clients choose by it."
            )
        self.settings = settings or Settings()
        self._wanted = self.settings.engine if engine is None else engine
        self._tools = tuple(tools)
        self._embedder: str | Embedder = self.settings.embedder if embedder is None else embedder
        self._progress = progress
        self._now = now
        self._workplace = Workplace.enter(self.settings.home)
        self._connected: Engine | None = None
        self._connecting = threading.Lock()
        self._rooms: dict[tuple[str, str], _Room] = {}
        self._memories: dict[str, tuple[Memory, int]] = {}
        self._embedders: dict[str, Embedder] = {}
        self._embedding = threading.Lock()
        self._guard = threading.Lock()
        self._filling = threading.Lock()
        self._closed = False

    @property
    def default_agent(self) -> str:
        """Name of the agent that answers when none is named."""
        return next(iter(self.agents))

    @property
    def open_assistants(self) -> int:
        """How many assistants are open."""
        return len(self._rooms)

    def engine(self) -> Engine:
        """The engine, connected once.

        Raises:
            DragomanError: whatever keeps it from working.
        """
        with self._connecting:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected

    @contextmanager
    def assistant(self, tenant: str, agent: str = "") -> Iterator[Assistant]:
        """A tenant's assistant, which stays open inside the block. May block while it opens.

        Args:
            tenant: Whose documents and threads.
            agent: Name of the agent; the default one when empty.

        Raises:
            AgentNotFoundError: there is no agent of that name.
            InvalidTenantError: the tenant is not a plain identifier.
            TooManyRequestsError: all assistants that may be open at once are in use.
        """
        key = (validate_tenant(tenant), self.known(agent))
        room = self._enter(key)
        try:
            with room.opening:
                if room.assistant is None:
                    room.assistant = self._open(*key)
            yield room.assistant
        finally:
            with self._guard:
                room.users -= 1
                room.left_at = time.monotonic()

    def known(self, agent: str) -> str:
        """The name of an agent that there is.

        Raises:
            AgentNotFoundError: there is no agent of that name.
        """
        if not agent:
            return self.default_agent
        if agent not in self.agents:
            raise AgentNotFoundError(
                f"There is no agent {agent!r:.80}.",
                cure=f"The agents are: {', '.join(self.agents)}.",
            )
        return agent

    def tidy(self) -> int:
        """Close assistants that nobody has used for a while; how many were closed."""
        past = time.monotonic() - self.settings.serve_idle_seconds
        with self._guard:
            idle = [key for key, room in self._idle() if room.left_at <= past]
            rooms = [(key, self._rooms.pop(key)) for key in idle]
        for key, room in rooms:
            self._shut(key, room)
        return len(rooms)

    def close(self) -> None:
        """Close every assistant and the engine. Calling it again does nothing."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            rooms, self._rooms = self._rooms, {}
        for key, room in rooms.items():
            self._shut(key, room)
        try:
            if self._connected is not None and not isinstance(self._wanted, Engine):
                self._workplace.loop.run(self._connected.aclose())
        finally:
            self._workplace.leave()

    def _enter(self, key: tuple[str, str]) -> _Room:
        oldest: tuple[tuple[str, str], _Room] | None = None
        with self._guard:
            if self._closed:
                raise DragomanError("This deployment is closed.", cure="Open a new one.")
            room = self._rooms.get(key)
            if room is None:
                if len(self._rooms) >= self.settings.serve_assistants:
                    oldest = min(self._idle(), key=lambda item: item[1].left_at, default=None)
                    if oldest is None:
                        raise TooManyRequestsError(
                            "All assistants that may be open at once are in use.",
                            cure="Try again later, or raise DRAGOMAN_SERVE_ASSISTANTS.",
                            retry_after=5.0,
                        )
                    del self._rooms[oldest[0]]
                room = self._rooms[key] = _Room()
            room.users += 1
        if oldest is not None:
            self._shut(*oldest)
        return room

    def _idle(self) -> list[tuple[tuple[str, str], _Room]]:
        return [(key, room) for key, room in self._rooms.items() if not room.users]

    def _open(self, tenant: str, agent: str) -> Assistant:
        spec = self.agents[agent]
        memory = self._memory(tenant) if spec.documents else None
        try:
            return Assistant(
                engine=self.engine(),
                tools=self._tools,
                memory=memory,
                home=self.settings.home,
                spec=spec,
                settings=self.settings.model_copy(update={"tenant": tenant}),
                now=self._now,
            )
        except BaseException:
            if memory is not None:
                self._give_back(tenant)
            raise

    def _shut(self, key: tuple[str, str], room: _Room) -> None:
        if room.assistant is not None:  # it may have failed to open
            room.assistant.close()
            if room.assistant.memory is not None:
                self._give_back(key[0])

    def _memory(self, tenant: str) -> Memory:
        """The tenant's documents, shared by its assistants; each call wants one `_give_back`."""
        with self._filling:
            memory, users = self._memories.get(tenant) or (self._open_memory(tenant), 0)
            self._memories[tenant] = (memory, users + 1)
            return memory

    def _give_back(self, tenant: str) -> None:
        with self._filling:
            memory, users = self._memories[tenant]
            if users > 1:
                self._memories[tenant] = (memory, users - 1)
                return
            del self._memories[tenant]
            memory.close()

    def _open_memory(self, tenant: str) -> Memory:
        return _SharingMemory(
            self._embedder_of,
            tenant=tenant,
            home=self.settings.home,
            embedder=self._embedder,
            settings=self.settings,
        )

    def _embedder_of(self, spec: str) -> Embedder:
        """The embedder of a spec, loaded once for all tenants whose memory it fills."""
        with self._embedding:
            found = self._embedders.get(spec)
            if found is None:
                found = connect_embedder(spec, self.settings)
                found = self._embedders.setdefault(found.spec, found)
                self._embedders[spec] = found
            return found

    def _connect(self) -> Engine:
        if isinstance(self._wanted, Engine):
            return self._wanted
        if isinstance(self._wanted, str):
            spec = EngineSpec.parse(self._wanted)
            return self._workplace.loop.run(connect(spec, self.settings, progress=self._progress))
        return Engine.of(self._wanted, context_tokens=self.settings.context_tokens)
