"""Strings that break software, from the Big List of Naughty Strings (MIT), in every place.

The whole list is sent by `benchmarks/serve_naughty.py`.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest

from dragoman.testing import ScriptedModel

NAUGHTY = [
    "",
    "null",
    "../../../../../../../../../../../etc/passwd%00",
    "' OR 1=1 -- 1",
    "<script>alert(123)</script>",
    "{% print 'x' * 64 * 1024**3 %}",
    "\u0001\u0002\u0003\u007f\u0085",
    "\ufeff\ufffe\u202etest\u202e",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "👩‍👩‍👧‍👦 🇺🇸🇷🇺🇸",
    "الكل في المجمو عة (5)",
    "9" * 400,
]


@pytest.fixture
async def server(start):
    model = ScriptedModel([lambda messages: RuntimeError("asked")] * 200)
    return await start(model)


@pytest.mark.parametrize("text", NAUGHTY)
async def test_naughty_string_never_becomes_a_defect(server, text: str) -> None:
    part = quote(text, safe="") or "%20"
    asked = [{"role": "user", "content": text}]
    for method, path, options in [
        ("POST", f"/api/threads/{part}/turns", {"json": {"text": "hi"}}),
        ("POST", "/api/threads/one/turns", {"json": {"text": "hi", "language": text}}),
        ("POST", "/api/threads/one/decisions", {"json": {text: {"decision": "approve"}}}),
        ("GET", f"/api/threads/{part}", {}),
        ("GET", "/api/search", {"params": {"q": text}}),
        ("GET", "/api/text", {"params": {"document": text, "quote": text}}),
        ("DELETE", f"/api/documents/{part}", {}),
        ("POST", "/api/documents", {"files": [("files", (f"{text}.md", b"# A\n\nText.\n"))]}),
        ("POST", "/v1/chat/completions", {"json": {"model": text, "messages": asked}}),
        ("GET", f"/v1/models/{part}", {}),
        ("GET", f"/{part}", {}),
    ]:
        reply = await server.client.request(method, path, **options)
        assert reply.status_code < 500, f"{method} {path}: {reply.text}"
        assert "incident" not in reply.text, f"{method} {path}: {reply.text}"
