"""What the errors of OpenAI-compatible servers mean, and what to do about each.

The interface fixes the status codes and little else, so the rest is read from texts that the
servers are known to write. No text of a refused key is passed on: some services quote a part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
import openai

from dragoman.errors import (
    ContextExceededError,
    DragomanError,
    EngineBusyError,
    EngineError,
    EngineReplyError,
    EngineTimeoutError,
    EngineUnavailableError,
    InvalidInputError,
    ModelNotFoundError,
    UnsupportedFeatureError,
)
from dragoman.models.failures import Failure, excerpt, read_failure
from dragoman.models.openai_presets import Preset

_CONTEXT = re.compile(
    r"context[ _](length|size|window)|exceed_context_size|maximum context|too many tokens"
    r"|prompt is too long|context the overflows|range of input length|reduce the length"
    r"|`inputs` tokens",
    re.IGNORECASE,
)
_PROMPT_NUMBER = re.compile(
    r"(?:request|input) \((\d+) tokens\)|requested (?:about )?(\d+) tokens"
    r"|resulted in (\d+) tokens|first (\d+) tokens|[Gg]iven: (\d+)",
)
_LIMIT_NUMBER = re.compile(
    r"context size \((\d+)|context length (?:is |of |\()(?:only )?(\d+)|must be <= (\d+)"
    r"|should be \[1, (\d+)\]"
)
_CANNOT = re.compile(
    r"not support|unsupported|response.?format|json.?schema|not available for this model",
    re.IGNORECASE,
)


def explain_openai(
    error: openai.OpenAIError | httpx.HTTPError, *, address: str, model: str, preset: Preset
) -> DragomanError:
    """The error, with its cure, that `error` stands for."""
    if isinstance(error, openai.APITimeoutError):
        return EngineTimeoutError(
            f"{preset.title} at {address} did not accept the connection in time.",
            cure="See whether the server is overloaded, or raise DRAGOMAN_CONNECT_SECONDS.",
        )
    # The OpenAI client before its version 3 lets what breaks off a stream through as it is.
    if isinstance(error, (openai.APIConnectionError, httpx.HTTPError)):
        return _disconnected(error, address, preset)
    if isinstance(error, openai.APIStatusError):
        failure = read_failure(
            host=address,
            model=model,
            status=error.status_code,
            body=json.dumps(error.body) if isinstance(error.body, dict) else error.response.text,
        )
        return _by_status(failure, preset)
    return EngineReplyError(
        f"{preset.title} broke off its reply: {excerpt(str(error))}.",
        cure="Ask again; if it happens often, the server's log says why.",
    )


def _disconnected(error: Exception, address: str, preset: Preset) -> DragomanError:
    cause: BaseException = error
    while cause.__cause__ and not isinstance(cause, httpx.HTTPError):
        cause = cause.__cause__  # langchain-openai and the OpenAI client wrap it
    if isinstance(cause, httpx.ConnectError):
        return EngineUnavailableError(
            f"No server answers at {address} ({excerpt(str(cause))}).",
            cure=f"Start {preset.title}, or correct the address in the engine spec.",
        )
    return EngineReplyError(
        f"{preset.title} closed the connection in mid-reply ({excerpt(str(cause))}).",
        cure="See whether the server was stopped or restarted, then ask again.",
    )


def _by_status(failure: Failure, preset: Preset) -> DragomanError:
    build = _BY_STATUS.get(failure.status)
    if build:
        return build(failure, preset)
    if failure.status < 500:
        return _by_text(failure, preset)
    return EngineError(
        f"{preset.title} failed ({failure.status}): {excerpt(failure.text)}.",
        cure="The server's log says more.",
    )


def _key_refused(failure: Failure, preset: Preset) -> DragomanError:
    return EngineUnavailableError(
        f"{preset.title} does not accept the key ({failure.status}).",
        cure=f"Check {preset.key_variable or 'the key'} in the environment, and that the key "
        "belongs to this service, region and model.",
    )


def _no_credit(failure: Failure, preset: Preset) -> DragomanError:  # noqa: ARG001 - as the others
    return EngineUnavailableError(
        f"Your credit at {preset.title} is used up.", cure="Look at the account there."
    )


def _not_found(failure: Failure, preset: Preset) -> DragomanError:
    if failure.worded and "model" in failure.text.casefold():
        example = f", for example {preset.example_model}" if preset.example_model else ""
        return ModelNotFoundError(
            f"{preset.title} has no model {failure.model}.",
            cure=f"Take a name from {failure.host}/models{example}.",
        )
    return EngineReplyError(
        f"{failure.host} has no chat interface there ({failure.status}).",
        cure="Check the address; it usually ends in /v1.",
    )


def _busy(failure: Failure, preset: Preset) -> DragomanError:
    return EngineBusyError(
        f"{preset.title} has too much to do, or your quota is used up ({failure.status}): "
        f"{excerpt(failure.text)}.",
        cure="Try again later, or look at the limits of your account.",
    )


_BY_STATUS: dict[int, Callable[[Failure, Preset], DragomanError]] = {
    401: _key_refused,
    402: _no_credit,
    403: _key_refused,
    404: _not_found,
    405: _not_found,
    429: _busy,
    503: _busy,
}


def _by_text(failure: Failure, preset: Preset) -> DragomanError:
    text = excerpt(failure.text)
    if _CONTEXT.search(failure.text) or failure.details.get("code") == "context_length_exceeded":
        prompt = _number(failure, "n_prompt_tokens", _PROMPT_NUMBER)
        context = _number(failure, "n_ctx", _LIMIT_NUMBER)
        return ContextExceededError(
            f"The prompt for {failure.model} is too long: {text}.",
            cure="Shorten the question or the passages, or start a new thread.",
            prompt_tokens=prompt,
            context_tokens=context,
        )
    if _CANNOT.search(failure.text):
        return UnsupportedFeatureError(
            f"{preset.title} cannot do that with {failure.model}: {text}.",
            cure="Take another model there." + (f" {preset.note}" if preset.hosts else ""),
        )
    return InvalidInputError(f"{preset.title} refused the request ({failure.status}): {text}.")


def _number(failure: Failure, key: str, pattern: re.Pattern[str]) -> int:
    value = failure.details.get(key)
    if isinstance(value, int):
        return value
    found = pattern.search(failure.text)
    return int(next(group for group in found.groups() if group)) if found else 0
