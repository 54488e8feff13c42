"""`dragoman models` against a server that speaks Ollama."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from replay import ReplayServer, Reply, Request, recordings
from typer.testing import Result

Run = Callable[..., Result]
RECORDINGS = recordings()
PULL = Reply.lines(
    {"status": "pulling manifest"},
    {"status": "pulling aa", "digest": "sha256:aa", "total": 1000, "completed": 250},
    {"status": "pulling aa", "digest": "sha256:aa", "total": 1000, "completed": 1000},
    {"status": "verifying sha256 digest"},
    {"status": "success"},
)


class Ollama:
    """A server with a version and a few recorded replies."""

    def __init__(self, server: ReplayServer) -> None:
        self.url = server.url
        self.server = server
        self.version = "0.32.15"
        self.pull = PULL
        server.answer_with(self.answer)

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(request.method, request.path) for request in self.server.requests]

    def answer(self, request: Request) -> Reply:
        if request.path == "/api/pull":
            return self.pull
        if request.path == "/api/delete":
            missing = request.json["model"] == "nope:1b"
            return RECORDINGS["unknown_model_delete"].reply if missing else Reply()
        if request.path == "/api/version":
            return Reply.json({"version": self.version})
        names = {"/api/tags": "tags", "/api/ps": "ps_loaded", "/api/show": "ft_show"}
        return RECORDINGS[names[request.path]].reply


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ollama]:
    with ReplayServer() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        yield Ollama(server)


def test_list_holds_what_ollama_has_beside_the_catalog(run: Run, ollama: Ollama) -> None:
    listed = json.loads(run("models", "list", "--json").stdout)
    there = [entry for entry in listed if entry["engine"] == "ollama"]
    assert [entry["name"] for entry in there][-1] == "ollama:qwen2.5:0.5b"
    assert there[-1]["host"] == ollama.url
    assert {entry["engine"] for entry in listed} == {"embedded", "ollama"}
    assert "ollama:qwen2.5:0.5b" in run("models", "list").stdout


def test_list_works_without_any_server_and_says_so(run: Run) -> None:
    done = run("models", "list")
    assert done.exit_code == 0
    assert "qwen3.5:4b" in done.stdout
    assert "No Ollama server answers" in done.stderr.replace("\n", " ")


def test_show_tells_what_the_server_says_that_a_model_can_do(run: Run, ollama: Ollama) -> None:
    done = run("models", "show", "ollama:fakethink", "--json")
    card = json.loads(done.stdout)
    assert card["capabilities"] == ["completion", "thinking"]
    assert card["context_tokens"] == 32768
    assert "completion, thinking" in run("models", "show", "ollama:fakethink").stdout


def test_pull_shows_how_far_the_server_is(run: Run, ollama: Ollama) -> None:
    done = run("models", "pull", "ollama:qwen3.5:4b")
    assert done.exit_code == 0, done.stderr
    assert "250 B of 1 kB" in done.stderr
    assert f"qwen3.5:4b is on Ollama at {ollama.url}" in done.stderr
    assert ollama.server.requests[-1].json == {"model": "qwen3.5:4b", "stream": True}


def test_pull_reaches_every_server_that_the_name_lists(run: Run, ollama: Ollama) -> None:
    with ReplayServer() as second:
        other = Ollama(second)
        done = run("models", "pull", "--json", f"ollama:m:1b@{ollama.url},{other.url}")
        assert json.loads(done.stdout)["hosts"] == [ollama.url, other.url]
        assert ("POST", "/api/pull") in ollama.asked
        assert ("POST", "/api/pull") in other.asked


@pytest.mark.parametrize(
    ("lines", "code", "exit_code"),
    [
        ([{"error": "pull model manifest: file does not exist"}], "DRG-MODEL-MISSING", 4),
        ([{"error": "max retries exceeded: no space left on device"}], "DRG-DISK-FULL", 7),
        ([{"status": "pulling manifest"}], "DRG-ENGINE-REPLY", 3),
    ],
)
def test_pull_that_fails_keeps_its_code(
    run: Run, ollama: Ollama, lines: list[dict[str, str]], code: str, exit_code: int
) -> None:
    ollama.pull = Reply.lines(*lines)
    done = run("models", "pull", "ollama:qwen3.5:4b")
    assert code in done.stderr
    assert done.exit_code == exit_code


def test_rm_deletes_on_the_server(run: Run, ollama: Ollama) -> None:
    done = run("models", "rm", "ollama:m:1b")
    assert done.stdout == "ollama:m:1b is removed\n"
    assert ollama.server.requests[-1].method == "DELETE"
    missing = run("models", "rm", "ollama:nope:1b")
    assert missing.exit_code == 4
    assert "DRG-MODEL-MISSING" in missing.stderr


def test_ps_tells_what_is_loaded_and_with_which_context(run: Run, ollama: Ollama) -> None:
    (loaded,) = json.loads(run("models", "ps", "--json").stdout)
    assert (loaded["name"], loaded["context_tokens"]) == ("qwen2.5:0.5b", 4096)
    assert "qwen2.5:0.5b" in run("models", "ps").stdout


def test_ps_without_a_server_is_an_error(run: Run) -> None:
    done = run("models", "ps")
    assert done.exit_code == 3
    assert "DRG-ENGINE-UNAVAILABLE" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("list",), ("ps",), ("show", "ollama:m:1b"), ("pull", "ollama:m:1b")],
    ids=lambda arguments: arguments[0],
)
def test_an_old_server_is_warned_about_with_the_reason(
    run: Run, ollama: Ollama, arguments: tuple[str, ...]
) -> None:
    assert "older than" not in run("models", *arguments).stderr
    ollama.version = "0.5.13"
    said = run("models", *arguments).stderr
    assert "0.5.13 is older than 0.32.15" in said
    assert "it may cut a prompt" in said
