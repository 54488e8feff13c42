"""Errors that Ollama's source has and no recording holds: loading, versions, its own runner."""

from __future__ import annotations

from pathlib import Path

import pytest
from replay import ReplayServer, Reply, Request, answer

from dragoman.errors import (
    ContextExceededError,
    DragomanError,
    EngineCrashedError,
    EngineUnavailableError,
    InvalidInputError,
    UnsupportedFeatureError,
)
from dragoman.models import ollama_admin
from dragoman.models.connect import connect
from dragoman.models.ollama import OllamaChat
from dragoman.models.patience import Patience
from dragoman.settings import Settings

LOGS = "this may be due to resource limitations or an internal error, check ollama server logs"
TOO_OLD = (
    "pull model manifest: 412: \n\nThe model you are attempting to pull requires a newer version "
    "of Ollama.\n\nPlease download the latest version at:\n\n\thttps://ollama.com/download\n\n"
)


@pytest.mark.parametrize(
    ("status", "text", "kind", "cure"),
    [
        (500, f"model failed to load, {LOGS}", EngineUnavailableError, "smaller model"),
        (500, "unable to load model: /m/blobs/sha256-1", EngineUnavailableError, "ollama pull"),
        (500, "timed out waiting for llama runner to start - progress 0.28 - ",
         EngineUnavailableError, "smaller model"),
        (500, "error loading model: unknown model architecture: 'qwen35'",
         EngineUnavailableError, "Update it"),
        (500, "this model is not supported by your version of Ollama. You may need to upgrade",
         EngineUnavailableError, "Update it"),
        (500, "llama runner process has terminated: cudaMalloc failed: out of memory",
         EngineUnavailableError, "DRAGOMAN_CONTEXT_TOKENS"),
        (500, f"model runner has unexpectedly stopped, {LOGS}", EngineCrashedError, "memory"),
        (500, "llama runner process has terminated: signal: killed", EngineCrashedError, "memory"),
        (500, 'POST predict: Post "http://127.0.0.1:34567/completion": EOF',
         EngineCrashedError, "memory"),
        (500, "CUDA error: an illegal memory access was encountered", EngineCrashedError, "log"),
        (400, "prompt too long; exceeded max context length by 12 tokens",
         ContextExceededError, "Shorten"),
        (500, "the input length exceeds the context length", ContextExceededError, "Shorten"),
        (500, "Failed to create new sequence: failed to process inputs: image: unknown format",
         InvalidInputError, "JPEG"),
        (500, "this model is missing data required for image input",
         UnsupportedFeatureError, "ollama show"),
    ],
)  # fmt: skip
async def test_a_text_of_its_source_becomes_an_error_with_a_cure(
    server: ReplayServer, status: int, text: str, kind: type[DragomanError], cure: str
) -> None:
    server.play(Reply.json({"error": text}, status=status))
    patience = Patience(busy_retries=0, crash_retries=0)
    with pytest.raises(kind, match=r"qwen|image|Ollama") as caught:
        await OllamaChat(model="qwen3.5:4b", host=server.url, patience=patience).ainvoke("?")
    assert type(caught.value) is kind
    assert cure in caught.value.cure


async def test_a_pull_that_needs_a_newer_server_says_so_and_blames_no_connection(
    server: ReplayServer,
) -> None:
    server.play(Reply.lines({"status": "pulling manifest"}, {"error": TOO_OLD}))
    with pytest.raises(EngineUnavailableError, match=r"too old for qwen3\.5:4b") as caught:
        await ollama_admin.pull(server.url, "qwen3.5:4b")
    assert caught.value.cure == "Update it: https://ollama.com/download"


@pytest.mark.parametrize("text", [f"model failed to load, {LOGS}", TOO_OLD, "EOF"])
async def test_a_host_that_cannot_load_the_model_hands_over_to_the_next(
    server: ReplayServer, tmp_path: Path, text: str
) -> None:
    def plays(reply: Reply) -> object:
        def respond(request: Request) -> Reply:
            if request.path == "/api/show":
                return Reply.json({"capabilities": ["completion"], "model_info": {}, "details": {}})
            if request.path == "/api/version":
                return Reply.json({"version": "0.32.15"})
            return reply

        return respond

    with ReplayServer() as sound:
        server.answer_with(plays(Reply.json({"error": text}, status=500)))  # type: ignore[arg-type]
        sound.answer_with(plays(Reply.lines(*answer("from the sound one"))))  # type: ignore[arg-type]
        spec = f"ollama:qwen3.5:4b@{server.url},{sound.url}"
        engine = await connect(spec, Settings(home=tmp_path))
        for thread in range(64):  # which host a thread asks first depends on the hosts' ports
            with engine.turn(tenant="t", thread=str(thread)):
                assert (await engine.chat.ainvoke("?")).text == "from the sound one"
    assert any(request.path == "/api/chat" for request in server.requests)
