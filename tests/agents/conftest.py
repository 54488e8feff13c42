"""What the agents' tests share: an assistant with a scripted model in a home of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hashed_words import HashedWords

from dragoman import Assistant, Memory
from dragoman.testing import ScriptedModel

Make = Callable[..., Assistant]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def memory(home: Path) -> Iterator[Memory]:
    with Memory(tenant="acme", home=home, embedder=HashedWords()) as memory:
        yield memory


@pytest.fixture
def make(home: Path) -> Iterator[Make]:
    """Make assistants that are closed after the test, each with its own script."""
    made = []

    def assistant(script, **options):
        options.setdefault("home", home)
        model = ScriptedModel(script) if isinstance(script, list) else script
        made.append(Assistant(engine=model, **options))
        return made[-1]

    yield assistant
    for assistant in made:
        assistant.close()
