"""llama.cpp inside this process, one server per model file, shared by everyone who uses the file.

Facts about `xllamacpp` that this file is built on (2026.10, tried):

- A server that is destroyed, or an interpreter that ends, while a request runs is a segmentation
  fault. So every request runs in a thread that can be stopped and is waited for.
- A callback that returns True ends its request. It is called once a token, and with
  ``return_progress`` once a batch while the prompt is read, so that stopping works there too.
- An exception in a callback is swallowed.
- The server always listens on a port of 127.0.0.1. A random key closes it to other users.
"""

from __future__ import annotations

import atexit
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from dragoman.errors import (
    DragomanError,
    EngineError,
    EngineUnavailableError,
    MissingExtraError,
    ModelNotFoundError,
)
from dragoman.models.openmp import short_spins

Chunk = dict[str, Any]
Deliver = Callable[[Chunk | DragomanError | None], None]

_PROMPT_CACHE_MIB = 1024
_BATCH_TOKENS = 256
_SILENT = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class LlamaOptions:
    """How a model file is loaded. The same file with the same options is loaded once."""

    path: Path
    """The GGUF file."""

    context_tokens: int
    """Context window of one slot, in tokens."""

    slots: int = 2
    """Requests that are worked on at once, each with a prompt cache of its own."""

    threads: int = 0
    """Threads for computing, 0 for as many as this process may use."""

    projector: Path | None = None
    """The GGUF file that turns images into tokens, None for text only."""


class LlamaServer:
    """A claim on a loaded model file; the last claim that is released unloads it.

    Usage:
        server = LlamaServer(LlamaOptions(path=path, context_tokens=8192))
        request = server.start({"messages": [...]}, deliver=print)
        request.join()
        server.release()
    """

    _guard: ClassVar[threading.Lock] = threading.Lock()
    _loaded: ClassVar[dict[LlamaOptions, _Loaded]] = {}
    _ends_with_process: ClassVar[bool] = False

    def __init__(self, options: LlamaOptions) -> None:
        """Claim the file. It is loaded by the first request, which takes seconds."""
        self.options = options
        self._released = False
        with self._guard:
            if not LlamaServer._ends_with_process:
                LlamaServer._ends_with_process = True
                atexit.register(_unload_all)
            self._shared = self._loaded.setdefault(options, _Loaded(options))
            self._shared.claims += 1

    def start(self, body: dict[str, Any], deliver: Deliver) -> Request:
        """Work on a chat completion in a thread of its own.

        `deliver` is called in that thread: with each chunk, then with None for the end or with the
        exception that ended it.
        """
        return Request(self._shared, body, deliver)

    def release(self) -> None:
        """Give the claim back; calling it again does nothing."""
        with self._guard:
            if self._released:
                return
            self._released = True
            self._shared.claims -= 1
            if self._shared.claims:
                return
            self._loaded.pop(self.options, None)
        self._shared.unload()


class Request:
    """One reply that is being written."""

    def __init__(self, shared: _Loaded, body: dict[str, Any], deliver: Deliver) -> None:
        """Start at once."""
        self._shared = shared
        self._body = body
        self._deliver = deliver
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dragoman-llama", daemon=True)
        shared.running.add(self)
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end; it comes with the next token or the next batch of the prompt."""
        self._stopped.set()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    @property
    def is_running(self) -> bool:
        """Whether it still keeps the engine busy."""
        return self._thread.is_alive()

    def _run(self) -> None:
        end: DragomanError | None = None
        try:
            self._write()
        except DragomanError as error:
            end = error
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller must hear of it
            end = EngineError(f"The embedded engine failed: {error}", cure="Ask again.")
        self._deliver(end)
        self._shared.running.discard(self)

    def _write(self) -> None:
        server = self._shared.server()
        if not self._stopped.is_set():
            server.handle_chat_completions(self._body, self._received)

    def _received(self, chunk: Chunk) -> bool:
        if not self._stopped.is_set():
            self._deliver(chunk)
        return self._stopped.is_set()


class _Loaded:
    """A model file in memory, or about to be."""

    def __init__(self, options: LlamaOptions) -> None:
        self.options = options
        self.claims = 0
        self.running: set[Request] = set()
        self._loading = threading.Lock()
        self._server: Any = None

    def server(self) -> Any:
        with self._loading:
            if self._server is None:
                self._server = _load(self.options)
            return self._server

    def unload(self) -> None:
        running = list(self.running)
        for request in running:
            request.stop()
        for request in running:
            request.join()
        with self._loading:
            self._server = None


def machine_threads() -> int:
    """Threads that computing may use: the processors of this process, or ``OMP_NUM_THREADS``."""
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if limit.isdecimal() and int(limit):
        return int(limit)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load(options: LlamaOptions) -> Any:
    _check_file(options.path)
    xllamacpp = _library()
    params = xllamacpp.CommonParams()
    params.model.path = str(options.path)
    if options.projector is not None:
        _check_file(options.projector)
        params.mmproj.path = str(options.projector)
    params.n_ctx = options.context_tokens * options.slots  # divided evenly among the slots
    params.n_parallel = options.slots
    params.kv_unified = False
    params.n_batch = _BATCH_TOKENS  # small enough that a long prompt does not hold up the others
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = (
        options.threads or machine_threads()
    )
    params.warmup = False
    params.verbosity = _SILENT
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [secrets.token_urlsafe(32)]
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise EngineUnavailableError(
            f"llama.cpp could not load {options.path}: {error}",
            cure="It may be damaged, of a kind that this llama.cpp does not know, or too large for "
            "the memory. Delete and pull it again, or take a smaller model.",
        ) from None


def _library() -> Any:
    try:
        with short_spins():
            import xllamacpp  # noqa: PLC0415 - 100 MB, and not installed everywhere
    except ImportError as error:
        # The wheel brings everything but GNU's OpenMP, which slim containers lack.
        cure = "Install GNU OpenMP, for example: apt-get install libgomp1"
        if "libgomp" not in str(error):
            cure = 'Run: pip install "dragoman[embedded]"'
        raise MissingExtraError(
            f"The embedded engine needs xllamacpp, which cannot be imported ({error}).", cure=cure
        ) from None
    return xllamacpp


def _check_file(path: Path) -> None:
    """llama.cpp says only that loading failed; these are the two usual reasons."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError:
        raise ModelNotFoundError(
            f"The model file {path} is missing.",
            cure="Run: dragoman models list, then dragoman models pull NAME",
        ) from None
    except OSError as error:
        raise EngineUnavailableError(
            f"The model file {path} cannot be read ({error.strerror}).",
            cure="Check the file's permissions.",
        ) from None
    if magic != b"GGUF":
        raise EngineUnavailableError(
            f"{path} is not a GGUF model file.", cure="Delete it and pull it again."
        )


def _unload_all() -> None:
    with LlamaServer._guard:  # noqa: SLF001 - the other half of the same concept
        loaded = list(LlamaServer._loaded.values())  # noqa: SLF001 - the same
        LlamaServer._loaded.clear()  # noqa: SLF001 - the same
    for shared in loaded:
        shared.unload()
