"""Errors as HTTP says them: a status, a code, a message and a cure; never a stack trace."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from dragoman import errors
from dragoman.errors import DragomanError, TooManyRequestsError

_STATUSES: tuple[tuple[type[DragomanError], int], ...] = (
    # The first class that fits counts, so special ones come before general ones.
    (errors.BodyTooLargeError, 413),
    (errors.SlowBodyError, 408),
    (errors.TextTooLongError, 413),
    (errors.ThreadNotFoundError, 404),
    (errors.DocumentNotFoundError, 404),
    (errors.FactNotFoundError, 404),
    (errors.EffectNotFoundError, 404),
    (errors.AgentNotFoundError, 404),
    (errors.HandOffNotFoundError, 404),
    (errors.OtherAgentError, 409),
    (errors.InvalidInputError, 400),
    (errors.ContextExceededError, 413),
    (errors.ScopeError, 403),
    (errors.AccessError, 401),
    (errors.ForeignRequestError, 403),
    (errors.DocumentError, 415),
    (errors.ThreadBusyError, 409),
    (errors.HandOffTakenError, 409),
    (errors.TurnUnfinishedError, 409),
    (errors.TurnCancelledError, 409),
    (errors.TooManyRequestsError, 429),
    (errors.BudgetExceededError, 429),
    (errors.EngineBusyError, 429),
    (errors.ServerStoppingError, 503),
    (errors.UnsupportedFeatureError, 400),
    (errors.EngineTimeoutError, 504),
    (errors.EngineUnavailableError, 503),
    (errors.ModelNotFoundError, 503),
    (errors.EngineError, 502),
    (errors.DataFolderLockedError, 503),
    (errors.MemoryServerError, 503),
    (errors.DiskFullError, 507),
)
_RETRY_SECONDS = {429: 5, 503: 5}


def status_of(error: type[DragomanError]) -> int:
    """The status of a kind of error; 500 for one that is nobody's mistake but ours."""
    return next((status for kind, status in _STATUSES if issubclass(error, kind)), 500)


def refusal(
    error: DragomanError | Mapping[str, Any], *, status: int = 0, headers: Mapping[str, str] = {}
) -> JSONResponse:
    """An error, or the data of one, as a response.

    Args:
        error: The error.
        status: In place of the error's own.
        headers: Headers beside those that the status asks for.
    """
    data = error.as_dict() if isinstance(error, DragomanError) else dict(error)
    kind = type(error) if isinstance(error, DragomanError) else errors.of_code(str(data["code"]))
    status = status or status_of(kind)
    extra = dict(headers)
    if status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if status in _RETRY_SECONDS:
        wait = error.retry_after if isinstance(error, TooManyRequestsError) else None
        extra["Retry-After"] = str(math.ceil(wait or _RETRY_SECONDS[status]))
    return JSONResponse({"error": data}, status_code=status, headers=extra)
