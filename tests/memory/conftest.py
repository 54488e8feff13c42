"""A memory in a folder of its own, with an embedder that needs no model."""

import subprocess
import sys
from pathlib import Path

import pytest
from hashed_words import HashedWords

from dragoman.memory import Memory


@pytest.fixture
def embedder():
    return HashedWords()


@pytest.fixture
def memory(tmp_path, embedder):
    with Memory(tenant="acme", home=tmp_path / "home", embedder=embedder) as memory:
        yield memory


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.fixture
def in_a_process():
    """Runs a statement in another Python process and returns what it wrote to stderr."""

    def run(statement, *arguments):
        code = "\n".join(
            [
                "import sys",
                f"sys.path.insert(0, {str(Path(__file__).parent)!r})",
                "from dragoman.memory import Memory",
                "from hashed_words import HashedWords",
                statement,
            ]
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stderr

    return run


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory):
    """Address of a real Chroma server, a child process that all tests of this run share."""
    from dragoman.memory.chroma_process import ChromaProcess  # noqa: PLC0415 - only these tests need it

    with ChromaProcess(tmp_path_factory.mktemp("server") / "chroma") as process:
        yield process.url
