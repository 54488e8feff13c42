"""The hosts that may be asked, and addresses (URLs) checked against them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from dragoman.errors import ConfigurationError, ToolFailedMistake

_ENTRY = re.compile(r"(?P<host>\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)+|\[[0-9a-f:]+\])(?::(?P<port>\d+))?")
_LOOKS_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*\.?", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    host: str
    port: int | None

    def covers(self, host: str, port: int, standard: int) -> bool:
        if port != (self.port or standard):
            return False
        if self.host == "*":
            return True
        if self.host.startswith("*."):
            return host.endswith(self.host[1:])
        return host == self.host


class AllowedHosts:
    """A list of hosts: ``example.com``, ``*.example.com`` (below it), ``example.com:8443``, ``*``.

    Without a port an entry allows 80 for http and 443 for https only.

    Usage:
        AllowedHosts(["docs.example.com"]).checked("https://docs.example.com/a?b=1")
    """

    def __init__(self, entries: Iterable[str]) -> None:
        """Read the entries.

        Raises:
            ConfigurationError: there are none, or one is not a host.
        """
        self._entries = [_entry(text) for text in entries]
        if not self._entries:
            raise ConfigurationError(
                "http_get has no hosts that it may ask.",
                cure="Set DRAGOMAN_HTTP_HOSTS, for example to docs.example.com,*.example.org.",
            )

    def checked(self, text: str) -> httpx.URL:
        """`text` as an address that may be asked, without its fragment.

        Raises:
            ToolFailedMistake: it is no web address, or its host is not on the list.
        """
        url = _parsed(text)
        host = url.raw_host.decode("ascii").rstrip(".").lower()
        standard = _PORTS[url.scheme]
        port = url.port or standard
        if not any(entry.covers(host, port, standard) for entry in self._entries):
            raise ToolFailedMistake(
                f"{_place(host, port, standard)} may not be read; allowed are: {self}."
            )
        if _LOOKS_NUMERIC.fullmatch(host) and not _is_address(host):
            raise ToolFailedMistake(f"{host} is not a host name.")
        return url.copy_with(fragment=None)

    def __str__(self) -> str:
        names = [entry.host + (f":{entry.port}" if entry.port else "") for entry in self._entries]
        return ", ".join(names[:10]) + (", …" if len(names) > 10 else "")


def _entry(text: str) -> _Entry:
    wanted = text.strip().lower()
    try:
        # As a URL writes it: 例え.jp is xn--r8jz45g.jp.
        encoded = wanted if wanted.isascii() else wanted.encode("idna").decode("ascii")
    except UnicodeError:
        encoded = ""
    found = _ENTRY.fullmatch(encoded)
    if found is None:
        raise ConfigurationError(
            f"{text!r} is not a host that http_get could ask.",
            cure="Write docs.example.com, *.example.com or example.com:8443, without https://.",
        )
    port = found["port"]
    return _Entry(host=found["host"].strip("[]"), port=int(port) if port else None)


def _parsed(text: str) -> httpx.URL:
    if len(text) > _LONGEST:
        raise ToolFailedMistake(f"The address is longer than {_LONGEST:,} characters.")
    if not text.isprintable() or "\\" in text or " " in text.strip():
        raise ToolFailedMistake(f"{text!r:.200} is not a web address.")
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise ToolFailedMistake(f"{text!r:.200} is not a web address: {error}.") from error
    if url.scheme not in _PORTS or not url.raw_host:
        raise ToolFailedMistake(f"{text!r:.200} is not an http or https address with a host.")
    if url.userinfo:
        raise ToolFailedMistake("An address with a user name or password is not read.")
    return url


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _place(host: str, port: int, standard: int) -> str:
    return host if port == standard else f"Port {port} of {host}"
