"""Pages of allowed hosts, read as text."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import httpcore
import httpx
from anyio.to_thread import run_sync

from dragoman.errors import DocumentError, ToolFailedMistake
from dragoman.tools.builtin.allowed_hosts import AllowedHosts
from dragoman.tools.builtin.public_addresses import CheckedBackend
from dragoman.tools.tool import Tool, tool

MOST_BYTES = 1_000_000
"""Bytes of a page that are read, after decompression; the result says when there were more."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_HEADERS = [
    # httpcore sends what it is given and keeps nothing: no cookies, no credentials, no proxy.
    (b"User-Agent", b"dragoman"),
    (b"Accept", b"text/html, application/json, text/*;q=0.9, application/xml;q=0.8"),
    (b"Accept-Encoding", b"gzip"),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    status: int
    headers: dict[str, str]
    body: bytes
    is_whole: bool


def make_http_get(
    hosts: Iterable[str],
    *,
    backend: httpcore.AsyncNetworkBackend | None = None,
    seconds: float = 20.0,
    most_bytes: int = MOST_BYTES,
) -> Tool:
    """The tool `http_get`.

    Args:
        hosts: What may be asked, as `AllowedHosts` takes it.
        backend: How connections are made; by default to public addresses only. Whoever brings
            another one answers for where it leads.
        seconds: Time limit of a page, redirects included.
        most_bytes: Bytes of a page that are read.

    Raises:
        ConfigurationError: no hosts, or an entry that is not one.
    """
    allowed = AllowedHosts(hosts)
    dialer = backend or CheckedBackend()

    @tool(name="http_get", effect="none")
    async def http_get(url: str) -> dict[str, str]:
        """Read a web page or a JSON document at a known address.

        Args:
            url: The whole address, beginning with https://.
        """
        try:
            async with asyncio.timeout(seconds):
                return await _read(url, allowed, dialer, most_bytes)
        except TimeoutError:
            raise ToolFailedMistake(f"The page did not come within {seconds:g} s.") from None

    return http_get


async def _read(
    text: str, allowed: AllowedHosts, backend: httpcore.AsyncNetworkBackend, most: int
) -> dict[str, str]:
    url = allowed.checked(text)
    for _ in range(_MOST_REDIRECTS + 1):
        page = await _fetch(url, backend, most)
        target = page.headers.get("location", "")
        if page.status not in _REDIRECTS or not target:
            return _readable(url, page, most)
        following = allowed.checked(_joined(url, target))
        if url.scheme == "https" and following.scheme == "http":
            raise ToolFailedMistake(f"{url.host} redirects to an address without encryption.")
        url = following
    raise ToolFailedMistake(f"{url.host} redirects more than {_MOST_REDIRECTS} times.")


def _joined(url: httpx.URL, target: str) -> str:
    try:
        return str(url.join(target))
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise ToolFailedMistake(f"{url.host} redirects to what is no address.") from error


async def _fetch(url: httpx.URL, backend: httpcore.AsyncNetworkBackend, most: int) -> _Page:
    # The very pieces that were checked, so that no second parser can read them in another way.
    address = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    headers = [(b"Host", url.netloc), *_HEADERS]
    context = await run_sync(_certificates) if url.scheme == "https" else None
    # A pool for each request: a kept connection would outlive the check of its address.
    async with httpcore.AsyncConnectionPool(ssl_context=context, network_backend=backend) as pool:
        try:
            async with pool.stream("GET", address, headers=headers) as response:
                fields = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                if response.status in _REDIRECTS:
                    return _Page(status=response.status, headers=fields, body=b"", is_whole=True)
                body, is_whole = await _body(response, fields, most)
                return _Page(status=response.status, headers=fields, body=body, is_whole=is_whole)
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            raise ToolFailedMistake(f"{url.host} cannot be read: {error}.") from error


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Whom to believe; read once, off the event loop, because it takes 50 ms."""
    return httpcore.default_ssl_context()


async def _body(
    response: httpcore.Response, headers: dict[str, str], most: int
) -> tuple[bytes, bool]:
    """At most `most` bytes, decompressed; a bomb is never blown up beyond that."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip", ""}:
        raise ToolFailedMistake(f"The page is compressed in a way that was not asked: {encoding}.")
    unzip = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    body = b""
    async for chunk in response.aiter_stream():
        try:
            body += unzip.decompress(chunk, most + 1 - len(body)) if unzip else chunk
        except zlib.error as error:
            raise ToolFailedMistake("The page's compression is broken.") from error
        if len(body) > most:
            return body[:most], False
    return body, True


def _readable(url: httpx.URL, page: _Page, most: int) -> dict[str, str]:
    if page.status >= 400:
        raise ToolFailedMistake(f"{url.host} answered with status {page.status} for {url.path}.")
    kind = page.headers.get("content-type", "text/plain").split(";")[0].strip().lower()
    if not (kind.startswith("text/") or kind.endswith(("/json", "+json", "/xml", "+xml"))):
        raise ToolFailedMistake(f"The address leads to {kind}, not to a text, a page or JSON.")
    text, title = _text(page, is_page=kind in {"text/html", "application/xhtml+xml"})
    found = {"url": str(url), "title": title, "text": text}
    if not page.is_whole:
        found["left_out"] = f"what comes after the first {most:,} bytes"
    return {name: value for name, value in found.items() if value}


def _text(page: _Page, *, is_page: bool) -> tuple[str, str]:
    from dragoman.memory.encodings import decode  # noqa: PLC0415 - only a page needs them
    from dragoman.memory.html import extract_html  # noqa: PLC0415 - the same

    declared = httpx.Headers(page.headers).get("content-type", "").lower().partition("charset=")[2]
    try:
        text = page.body.decode(declared.split(";")[0].strip(" \"'") or "utf-8")
    except (LookupError, UnicodeDecodeError):
        try:
            text = decode(page.body).text
        except DocumentError as error:
            raise ToolFailedMistake(f"The page is no readable text. {error.message}") from error
    if not is_page:
        return text, ""
    extracted = extract_html(text)
    return extracted.text, extracted.title
