"""What a server has, and what it is told to fetch, load or forget."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from replay import ReplayServer, Reply, recordings

from dragoman.errors import (
    DiskFullError,
    DownloadError,
    DragomanError,
    EngineReplyError,
    EngineUnavailableError,
    ModelNotFoundError,
)
from dragoman.models import ollama_admin
from dragoman.models.ollama_admin import OllamaPullProgress

RECORDINGS = recordings()


async def test_models_are_listed_with_their_sizes(server: ReplayServer) -> None:
    server.play(RECORDINGS["tags"].reply)
    models = await ollama_admin.list_models(server.url)

    assert [model.name for model in models][-1] == "qwen2.5:0.5b"
    assert models[-1].size_bytes == 491401768
    assert models[-1].quantization == "Q4_K_M"


async def test_capabilities_come_from_show(server: ReplayServer) -> None:
    server.play(RECORDINGS["ft_show"].reply)
    card = await ollama_admin.show(server.url, "fakethink")

    assert card.capabilities == {"completion", "thinking"}
    assert card.context_tokens == 32768
    assert server.requests[0].json == {"model": "fakethink"}


async def test_a_missing_model_cannot_be_shown(server: ReplayServer) -> None:
    server.play(RECORDINGS["show_unknown"].reply)
    with pytest.raises(ModelNotFoundError, match="nope:1b"):
        await ollama_admin.show(server.url, "nope:1b")


async def test_loaded_models_tell_their_context(server: ReplayServer) -> None:
    server.play(RECORDINGS["ps_loaded"].reply)
    (model,) = await ollama_admin.running(server.url)
    assert (model.name, model.context_tokens, model.gpu_bytes) == ("qwen2.5:0.5b", 4096, 0)


@pytest.mark.parametrize(
    ("found", "warned"),
    [
        ("0.32.15", False),
        ("0.33.0-rc2", False),
        ("1.0", False),
        ("0.32.9", True),
        ("0.5.13", True),
        ("0.32.15-rc1", False),
        ("", True),
    ],
)
async def test_a_version_that_is_too_old_is_warned_about(
    server: ReplayServer, caplog: pytest.LogCaptureFixture, found: str, warned: bool
) -> None:
    server.play(Reply.json({"version": found}))
    with caplog.at_level(logging.WARNING):
        assert await ollama_admin.version(server.url) == found
    assert ("older than 0.32.15" in caplog.text) is warned


@pytest.mark.parametrize("body", [{}, {"models": None}, {"models": {}}, {"models": [1]}])
async def test_another_program_on_the_port_is_told_apart(server: ReplayServer, body: Any) -> None:
    server.play(Reply.json(body))
    for ask in (ollama_admin.list_models, ollama_admin.running):
        with pytest.raises(EngineReplyError):
            await ask(server.url)
    with pytest.raises(EngineReplyError):
        await ollama_admin.show(server.url, "m")


async def test_no_server_is_an_error_with_a_cure() -> None:
    with pytest.raises(EngineUnavailableError, match="No Ollama server"):
        await ollama_admin.version("127.0.0.1:9")


async def test_a_pull_reports_all_layers_together(server: ReplayServer) -> None:
    server.play(
        Reply.lines(
            {"status": "pulling manifest"},
            {"status": "pulling aa", "digest": "sha256:aa", "total": 100, "completed": 40},
            {"status": "pulling aa", "digest": "sha256:aa", "total": 100, "completed": 100},
            {"status": "pulling bb", "digest": "sha256:bb", "total": 10},
            {"status": "verifying sha256 digest"},
            {"status": "success"},
        )
    )
    seen: list[OllamaPullProgress] = []
    await ollama_admin.pull(server.url, "qwen3.5:4b", seen.append)

    assert [(step.completed_bytes, step.total_bytes) for step in seen] == [
        (0, 0),
        (40, 100),
        (100, 100),
        (100, 110),
        (100, 110),
        (100, 110),
    ]
    assert seen[-1].status == "success"
    assert server.requests[0].json == {"model": "qwen3.5:4b", "stream": True}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("pull model manifest: file does not exist", ModelNotFoundError),
        ('pull model manifest: Get "https://registry.ollama.ai/v2/": dial tcp: x', DownloadError),
        ("max retries exceeded: write blob: no space left on device", DiskFullError),
    ],
)
async def test_a_pull_that_fails_says_why(
    server: ReplayServer, text: str, error: type[DragomanError]
) -> None:
    server.play(Reply.lines({"status": "pulling manifest"}, {"error": text}))
    with pytest.raises(error):
        await ollama_admin.pull(server.url, "qwen3.5:4b")


async def test_a_pull_that_breaks_off_is_not_a_success(server: ReplayServer) -> None:
    server.play(Reply.lines({"status": "pulling manifest"}))
    with pytest.raises(EngineReplyError):
        await ollama_admin.pull(server.url, "qwen3.5:4b")


async def test_a_model_is_removed_and_unloaded_by_name(server: ReplayServer) -> None:
    server.play(Reply(), RECORDINGS["unload_empty"].reply)
    await ollama_admin.remove(server.url, "m:1b")
    await ollama_admin.unload(server.url, "m:1b")

    assert (server.requests[0].method, server.requests[0].path) == ("DELETE", "/api/delete")
    assert server.requests[0].json == {"model": "m:1b"}
    assert server.requests[1].json["keep_alive"] == 0


async def test_removing_a_missing_model_is_an_error(server: ReplayServer) -> None:
    server.play(RECORDINGS["unknown_model_delete"].reply)
    with pytest.raises(ModelNotFoundError):
        await ollama_admin.remove(server.url, "nope:1b")
