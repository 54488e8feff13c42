"""What Ollama's errors mean, and what to do about each.

Most texts are those of a real server, version 0.32.15; `tests/models/recordings` holds every one of
them together with the error that it becomes here. Those about loading are from its source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dragoman.errors import (
    ConfigurationError,
    ContextExceededError,
    DiskFullError,
    DownloadError,
    DragomanError,
    EngineBusyError,
    EngineCrashedError,
    EngineError,
    EngineReplyError,
    EngineUnavailableError,
    InvalidInputError,
    ModelNotFoundError,
    ToolDefinitionError,
    UnsupportedFeatureError,
)
from dragoman.models.failures import Failure, excerpt


def explain(failure: Failure) -> DragomanError:
    """The error, with its cure, that `failure` stands for."""
    if failure.worded:
        for rule in _RULES:
            if rule.pattern.search(failure.text):
                return rule.build(failure)
    return _by_status(failure)


def unreachable(host: str, reason: str) -> EngineUnavailableError:
    """The error for a server that does not answer at `host`."""
    return EngineUnavailableError(
        f"No Ollama server answers at {host} ({reason}).",
        cure="Start it with `ollama serve` (https://ollama.com/download), or set OLLAMA_HOST to "
        "its address.",
    )


def _by_status(failure: Failure) -> DragomanError:
    build = _BY_STATUS.get(failure.status)
    if not build and 400 <= failure.status < 500:
        build = _refused
    if not failure.worded and failure.status in {200, 404, 405}:
        build = _not_ollama
    return (build or _failed)(failure)


_LOGS = (
    "The server's log says more: `journalctl -u ollama`, or the window where `ollama serve` runs."
)


def _not_ollama(failure: Failure) -> DragomanError:
    return EngineReplyError(
        f"{failure.host} answers, but not as Ollama does (status {failure.status})"
        f"{_quoted(excerpt(failure.text))}.",
        cure="Check the address in OLLAMA_HOST; a proxy or another program may be listening there.",
    )


def _forbidden(failure: Failure) -> DragomanError:
    return EngineUnavailableError(
        f"{failure.host} refuses to serve this machine or address{_quoted(excerpt(failure.text))}.",
        cure="Name the address that you use in the server's OLLAMA_HOST and OLLAMA_ORIGINS.",
    )


def _unauthorized(failure: Failure) -> DragomanError:
    return EngineUnavailableError(
        f"{failure.host} asks for a key.", cure="Set OLLAMA_API_KEY to the server's key."
    )


def _behind_a_proxy(failure: Failure) -> DragomanError:
    return unreachable(failure.host, f"a proxy in between says {failure.status}")


def _refused(failure: Failure) -> DragomanError:
    return InvalidInputError(
        f"Ollama refused the request ({failure.status}){_quoted(excerpt(failure.text))}."
    )


def _broken_off(failure: Failure) -> DragomanError:
    return EngineReplyError(
        f"Ollama broke off its reply{_quoted(excerpt(failure.text))}.", cure=_LOGS
    )


def _failed(failure: Failure) -> DragomanError:
    return EngineError(
        f"Ollama failed ({failure.status}){_quoted(excerpt(failure.text))}.", cure=_LOGS
    )


def _model_missing(failure: Failure) -> DragomanError:
    name = failure.model or "the model"
    hint = "" if ":" in name else f" Ollama read it as {name}:latest; name the size as well."
    return ModelNotFoundError(
        f"Ollama at {failure.host} does not have {name}.",
        cure=f"Fetch it: `ollama pull {name}`.{hint}",
    )


def _context(failure: Failure) -> DragomanError:
    prompt = _number(failure, "n_prompt_tokens", r"request \((\d+) tokens\)")
    context = _number(failure, "n_ctx", r"context size \((\d+) tokens\)")
    size = f"{prompt} tokens; {context} fit" if prompt and context else "more tokens than fit"
    return ContextExceededError(
        f"The prompt for {failure.model} has {size}.",
        cure="Shorten the question or the passages, start a new thread, or raise "
        "DRAGOMAN_CONTEXT_TOKENS if the machine's memory allows it.",
        prompt_tokens=prompt,
        context_tokens=context,
    )


def _number(failure: Failure, key: str, pattern: str) -> int:
    value = failure.details.get(key)
    if isinstance(value, int):
        return value
    found = re.search(pattern, failure.text)
    return int(found.group(1)) if found else 0


def _busy(failure: Failure) -> DragomanError:
    return EngineBusyError(
        f"Ollama at {failure.host} has too many requests waiting.",
        cure="Try again later, or raise OLLAMA_MAX_QUEUE on the server.",
    )


def _crashed(failure: Failure) -> DragomanError:
    return EngineCrashedError(
        f"Ollama's runner for {failure.model} died in the middle of its work"
        f"{_quoted(excerpt(failure.text))}.",
        cure="Most often memory ran out: take a smaller model or a smaller "
        f"DRAGOMAN_CONTEXT_TOKENS. {_LOGS}",
    )


def _too_large(failure: Failure) -> DragomanError:
    return EngineUnavailableError(
        f"{failure.model} does not fit into the server's memory{_quoted(excerpt(failure.text))}.",
        cure="Take a smaller model or a smaller DRAGOMAN_CONTEXT_TOKENS.",
    )


def _not_loaded(failure: Failure) -> DragomanError:
    return EngineUnavailableError(
        f"Ollama at {failure.host} could not load {failure.model}{_quoted(excerpt(failure.text))}.",
        cure="Take a smaller model or a smaller DRAGOMAN_CONTEXT_TOKENS; a damaged download is "
        f"mended by `ollama rm` and `ollama pull`. {_LOGS}",
    )


def _too_old(failure: Failure) -> DragomanError:
    return EngineUnavailableError(
        f"The Ollama at {failure.host} is too old for {failure.model}"
        f"{_quoted(excerpt(failure.text))}.",
        cure="Update it: https://ollama.com/download",
    )


def _bad_image(failure: Failure) -> DragomanError:
    return InvalidInputError(
        f"Ollama cannot read the image{_quoted(excerpt(failure.text))}.",
        cure="Send JPEG, PNG or WebP.",
    )


def _cannot(cure: str) -> Callable[[Failure], DragomanError]:
    def build(failure: Failure) -> DragomanError:
        what = excerpt(failure.text)
        return UnsupportedFeatureError(f"{failure.model or failure.host}: {what}.", cure=cure)

    return build


def _setting(cure: str) -> Callable[[Failure], DragomanError]:
    def build(failure: Failure) -> DragomanError:
        return ConfigurationError(f"Ollama refused a setting: {excerpt(failure.text)}.", cure=cure)

    return build


def _tools(failure: Failure) -> DragomanError:
    return ToolDefinitionError(
        f"Ollama cannot read the tools: {excerpt(failure.text)}.",
        cure='A tool is {"type": "function", "function": {"name", "description", "parameters"}}.',
    )


def _disk_full(failure: Failure) -> DragomanError:
    return DiskFullError(
        f"The disk of the Ollama server at {failure.host} is full.",
        cure="Free some room there: `ollama rm` removes models.",
    )


def _download(failure: Failure) -> DragomanError:
    return DownloadError(
        f"Ollama at {failure.host} could not fetch {failure.model}: {excerpt(failure.text)}.",
        cure="Check the server's connection (and HTTPS_PROXY on the server), then pull again; it "
        "continues where it stopped.",
    )


@dataclass(frozen=True, slots=True)
class _Rule:
    """One kind of error text and the error that it becomes."""

    pattern: re.Pattern[str]
    build: Callable[[Failure], DragomanError]


def _rule(pattern: str, build: Callable[[Failure], DragomanError]) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE), build)


_RULES = (
    _rule(r"exceed(s|ed)? (the )?(available |max(imum)? )?context", _context),
    _rule(r"newer version of ollama|by your version of ollama|unknown model arch", _too_old),
    _rule(r"model ['\"].*['\"] not found|pull model manifest: file does not exist", _model_missing),
    _rule(r"server busy|maximum pending requests", _busy),
    _rule(
        r"does not support thinking",
        _cannot(
            "Leave thinking off (think=False), or take a model that has it: `ollama show NAME`."
        ),
    ),
    _rule(
        r"does not support|not support multimodal|requires --jinja|cloud is disabled"
        r"|missing data required for image",
        _cannot("`ollama show NAME` lists what a model can do."),
    ),
    _rule(
        r"JSON schema conversion failed",
        _cannot("Keep to plain JSON Schema: known types, references that resolve."),
    ),
    _rule(
        r"invalid format",
        _setting("A format is a JSON schema: an object, not a list or another word."),
    ),
    _rule(
        r"^time: ",
        _setting('keep_alive is seconds as a number, or a text with units such as "30m".'),
    ),
    _rule(
        r"think value|think must be",
        _setting('think is true, false, "low", "medium", "high" or "max".'),
    ),
    _rule(r"^option ", _setting("See the options of the model in the server's documentation.")),
    _rule(r"top_logprobs must", _setting("top_logprobs lies between 0 and 20.")),
    _rule(r"failed to parse tools|ChatRequest\.tools", _tools),
    _rule(r"requires more system memory|unable to allocate|out of memory", _too_large),
    _rule(r"no space left on device", _disk_full),
    _rule(r"image: unknown format|invalid image", _bad_image),
    _rule(
        r"model failed to load|unable to load model|error loading model|waiting for llama runner to"
        r" start",
        _not_loaded,
    ),
    _rule(
        r"error was encountered while running the model|runner (process )?has (unexpectedly )?"
        r"(stopped|terminated|exited)|runner process no longer running|CUDA error|^EOF$"
        r"|^(do load request|POST \w+): .*EOF$",
        _crashed,
    ),
    _rule(r"pull model manifest|dial tcp|max retries exceeded|registry", _download),
)


_BY_STATUS: dict[int, Callable[[Failure], DragomanError]] = {
    200: _broken_off,
    401: _unauthorized,
    403: _forbidden,
    429: _busy,
    502: _behind_a_proxy,
    503: _busy,
    504: _behind_a_proxy,
    **dict.fromkeys((301, 302, 303, 307, 308), _not_ollama),
}


def _quoted(text: str) -> str:
    return f": {text}" if text else ""
