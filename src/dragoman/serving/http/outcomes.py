"""What people think of answers, and what became of questions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from dragoman.agents.checks import check_thread
from dragoman.serving.http.access import Approvals, Chat
from dragoman.serving.http.bodies import Thread
from dragoman.serving.http.service import Service

router = APIRouter(prefix="/api", tags=["outcomes"])


class Rating(BaseModel):
    """What a person thinks of an answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"score": 5}]})

    score: int = Field(ge=1, le=5, description="1 (bad) to 5 (good); a thumb is 1 or 5.")
    turn: int | None = Field(
        default=None, ge=1, description="Number of the turn; the latest answer if left out."
    )


@router.put("/threads/{thread}/rating")
async def rate(request: Request, who: Chat, thread: Thread, rating: Rating) -> dict[str, Any]:
    """Say what you think of an answer; a later word takes its place."""
    check_thread(thread)
    async with _service(request).assistant(who.tenant) as assistant:
        await run_sync(lambda: assistant.rate(thread, score=rating.score, turn=rating.turn))
    return {"thread": thread, "score": rating.score}


@router.get("/outcomes")
async def outcomes(
    request: Request,
    who: Approvals,
    by: Literal["all", "month", "week", "day"] = "all",
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """Count how turns ended and were rated, by period, agent and language."""
    async with _service(request).assistant(who.tenant) as assistant:
        found = await run_sync(lambda: assistant.outcomes(by=by, since=since, until=until))
    return {"outcomes": [*map(asdict, found)]}


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
