"""Which addresses belong to the public internet, and connections to no others.

A host name is resolved once and the very address that was checked is connected to. Between a check
and a connection that resolves again, a name server may change its answer (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore

from dragoman.errors import ToolFailedMistake

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MayDial = Callable[[Address], bool]
Resolve = Callable[[str, int], Awaitable[list[str]]]

# Prefixes that carry an IPv4 address to wherever it leads: NAT64, 6to4, Teredo, IPv4-compatible.
_TRANSITION = [
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
]
# What an older Python still takes for global: protocol assignments and the 6to4 relays.
_SPECIAL = [ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24")]
_UNICAST = ipaddress.ip_network("2000::/3")
# Azure's metadata and DNS: a public address that answers inside the cloud only.
_METADATA = {ipaddress.ip_address("168.63.129.16")}


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be behind `address`, and nobody inside.

    Not public are private, loopback, link-local (cloud metadata among them), shared (CGNAT),
    multicast, reserved and documentation addresses, IPv4 addresses mapped into IPv6, and prefixes
    that translate to IPv4.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or address.scope_id is not None:
            return False
        if address not in _UNICAST or any(address in network for network in _TRANSITION):
            return False
    elif any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and address not in _METADATA


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that `may_dial` allows, each of them checked and dialed as it is.

    TLS still names the host, which httpcore takes from the URL.
    """

    def __init__(
        self,
        *,
        may_dial: MayDial = is_public,
        resolve: Resolve = resolve,
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """Dial with `inner`, httpcore's own for asyncio when it is not given."""
        self._may_dial = may_dial
        self._resolve = resolve
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(  # noqa: D102 - the library's interface
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the same
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, port)
        for number, address in enumerate(addresses, 1):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise ToolFailedMistake(f"The host {host} has no address.")

    async def connect_unix_socket(  # noqa: D102 - the library's interface
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the same
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.AsyncNetworkStream:
        raise ToolFailedMistake(f"{path} is not a host of the internet.")

    async def sleep(self, seconds: float) -> None:  # noqa: D102 - the library's interface
        await self._inner.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[str]:
        try:
            addresses = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise ToolFailedMistake(f"The host {host} cannot be found.") from error
        for address in addresses:
            # One private address among public ones is how a rebinding name server answers.
            if not self._may_dial(ipaddress.ip_address(address)):
                raise ToolFailedMistake(
                    f"The host {host} leads into a private network and is not read."
                )
        return addresses
