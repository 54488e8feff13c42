"""The server at work: on standard input and output, or over HTTP for this machine only."""

from __future__ import annotations

import hmac
import os
import secrets
import sys
from typing import TYPE_CHECKING, Any, Self

from mcp.server.stdio import stdio_server

from dragoman.errors import ConfigurationError
from dragoman.redaction import keep_secret
from dragoman.tools.worker import in_own_thread

if TYPE_CHECKING:
    from mcp.server import Server
    from starlette.types import ASGIApp, Receive, Scope, Send

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_SHORTEST_TOKEN = 16


async def serve_stdio(server: Server[Any]) -> None:
    """Serve until standard input ends; standard output carries the protocol and nothing else."""
    lines: Any = StandardInput()
    async with stdio_server(stdin=lines) as (read, write):
        await server.run(read, write, server.create_initialization_options())


class StandardInput:
    """The lines of standard input, read in threads that a signal need not wait for.

    The SDK's own reader holds the process until its input ends: whoever sends SIGTERM, or presses
    Ctrl-C, would wait for ever. Tools and child processes find standard input empty.
    """

    def __init__(self) -> None:
        """Take standard input over for the rest of the process."""
        self._descriptor = os.dup(0)
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        self._lines: list[bytes] = []
        self._rest: list[bytes] = []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while not self._lines:
            # No buffered file: its lock would be held by a thread that is left behind.
            data = await in_own_thread(lambda: os.read(self._descriptor, 65536))
            if not data:
                raise StopAsyncIteration
            *whole, rest = data.split(b"\n")
            if whole:
                self._lines = [b"".join([*self._rest, whole[0]]), *whole[1:]]
                self._rest = []
            self._rest.append(rest)
        return self._lines.pop(0).decode(errors="replace")


async def serve_http(server: Server[Any], *, host: str, port: int, token: str) -> None:
    """Serve streamable HTTP at ``http://HOST:PORT/mcp`` until a signal comes.

    Args:
        server: The server.
        host: An address of this machine that others cannot reach.
        port: The port.
        token: What clients must send as ``Authorization: Bearer TOKEN``.
    """
    import uvicorn

    app = RequireToken(server.streamable_http_app(host=host), token)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False)
    await uvicorn.Server(config).serve()


class RequireToken:
    """An application that only those reach who know the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        """Guard `app`."""
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 401."""
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                from starlette.responses import PlainTextResponse

                refusal = PlainTextResponse(
                    "The token is missing or wrong.",
                    status_code=401,
                    headers={"WWW-Authenticate": "Bearer"},
                )
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``PORT``.

    Raises:
        ConfigurationError: it is no address, or one that other machines can reach.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not (port.isdecimal() and 0 < int(port) < 65536):
        raise ConfigurationError(
            f"{address!r} is not an address.", cure="Use HOST:PORT, such as 127.0.0.1:8750."
        )
    if host not in _HERE:
        raise ConfigurationError(
            f"{host} can be reached from other machines, and the token would travel in clear.",
            cure="Use 127.0.0.1, and an SSH tunnel or a proxy with TLS before it.",
        )
    return host, int(port)


def chosen_token(token: str) -> str:
    """The setting's token, or a new one, which is printed to standard error.

    Raises:
        ConfigurationError: the setting's token can be guessed.
    """
    if not token:
        token = secrets.token_urlsafe(24)
        sys.stderr.write(f"Token for this run: {token}\n")
    if len(token) < _SHORTEST_TOKEN:
        raise ConfigurationError(
            f"The token has fewer than {_SHORTEST_TOKEN} characters.",
            cure="Set a longer DRAGOMAN_MCP_TOKEN.",
        )
    return keep_secret(token)
