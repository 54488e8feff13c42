"""What clients of OpenAI are sent: completions, chunks and errors in OpenAI's shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse

from dragoman import errors
from dragoman.errors import DragomanError
from dragoman.serving.http.openai_request import UnsupportedParameterError
from dragoman.serving.http.statuses import refusal

_TYPES = (
    (errors.ScopeError, "permission_error", "insufficient_permissions"),
    (errors.AccessError, "authentication_error", "invalid_api_key"),
    (errors.AgentNotFoundError, "invalid_request_error", "model_not_found"),
    (errors.ThreadNotFoundError, "invalid_request_error", "thread_not_found"),
    (errors.TextTooLongError, "invalid_request_error", "string_above_max_length"),
    (errors.ContextExceededError, "invalid_request_error", "context_length_exceeded"),
    (errors.InvalidInputError, "invalid_request_error", "invalid_value"),
    (errors.ForeignRequestError, "invalid_request_error", "forbidden"),
    (errors.BudgetExceededError, "insufficient_quota", "insufficient_quota"),
    (errors.TooManyRequestsError, "rate_limit_error", "rate_limit_exceeded"),
    (errors.EngineBusyError, "rate_limit_error", "rate_limit_exceeded"),
)


class Completion:
    """One reply, whole or in chunks."""

    def __init__(self, *, run: str, model: str, created: int) -> None:
        """Name the reply.

        Args:
            run: Id of the turn.
            model: Name of the agent.
            created: When, in seconds since 1970.
        """
        self._head = {"id": f"chatcmpl-{run}", "created": created, "model": model}

    def whole(self, data: Mapping[str, Any], extension: Mapping[str, Any]) -> dict[str, Any]:
        """The reply in one piece.

        Args:
            data: `text` and `usage` of the answer.
            extension: What only Dragoman has to say.
        """
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": data["text"], "refusal": None},
                    "logprobs": None,
                    "finish_reason": "stop",
                }
            ],
            "usage": usage(data["usage"]),
            "dragoman": dict(extension),
        }

    def chunk(
        self,
        delta: Mapping[str, Any],
        *,
        finish: str | None = None,
        extension: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One piece of the reply."""
        choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish}
        extra = {} if extension is None else {"dragoman": dict(extension)}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice], **extra}

    def usage_chunk(self, counted: Mapping[str, Any]) -> dict[str, Any]:
        """The last chunk of a stream whose usage was asked for."""
        head = {**self._head, "object": "chat.completion.chunk"}
        return {**head, "choices": [], "usage": usage(counted)}


def usage(counted: Mapping[str, Any]) -> dict[str, Any]:
    """Tokens as OpenAI counts them."""
    read, written = int(counted.get("input_tokens", 0)), int(counted.get("output_tokens", 0))
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": int(counted.get("cached_tokens", 0))},
    }


def error_body(error: DragomanError | Mapping[str, Any]) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    if isinstance(error, DragomanError):
        kind, code = _kind(type(error))
        message = f"{error.message} {error.cure}".strip()
        parameter = error.parameter if isinstance(error, UnsupportedParameterError) else None
        code = error.openai_code if isinstance(error, UnsupportedParameterError) else code
        own = error.code
    else:
        own = str(error["code"])
        kind, code = _kind(errors.of_code(own))
        message, parameter = f"{error['message']} {error['cure']}".strip(), None
    shaped = {"message": message, "type": kind, "param": parameter, "code": code}
    return {"error": {**shaped, "dragoman_code": own}}


def refusal_as_openai(
    error: DragomanError | Mapping[str, Any],
    *,
    status: int = 0,
    headers: Mapping[str, str] = {},
) -> JSONResponse:
    """An error as a response in OpenAI's shape, with the status and headers of ours."""
    own = refusal(error, status=status, headers=headers)
    kept = {name: value for name, value in own.headers.items() if not name.startswith("content-")}
    return JSONResponse(error_body(error), status_code=own.status_code, headers=kept)


def models(names: Sequence[str], created: int) -> dict[str, Any]:
    """The agents as a list of models."""
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": created, "owned_by": "dragoman"}
            for name in names
        ],
    }


def _kind(error: type[DragomanError]) -> tuple[str, str]:
    found = (entry[1:] for entry in _TYPES if issubclass(error, entry[0]))
    return next(found, ("server_error", "server_error"))
