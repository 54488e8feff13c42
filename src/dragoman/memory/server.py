"""A Chroma server that somebody runs: its address, and whether it is one that we can use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from dragoman.errors import ConfigurationError, MemoryServerError
from dragoman.redaction import keep_secret
from dragoman.settings import Settings

PORT = 8000
"""Chroma's own port."""

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 300.0  # a large batch on a busy disk takes long; a dead server must end some time


@dataclass(frozen=True, kw_only=True, slots=True)
class ChromaServer:
    """Where a Chroma server is.

    Usage:
        server = ChromaServer.at("http://127.0.0.1:8000")
        server.check()
    """

    host: str
    """Host name or address, an IPv6 address in brackets."""

    port: int
    """Port."""

    secure: bool
    """Whether it speaks HTTPS."""

    token: str = field(default="", repr=False)
    """What it, or the proxy before it, wants to see; empty for nothing."""

    @classmethod
    def at(cls, url: str, *, token: str = "") -> Self:
        """The server at `url`.

        Raises:
            ConfigurationError: it is no ``http://host:port``.
        """
        cure = "Write it like http://127.0.0.1:8000; a token goes into DRAGOMAN_CHROMA_TOKEN."
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError as error:
            raise ConfigurationError(f"{url!r} is no address: {error}.", cure=cure) from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigurationError(f"{url!r:.200} is not the address of a server.", cure=cure)
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
            raise ConfigurationError(
                "The address of a Chroma server has a host and a port and nothing more.", cure=cure
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        secure = parts.scheme == "https"
        return cls(host=host, port=port or (443 if secure else PORT), secure=secure, token=token)

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The server that the settings name, None when they name none."""
        if not settings.chroma_url.strip():
            return None
        return cls.at(
            settings.chroma_url, token=keep_secret(settings.chroma_token.get_secret_value())
        )

    @property
    def url(self) -> str:
        """Its address, without the token."""
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"

    def headers(self) -> dict[str, str]:
        """What is sent with every request: Chroma's own header, and the one that proxies read."""
        if not self.token:
            return {}
        return {"Authorization": f"Bearer {self.token}", "X-Chroma-Token": self.token}

    def timeout(self) -> Any:
        """How long a request may take, for httpx."""
        import httpx  # noqa: PLC0415 - a memory without a server does without it

        return httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)

    def check(self) -> None:
        """Make sure that a Chroma server of ours is there.

        Raises:
            MemoryServerError: nothing answers, it refuses the token, or it is something else.
        """
        import httpx  # noqa: PLC0415 - a memory without a server does without it

        address = f"{self.url}/api/v2/version"
        try:
            reply = httpx.get(address, headers=self.headers(), timeout=_CONNECT_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self.unreachable(error) from error
        if reply.status_code in {401, 403}:
            raise self.refused()
        version = reply.text.strip().strip('"')
        if reply.status_code != httpx.codes.OK or re.fullmatch(r"\d+\.\d+.*", version) is None:
            raise MemoryServerError(
                f"What answers at {self.url} is no Chroma server of version 1 "
                f"(HTTP {reply.status_code}).",
                cure="Check DRAGOMAN_CHROMA_URL. A server older than 1.0 must be updated.",
            )
        if not version.startswith("1."):
            raise MemoryServerError(
                f"The Chroma server at {self.url} speaks version {version}, not 1.",
                cure='Run the server that belongs to this installation: "dragoman chroma".',
            )

    def unreachable(self, error: Exception) -> MemoryServerError:
        """Nothing answers."""
        return MemoryServerError(
            f"The Chroma server {self.url} does not answer ({type(error).__name__}: {error}).",
            cure='Start it with "dragoman chroma", or correct DRAGOMAN_CHROMA_URL. Nothing that '
            "was acknowledged is lost.",
        )

    def refused(self) -> MemoryServerError:
        """It, or a proxy before it, wants another token."""
        given = "the token" if self.token else "requests without a token"
        return MemoryServerError(
            f"The Chroma server {self.url} refuses {given}.",
            cure="Set DRAGOMAN_CHROMA_TOKEN.",
        )
