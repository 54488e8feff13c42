"""Who may do what: keys, scopes, rates, budgets; and requests that foreign pages send."""

from __future__ import annotations

import pytest
from http_server import PLAN

from dragoman.errors import ConfigurationError, InvalidInputError
from dragoman.serving.http.access import Bucket
from dragoman.serving.http.keys import Keys
from dragoman.serving.http.running import check_exposure


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_key_is_kept_as_its_hash_only(tmp_path) -> None:
    secret, key = Keys(tmp_path).create("acme", name="intranet", scopes=("chat", "documents"))
    assert secret.encode() not in (tmp_path / "keys.sqlite").read_bytes()
    assert secret.split("_", 2)[2].encode() not in (tmp_path / "keys.sqlite").read_bytes()
    assert Keys(tmp_path).find(secret) == key
    assert Keys(tmp_path).find(secret[:-1]) is None
    assert (tmp_path / "keys.sqlite").stat().st_mode & 0o077 == 0


def test_revoked_key_is_listed_but_no_longer_good(tmp_path) -> None:
    secret, key = Keys(tmp_path).create("acme")
    Keys(tmp_path).revoke(key.id)
    assert Keys(tmp_path).find(secret) is None
    assert not Keys(tmp_path).any()
    assert [each.revoked_at != "" for each in Keys(tmp_path).all("acme")] == [True]


@pytest.mark.parametrize("options", [{"scopes": ("root",)}, {"scopes": ()}, {"per_minute": 0}])
def test_key_with_a_meaningless_limit_is_refused(tmp_path, options) -> None:
    with pytest.raises(InvalidInputError):
        Keys(tmp_path).create("acme", **options)
    assert Keys(tmp_path).all() == []


@pytest.mark.parametrize(
    "path",
    ["/api/me", "/api/threads", "/api/documents", "/api/search?q=a", "/v1/models", "/metrics"],
)
async def test_nothing_is_said_without_a_key(start, path) -> None:
    server = await start(open_to_all=False)
    for headers in ({}, bearer("drg_x_y"), {"Authorization": "Basic abc"}, bearer("")):
        reply = await server.client.get(path, headers=headers)
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert (await server.client.get("/healthz")).status_code == 200


async def test_key_opens_its_own_tenant_only(start) -> None:
    server = await start([PLAN, "At nine."], open_to_all=False)
    acme, _ = server.service.access.keys.create("acme")
    other, _ = server.service.access.keys.create("other")
    asked = await server.client.post(
        "/api/threads/one/turns", json={"text": "When is it open?"}, headers=bearer(acme)
    )
    assert asked.status_code == 200

    for method, path in [
        ("GET", "/api/threads/one"),
        ("GET", "/api/threads/one/events"),
        ("DELETE", "/api/threads/one"),
        ("POST", "/api/threads/one/resume"),
    ]:
        reply = await server.client.request(method, path, headers=bearer(other))
        assert reply.status_code == 404, path
    assert (await server.client.get("/api/threads", headers=bearer(other))).json() == {
        "threads": []
    }
    assert (await server.client.get("/api/me", headers=bearer(acme))).json()["tenant"] == "acme"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/documents"),
        ("DELETE", "/api/documents/x"),
        ("GET", "/api/approvals"),
        ("POST", "/api/threads/one/decisions"),
        ("GET", "/metrics"),
    ],
)
async def test_key_for_chatting_may_do_no_more(start, method, path) -> None:
    server = await start(open_to_all=False)
    secret, _ = server.service.access.keys.create("acme")
    reply = await server.client.request(method, path, headers=bearer(secret))
    assert reply.status_code == 403
    assert reply.json()["error"]["code"] == "DRG-KEY-SCOPE"


async def test_key_that_is_used_too_often_is_told_when_to_come_back(start) -> None:
    server = await start(open_to_all=False)
    secret, _ = server.service.access.keys.create("acme", per_minute=2)
    statuses = []
    for _ in range(3):
        reply = await server.client.get("/api/me", headers=bearer(secret))
        statuses.append(reply.status_code)
    assert statuses == [200, 200, 429]
    assert 1 <= int(reply.headers["Retry-After"]) <= 30


def test_bucket_fills_again_as_time_goes_by() -> None:
    bucket = Bucket(60, now=0.0)
    assert [bucket.take(0.0) for _ in range(60)] == [0.0] * 60
    assert bucket.take(0.0) == pytest.approx(1.0)
    assert bucket.take(0.5) == pytest.approx(0.5)
    assert bucket.take(1.1) == 0.0


async def test_key_whose_tokens_of_the_day_are_used_up_is_refused(start) -> None:
    server = await start([PLAN, "At nine."], open_to_all=False)
    secret, _ = server.service.access.keys.create("acme", tokens_a_day=10)
    first = await server.client.post(
        "/api/threads/one/turns", json={"text": "When is it open?"}, headers=bearer(secret)
    )
    assert first.status_code == 200
    await server.service.runs.find("acme", "one").task

    second = await server.client.post(
        "/api/threads/one/turns", json={"text": "When is it open?"}, headers=bearer(secret)
    )

    assert second.status_code == 429
    assert second.json()["error"]["code"] == "DRG-BUDGET"
    limits = (await server.client.get("/api/me", headers=bearer(secret))).json()["limits"]
    assert limits["tokens_today"] > limits["tokens_a_day"] == 10


async def test_revoked_key_is_refused_when_the_memory_of_it_fades(start) -> None:
    server = await start(open_to_all=False)
    access, now = server.service.access, [0.0]
    access._clock = lambda: now[0]
    secret, key = access.keys.create("acme")
    assert (await server.client.get("/api/me", headers=bearer(secret))).status_code == 200
    access.keys.revoke(key.id)
    now[0] = 3.0
    assert (await server.client.get("/api/me", headers=bearer(secret))).status_code == 401


def test_without_keys_only_this_machine_is_served() -> None:
    assert check_exposure("127.0.0.1", has_keys=False)
    assert check_exposure("::1", has_keys=False)
    assert not check_exposure("127.0.0.1", has_keys=True)
    assert not check_exposure("0.0.0.0", has_keys=True)
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.com"):
        with pytest.raises(ConfigurationError, match="API key"):
            check_exposure(host, has_keys=False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:8760"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "ask.example.com"}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:8760"}, 200),
        ({"Origin": "https://intranet.example.com"}, 200),
    ],
)
async def test_requests_of_foreign_pages_and_for_foreign_hosts_are_refused(
    start, headers, status
) -> None:
    server = await start(
        serve_hosts=("ask.example.com",), serve_origins=("https://intranet.example.com",)
    )
    reply = await server.client.post("/api/threads/one/cancel", headers=headers)
    assert reply.status_code == status, reply.text


async def test_no_other_site_may_read_unless_it_is_named(start) -> None:
    server = await start(serve_origins=("https://intranet.example.com",))
    for origin, allowed in (("https://intranet.example.com", True), ("https://a.example", False)):
        reply = await server.client.get("/api/me", headers={"Origin": origin})
        assert ("access-control-allow-origin" in reply.headers) is allowed
        asked = await server.client.options(
            "/api/me", headers={"Origin": origin, "Access-Control-Request-Method": "GET"}
        )
        assert ("access-control-allow-origin" in asked.headers) is allowed


async def test_every_reply_is_treated_strictly_by_browsers(start) -> None:
    server = await start()
    for path in ("/api/me", "/healthz", "/nothing", "/openapi.json"):
        headers = (await server.client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


async def test_large_body_is_refused_with_and_without_its_length(start) -> None:
    server = await start(serve_body_mb=0.01)
    body = b'{"text": "' + b"x" * 20_000 + b'"}'

    async def pieces():
        for at in range(0, len(body), 1000):
            yield body[at : at + 1000]

    for content in (body, pieces()):
        reply = await server.client.post(
            "/api/threads/one/turns",
            content=content,
            headers={"Content-Type": "application/json"},
        )
        assert reply.status_code == 413, reply.text
        assert reply.json()["error"]["code"] == "DRG-HTTP-SIZE"


async def test_defect_is_told_without_a_trace(start, monkeypatch) -> None:
    server = await start()

    def broken(self) -> None:
        raise ZeroDivisionError("/srv/secret.py")

    monkeypatch.setattr("dragoman.agents.records.Records.threads", broken)
    reply = await server.client.get("/api/threads")
    assert reply.status_code == 500
    assert "incident" in reply.json()["error"]["message"]
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text


async def test_metrics_count_turns_without_naming_anybody(start) -> None:
    server = await start([PLAN, "At nine."])
    await server.ask("private-thread", "When does the museum open?")
    text = (await server.client.get("/metrics")).text
    assert 'dragoman_turns_total{agent="dragoman",language="en",outcome="answered"} 1.0' in text
    assert 'route="/api/threads/{thread}/turns"' in text
    assert 'dragoman_first_token_seconds_count{agent="dragoman"} 1.0' in text
    assert "private-thread" not in text
