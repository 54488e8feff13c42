"""`ChatOpenAI` made fit for the servers and services that are not OpenAI's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, cast

import httpx
import openai
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from dragoman.errors import DragomanError, EngineReplyError, EngineTimeoutError, InvalidInputError
from dragoman.models.connections import TimeLimits
from dragoman.models.failures import broken_text
from dragoman.models.openai_errors import explain_openai
from dragoman.models.openai_presets import UNKNOWN, Preset
from dragoman.models.runaway import RunawayWatch
from dragoman.models.streamed_chat import StreamedChat

# What the OpenAI client and langchain-openai raise when an event is not the JSON that they expect.
_GARBAGE = (ValueError, TypeError, AttributeError, KeyError, IndexError)

_SHORTEST_KEY = 8
"""A stand-in such as "none" is no secret, and would be struck out of ordinary words."""


class OpenAICompatibleChat(StreamedChat, ChatOpenAI):
    """`ChatOpenAI` with the manners of our other engines.

    `ChatOpenAI` drops the thinking that other servers send, takes a stream that broke off for a
    complete answer, raises when a reply with a schema reaches its length, and calls the length by a
    name that few servers know.

    It takes `json_schema`, `max_tokens` and `top_k` in a call, keeps thinking apart in
    ``additional_kwargs["reasoning_content"]``, raises Dragoman's errors, and always streams,
    because only a stream can be timed, watched and left.
    """

    _preset: Preset = PrivateAttr(default=UNKNOWN)
    _think: bool = PrivateAttr(default=False)
    _limits: TimeLimits = PrivateAttr(default_factory=TimeLimits)
    _thinking_tokens: int = PrivateAttr(default=2048)

    @property
    def preset(self) -> Preset:
        """How the server bends OpenAI's interface."""
        return self._preset

    def configure(self, *, preset: Preset, think: bool, limits: TimeLimits) -> None:
        """Fix what `openai_chat` found out; `ChatOpenAI` would take further fields for its own."""
        self._preset = preset
        self._think = think
        self._limits = limits

    def _get_request_payload(
        self,
        input_: LanguageModelInput,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        schema = kwargs.pop("json_schema", None)
        top_k = kwargs.pop("top_k", None)
        payload = super()._get_request_payload(input_, stop=stop, **kwargs)
        extra = dict(payload.pop("extra_body", None) or {})
        extra |= self._preset.thinking_on if self._think else self._preset.thinking_off
        # As an ordinary argument it makes the OpenAI client parse the reply, and raise when the
        # reply reached its length; in the extra body it is only sent.
        response_format = payload.pop("response_format", None) or _response_format(schema)
        if response_format:
            extra |= {"response_format": response_format, **self._preset.schema_extras}
        if top_k is not None and self._preset.takes_top_k:
            extra["top_k"] = top_k
        if "max_completion_tokens" in payload and self._preset.name != "openai":
            payload["max_tokens"] = payload.pop("max_completion_tokens")
        if extra:
            payload["extra_body"] = extra
        return payload

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        if not isinstance(chunk.get("choices"), list):
            raise _not_a_reply()
        made = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        thought = _thought(chunk)
        if made and thought and isinstance(made.message, AIMessageChunk):
            made.message.additional_kwargs["reasoning_content"] = thought
        return made

    async def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        """The reply, timed, watched and checked for its end."""
        if not messages:
            raise InvalidInputError("There is no message to answer.")
        watch = RunawayWatch(thinking_tokens=self._thinking_tokens)
        finished = False
        limit, phase = self._limits.first_token, "to begin its reply"
        source = cast(
            "AsyncGenerator[ChatGenerationChunk, None]",
            super(StreamedChat, self)._astream(messages, stop=stop, **options),
        )
        async with aclosing(source) as chunks:
            while True:
                try:
                    async with asyncio.timeout(limit):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    break
                except TimeoutError:
                    raise self._too_slow(phase, limit) from None
                except (openai.OpenAIError, httpx.HTTPError) as error:
                    raise self._explain(error) from None
                except UnicodeEncodeError as error:
                    raise broken_text(error) from None
                except _GARBAGE as error:
                    raise _not_a_reply() from error
                watch.saw(
                    str(chunk.message.content),
                    thought=chunk.message.additional_kwargs.get("reasoning_content", ""),
                )
                end = (chunk.generation_info or {}).get("finish_reason")
                # OpenRouter reports a provider that failed in mid-stream as an end like any other.
                finished = finished or bool(end and end != "error")
                yield chunk
                limit, phase = self._limits.token_gap, "between two parts of its reply"
        if not finished:
            raise EngineReplyError(
                f"{self._preset.title} broke off its reply before the end.",
                cure="Ask again; if it happens often, the server's log says why.",
            )

    def _explain(self, error: openai.OpenAIError | httpx.HTTPError) -> DragomanError:
        address, model = str(self.openai_api_base), self.model_name
        explained = explain_openai(error, address=address, model=model, preset=self._preset)
        key = self.openai_api_key
        secret = key.get_secret_value() if isinstance(key, SecretStr) else ""
        if len(secret) > _SHORTEST_KEY:  # services quote what they were sent, the key included
            explained.message = explained.message.replace(secret, "…")
            explained.args = (explained.message,)
        return explained

    def _too_slow(self, phase: str, limit: float) -> EngineTimeoutError:
        return EngineTimeoutError(
            f"{self._preset.title} took more than {limit:g} s {phase}.",
            cure="Take a smaller model or a shorter prompt, or raise "
            "DRAGOMAN_FIRST_TOKEN_SECONDS or DRAGOMAN_TOKEN_GAP_SECONDS.",
        )


def _response_format(schema: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not schema:
        return None
    name = str(schema.get("title") or "reply")
    safe = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
    return {
        "type": "json_schema",
        "json_schema": {"name": safe[:64], "strict": True, "schema": dict(schema)},
    }


def _thought(chunk: Mapping[str, Any]) -> str:
    """The thinking in a chunk: most services say ``reasoning``, others ``reasoning_content``."""
    for choice in chunk.get("choices") or []:
        delta = choice.get("delta") or {}
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(thought, str):
            return thought
    return ""


def _not_a_reply() -> EngineReplyError:
    return EngineReplyError(
        "The server answered with something that is no chat reply.",
        cure="Check the address; it usually ends in /v1.",
    )
