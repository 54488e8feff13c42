"""What every HTTP connection to an engine needs to know about its address."""

from __future__ import annotations

import ipaddress
import ssl
from functools import lru_cache
from urllib.parse import urlsplit

import httpx


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
