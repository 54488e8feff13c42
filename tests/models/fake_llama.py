"""A stand-in for `xllamacpp` that says what a test wants, without a model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


def text(*pieces: str, finish: str | None = "stop", cached: int = 0) -> list[dict[str, Any]]:
    """The chunks with which llama.cpp writes `pieces`."""
    chunks = [_delta({"role": "assistant", "content": None})]
    chunks += [_delta({"content": piece}) for piece in pieces]
    if finish:
        chunks.append(_delta({}, finish))
        usage = {
            "prompt_tokens": 10,
            "completion_tokens": len(pieces),
            "total_tokens": 10 + len(pieces),
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        chunks.append({"choices": [], "usage": usage, "timings": {"cache_n": cached}})
    return chunks


def thought(*pieces: str) -> list[dict[str, Any]]:
    """Chunks of thinking."""
    return [_delta({"reasoning_content": piece}) for piece in pieces]


def _delta(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


class FakeLlama:
    """Takes the place of the module `xllamacpp`."""

    def __init__(self) -> None:
        self.chunks: list[dict[str, Any]] = text("Hello", "!")
        """What every request gets."""
        self.error: Exception | None = None
        """What every request raises."""
        self.loading_error: Exception | None = None
        self.endless = False
        """Whether the last chunk comes again and again until somebody stops it."""
        self.hold: threading.Event | None = None
        """What a request waits for before its first chunk."""
        self.bodies: list[dict[str, Any]] = []
        self.loads: list[Any] = []
        self.alive = 0
        """Servers that exist at the moment."""
        self.stopped = 0
        """Requests that were stopped by their callback."""
        self.Server = self._make_server

    def CommonParams(self) -> SimpleNamespace:  # noqa: N802 - the library's name
        threads = SimpleNamespace(n_threads=-1)
        return SimpleNamespace(
            model=SimpleNamespace(path=""),
            mmproj=SimpleNamespace(path=""),
            cpuparams=threads,
            cpuparams_batch=SimpleNamespace(n_threads=-1),
        )

    def _make_server(self, params: Any) -> _Server:
        if self.loading_error:
            raise self.loading_error
        self.loads.append(params)
        return _Server(self)


class _Server:
    def __init__(self, fake: FakeLlama) -> None:
        self._fake = fake
        fake.alive += 1

    def __del__(self) -> None:
        self._fake.alive -= 1

    def handle_chat_completions(
        self, body: dict[str, Any], callback: Callable[[dict[str, Any]], bool]
    ) -> None:
        fake = self._fake
        fake.bodies.append(body)
        if fake.error:
            raise fake.error
        if fake.hold:
            fake.hold.wait(10)
        chunks = list(fake.chunks)
        for chunk in chunks:
            if callback(chunk):
                fake.stopped += 1
                return
        while fake.endless:
            if callback(chunks[-1]):
                fake.stopped += 1
                return
