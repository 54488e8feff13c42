"""The one place where the `ollama` client is extended.

`ollama.AsyncClient` (0.6.3) has no ``truncate`` and ``shift`` in its `chat`, waits forever by
default, splits a stream at every Unicode line separator (U+0085 inside an answer breaks it) and
lets decoding errors through as they are. What it does well is kept: addresses, headers and keys.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from ollama import AsyncClient

from dragoman.errors import (
    ConfigurationError,
    EngineCrashedError,
    EngineReplyError,
    EngineTimeoutError,
)
from dragoman.models.connections import TimeLimits, is_loopback, tls_for
from dragoman.models.failures import broken_text, excerpt, read_failure
from dragoman.models.ollama_errors import explain, unreachable


class OllamaClient(AsyncClient):
    """A connection to one Ollama server, for one event loop.

    Usage:
        async with open_client("http://127.0.0.1:11434") as client:
            version = (await client.fetch("GET", "/api/version"))["version"]
    """

    def __init__(self, host: str, *, limits: TimeLimits, tls: ssl.SSLContext) -> None:
        """`host` as people write it: ``127.0.0.1``, ``gpu-box:11434``, ``https://…``."""
        self.limits = limits
        super().__init__(
            host,
            timeout=httpx.Timeout(None, connect=limits.connect),
            verify=tls,
            follow_redirects=False,  # a redirected POST would arrive as a GET without its body
            trust_env=not is_loopback(host),  # HTTP_PROXY is not meant for this machine
        )
        self.host = str(self._client.base_url).rstrip("/")

    async def aclose(self) -> None:
        """Close the connection (`AsyncClient.close` came only after ollama 0.6.0)."""
        await self._client.aclose()

    async def fetch(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The one JSON object that a call answers with, empty for an empty answer.

        Raises:
            EngineError: unreachable, too slow, or not an answer of Ollama's.
            ModelNotFoundError: the model is not there.
        """
        answer: dict[str, Any] = {}
        async with aclosing(self.stream(method, path, body)) as lines:
            async for line in lines:
                answer = line
        return answer

    async def stream(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The JSON objects that a call answers with, one a line, as they come.

        Closing the generator closes the connection, upon which Ollama stops generating.

        Raises:
            EngineError: unreachable, too slow, an ``error`` line, or not lines of JSON objects.
            ModelNotFoundError: the model is not there.
        """
        model = str((body or {}).get("model", ""))
        limit, phase = self.limits.first_token, "to begin its reply"
        async with aclosing(self._lines(method, path, body, model)) as lines:
            while True:
                try:
                    async with asyncio.timeout(limit):
                        line = await anext(lines)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise self._too_slow(phase, limit) from None
                yield self._parse(line, model)
                limit, phase = self.limits.token_gap, "between two parts of its reply"

    async def _lines(
        self, method: str, path: str, body: Mapping[str, Any] | None, model: str
    ) -> AsyncGenerator[str, None]:
        received = False
        try:
            async with self._client.stream(method, path, json=body) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise explain(
                        read_failure(
                            host=self.host,
                            model=model,
                            status=response.status_code,
                            body=response.content.decode(errors="replace"),
                        )
                    )
                async for line in _split(response.aiter_bytes()):
                    received = True
                    yield line
        except UnicodeEncodeError as error:
            raise broken_text(error) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise unreachable(self.host, _reason(error)) from None
        except httpx.HTTPError as error:
            raise self._hung_up(error, received=received) from None

    def _parse(self, line: str, model: str) -> dict[str, Any]:
        try:
            parsed = json.loads(line)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            raise explain(read_failure(host=self.host, model=model, status=200, body=line))
        if parsed.get("error"):
            body = json.dumps({"error": parsed["error"]})
            raise explain(read_failure(host=self.host, model=model, status=200, body=body))
        return parsed

    def _too_slow(self, phase: str, limit: float) -> EngineTimeoutError:
        return EngineTimeoutError(
            f"Ollama at {self.host} took more than {limit:g} s {phase}.",
            cure="Take a smaller model or a shorter prompt, or raise DRAGOMAN_FIRST_TOKEN_SECONDS "
            "or DRAGOMAN_TOKEN_GAP_SECONDS.",
        )

    def _hung_up(self, error: httpx.HTTPError, *, received: bool) -> EngineReplyError:
        message = f"Ollama at {self.host} closed the connection"
        cure = "See whether the server was stopped or restarted, then ask again."
        if received:
            return EngineReplyError(f"{message} in mid-reply ({_reason(error)}).", cure=cure)
        return EngineCrashedError(f"{message} before replying ({_reason(error)}).", cure=cure)


@asynccontextmanager
async def open_client(
    host: str, *, limits: TimeLimits | None = None
) -> AsyncIterator[OllamaClient]:
    """A client for one call or a few in a row, closed at the end.

    A client is bound to the event loop that first uses it. One client a call costs well under a
    millisecond on this machine and can never meet a foreign or a closed loop.
    """
    address = _reachable(host)
    tls = await asyncio.to_thread(tls_for, address)
    try:
        client = OllamaClient(address, limits=limits or TimeLimits(), tls=tls)
    except httpx.InvalidURL:
        raise _no_address(host) from None
    try:
        yield client
    finally:
        await client.aclose()


def _reachable(host: str) -> str:
    """`host` in full, and with the loopback address in place of "every address".

    ``OLLAMA_HOST=0.0.0.0`` tells a server where to listen; not every client can connect to it.
    """
    text = host.strip() or "127.0.0.1"
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    try:
        if "[" not in rest and rest.count(":") > 1:
            rest = f"[{rest}]"  # an IPv6 address as people write it
        parts = urlsplit(f"//{rest}")
        name, port = parts.hostname, parts.port
    except ValueError:
        name = port = parts = None
    if parts is None or not name or scheme not in {"", "http", "https"}:
        raise _no_address(host)
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104 - it is replaced
    if ":" in name:
        name = f"[{name}]"
    port = port or {"http": 80, "https": 443}.get(scheme, 11434)
    return f"{scheme or 'http'}://{name}:{port}{parts.path.rstrip('/')}"


def _no_address(host: str) -> ConfigurationError:
    return ConfigurationError(
        f"{host!r} is not the address of an Ollama server.",
        cure="Set OLLAMA_HOST to something like 127.0.0.1:11434 or https://ollama.example.",
    )


async def _split(parts: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Lines ended by a line feed and by nothing else, without the empty ones."""
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.strip():
                yield line.decode(errors="replace")
    if rest.strip():
        yield rest.decode(errors="replace")


def _reason(error: Exception) -> str:
    return excerpt(str(error)) or type(error).__name__
