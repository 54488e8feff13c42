"""What every request passes first: right host, no foreign page, no endless body; and headers."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dragoman.errors import (
    BodyTooLargeError,
    DragomanError,
    ForeignHostError,
    ForeignRequestError,
    SlowBodyError,
)
from dragoman.serving.http.statuses import refusal
from dragoman.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SLOWEST_SECONDS = 30.0
"""How long the next piece of a body is waited for."""

_MIB = 1024 * 1024
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; manifest-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class Guard:
    """An application that only proper requests reach, and whose replies browsers treat strictly.

    A name that is not ours points at this machine only by DNS rebinding, so it is refused;
    addresses and ``localhost`` cannot be rebound. A request that a browser sends for another
    site's page is refused even without an answer to it being readable: it could ask or upload.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """Guard `app`."""
        self._app = app
        self._names = frozenset(name.lower() for name in settings.serve_hosts)
        self._origins = frozenset(origin.rstrip("/").lower() for origin in settings.serve_origins)
        self._body = int(settings.serve_body_mb * _MIB)
        self._upload = int(settings.serve_upload_mb * _MIB)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin", "").rstrip("/").lower()
        allowed = origin in self._origins

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._extra(scope, origin, allowed)]
            await send(message)

        limit = self._upload if scope["path"] == "/api/documents" else self._body
        try:
            self._check(scope, headers, origin, allowed=allowed)
            length = headers.get(b"content-length", "")
            if length.isdecimal() and int(length) > limit:
                raise _too_large(limit)
        except DragomanError as error:
            await refusal(error)(scope, receive, send_with_headers)
            return
        if allowed and scope["method"] == "OPTIONS":
            await _Preflight()(scope, receive, send_with_headers)
            return
        await self._app(scope, _Counted(receive, limit), send_with_headers)

    def _check(
        self, scope: Scope, headers: dict[bytes, str], origin: str, *, allowed: bool
    ) -> None:
        host = headers.get(b"host", "").lower()
        if not self._is_ours(host):
            raise ForeignHostError(
                "This server is not known by that name.",
                cure="Name it in DRAGOMAN_SERVE_HOSTS, or use an address of the machine.",
            )
        if scope["method"] in _HARMLESS or allowed:
            return
        other_site = headers.get(b"sec-fetch-site", "none") not in {"same-origin", "none"}
        other_origin = bool(origin) and origin.partition("://")[2] != host
        if other_site or other_origin:
            raise ForeignRequestError(
                "Another site's page sent this request.",
                cure="Name the site in DRAGOMAN_SERVE_ORIGINS if its pages may use the API.",
            )

    def _is_ours(self, host: str) -> bool:
        name = _without_port(host)
        return name == "localhost" or name in self._names or _is_address(name)

    def _extra(self, scope: Scope, origin: str, allowed: bool) -> Sequence[tuple[bytes, bytes]]:
        extra = [*_HEADERS]
        if not scope["path"].startswith("/static/"):
            extra.append((b"cache-control", b"no-store"))
        if allowed:
            extra += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-expose-headers", b"retry-after"),
                (b"vary", b"origin"),
            ]
        return extra


class _Preflight:
    """The answer to a browser that asks whether another site's page may call."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import Response

        await Response(
            status_code=204,
            headers={
                "Access-Control-Allow-Methods": "GET, POST, DELETE",
                "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
                "Access-Control-Max-Age": "600",
            },
        )(scope, receive, send)


class _Counted:
    """A body that ends the request when it grows over the limit, or stops coming."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._seen = 0
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:  # from here on it is only about the client going away
            return await self._receive()
        try:
            async with asyncio.timeout(_SLOWEST_SECONDS):
                message = await self._receive()
        except TimeoutError:
            raise SlowBodyError(
                f"Nothing more of the body came for {_SLOWEST_SECONDS:g} seconds.",
                cure="Send it again.",
            ) from None
        self._whole = not message.get("more_body", False)
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise _too_large(self._limit)
        return message


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        f"The body is over the limit of {limit / _MIB:g} MiB.",
        cure="Send less at once, or raise DRAGOMAN_SERVE_BODY_MB or DRAGOMAN_SERVE_UPLOAD_MB.",
    )


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
