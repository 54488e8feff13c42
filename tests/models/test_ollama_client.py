"""How the client reads addresses and streams, and what it makes of servers that are not Ollama."""

from __future__ import annotations

import pytest
from blockbuster import blockbuster_ctx
from replay import ReplayServer, Reply, answer

from dragoman.errors import (
    DragomanError,
    EngineBusyError,
    EngineError,
    EngineReplyError,
    EngineUnavailableError,
)
from dragoman.models.ollama import OllamaChat
from dragoman.models.ollama_client import open_client
from dragoman.models.patience import Patience

NO_RETRY = Patience(busy_retries=0, crash_retries=0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", "http://127.0.0.1:11434"),
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:80", "http://gpu-box"),
        ("http://gpu-box", "http://gpu-box"),
        ("https://ollama.example", "https://ollama.example"),
        ("https://ollama.example/behind/", "https://ollama.example/behind"),
        ("gpu-box/behind", "http://gpu-box:11434/behind"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("http://0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:11434", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
    ],
)
async def test_an_address_is_read_as_people_write_it(written: str, meant: str) -> None:
    async with open_client(written) as client:
        assert client.host == meant


@pytest.mark.parametrize(
    "written", ["http://", "http://host:port", "http://[bad", "ftp://host", "a b", "\n"]
)
async def test_a_written_address_that_is_none_is_a_coded_error(written: str) -> None:
    with pytest.raises(DragomanError):
        await OllamaChat(model="m", host=written).ainvoke("hi")


async def test_this_machine_is_never_asked_through_a_proxy(
    server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.play(Reply.lines(*answer("Hello")))

    assert (await OllamaChat(model="m", host=server.url).ainvoke("hi")).content == "Hello"


@pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029", "\x0c", "\x1e"])
async def test_a_line_separator_inside_an_answer_is_text(
    server: ReplayServer, separator: str
) -> None:
    server.play(Reply.lines(*answer(f"one{separator}two")))
    reply = await OllamaChat(model="m", host=server.url).ainvoke("hi")
    assert reply.content == f"one{separator}two"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"<html><body>Welcome to nginx!</body></html>",
        b"null\n",
        b"[]\n",
        b"7\n",
        b'"done"\n',
        b"{}\n",
        b'{"done": true}\n',
        b'{"message": "text", "done": true}\n',
        b'{"message": {"content": "cut',
        b"\xff\xfe\x00\x01\n",
        b'{"error": {"message": ["odd"]}}\n',
        b'{"error": true}\n',
        b'{"error": "something new"}\n',
        b'{"message": {"role": "assistant", "content": "a", "tool_calls": [7]}, "done": true}\n',
        b'{"message": {"role": "assistant", "content": "a", "tool_calls": 7}, "done": true}\n',
        b'{"message": {"role": "assistant", "content": "a"}, "done": true, "eval_count": "x"}\n',
    ],
)
async def test_garbage_under_status_200_is_never_an_answer(
    server: ReplayServer, body: bytes
) -> None:
    server.play(Reply(parts=(body,)))
    with pytest.raises(EngineReplyError):
        await OllamaChat(model="m", host=server.url, patience=NO_RETRY).ainvoke("hi")


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, b"404 page not found", EngineReplyError),
        (404, b"<html>Not here</html>", EngineReplyError),
        (301, b"", EngineReplyError),
        (401, b"", EngineUnavailableError),
        (403, b"", EngineUnavailableError),
        (429, b"slow down", EngineBusyError),
        (500, b"<html>oops</html>", EngineError),
        (500, b"[]", EngineError),
        (500, b"null", EngineError),
        (500, b"", EngineError),
        (502, b"<html>Bad Gateway</html>", EngineUnavailableError),
        (503, b"", EngineBusyError),
        (504, b"", EngineUnavailableError),
    ],
)
async def test_every_status_is_a_coded_error(
    server: ReplayServer, status: int, body: bytes, error: type[DragomanError]
) -> None:
    server.play(Reply(status=status, parts=(body,)))
    with pytest.raises(error):
        await OllamaChat(model="m", host=server.url, patience=NO_RETRY).ainvoke("hi")


async def test_a_call_never_blocks_the_event_loop(server: ReplayServer) -> None:
    server.play(Reply.lines(*answer("Hello")))
    with blockbuster_ctx():
        reply = await OllamaChat(model="m", host=server.url).ainvoke("hi")
    assert reply.content == "Hello"


async def test_a_key_is_sent_and_never_shown(
    server: ReplayServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "very-secret")
    server.play(Reply(status=401))
    caplog.set_level(0)
    chat = OllamaChat(model="m", host=server.url)
    with pytest.raises(EngineUnavailableError) as caught:
        await chat.ainvoke("hi")

    assert server.requests[0].headers["authorization"] == "Bearer very-secret"
    assert "very-secret" not in f"{caught.value}{caplog.text}{chat!r}"
