"""What clients of OpenAI send, checked: the conversation, and what was not made use of."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from dragoman.agents.transcript import Exchange
from dragoman.errors import InvalidInputError

_IGNORED = frozenset(
    {
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "presence_penalty",
        "frequency_penalty",
        "seed",
        "stop",
        "logit_bias",
        "metadata",
        "parallel_tool_calls",
        "service_tier",
        "reasoning_effort",
        "verbosity",
        "prompt_cache_key",
        "prompt_cache_retention",
        "safety_identifier",
        "prediction",
    }
)
"""Parameters that the agent decides itself, or that mean nothing here."""

_REFUSED = frozenset(
    {
        "tools",
        "tool_choice",
        "functions",
        "function_call",
        "response_format",
        "logprobs",
        "top_logprobs",
        "audio",
        "modalities",
        "web_search_options",
    }
)
"""Parameters whose effect a client would miss."""

_WITHOUT_EFFECT = ({"type": "text"}, ["text"], "auto", "none")
"""Values that ask for what is done anyway."""


class StreamOptions(BaseModel):
    """Options of a stream."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool = Field(default=False, description="Whether a last chunk has the usage.")


class Extension(BaseModel):
    """What only Dragoman understands; the openai SDK sends it as `extra_body`."""

    model_config = ConfigDict(extra="forbid")

    thread: str = Field(
        default="",
        description="Thread of the server to go on in; then only the last message counts.",
    )
    language: str = Field(default="", description="BCP-47 tag to answer in.")
    checked: bool = Field(
        default=False, description="Whether a stream begins only when the answer was checked."
    )


class Message(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="allow")

    role: str = Field(description="`system`, `developer`, `user` or `assistant`.")
    content: str | list[dict[str, Any]] | None = Field(default=None, description="What was said.")

    def read(self, place: int) -> tuple[str, tuple[bytes, ...]]:
        """The words of the message, and its images.

        Raises:
            UnsupportedParameterError: it holds something else.
        """
        if self.content is None or isinstance(self.content, str):
            return self.content or "", ()
        texts, images = [], []
        for part in self.content:
            if part.get("type") in {"text", "input_text"} and "text" in part:
                texts.append(str(part["text"]))
            elif part.get("type") == "image_url":
                images.append(_image(part.get("image_url"), f"messages[{place}].content"))
            else:
                where = f"messages[{place}].content"
                raise UnsupportedParameterError(where, "only text and images are read here")
        return "\n".join(texts), tuple(images)


class CompletionRequest(BaseModel):
    """The body of a request for a chat completion."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {"model": "dragoman", "messages": [{"role": "user", "content": "返品の期限は？"}]}
            ]
        },
    )

    model: str = Field(description="Name of an agent; `GET /v1/models` lists them.")
    messages: list[Message] = Field(min_length=1, max_length=2000, description="Oldest first.")
    stream: bool | None = Field(default=False, description="Whether to send it piece by piece.")
    stream_options: StreamOptions | None = None
    n: int | None = Field(default=1, description="Only 1 is possible.")
    user: str | None = Field(default=None, description="Who is asking.")
    store: bool | None = Field(
        default=False, description="Whether the thread is kept; `dragoman.thread` then names it."
    )
    dragoman: Extension = Extension()


class UnsupportedParameterError(InvalidInputError):
    """A parameter that cannot be honored here; refused as OpenAI refuses it."""

    def __init__(self, parameter: str, reason: str, *, code: str = "unsupported_parameter") -> None:
        """`parameter` is its name, `reason` why it cannot be used."""
        super().__init__(f"{parameter}: {reason}.", cure="Leave it out.")
        self.parameter = parameter
        self.openai_code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """What was asked, and what was said before."""

    question: str
    """The last message of the user."""

    earlier: tuple[Exchange, ...]
    """Questions and answers before it, oldest first."""

    images: tuple[bytes, ...]
    """The images that came with it."""

    ignored: tuple[str, ...]
    """What of the request was not made use of."""


def read(request: CompletionRequest) -> Conversation:
    """The conversation in a request.

    Raises:
        UnsupportedParameterError: something that a client would miss if it were passed over.
    """
    ignored = _parameters(request)
    said: list[tuple[str, str]] = []
    images: tuple[bytes, ...] = ()
    last = len(request.messages) - 1
    for place, message in enumerate(request.messages):
        text, found = message.read(place)
        if place == last:
            images = found
        elif found:
            ignored.append(f"messages[{place}] (images)")
        if message.role in {"system", "developer"}:
            ignored.append(f"messages[{place}]")  # an agent's instructions are its operator's
        elif message.role in {"user", "assistant"}:
            said.append((message.role, text))
        else:
            raise UnsupportedParameterError(
                f"messages[{place}].role", f"{message.role!r:.40} is not possible here"
            )
    if not said or said[-1][0] != "user":
        raise UnsupportedParameterError(
            "messages", "the last message must be the user's", code="invalid_value"
        )
    return Conversation(
        question=said[-1][1],
        earlier=_exchanges(said[:-1]),
        images=images,
        ignored=tuple(ignored),
    )


def _image(given: Any, where: str) -> bytes:
    """The bytes in a data URL. An address is not fetched: it could be one behind our firewall."""
    url = given.get("url", "") if isinstance(given, dict) else given
    head, _, data = str(url).partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise UnsupportedParameterError(where, "an image must come as a data URL in Base64")
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        raise UnsupportedParameterError(where, "the image is no Base64") from None


def _exchanges(said: Sequence[tuple[str, str]]) -> tuple[Exchange, ...]:
    """Pairs of a question and its answer; several messages in a row are one."""
    merged: list[tuple[str, str]] = []
    for role, text in said:
        if merged and merged[-1][0] == role:
            merged[-1] = (role, f"{merged[-1][1]}\n{text}")
        elif merged or role == "user":  # what an assistant said before any question has none
            merged.append((role, text))
    pairs = zip(merged[::2], merged[1::2], strict=False)
    return tuple(Exchange(question=question[1], answer=answer[1]) for question, answer in pairs)


def _parameters(request: CompletionRequest) -> list[str]:
    ignored = []
    if request.n not in {None, 1}:
        raise UnsupportedParameterError("n", "only one choice is made", code="invalid_value")
    for name, value in (request.model_extra or {}).items():
        if value is None or value in ([], {}, False):
            continue
        if name in _REFUSED and value in _WITHOUT_EFFECT:
            continue
        if name in _IGNORED:
            ignored.append(name)
        elif name in _REFUSED:
            raise UnsupportedParameterError(name, "an agent of this server decides that itself")
        else:
            raise UnsupportedParameterError(
                name, "is not a parameter that is known", code="unknown_parameter"
            )
    return ignored
