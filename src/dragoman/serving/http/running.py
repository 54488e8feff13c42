"""The server at work: bound to an address, until a signal comes."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from dragoman.errors import ConfigurationError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from dragoman.serving.http.service import Service

_LONGEST_END = 15.0
"""Seconds for what has to be written down after the last turn was cut off."""


class DrainingServer(uvicorn.Server):
    """A server that lets turns finish when it is told to stop."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        """Serve, and tell `service` when the end is near."""
        super().__init__(config)
        self._service = service
        self._loop: asyncio.AbstractEventLoop | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal comes."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal lets turns finish, a second one does not."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._service.drain)
        super().handle_exit(sig, frame)


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Serve `app` until SIGTERM or SIGINT; then finish what is under way."""
    service: Service = app.state.service
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",  # there are none to serve
        timeout_keep_alive=75,  # longer than a proxy keeps a connection, so that it closes first
        timeout_graceful_shutdown=int(service.settings.serve_grace_seconds + _LONGEST_END),
    )
    asyncio.run(DrainingServer(config, service).serve(sockets=[listening]))


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        ConfigurationError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(
            f"The address {host}:{port} cannot be used: {error}.",
            cure="Choose another one with --host and --port.",
        ) from None


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can connect to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, *, has_keys: bool) -> bool:
    """Whether nobody needs a key: there is none, and nobody else can connect.

    Raises:
        ConfigurationError: others could connect, and there is no key.
    """
    if has_keys:
        return False
    if not is_loopback(host):
        raise ConfigurationError(
            f"{host} can be reached from other machines, and there is no API key.",
            cure="Make one first: dragoman keys create --tenant NAME; or use --host 127.0.0.1.",
        )
    return True
