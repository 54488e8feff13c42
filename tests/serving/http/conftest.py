"""What the server's tests share: a server in this process, with a model that is played."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from hashed_words import HashedWords
from http_server import ADDRESS, Server

from dragoman.agents.deployment import Deployment
from dragoman.serving.http.app import create_app
from dragoman.serving.http.service import Service
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

Start = Callable[..., Any]


@pytest.fixture
async def start(home: Path) -> AsyncIterator[Start]:
    """Start servers that are closed after the test, each with its own script."""
    async with AsyncExitStack() as stack:

        async def started(
            script: Any = (),
            *,
            open_to_all: bool = True,
            tools: Any = (),
            agents: Any = (),
            **settings: Any,
        ) -> Server:
            model = ScriptedModel(script) if isinstance(script, (list, tuple)) else script
            deployment = Deployment(
                settings=Settings(home=home, serve_grace_seconds=0, **settings),
                engine=model,
                agents=agents,
                tools=tools,
                embedder=HashedWords(),
            )
            app = create_app(deployment, open_to_all=open_to_all)
            service: Service = app.state.service
            await service.start()
            stack.push_async_callback(service.close)
            transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
            client = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url=ADDRESS)
            )
            return Server(client, service, app)

        yield started


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
