"""What all tests share: a home of their own, no network, no real model unless it is asked for."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from dragoman import redaction
from dragoman.settings import Settings

REAL_MODELS = Settings().models_path
"""Where this machine keeps its weights; read before any test moves the home."""


@pytest.fixture(autouse=True)
def _own_home(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty data folder for every test; only `real_model` tests see the machine's weights."""
    kept = {"OLLAMA_HOST"} if request.node.get_closest_marker("ollama") else set()
    for name in os.environ.keys() - kept:
        if name.startswith("DRAGOMAN_") or name in {"OLLAMA_HOST", "HF_ENDPOINT"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("DRAGOMAN_HOME", str(tmp_path / "home"))
    if request.node.get_closest_marker("real_model"):
        monkeypatch.setenv("DRAGOMAN_MODELS_DIR", str(REAL_MODELS))


@pytest.fixture(autouse=True)
def _no_known_secrets() -> Iterator[None]:
    """What one test gives as a secret is not taken out of another one's errors."""
    yield
    redaction._known.clear()


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections leave this machine only in tests that are marked for it."""
    if any(request.node.get_closest_marker(name) for name in ("online", "ollama")):
        return
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise RuntimeError(f"A test tried to connect to {host}.")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)


@pytest.fixture
def no_blocking() -> Iterator[BlockBuster]:
    """Fail when our own code blocks an event loop."""
    with blockbuster_ctx("dragoman") as blockbuster:
        yield blockbuster


@pytest.fixture
def settings() -> Settings:
    """Settings of the test's own home."""
    return Settings()
