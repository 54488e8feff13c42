"""What the page's tests share: a real server, a played model, and Chromium where there is one."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hashed_words import HashedWords

from dragoman.agents.deployment import Deployment
from dragoman.serving.http.app import create_app
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # as root, the way containers run tests
]

Serve = Callable[..., str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for the tests of a module, all of them sync.

    Playwright runs an event loop in this thread; while it does, no async test can run here.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open pages in contexts of their own; whatever the page's scripts complain about fails."""
    contexts, complaints = [], []

    def visited(address: str, *, locale: str = "en-US", size: tuple[int, int] = (1280, 800)) -> Any:
        context = browser.new_context(
            locale=locale, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
        )
        context.set_default_timeout(8000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: "Content Security Policy" in said.text and complaints.append(said.text),
        )
        page.goto(address)
        page.wait_for_selector("#log > *")
        return page

    yield visited
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers on free ports, each with its own script and documents."""
    running = []

    def served(
        script: Any = (), *, tools: Any = (), texts: dict[str, str] | None = None, **settings: Any
    ) -> str:
        model = ScriptedModel(list(script)) if isinstance(script, (list, tuple)) else script
        deployment = Deployment(
            settings=Settings(home=tmp_path / "home", serve_grace_seconds=0, **settings),
            engine=model,
            tools=tools,
            embedder=HashedWords(),
        )
        if texts:
            with deployment.assistant("default") as assistant:
                metadatas = [{"title": name, "source": f"{name}.md"} for name in texts]
                assistant.memory.add_texts([*texts.values()], ids=[*texts], metadatas=metadatas)
        app = create_app(deployment, open_to_all=True)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        running.append((server, thread, deployment))
        return f"http://127.0.0.1:{listening.getsockname()[1]}/"

    yield served
    for server, thread, deployment in running:
        server.should_exit = True
        thread.join()
        deployment.close()
