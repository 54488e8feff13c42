"""The tools of all servers in the settings, each with its permission, or the reason against it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from anyio.to_thread import run_sync

from dragoman.errors import McpServerError, ToolDefinitionError
from dragoman.settings import McpPermission, McpServer, Settings
from dragoman.tools.json_arguments import model_of_schema
from dragoman.tools.mcp.connection import Connection
from dragoman.tools.mcp.definition import Definition, safe_line
from dragoman.tools.mcp.pins import Pins
from dragoman.tools.mcp.schema import plain_schema
from dragoman.tools.tool import Tool

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """One tool of a server and what became of it."""

    server: str
    """The server's name in the settings."""

    definition: Definition
    """The tool as the server describes it now."""

    declared: bool
    """Whether the settings say what the tool may do; otherwise it counts as the gravest kind."""

    tool: Tool | None = None
    """The tool that the assistant gets, under the name ``server_tool``."""

    problem: str = ""
    """Why the assistant does not get it; empty when it does."""

    changed: bool = False
    """Whether its definition is another one than was accepted."""


class McpTools:
    """The servers of the settings, connected; all on one event loop.

    Usage:
        async with McpTools(settings) as connected:
            registry = Registry([calculator, *connected.tools])
    """

    def __init__(
        self, settings: Settings, *, home: Path | None = None, record: bool = True
    ) -> None:
        """Describe the tools; nothing is started yet.

        Args:
            settings: Names the servers.
            home: Data folder with the accepted definitions; the setting's when not given.
            record: Whether tools that are seen for the first time are accepted and written down;
                the caller must own the folder.
        """
        self._settings = settings
        self._home = home or settings.home
        self._record = record
        self._connections: dict[str, Connection] = {}
        self.offers: tuple[Offer, ...] = ()
        self.unreachable: dict[str, McpServerError] = {}

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What the assistant may use."""
        return tuple(offer.tool for offer in self.offers if offer.tool is not None)

    async def open(self) -> Self:
        """Connect all servers and work out what each tool may do.

        Raises:
            McpServerError: a server that is not optional cannot be used.
            ConfigurationError: a setting or the file of accepted definitions cannot be used.
            MissingExtraError: the MCP SDK is not installed.
        """
        servers = self._settings.mcp.servers
        self._connections = {
            name: Connection(name, server, log=self._home / "logs" / f"mcp-{name}.log")
            for name, server in servers.items()
        }
        try:
            found = await asyncio.gather(
                *(self._opened(name, server) for name, server in servers.items())
            )
            self.offers = await run_sync(self._judged, dict(zip(servers, found, strict=True)))
        except BaseException:
            await self.aclose()
            raise
        return self

    async def aclose(self) -> None:
        """End all servers; calling it again does nothing."""
        connections, self._connections = self._connections, {}
        await asyncio.gather(*(connection.aclose() for connection in connections.values()))

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _opened(self, name: str, server: McpServer) -> tuple[Definition, ...]:
        try:
            return await self._connections[name].open()
        except McpServerError as error:
            if not server.optional:
                raise
            self.unreachable[name] = error
            _log.warning("%s The assistant works without it.", error.message)
            return ()

    def _judged(self, found: Mapping[str, tuple[Definition, ...]]) -> tuple[Offer, ...]:
        """What becomes of each tool; reads and writes files, so not on the event loop."""
        servers, pins = self._settings.mcp.servers, Pins(self._home)
        offers: list[Offer] = []
        for name, definitions in found.items():
            changed = self._changed(pins, name, definitions)
            offers += self._offered(name, servers[name], definitions, changed)
        judged = tuple(_without_doubles(offers))
        for offer in judged:
            if offer.problem and servers[offer.server].allows(offer.definition.name):
                _log.warning("%s of %s: %s", offer.definition.name, offer.server, offer.problem)
        return judged

    def _changed(
        self, pins: Pins, name: str, definitions: tuple[Definition, ...]
    ) -> frozenset[str]:
        if self._record:
            return pins.record(name, definitions)
        accepted = {each.name: pins.accepted(name, each.name) for each in definitions}
        return frozenset(
            each.name
            for each in definitions
            if (known := accepted[each.name]) is not None and known.fingerprint != each.fingerprint
        )

    def _offered(
        self,
        name: str,
        server: McpServer,
        definitions: tuple[Definition, ...],
        changed: frozenset[str],
    ) -> Iterator[Offer]:
        if name not in self.unreachable:
            for missing in sorted(server.tools.keys() - {each.name for each in definitions}):
                _log.warning(
                    "The MCP server %s has no tool %s, which the settings name.", name, missing
                )
        for definition in definitions:
            offer = Offer(
                server=name,
                definition=definition,
                declared=definition.name in server.tools,
                changed=definition.name in changed,
            )
            if not server.allows(definition.name):
                yield replace(offer, problem="it is not among the allowed tools")
            elif offer.changed:
                yield replace(
                    offer,
                    problem="it is not what was accepted; look at the change with "
                    f"`dragoman mcp accept {name}`",
                )
            else:
                yield self._as_offer(offer, server.tools.get(definition.name, McpPermission()))

    def _as_offer(self, offer: Offer, permission: McpPermission) -> Offer:
        try:
            return replace(offer, tool=self._tool(offer, permission))
        except ToolDefinitionError as error:
            return replace(offer, problem=error.message)

    def _tool(self, offer: Offer, permission: McpPermission) -> Tool:
        definition, connection = offer.definition, self._connections[offer.server]
        key = permission.idempotency_key
        schema = plain_schema(definition.schema, hidden=key)

        async def call(**arguments: Any) -> Any:
            return await connection.call(definition, arguments)

        name = tool_name(offer.server, definition.name)
        return Tool(
            name=name,
            description=definition.shown or f"{name}, which its server does not describe.",
            arguments=model_of_schema(name, schema),
            function=call,
            effect=permission.effect,
            approval=permission.asks,
            timeout=permission.timeout,
            idempotency_key=key,
            trusted=permission.trusted,
        )


def tool_name(server: str, tool: str) -> str:
    """The name for the model: ``server_tool``, always, in the characters that a name may have.

    The server's name is in front even where nothing collides, so that a server that is added later
    renames no other tool: prompts, approvals and the ledger keep meaning the same.
    """
    return re.sub(r"[^a-zA-Z0-9_-]", "_", f"{server}_{tool}")


def _without_doubles(offers: list[Offer]) -> Iterator[Offer]:
    """Two tools of one name are both refused: which one was meant is anybody's guess."""
    count = Counter(offer.tool.name for offer in offers if offer.tool is not None)
    for offer in offers:
        if offer.tool is not None and count[offer.tool.name] > 1:
            name = safe_line(offer.tool.name, longest=64)
            yield replace(offer, tool=None, problem=f"two tools would be named {name}")
        else:
            yield offer
