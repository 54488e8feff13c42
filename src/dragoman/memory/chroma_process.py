"""Runs Chroma's own server as a child process: starts it, waits until it answers, ends it.

The server comes with the chromadb package. It knows no passwords, so it listens on this machine
only unless somebody says otherwise.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from dragoman.closing import Closing
from dragoman.errors import DataFolderLockedError, MemoryServerError
from dragoman.memory.server import ChromaServer

START_SECONDS = 60.0
"""How long it may take to answer; a second on an idle machine."""

END_SECONDS = 20.0
"""How long it may take to end by itself before it is killed."""

_COMMAND = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; sys.exit(app())"


class ChromaProcess(Closing):
    """A Chroma server on one folder, which it alone uses.

    Usage:
        with ChromaProcess(folder) as server:
            memory = Memory(server=server.url)
    """

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Start a server on `folder` and wait until it answers.

        Args:
            folder: Its files; created when missing.
            host: Address to listen on.
            port: Port to listen on; 0 for any free one.

        Raises:
            DataFolderLockedError: another server runs on the folder.
            MemoryServerError: the port is taken, or the server ended or did not answer.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = FileLock(folder.with_name(folder.name + ".server.lock"), thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise DataFolderLockedError(
                f"Another Chroma server runs on {folder}.",
                cure="Use that one, or stop it: two servers on one folder lose vectors.",
            ) from None
        self._log = folder.with_name(folder.name + ".server.log")
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.server = ChromaServer.at(f"http://{host}:{_usable(host, port)}")
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """The address that clients use."""
        return self.server.url

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server, for example again after it has died.

        Raises:
            MemoryServerError: it ended at once, or did not answer in time.
        """
        where = ["--host", self.server.host.strip("[]"), "--port", str(self.server.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                [sys.executable, "-c", _COMMAND, "run", "--path", str(self.folder), *where],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us; we end the server in order.
                start_new_session=os.name == "posix",
            )
        self._wait_until_ready()

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the process to end; its exit code, None when it still lives after `seconds`."""
        if self._process is None:
            return None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """End the server and free the folder; calling it again does nothing."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            # Chroma ends in order on an interrupt; where there is none, its journal is safe too.
            process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._lock.release()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                self.server.check()
            except MemoryServerError:
                if not self.running or time.monotonic() > end:
                    raise self._failure() from None
                self.wait(0.05)
            else:
                if not self.running:  # somebody else's server answers on our port
                    raise self._failure()
                return

    def _failure(self) -> MemoryServerError:
        said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return MemoryServerError(
            f"The Chroma server did not start on {self.url}: {' '.join(said[-3:]) or 'no word'}",
            cure=f"Its messages are in {self._log}. Another --port may help.",
        )


def _usable(host: str, port: int) -> int:
    """A free port; asked first, because Chroma ends without an error code when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # as servers do: a port in TIME_WAIT is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise MemoryServerError(
                f"The Chroma server cannot listen on {host}:{port} ({error.strerror or error}).",
                cure="Name another --port, or stop what listens there.",
            ) from error
        return int(probe.getsockname()[1])
