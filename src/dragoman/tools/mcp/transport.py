"""How a server is reached: a child process, or an address."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import SecretStr

from dragoman.errors import ConfigurationError
from dragoman.redaction import keep_secret, names_secret
from dragoman.settings import McpServer

if TYPE_CHECKING:
    from mcp.client import Transport

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def transport(server: McpServer, *, log: Path, ended: Callable[[], None]) -> Transport:
    """The transport of `server`, not entered yet.

    Args:
        server: The server.
        log: File for what a child process writes to standard error.
        ended: Called when the server hangs up or its process ends.

    Raises:
        ConfigurationError: a variable of its environment or headers is not set.
    """
    return _stdio(server, log, ended) if server.command else _http(server, ended)


@asynccontextmanager
async def _stdio(server: McpServer, log: Path, ended: Callable[[], None]) -> AsyncIterator[Any]:
    from anyio import to_thread  # noqa: PLC0415 - with the rest
    from mcp import StdioServerParameters, stdio_client  # noqa: PLC0415 - a second to import

    parameters = StdioServerParameters(
        command=server.command,
        args=list(server.args),
        env=expanded(server.env),
        cwd=server.cwd,
        encoding_error_handler="replace",
    )
    errors = await to_thread.run_sync(_opened, log)
    try:
        async with stdio_client(parameters, errlog=errors) as (read, write):
            yield _Watched(read, ended), write
    finally:
        errors.close()


@asynccontextmanager
async def _http(server: McpServer, ended: Callable[[], None]) -> AsyncIterator[Any]:
    from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415 - as above
    from mcp.shared._httpx_utils import create_mcp_http_client  # noqa: PLC0415 - as above

    async with (
        create_mcp_http_client(headers=expanded(server.headers)) as client,
        streamable_http_client(server.url, http_client=client) as (read, write),
    ):
        yield _Watched(read, ended), write


def expanded(values: Mapping[str, SecretStr]) -> dict[str, str]:
    """`values` in clear, each ``${NAME}`` replaced by that variable of our environment.

    Raises:
        ConfigurationError: there is no such variable.
    """
    found = {key: _expanded(key, value.get_secret_value()) for key, value in values.items()}
    for key, value in found.items():
        if names_secret(key):
            keep_secret(value)
    return found


def _expanded(key: str, value: str) -> str:
    missing = [name for name in _VARIABLE.findall(value) if name not in os.environ]
    if missing:
        raise ConfigurationError(
            f"The MCP setting {key} names the variable {missing[0]}, which is not set.",
            cure=f"Set {missing[0]} in the environment.",
        )
    return _VARIABLE.sub(lambda found: keep_secret(os.environ[found[1]]), value)


def _opened(log: Path) -> Any:
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("w", encoding="utf-8")


class _Watched:
    """A stream that tells when it has ended; in all else the stream that it wraps."""

    def __init__(self, stream: Any, ended: Callable[[], None]) -> None:
        self._stream = stream
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._stream.__anext__()
        except BaseException:
            self._ended()
            raise

    async def receive(self) -> Any:
        try:
            return await self._stream.receive()
        except BaseException:
            self._ended()
            raise

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *details: object) -> bool | None:
        left: bool | None = await self._stream.__aexit__(*details)
        return left
