"""Fixtures for the models room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from replay import ReplayServer


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A server on this machine that plays what a test tells it to."""
    with ReplayServer() as running:
        yield running
