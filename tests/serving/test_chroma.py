import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dragoman.errors import MemoryServerError
from dragoman.memory.server import ChromaServer
from dragoman.serving.commands.chroma import RESTARTS, supervise

COMMAND = "from dragoman.serving.cli import main; main()"


def test_the_command_runs_a_server_until_it_is_ended(tmp_path):
    command = [sys.executable, "-c", COMMAND, "chroma", "--json", "--port", "0"]
    with subprocess.Popen(
        [*command, "--home", str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        said = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        server = ChromaServer.at(said["url"])
        server.check()
        assert Path(said["folder"]) == tmp_path.resolve() / "memory" / "chroma"
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM
    with pytest.raises(MemoryServerError):
        server.check()


class Dying:
    """A server process that ends at once, whenever it is started."""

    folder = Path("/nowhere/chroma")

    def __init__(self):
        self.starts = 0

    def wait(self, seconds):
        return 9

    def start(self):
        self.starts += 1


def test_a_server_that_dies_is_started_again_but_not_for_ever():
    process = Dying()
    with pytest.raises(MemoryServerError, match="exit code 9"):
        supervise(process)
    assert process.starts == RESTARTS
