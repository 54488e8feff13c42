"""What the server is and how it does: agents, the caller, health, metrics."""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from dragoman.errors import ServerStoppingError
from dragoman.languages import profiles
from dragoman.memory.load import LOADERS
from dragoman.models.budget import Spent
from dragoman.serving.http.access import Admin, Chat
from dragoman.serving.http.service import Service

router = APIRouter(tags=["about"])


@router.get("/api/agents")
async def agents(request: Request, who: Chat) -> dict[str, Any]:
    """List the agents that can be asked."""
    service = _service(request)
    deployment = service.deployment
    found = []
    for name, spec in deployment.agents.items():
        async with service.assistant(who.tenant, name) as assistant:
            tools = [{"name": tool.name, "effect": tool.effect} for tool in assistant.tools]
        found.append(
            {
                "name": name,
                "description": spec.description,
                "languages": list(spec.languages),
                "documents": spec.documents,
                "default": name == deployment.default_agent,
                "tools": tools,
            }
        )
    return {"agents": found}


@router.get("/api/me")
async def me(request: Request, who: Chat) -> dict[str, Any]:
    """Say who asks, what they may do, and what there is."""
    service = _service(request)
    settings, key = service.settings, who.key
    spent = Spent()
    if key is not None and key.tokens_a_day is not None:
        spent = await run_sync(service.access.ledger.spent, key.id)
    return {
        "tenant": who.tenant,
        "key": {"id": key.id, "name": key.name} if key else None,
        "scopes": list(who.scopes),
        "authentication": not service.access.open_to_all,
        "version": request.app.version,
        "limits": {
            "requests_per_minute": key.per_minute if key else None,
            "tokens_a_day": key.tokens_a_day if key else None,
            "tokens_today": spent.tokens if key and key.tokens_a_day is not None else None,
            "question_characters": settings.question_characters,
            "upload_bytes": int(settings.serve_upload_mb * 1024 * 1024),
        },
        "languages": [
            {"tag": known.tag, "name": known.endonym, "direction": known.direction}
            for known in profiles()
        ],
        "suffixes": sorted(LOADERS),
    }


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, str]:
    """Say whether questions are taken: the engine answers and the server is not going down."""
    service = _service(request)
    if service.runs.stopping:
        raise ServerStoppingError("The server is going down.")
    engine = await run_sync(service.deployment.engine)
    return {"status": "ok", "engine": str(engine.spec)}


@router.get("/metrics")
async def metrics(request: Request, who: Admin) -> Response:  # noqa: ARG001 - the scope is checked
    """Counters for Prometheus."""
    service = _service(request)
    service.metrics.running.set(service.runs.count)
    service.metrics.assistants.set(service.deployment.open_assistants)
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
