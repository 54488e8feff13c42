"""What every HTTP connection to an engine needs: time limits, certificates, no proxy at home."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from urllib.parse import urlsplit

import httpx

from dragoman.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeLimits:
    """How long a call may take in each of its phases, in seconds."""

    connect: float = 5.0
    """To open the connection."""

    first_token: float = 300.0
    """From the request to the first line of the reply: queue, loading and reading the prompt."""

    token_gap: float = 60.0
    """Between two lines of the reply."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings name."""
        return cls(
            connect=settings.connect_seconds,
            first_token=settings.first_token_seconds,
            token_gap=settings.token_gap_seconds,
        )


def tls_for(address: str) -> ssl.SSLContext:
    """The certificates to trust at `address`, read once per process.

    Reading them blocks for some 20 ms, so an event loop asks for it in a thread, and plain HTTP
    gets a context that trusts nobody: it is never used, and fails closed if it ever were.
    """
    return _certificates() if address.startswith("https:") else _nobody()


def is_loopback(address: str) -> bool:
    """Whether `address` is this machine, which HTTP_PROXY is never meant for."""
    name = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@lru_cache(maxsize=1)
def _nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
