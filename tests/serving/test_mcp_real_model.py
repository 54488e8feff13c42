"""`dragoman mcp` with the embedded model: a client over stdio asks and gets a cited answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hashed_words import HashedWords
from mcp import Client, StdioServerParameters, stdio_client

from dragoman import Memory

PROGRAM = """
import sys
from hashed_words import HashedWords
import dragoman.memory.attachment
dragoman.memory.attachment.connect_embedder = lambda *_: HashedWords()
from dragoman.serving.cli import main
sys.argv = ["dragoman", "mcp", "--engine", "embedded:qwen2.5-coder:0.5b"]
main()
"""


HASHED_WORDS = str(Path(__file__).resolve().parents[1] / "memory")


@pytest.mark.real_model
async def test_client_over_stdio_gets_a_cited_answer_from_the_embedded_model(tmp_path: Path):
    with Memory(tenant="acme", home=tmp_path / "home", embedder=HashedWords()) as memory:
        memory.add_texts(["Products can be returned within 30 days."], ids=["returns"])
    environment = {
        **os.environ,
        "DRAGOMAN_HOME": str(tmp_path / "home"),
        "DRAGOMAN_TENANT": "acme",
        "PYTHONPATH": HASHED_WORDS,
    }
    told = []

    async def progress(count, total, words):
        told.append(words)

    child = StdioServerParameters(
        command=sys.executable, args=["-c", PROGRAM], env=environment, cwd=tmp_path
    )
    async with Client(stdio_client(child)) as client:
        answer = await client.call_tool(
            "ask",
            {"question": "Within how many days can products be returned?"},
            progress_callback=progress,
        )
    assert not answer.is_error, answer.content
    assert answer.structured_content["language"] == "en"
    assert "30" in answer.structured_content["text"]
    assert answer.structured_content["citations"][0]["source"] == "returns"
    assert "[1 passages]" in told
