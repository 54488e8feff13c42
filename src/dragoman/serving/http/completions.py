"""The API that clients of OpenAI speak: chat completions and models."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from dragoman.agents.checks import check_thread
from dragoman.errors import AgentNotFoundError
from dragoman.serving.http.access import Chat, Identity
from dragoman.serving.http.openai_reply import Completion, error_body, models, refusal_as_openai
from dragoman.serving.http.openai_request import CompletionRequest, Conversation, read
from dragoman.serving.http.runs import Run
from dragoman.serving.http.service import Service
from dragoman.serving.http.sse import event_stream
from dragoman.serving.http.written import dumped

router = APIRouter(prefix="/v1", tags=["openai"])
_STARTED = int(time.time())
_FIRST_SECONDS = 1.0
_MARKS = re.compile(r"\[\d{1,2}\]|[\s\u2066-\u2069]")


@router.get("/models")
async def list_models(request: Request, who: Chat) -> dict[str, Any]:  # noqa: ARG001 - the scope
    """List the agents, as models."""
    return models([*_service(request).deployment.agents], _STARTED)


@router.get("/models/{model}")
async def show_model(request: Request, who: Chat, model: str) -> dict[str, Any]:  # noqa: ARG001
    """Show one agent, as a model."""
    known = _service(request).deployment.known(model)
    found: dict[str, Any] = models([known], _STARTED)["data"][0]
    return found


@router.post("/chat/completions", response_model=None)
async def complete(request: Request, who: Chat, body: CompletionRequest) -> Response:
    """Answer the last message of a conversation."""
    service = _service(request)
    conversation = read(body)
    agent = _agent(service, body.model)
    given = body.dragoman.thread
    thread = check_thread(given) if given else f"chat-{uuid.uuid4().hex}"
    kept = bool(given or body.store)
    if not given and conversation.earlier:
        async with service.assistant(who.tenant, agent) as assistant:
            await run_sync(assistant.begin_with, thread, conversation.earlier)
    run = await service.begin(
        who,
        thread,
        agent,
        lambda assistant: assistant.astream(
            conversation.question,
            thread=thread,
            language=body.dragoman.language or None,
            user=body.user or None,
            images=conversation.images,
        ),
    )
    if not kept:
        _forget_after(service, who, run)
    reply = Completion(run=run.id, model=agent, created=int(time.time()))
    if not body.stream:
        return await _whole(run, reply, conversation, kept=kept)
    stream = Streamed(run, reply, conversation, kept=kept, checked=body.dragoman.checked)
    first = await run.first(_FIRST_SECONDS)
    if first is not None and first.event == "error":
        return refusal_as_openai(first.data["error"])
    counts = body.stream_options is not None and body.stream_options.include_usage
    return event_stream(stream.texts(counts=counts))


async def _whole(
    run: Run, reply: Completion, conversation: Conversation, *, kept: bool
) -> Response:
    async for message in run.follow():
        if message is None:
            continue
        if message.event == "error":
            return refusal_as_openai(message.data["error"])
        if message.event in {"answer", "approval"}:
            data = _said(message.event, message.data)
            return JSONResponse(reply.whole(data, _extension(data, conversation, run, kept=kept)))
    raise AssertionError("a turn ends with an answer, a request or an error")


class Streamed:
    """A turn as chunks.

    A client cannot take a piece back. So pieces are sent as they come; a draft that failed a check
    is followed by an empty line and the checked answer; and the last chunk has the checked answer
    whole, in ``dragoman.text``.
    """

    def __init__(
        self, run: Run, reply: Completion, conversation: Conversation, *, kept: bool, checked: bool
    ) -> None:
        """Follow `run` from now on; with `checked`, nothing is told before the check."""
        self._run = run
        self._messages = run.follow()
        self._reply = reply
        self._conversation = conversation
        self._kept = kept
        self._checked = checked
        self._sent = ""
        self._void = False

    async def texts(self, *, counts: bool) -> AsyncIterator[str]:
        """The server-sent events, with `counts` the usage at the end."""
        async with aclosing(self._messages):
            yield _data(self._reply.chunk({"role": "assistant", "content": ""}))
            async for each in self._of_turn(counts=counts):
                yield each

    async def _of_turn(self, *, counts: bool) -> AsyncIterator[str]:
        async for message in self._messages:
            if message is None:
                yield ": still here\n\n"
            elif message.event == "token" and not self._checked:
                yield self._piece(message.data["text"])
            elif message.event == "rewrite":
                self._void = bool(self._sent)
            elif message.event == "error":
                yield _data(error_body(message.data["error"]))
                return
            elif message.event in {"answer", "approval"}:
                said = _said(message.event, message.data)
                if rest := self._rest(said["text"]):
                    yield self._piece(rest)
                extension = _extension(said, self._conversation, self._run, kept=self._kept)
                extension["text"] = said["text"]
                yield _data(self._reply.chunk({}, finish="stop", extension=extension))
                if counts:
                    yield _data(self._reply.usage_chunk(said["usage"]))
                yield "data: [DONE]\n\n"

    def _piece(self, text: str) -> str:
        self._sent += text
        return _data(self._reply.chunk({"content": text}))

    def _rest(self, text: str) -> str:
        """What of the checked answer a reader does not have yet."""
        sent = self._sent.strip()
        if not sent:
            return text
        if text.startswith(sent):
            return text[len(sent) :]
        if not self._void and _bare(text) == _bare(sent):
            return ""  # citations were added in the middle, or isolate marks
        return f"\n\n{text}"


def _said(event: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, or what is said while a person is waited for."""
    if event == "answer":
        answer: dict[str, Any] = data["answer"]
        return answer
    return {
        "text": data["text"],
        "usage": {},
        "citations": [],
        "language": "",
        "pending": data["requests"],
        "waiting": data["thread"],
    }


def _extension(
    said: Mapping[str, Any], conversation: Conversation, run: Run, *, kept: bool
) -> dict[str, Any]:
    waiting = "waiting" in said
    return {
        "citations": said["citations"],
        "language": said["language"],
        "thread": run.thread if kept or waiting else "",
        "pending": said["pending"],
        "ignored": list(conversation.ignored),
    }


def _forget_after(service: Service, who: Identity, run: Run) -> None:
    """Delete a thread that nobody asked to keep, once its turn is answered."""

    async def forget() -> None:
        last = ""
        async for message in run.follow():
            last = message.event if message is not None else last
        if last == "approval":  # a person still has to find it
            return
        async with service.assistant(who.tenant) as assistant:
            await run_sync(assistant.delete_thread, run.thread)

    service.keep(asyncio.create_task(forget()))


def _agent(service: Service, model: str) -> str:
    if not model:
        raise AgentNotFoundError(
            "No model is named.", cure=f"Name one: {', '.join(service.deployment.agents)}."
        )
    return service.deployment.known(model)


def _bare(text: str) -> str:
    """A text without citations, spaces and isolate marks."""
    return _MARKS.sub("", text)


def _data(chunk: Mapping[str, Any]) -> str:
    return f"data: {dumped(chunk)}\n\n"


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
