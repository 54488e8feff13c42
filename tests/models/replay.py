"""A local HTTP server that plays recorded or invented replies, byte for byte.

It runs in a thread of its own, so that synchronous and asynchronous clients can be tried against
it, and it can do what servers do on bad days: hang, hang up, send garbage, cut a reply anywhere.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

RECORDINGS = Path(__file__).parent / "recordings" / "ollama-0.32.15.jsonl"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server says to one request."""

    parts: tuple[bytes, ...] = ()
    """The body, in the pieces in which it is sent."""

    status: int = 200
    """HTTP status."""

    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/plain"})
    """Headers beside the length."""

    ending: Literal["complete", "hang up", "hang", "never"] = "complete"
    """What comes after the last part: the proper end, a closed connection, silence until the client
    leaves; "never" is silence from the beginning, before the headers."""

    @classmethod
    def json(cls, value: Any, *, status: int = 200) -> Self:
        """One JSON value."""
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(parts=(body,), status=status, headers={"Content-Type": "application/json"})

    @classmethod
    def lines(cls, *values: Any, ending: Any = "complete") -> Self:
        """A stream of JSON lines, one part each."""
        parts = tuple(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)
        return cls(parts=parts, headers={"Content-Type": "application/x-ndjson"}, ending=ending)

    @classmethod
    def events(cls, *values: Any, ending: Any = "complete", done: bool = True) -> Self:
        """A stream of server-sent events as OpenAI's interface sends them."""
        texts = [json.dumps(value, ensure_ascii=False) for value in values]
        parts = tuple(f"data: {text}\n\n".encode() for text in [*texts, *(["[DONE]"] * done)])
        return cls(parts=parts, headers={"Content-Type": "text/event-stream"}, ending=ending)


def answer(*texts: str, done: str | None = "stop", **extra: Any) -> list[dict[str, Any]]:
    """The lines with which Ollama writes `texts` as one reply; without a last line if not done."""
    lines: list[dict[str, Any]] = [
        {"model": "m", "message": {"role": "assistant", "content": text}, "done": False}
        for text in texts
    ]
    if done:
        last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": done}
        counts = {"prompt_eval_count": 7, "eval_count": len(texts)}
        lines.append({"model": "m", **last, **counts, **extra})
    return lines


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One request to a real server, and its reply."""

    name: str
    note: str
    method: str
    path: str
    request: Any
    """The request's body: parsed JSON, or the text when it was none, or None."""
    status: int
    lines: tuple[str, ...]
    content_type: str

    @property
    def reply(self) -> Reply:
        ending = "hang up" if self.name == "abort_mid_stream" else "complete"
        return Reply(
            status=self.status,
            parts=tuple(line.encode() for line in self.lines),
            headers={"Content-Type": self.content_type},
            ending=ending,
        )


def recordings() -> dict[str, Recording]:
    """Every recording by its name."""
    found = {}
    for line in RECORDINGS.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        found[entry["name"]] = Recording(
            **{"note": "", "request": None, **entry, "lines": tuple(entry["lines"])}
        )
    return found


class ReplayServer:
    """Plays replies in the order given; the last one again and again.

    Usage:
        with ReplayServer() as server:
            server.play(Reply.json({"version": "0.32.15"}))
            ...  # talk to server.url
            assert server.requests[0].path == "/api/version"
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.left = threading.Event()
        """Set when a client left while the server was silent."""
        self.asked = threading.Event()
        """Set when a request has come in."""
        self._replies: list[Reply] = []
        self._answer: Callable[[Request], Reply] | None = None
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def play(self, *replies: Reply) -> None:
        """Forget the replies so far and play these."""
        self._replies = list(replies)

    def answer_with(self, answer: Callable[[Request], Reply]) -> None:
        """Let `answer` find the reply to each request."""
        self._answer = answer

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self, ready: threading.Event) -> None:
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            self._tasks.discard(task)
            writer.close()

    def _next(self) -> Reply:
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader)
        if request is None:
            return False
        self.requests.append(request)
        self.asked.set()
        reply = self._answer(request) if self._answer else self._next()
        if reply.ending != "never":
            await _write(writer, _head(reply))
            for part in reply.parts:
                if request.method != "HEAD" and part:
                    await _write(writer, f"{len(part):x}\r\n".encode() + part + b"\r\n")
        if reply.ending == "complete":
            await _write(writer, b"0\r\n\r\n")
            return True
        if reply.ending in {"hang", "never"}:
            await reader.read()
            self.left.set()
        return False


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method=method, path=path, headers=headers, body=body)


def _head(reply: Reply) -> bytes:
    headers = {**reply.headers, "Transfer-Encoding": "chunked"}
    text = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} OK\r\n{text}\r\n".encode()


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def cut(body: bytes, places: Iterable[int]) -> tuple[bytes, ...]:
    """`body` in pieces, cut at `places`."""
    edges = [0, *sorted(places), len(body)]
    return tuple(body[start:end] for start, end in pairwise(edges))
