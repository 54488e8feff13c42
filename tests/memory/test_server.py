"""Addresses of Chroma servers, and what answers there."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hashed_words import HashedWords

from dragoman.errors import ConfigurationError, DataFolderLockedError, MemoryServerError
from dragoman.memory import Memory
from dragoman.memory.chroma_process import ChromaProcess
from dragoman.memory.server import ChromaServer
from dragoman.settings import Settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (" http://chroma/ ", "http://chroma:8000"),
        ("https://chroma.example", "https://chroma.example:443"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_an_address_is_read(url, expected):
    assert ChromaServer.at(url).url == expected


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://x",
        "http://",
        "http://a:b",
        "http://u:p@x",
        "http://x/y",
        "http://x?y",
    ],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ConfigurationError, match="DRAGOMAN_CHROMA_TOKEN"):
        ChromaServer.at(url)


def test_the_token_is_not_shown(monkeypatch):
    monkeypatch.setenv("DRAGOMAN_CHROMA_URL", "http://chroma:1")
    monkeypatch.setenv("DRAGOMAN_CHROMA_TOKEN", "sesame")
    settings = Settings()
    server = ChromaServer.of(settings)
    assert server.headers()["Authorization"] == "Bearer sesame"
    assert "sesame" not in f"{server!r} {settings!r} {settings.model_dump(mode='json')}"


@pytest.fixture
def answering():
    """A server that answers every request with one status and text, and keeps the headers."""
    servers = []

    def start(status, text):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.seen.append(dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return server, f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (401, "no", "refuses requests without a token.*[\\s\\S]*DRAGOMAN_CHROMA_TOKEN"),
        (403, "no", "refuses"),
        (404, "<html>", "no Chroma server"),
        (200, "<html>hello</html>", "no Chroma server"),
        (410, '{"error":"Unimplemented"}', "no Chroma server"),
        (200, '"0.6.3"', "version 0.6.3"),
        (200, '"2.0.0"', "version 2.0.0"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, answering, status, text, said):
    _, url = answering(status, text)
    with pytest.raises(MemoryServerError, match=said):
        Memory(home=tmp_path / "home", embedder=HashedWords(), server=url)
    assert not (tmp_path / "home").exists()


def test_the_token_is_sent(answering):
    server, url = answering(200, '"1.0.0"')
    ChromaServer.at(url, token="sesame").check()
    [headers] = server.seen
    assert (headers["Authorization"], headers["X-Chroma-Token"]) == ("Bearer sesame", "sesame")


def test_a_token_that_is_refused_is_not_printed(answering):
    _, url = answering(401, "no")
    with pytest.raises(MemoryServerError, match="refuses the token") as caught:
        ChromaServer.at(url, token="sesame").check()
    assert "sesame" not in str(caught.value)


def test_a_server_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MemoryServerError, match=r"127\.0\.0\.1:1 does not answer"):
        Memory(home=tmp_path, embedder=HashedWords(), server="http://127.0.0.1:1")


def test_two_servers_do_not_run_on_one_folder(tmp_path):
    with (
        ChromaProcess(tmp_path / "chroma"),
        pytest.raises(DataFolderLockedError, match="Another Chroma server"),
    ):
        ChromaProcess(tmp_path / "chroma")


def test_a_taken_port_is_named(tmp_path, answering):
    server, _ = answering(200, '"1.0.0"')
    with pytest.raises(MemoryServerError, match="cannot listen"):
        ChromaProcess(tmp_path / "chroma", port=server.server_port)
