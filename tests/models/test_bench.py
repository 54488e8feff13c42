"""What `models bench` measures, against a server with a clock of its own."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from replay import ReplayServer, Reply, Request, answer

from dragoman.errors import EngineReplyError
from dragoman.models import bench as bench_module
from dragoman.models.bench import Timing, bench, resident_bytes
from dragoman.models.connect import connect
from dragoman.models.engine import Engine
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel


class Mind:
    """An Ollama server that says a few words to everything."""

    def __init__(self) -> None:
        self.chats: list[Request] = []

    def __call__(self, request: Request) -> Reply:
        if request.path == "/api/show":
            return Reply.json({"capabilities": ["completion"], "model_info": {}, "details": {}})
        if request.path == "/api/version":
            return Reply.json({"version": "0.32.15"})
        if request.path == "/api/ps":
            return Reply.json({"models": [{"name": "m:1b", "size": 1234}]})
        self.chats.append(request)
        return Reply.lines(*answer("a", "b", "c", prompt_eval_count=600))


async def test_each_figure_comes_from_the_call_that_it_is_about(
    server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = itertools.count(step=0.5)
    monkeypatch.setattr(bench_module, "_clock", lambda: next(ticks))
    mind = Mind()
    server.answer_with(mind)
    engine = await connect(f"ollama:m:1b@{server.url}", Settings(home=tmp_path))
    found = await bench(engine)

    # Each call looks at the clock three times: at its beginning, first piece and end.
    assert (found.cold_first_token, found.warm_first_token, found.load_seconds) == (0.5, 0.5, 1.0)
    assert found.prefill_rate == 600 / 0.5
    assert found.decode_rate == found.schema_decode_rate == 2 / 0.5
    assert found.schema_overhead == 0
    assert found.memory_bytes == 1234
    assert found.cached_tokens is None  # Ollama does not tell

    loading, cold, *warm, free, bound = [request.json for request in mind.chats]
    prefixes = {request["messages"][0]["content"] for request in (cold, *warm, free, bound)}
    assert len(prefixes) == 1
    assert len(warm) == 3
    assert loading["options"]["num_predict"] == 1
    assert "format" in bound
    assert "format" not in free


async def test_a_prompt_is_new_to_the_engine_in_every_run(
    server: ReplayServer, tmp_path: Path
) -> None:
    mind = Mind()
    server.answer_with(mind)
    engine = await connect(f"ollama:m:1b@{server.url}", Settings(home=tmp_path))
    await bench(engine)
    await bench(engine)
    first, second = (mind.chats[place].json["messages"][0]["content"] for place in (1, 8))
    assert first.partition("\n")[0] != second.partition("\n")[0]
    assert first.partition("\n")[2] == second.partition("\n")[2]


async def test_an_engine_that_counts_nothing_is_an_error() -> None:
    class Uncounted(ScriptedModel):
        async def _astream(self, *arguments: object, **options: object):  # type: ignore[no-untyped-def]
            async for chunk in super()._astream(*arguments, **options):  # type: ignore[arg-type]
                chunk.message.usage_metadata = None  # type: ignore[attr-defined]
                yield chunk

    with pytest.raises(EngineReplyError, match="counts no tokens"):
        await bench(Engine.of(Uncounted(["x"])))


def test_a_reply_of_one_token_has_no_rate() -> None:
    one = Timing(first_token=0.5, total=0.5, input_tokens=9, cached_tokens=None, output_tokens=1)
    assert one.decode_rate == 0


def test_the_memory_of_this_process_is_known_on_linux() -> None:
    found = resident_bytes()
    assert found is None or found > 10_000_000
