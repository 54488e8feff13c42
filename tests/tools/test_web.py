from __future__ import annotations

import gzip
import ipaddress
import threading
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
import pytest

from dragoman.errors import ConfigurationError, ToolFailedMistake
from dragoman.tools.builtin.allowed_hosts import AllowedHosts
from dragoman.tools.builtin.public_addresses import CheckedBackend, is_public
from dragoman.tools.builtin.web import make_http_get

PAGE = "<html><head><title>返品</title></head><nav>x</nav><h1>返品</h1><p>三十日</p></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}


class Site(ThreadingHTTPServer):
    """A real server on the loopback interface, whose pages a test lays down."""

    daemon_threads = True

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, path: str = "/") -> str:
        return f"http://site.test:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        status, headers, body = self.server.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the reader had enough

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def loopback_too(address: Any) -> bool:
    return is_public(address) or address.is_loopback


def getter(site: Site, *, hosts: tuple[str, ...] = (), **options: Any) -> Any:
    backend = CheckedBackend(may_dial=loopback_too, resolve=here)
    allowed = (f"site.test:{site.server_port}", *hosts)
    return make_http_get(allowed, backend=backend, **options)


async def test_a_page_is_read_as_text_with_its_title(site):
    site.pages["/a?b=1"] = (200, HTML, PAGE.encode())
    read = await getter(site)(site.url("/a?b=1#part"))
    assert read == {"url": site.url("/a?b=1"), "title": "返品", "text": "返品\n\n三十日"}


async def test_the_request_carries_no_cookies_and_no_credentials(site, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", "/dev/null")
    site.pages["/"] = (200, {**HTML, "Set-Cookie": "a=1"}, b"x")
    get = getter(site)
    await get(site.url())
    await get(site.url())
    names = {name.lower() for _, headers in site.requests for name in headers}
    assert names == {"host", "user-agent", "accept", "accept-encoding"}
    assert site.requests[0][1]["Host"] == f"site.test:{site.server_port}"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("application/json", '{"在庫": 3}'.encode(), '{"在庫": 3}'),
        ("application/ld+json", b"[1]", "[1]"),
        ("text/plain; charset=shift_jis", "送料".encode("cp932"), "送料"),
        ("text/plain; charset=nonsense", "送料".encode(), "送料"),
        ("text/html", '<meta charset="euc-kr"><p>배송비'.encode("cp949"), "배송비"),
    ],
)
async def test_texts_are_decoded_as_they_say(site, kind, body, text):
    site.pages["/"] = (200, {"Content-Type": kind}, body)
    assert (await getter(site)(site.url()))["text"] == text


async def test_a_long_page_is_cut_and_says_so(site):
    site.pages["/"] = (200, {"Content-Type": "text/plain"}, b"x" * 1001)
    read = await getter(site, most_bytes=1000)(site.url())
    assert len(read["text"]) == 1000
    assert read["left_out"] == "what comes after the first 1,000 bytes"


async def test_a_decompression_bomb_is_not_blown_up(site):
    bomb = gzip.compress(b"0" * 50_000_000)
    headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
    site.pages["/"] = (200, headers, bomb)
    tracemalloc.start()
    try:
        read = await getter(site)(site.url())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(read["text"]) == 1_000_000
    assert peak < 20_000_000
    site.pages["/"] = (200, headers, gzip.compress("送料".encode()))
    assert (await getter(site)(site.url()))["text"] == "送料"


@pytest.mark.parametrize(
    ("status", "headers", "body", "problem"),
    [
        (404, HTML, b"", "answered with status 404"),
        (500, HTML, b"", "answered with status 500"),
        (200, {"Content-Type": "application/pdf"}, b"%PDF", "leads to application/pdf"),
        (200, {"Content-Type": "image/png"}, b"x", "leads to image/png"),
        (200, {"Content-Type": "text/plain"}, b"\0\0\0", None),
        (200, {**HTML, "Content-Encoding": "br"}, b"x", "was not asked: br"),
        (200, {**HTML, "Content-Encoding": "gzip"}, b"not gzip", "compression is broken"),
        (302, {"Location": "http://other.test/"}, b"", "other.test may not be read"),
        (302, {"Location": "http://127.0.0.1/"}, b"", "127.0.0.1 may not be read"),
        (302, {"Location": "file:///etc/passwd"}, b"", "not an http or https address"),
        (302, {"Location": "http://a:b@site.test/"}, b"", "user name or password"),
        (302, {"Location": "http://[::"}, b"", "no address"),
        (302, {"Location": "/"}, b"", "redirects more than 3 times"),
    ],
)
async def test_what_is_no_readable_page_is_refused(site, status, headers, body, problem):
    site.pages["/"] = (status, headers, body)
    if problem is None:
        assert (await getter(site)(site.url()))["url"]
        return
    with pytest.raises(ToolFailedMistake, match=problem):
        await getter(site)(site.url())


async def test_three_redirects_are_followed_and_each_is_checked(site):
    for number in range(3):
        site.pages[f"/{number}"] = (302, {"Location": f"/{number + 1}"}, b"")
    site.pages["/3"] = (200, HTML, b"<p>there</p>")
    assert (await getter(site)(site.url("/0")))["url"] == site.url("/3")


async def test_a_page_that_does_not_come_is_given_up(site):
    reached, release = threading.Event(), threading.Event()

    class Silent(dict):
        def get(self, *_: Any) -> Any:
            reached.set()
            release.wait(30)
            return 404, {}, b""

    site.pages = Silent()
    with pytest.raises(ToolFailedMistake, match="did not come within"):
        await getter(site, seconds=0.05)(site.url())
    release.set()


async def test_a_server_that_is_not_there_is_said(site):
    async def nobody(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    backend = CheckedBackend(may_dial=loopback_too, resolve=here)
    with pytest.raises(ToolFailedMistake, match=r"gone\.test cannot be read"):
        await make_http_get(["gone.test:1"], backend=backend)("http://gone.test:1/")
    with pytest.raises(ToolFailedMistake, match=r"gone\.test cannot be found"):
        await make_http_get(["gone.test"], backend=CheckedBackend(resolve=nobody))(
            "http://gone.test"
        )


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://evil.test/", "evil.test may not be read; allowed are: docs.test"),
        ("http://docs.test.evil.test/", "may not be read"),
        ("http://evildocs.test/", "may not be read"),
        ("https://docs.test:8080/", "Port 8080 of docs.test may not be read"),
        ("http://docs.test:443/", "Port 443 of docs.test may not be read"),
        ("http://user@docs.test/", "user name or password"),
        ("http://docs.test@evil.test/", "user name or password"),
        ("http://docs.test\\@evil.test/", "is not a web address"),
        ("http://docs.test\r\nHost: evil.test/", "is not a web address"),
        ("ftp://docs.test/", "is not an http or https address"),
        ("file:///etc/passwd", "is not an http or https address"),
        ("docs.test/a", "is not an http or https address"),
        ("gopher://docs.test", "is not an http or https address"),
        ("http://", "is not an http or https address"),
        ("", "is not an http or https address"),
        ("http://127.0.0.1/", "may not be read"),
        ("http://[::1]/", "may not be read"),
        ("http://docs.test/" + "a" * 5000, "longer than 2,000 characters"),
        ("http://docs.test:99999/", "is not a web address|may not be read"),
    ],
)
async def test_an_address_that_is_not_allowed_is_refused_before_any_connection(url, problem):
    class Nothing(httpcore.AsyncMockBackend):
        async def connect_tcp(self, *_: Any, **__: Any) -> Any:
            raise AssertionError("connected")

    with pytest.raises(ToolFailedMistake, match=problem):
        await make_http_get(["docs.test"], backend=Nothing([]))(url)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost"],
)
async def test_no_spelling_of_the_loopback_is_reached_where_every_host_is_allowed(host):
    with pytest.raises(
        ToolFailedMistake, match=r"private network|not a host name|not a web address"
    ):
        await make_http_get(["*"])(f"http://{host}/")


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "127.0.0.1", "127.255.255.254", "100.64.0.1", "169.254.169.254",
        "172.16.0.1", "192.168.1.1", "192.0.0.192", "198.18.0.1", "203.0.113.7", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16", "::", "::1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8",
        "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254", "ff02::1", "2001:db8::1",
    ],
)  # fmt: skip
async def test_addresses_inside_networks_are_never_dialed(address):
    assert not is_public(ipaddress.ip_address(address))

    async def inside(host: str, port: int) -> list[str]:
        return ["8.8.8.8", address]

    inner = Recorder()
    with pytest.raises(ToolFailedMistake, match="private network"):
        await CheckedBackend(resolve=inside, inner=inner).connect_tcp("docs.test", 80)
    assert inner.dialed == []


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(ipaddress.ip_address(address))


class Recorder(httpcore.AsyncMockBackend):
    """Notes what is dialed and which name TLS is asked for."""

    def __init__(self) -> None:
        super().__init__([])
        self.dialed: list[tuple[str, int]] = []
        self.names: list[str | None] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> Any:
        self.dialed.append((host, port))
        if host == "8.8.4.4":
            raise httpcore.ConnectError("refused")
        names = self.names

        class Stream(httpcore.AsyncMockStream):
            async def start_tls(
                self,
                ssl_context: Any,
                server_hostname: Any = None,
                timeout: Any = None,  # noqa: ASYNC109
            ) -> Any:
                names.append(server_hostname)
                return self

        answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
        return Stream([answer])


async def test_a_name_server_that_changes_its_answer_gets_nobody_inside():
    answers = [["8.8.8.8"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    inner = Recorder()
    get = make_http_get(["docs.test"], backend=CheckedBackend(resolve=rebinding, inner=inner))
    assert (await get("https://docs.test/a"))["text"] == "ok"
    assert inner.dialed == [("8.8.8.8", 443)]  # the address itself, not the name once more
    assert inner.names == ["docs.test"]  # while the certificate is checked for the name
    with pytest.raises(ToolFailedMistake, match="private network"):
        await get("https://docs.test/a")
    assert inner.dialed == [("8.8.8.8", 443)]


async def test_the_next_address_is_tried_when_one_does_not_answer():
    async def two(host: str, port: int) -> list[str]:
        return ["8.8.4.4", "8.8.8.8"]

    inner = Recorder()
    await CheckedBackend(resolve=two, inner=inner).connect_tcp("docs.test", 443)
    assert inner.dialed == [("8.8.4.4", 443), ("8.8.8.8", 443)]


def test_entries_allow_exactly_what_they_say():
    allowed = AllowedHosts(["Example.com", "*.example.org", "api.test:8443", "例え.jp"])
    for url in (
        "https://example.com/x",
        "http://EXAMPLE.com./x",
        "https://a.b.example.org",
        "https://api.test:8443/",
        "https://例え.jp/",
    ):
        assert allowed.checked(url)
    for url in ("https://a.example.com", "https://example.org", "https://api.test/"):
        with pytest.raises(ToolFailedMistake, match="may not be read"):
            allowed.checked(url)


@pytest.mark.parametrize(
    "entry", ["https://a.test", "a.test/x", "", "*.*.test", "a b.test", "*a.t"]
)
def test_an_entry_that_is_no_host_is_refused_at_once(entry):
    with pytest.raises(ConfigurationError, match="is not a host"):
        make_http_get([entry])


def test_an_empty_list_is_refused_at_once():
    with pytest.raises(ConfigurationError, match="no hosts"):
        make_http_get([])
