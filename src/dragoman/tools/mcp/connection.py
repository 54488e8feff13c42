"""One MCP server at work: connected in a task of its own, and connected anew after it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync

from dragoman.errors import (
    DragomanError,
    McpServerError,
    MissingExtraError,
    OutcomeUnknownMistake,
    ToolFailedMistake,
)
from dragoman.settings import McpServer
from dragoman.tools.mcp.definition import Definition, safe_line
from dragoman.tools.mcp.results import as_result
from dragoman.tools.mcp.transport import transport

if TYPE_CHECKING:
    from mcp import Client

_MOST_TOOLS = 500


class Connection:
    """The connection to one server, on one event loop.

    The SDK's connection has to be left by the task that entered it, and turns come and go; so a
    task of its own holds it from `open` to `aclose`, and calls may come from any task.

    Usage:
        connection = Connection("files", server, log=home / "logs" / "mcp-files.log")
        definitions = await connection.open()
        text = await connection.call(definitions[0], {"path": "a.txt"})
    """

    def __init__(self, name: str, server: McpServer, *, log: Path) -> None:
        """Describe the connection; nothing is started yet."""
        self.name = name
        self._server = server
        self._log = log
        self._client: Client | None = None
        self._definitions: Mapping[str, Definition] = {}
        self._holder: asyncio.Task[None] | None = None
        self._leave = asyncio.Event()
        self._opening = asyncio.Lock()

    async def open(self) -> tuple[Definition, ...]:
        """Start or reach the server, unless that is done, and read what tools it has.

        Raises:
            McpServerError: it cannot be started or reached, or does not speak MCP.
            MissingExtraError: the MCP SDK is not installed.
            ConfigurationError: its settings cannot be used.
        """
        async with self._opening:
            if self._client is None:
                await self._end()
                await self._begin()
            return tuple(self._definitions.values())

    async def call(self, definition: Definition, arguments: Mapping[str, Any]) -> Any:
        """Call a tool as it was accepted.

        Raises:
            ToolFailedMistake: the tool or the server says that it failed, or the tool is not what
                it was when it was accepted.
            OutcomeUnknownMistake: the server ended, or hung up, in the middle of the call.
        """
        from mcp import MCPError  # noqa: PLC0415 - a second to import
        from mcp_types import CONNECTION_CLOSED  # noqa: PLC0415 - the same

        client = await self._connected(definition)
        try:
            answer = await client.call_tool(definition.name, dict(arguments))
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                self._leave.set()
                self._client = None
                raise OutcomeUnknownMistake(
                    f"The MCP server {self.name} ended in the middle of the call. "
                    "It is not known whether the call took effect."
                ) from None
            said = safe_line(error.message, longest=500)
            raise ToolFailedMistake(f"{definition.name} failed: {said}") from None
        return as_result(answer, tool=definition.name)

    async def aclose(self) -> None:
        """End the server or leave it; calling it again does nothing."""
        async with self._opening:
            await self._end()

    async def _connected(self, definition: Definition) -> Client:
        """The client; after a new start only if the tool is still the accepted one."""
        try:
            await self.open()
        except DragomanError as error:
            raise ToolFailedMistake(error.message) from error
        current = self._definitions.get(definition.name)
        if self._client is None or current is None or current.fingerprint != definition.fingerprint:
            raise ToolFailedMistake(
                f"The MCP server {self.name} has changed or removed the tool {definition.name} "
                "since it was accepted. It was not called."
            )
        return self._client

    async def _begin(self) -> None:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        self._holder = asyncio.create_task(self._hold(ready, self._leave), name=f"mcp-{self.name}")
        try:
            async with asyncio.timeout(self._server.connect_seconds):
                await asyncio.shield(ready)
        except TimeoutError:
            await self._end()
            raise self._unusable(
                f"gave no answer within {self._server.connect_seconds:g} s"
            ) from None
        except BaseException:
            await self._end()
            raise

    async def _hold(self, ready: asyncio.Future[None], leave: asyncio.Event) -> None:
        """Enter the connection, keep it until `leave` is set, and leave it."""
        try:
            make = await run_sync(_client_class)
            reached = transport(self._server, log=self._log, ended=leave.set)
            async with make(reached) as client:
                self._definitions = await _listed(client)
                self._client = client
                if not ready.done():
                    ready.set_result(None)
                await leave.wait()
                self._client = None
        except Exception as error:  # noqa: BLE001 - a stranger's process, and groups of errors
            if not ready.done():
                ready.set_exception(self._failure(error))
        finally:
            self._client = None

    async def _end(self) -> None:
        holder, self._holder = self._holder, None
        if holder is None:
            return
        if self._client is None and not self._leave.is_set():
            holder.cancel()  # it is still connecting
        self._leave.set()
        await asyncio.wait({holder})

    def _failure(self, error: Exception) -> DragomanError:
        """What went wrong, from inside the groups that the SDK's tasks wrap it in."""
        inner: BaseException = error
        while isinstance(inner, BaseExceptionGroup):
            inner = inner.exceptions[0]
        if isinstance(inner, DragomanError):
            return inner
        reason = safe_line(str(inner), longest=300) or type(inner).__name__
        return self._unusable(f"cannot be used: {reason}")

    def _unusable(self, what: str) -> McpServerError:
        where = f"; it wrote to {self._log}" if self._server.command else ""
        return McpServerError(
            f"The MCP server {self.name} {what}.",
            cure=f"Check [mcp.servers.{self.name}] in dragoman.toml{where}. "
            "With `optional = true` the assistant works without it.",
        )


async def _listed(client: Client) -> dict[str, Definition]:
    """All tools by name, page by page."""
    found: dict[str, Definition] = {}
    cursor: str | None = None
    while len(found) < _MOST_TOOLS:
        page = await client.list_tools(cursor=cursor, cache_mode="refresh")
        known = len(found)
        found |= {tool.name: Definition.of(tool) for tool in page.tools[:_MOST_TOOLS]}
        cursor = page.next_cursor
        if cursor is None or len(found) == known:
            break
    return found


def _client_class() -> type[Client]:
    """The SDK's client; importing it takes a second, so it is done beside the event loop."""
    try:
        from mcp import Client  # noqa: PLC0415 - as the docstring says
    except ImportError as error:
        raise MissingExtraError(
            f"MCP needs the MCP SDK, which cannot be imported ({error}).",
            cure='Run: pip install "dragoman[mcp]"',
        ) from None
    return Client
