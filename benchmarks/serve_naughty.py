"""What nobody should send: the Big List of Naughty Strings, then schemathesis, over the whole API.

Every place that takes a text gets each of the strings; then requests that are made from the
OpenAPI description are sent, good ones and bad ones. A status of 500 or more is a failure.

    python benchmarks/serve_naughty.py --data ../shared/data
    python benchmarks/serve_naughty.py --examples 100
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from serve import Server


def requests(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and options of one request for each place that takes a text."""
    part = quote(text.encode("utf-8", "replace"), safe="") or "%20"
    said = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": text}]
    chat = {"model": "dragoman", "messages": [*said, {"role": "user", "content": text}]}
    file = ("naughty.txt", text.encode("utf-8", "replace"))
    named = (text.encode("utf-8", "replace").decode() + ".md", b"# A title\n\nSome text.\n")
    return [
        ("POST", "/api/threads/naughty/turns", {"json": {"text": text}}),
        ("POST", f"/api/threads/{part}/turns", {"json": {"text": "hi"}}),
        ("POST", "/api/threads/n/turns", {"json": {"text": "hi", "language": text}}),
        ("POST", "/api/threads/n/turns", {"json": {"text": "hi", "user": text}}),
        ("POST", "/api/threads/n/turns", {"json": {"text": "hi", "agent": text}}),
        ("POST", "/api/threads/n/decisions", {"json": {text: {"decision": "approve"}}}),
        ("GET", f"/api/threads/{part}", {}),
        ("GET", "/api/threads/naughty/events", {"headers": {b"Last-Event-ID": _header(text)}}),
        ("GET", "/api/search", {"params": {"q": text}}),
        ("GET", "/api/text", {"params": {"document": text, "quote": text}}),
        ("GET", f"/api/documents/{part}", {}),
        ("DELETE", f"/api/documents/{part}", {}),
        ("POST", "/api/documents", {"files": [("files", file)]}),
        ("POST", "/api/documents", {"files": [("files", named)]}),
        ("POST", "/v1/chat/completions", {"json": chat}),
        ("POST", "/v1/chat/completions", {"json": {**chat, "model": text}}),
        ("GET", f"/v1/models/{part}", {}),
        ("GET", f"/{part}", {}),
        ("GET", "/api/me", {"headers": {b"Authorization": _header(text)}}),
    ]


def _header(text: str) -> bytes:
    return bytes(each for each in text.encode("utf-8", "replace") if each >= 32 and each != 127)


async def naughty(server: Server, strings: list[str]) -> Counter[int]:
    """The statuses of all replies; those of 500 and more are printed."""
    statuses: Counter[int] = Counter()
    async with httpx.AsyncClient(base_url=server.address, timeout=60) as calls:
        for text in strings:
            for method, path, options in requests(text):
                reply = await calls.request(method, path, **options)
                statuses[reply.status_code] += 1
                if reply.status_code >= 500 or '"DRG-ERROR"' in reply.text:
                    shown = path if method != "POST" else f"{path} {str(options)[:120]}"
                    print(f"{reply.status_code} {method} {shown}\n    {reply.text[:300]}")
                    statuses[599] += 1
    return statuses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    data = os.environ.get("DRAGOMAN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(data))
    parser.add_argument("--examples", type=int, default=30, help="Requests per operation.")
    parser.add_argument("--only", choices=["strings", "schema"])
    arguments = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        home.mkdir()
        server = Server("dragoman", home, threads=64)
        try:
            if arguments.only != "schema":
                strings = json.loads((arguments.data / "blns.json").read_text(encoding="utf-8"))
                statuses = asyncio.run(naughty(server, strings))
                failed = statuses.pop(599, 0) > 0
                print(json.dumps({"strings": len(strings), "requests": sum(statuses.values())}))
                print(json.dumps({"statuses": dict(sorted(statuses.items()))}), flush=True)
            if arguments.only != "strings":
                command = [str(Path(sys.executable).with_name("schemathesis")), "run"]
                command += [f"{server.address}/openapi.json", "--checks", "not_a_server_error"]
                command += ["--max-examples", str(arguments.examples), "--phases"]
                command += ["examples,coverage,fuzzing", "--request-timeout", "30"]
                ran = subprocess.run(command, check=False, cwd=folder)
                failed = failed or ran.returncode != 0
        finally:
            server.end()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
