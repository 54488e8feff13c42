"""Documents over HTTP: uploaded, listed, opened at a quote, searched, deleted."""

from __future__ import annotations

import pytest
from http_server import events

from dragoman.errors import DocumentError, InvalidInputError
from dragoman.serving.http.uploads import safe_name

TEXT = "# Returns\n\nProducts can be returned within 30 days. 送料は無料です。\n"


async def uploaded(server, name: str = "returns.md", content: str | bytes = TEXT):
    reply = await server.client.post("/api/documents", files=[("files", (name, content))])
    assert reply.status_code == 200, reply.text
    return events(reply.text)


async def test_upload_is_told_as_it_goes_and_then_listed(start) -> None:
    server = await start()

    found = await uploaded(server)

    assert [each.event for each in found] == ["progress", "report"]
    assert found[-1].data["added"] == 1
    (listed,) = (await server.client.get("/api/documents")).json()["documents"]
    assert (listed["source"], listed["title"], listed["uploaded"]) == (
        "returns.md",
        "Returns",
        True,
    )
    shown = (await server.client.get(f"/api/documents/{listed['document_id']}")).json()
    assert shown == listed


async def test_same_name_again_takes_the_place_of_the_earlier_file(start) -> None:
    server = await start()
    await uploaded(server)
    found = await uploaded(server, content="# Returns\n\nWithin 14 days.\n")
    assert found[-1].data["changed"] == 1
    assert len((await server.client.get("/api/documents")).json()["documents"]) == 1


async def test_citation_opens_with_its_quote_marked(start) -> None:
    server = await start()
    await uploaded(server)
    (passage,) = (
        await server.client.get("/api/search", params={"q": "returned within 30 days", "k": 1})
    ).json()["passages"]
    where = {name: passage[name] for name in ("start", "end")}

    opened = await server.client.get(
        "/api/text",
        params={"document": passage["document_id"], "quote": "送料は無料です。", **where},
    )

    found = opened.json()
    assert found["passage"]["quote"] == "送料は無料です。"
    whole = "".join(
        [found["before"], *(found["passage"][name] for name in ("before", "quote", "after"))]
    )
    assert "Products can be returned within 30 days. 送料は無料です。" in whole


async def test_quote_that_is_not_there_marks_nothing(start) -> None:
    server = await start()
    await uploaded(server)
    document = (await server.client.get("/api/documents")).json()["documents"][0]["document_id"]
    found = await server.client.get(
        "/api/text", params={"document": document, "start": 5, "end": 10**9, "quote": "nowhere"}
    )
    assert found.json()["passage"]["quote"] == ""


async def test_deleted_document_is_gone_with_its_file(start, home) -> None:
    server = await start()
    await uploaded(server)
    document = (await server.client.get("/api/documents")).json()["documents"][0]["document_id"]
    assert [*home.glob("uploads/*/returns.md")]

    deleted = await server.client.delete(f"/api/documents/{document}")

    assert deleted.json() == {"deleted": True}
    assert not [*home.glob("uploads/*/*")]
    assert (await server.client.get("/api/documents")).json() == {"documents": []}
    assert (await server.client.delete(f"/api/documents/{document}")).status_code == 404
    assert (await server.client.get(f"/api/documents/{document}")).status_code == 404


async def test_broken_file_is_reported_and_not_kept(start, home) -> None:
    server = await start()
    found = await uploaded(server, "broken.pdf", b"this is no PDF")
    assert found[-1].event == "report"
    assert found[-1].data["failed"][0]["source"] == "broken.pdf"
    assert not [*home.glob("uploads/*/*")]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\手册.PDF", "手册.pdf"),
        (".hidden.md", "hidden.md"),
        ("a\u202etxt.md", "atxt.md"),
        ("a:b?.md", "a_b_.md"),
        ("x" * 300 + ".md", "x" * 117 + ".md"),
        ("دليل.md", "دليل.md"),
    ],
)
def test_name_of_an_upload_is_made_safe(name, safe) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["", ".md", "   .md", "nothing", "/", "a\\"])
def test_upload_without_a_usable_name_is_refused(name) -> None:
    with pytest.raises(InvalidInputError):
        safe_name(name)


def test_kind_of_file_that_nobody_reads_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"\.exe"):
        safe_name("virus.exe")


async def test_upload_is_refused_when_it_is_too_large_or_of_no_use(start, home) -> None:
    server = await start(serve_upload_mb=0.01)
    for name, content, status in [
        ("big.md", b"x" * 20_000, 413),
        ("virus.exe", b"MZ", 415),
        ("", b"text", 400),
    ]:
        reply = await server.client.post("/api/documents", files=[("files", (name, content))])
        assert reply.status_code == status, reply.text
    assert (await server.client.post("/api/documents", data={"a": "b"})).status_code == 400
    assert not [*home.glob("uploads/*/*")]


async def test_server_says_what_it_is(start) -> None:
    server = await start()
    me = (await server.client.get("/api/me")).json()
    assert me["tenant"] == "default"
    assert me["authentication"] is False
    assert {"tag": "ar", "name": "العربية", "direction": "rtl"} in me["languages"]
    (agent,) = (await server.client.get("/api/agents")).json()["agents"]
    assert agent["default"] is True
    assert (await server.client.get("/readyz")).json()["status"] == "ok"


async def test_openapi_describes_every_route_with_examples(start) -> None:
    server = await start()
    found = (await server.client.get("/openapi.json")).json()
    assert "/api/threads/{thread}/turns" in found["paths"]
    assert found["components"]["schemas"]["Question"]["examples"] == [{"text": "返品の期限は？"}]
