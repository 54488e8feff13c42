"""The application: routes, error replies and the page's files, around one `Service`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from dragoman.errors import DragomanError, InvalidInputError
from dragoman.serving.http import about, completions, documents, outcomes, threads
from dragoman.serving.http.guard import Guard
from dragoman.serving.http.openai_reply import refusal_as_openai
from dragoman.serving.http.service import Service, incident
from dragoman.serving.http.statuses import refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dragoman.agents.deployment import Deployment

_DESCRIPTION = (
    "Ask in any language, get an answer with citations. The pages under `/api` are Dragoman's own; "
    "those under `/v1` are what clients of OpenAI speak."
)


def create_app(deployment: Deployment, *, open_to_all: bool = False) -> FastAPI:
    """An application that serves `deployment`, and closes it when it ends.

    Args:
        deployment: Engine, data folder and agents.
        open_to_all: Whether no key is asked for. Right only where nobody else can connect.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service: Service = app.state.service
        await service.start()
        try:
            yield
        finally:
            await service.close()

    app = FastAPI(
        title="Dragoman",
        version=version("dragoman"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # they load scripts from another server
        redoc_url=None,
    )
    service = app.state.service = Service(deployment, open_to_all=open_to_all)
    for part in (threads, outcomes, documents, about, completions):
        app.include_router(part.router)
    _serve_page(app)
    app.add_exception_handler(DragomanError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(_Watched, service=service)
    app.add_middleware(Guard, settings=service.settings)
    return app


class _Watched:
    """Counts requests; a defect becomes a reply without a trace, and the log has the rest."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.monotonic()
        try:
            await self._app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001 - the last place where a reply can be sent
            found = incident(error)
            if not status:
                await _shaped(scope["path"], found)(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self._service.metrics.requested(
                scope["method"], route, status or 499, time.monotonic() - began
            )


def _serve_page(app: FastAPI) -> None:
    folder = Path(str(files("dragoman.serving"))) / "web" / "static"
    if not (folder / "index.html").is_file():
        return
    app.mount("/static", StaticFiles(directory=folder), name="static")

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(folder / "index.html")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, DragomanError)  # noqa: S101 - as it is registered
    request.app.state.service.metrics.refused.labels(code=error.code).inc()
    return _shaped(request.url.path, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as it is registered
    problems = "; ".join(
        f"{'.'.join(map(str, problem['loc'][1:])) or problem['loc'][0]}: {problem['msg']}"
        for problem in error.errors()[:5]
    )
    found = InvalidInputError(
        f"The request cannot be used: {problems}.",
        cure="GET /openapi.json describes what is expected.",
    )
    return _shaped(request.url.path, found)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as it is registered
    if isinstance(error.__cause__, DragomanError):  # a body that grew over the limit
        return _shaped(request.url.path, error.__cause__)
    path, status = request.url.path, error.status_code
    found = InvalidInputError(
        f"{request.method} {path:.200}: {error.detail}.",
        cure="GET /openapi.json lists what there is.",
    )
    return _shaped(path, found, status=status, headers=dict(error.headers or {}))


def _shaped(
    path: str, error: DragomanError, *, status: int = 0, headers: dict[str, str] | None = None
) -> Response:
    """An error in the shape of the API that was called."""
    if path.startswith("/v1/"):
        return refusal_as_openai(error, status=status, headers=headers or {})
    return refusal(error, status=status, headers=headers or {})
