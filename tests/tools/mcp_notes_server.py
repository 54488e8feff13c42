"""A small MCP server for the tests, over stdio or (with a port) streamable HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel

FOLDER = Path(os.environ.get("NOTES_FOLDER", "."))
DESCRIBED = os.environ.get("NOTES_DESCRIBED", "The text of one note.")

server = MCPServer("notes")


class Found(BaseModel):
    """A note that was found."""

    title: str
    lines: int


@server.tool(description=DESCRIBED, annotations=ToolAnnotations(read_only_hint=True))
def read_note(title: str) -> str:
    return (FOLDER / title).read_text(encoding="utf-8")


@server.tool()
def find_notes(word: str, limit: int = 5) -> list[Found]:
    """Notes that hold a word."""
    paths = sorted(FOLDER.glob("*.txt"))
    texts = {path.name: path.read_text(encoding="utf-8") for path in paths}
    hits = [name for name, text in texts.items() if word in text]
    return [Found(title=name, lines=texts[name].count("\n")) for name in hits[:limit]]


@server.tool()
def write_note(title: str, text: str, key: str = "") -> str:
    """Write a note."""
    with (FOLDER / title).open("a", encoding="utf-8") as note:
        note.write(f"{text}\n")
    return f"written {key}".strip()


@server.tool(name="note.picture")
def picture() -> Image:
    """A picture of the notes."""
    return Image(data=b"\x89PNG" + b"0" * 3000, format="png")


@server.tool()
def long_note(characters: int) -> str:
    """A note of any length."""
    return "あ" * characters


@server.tool()
def failing() -> str:
    """Fails always."""
    raise ToolError("no\u200b such\nnote\x1b[31m")


@server.tool()
def dying(title: str) -> str:
    """Writes a note and ends in the middle of the call."""
    (FOLDER / title).write_text("died", encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


@server.tool()
async def waiting(title: str) -> str:
    """Waits for ever, and notes when it is told to stop."""
    try:
        await asyncio.sleep(3600)
    finally:
        (FOLDER / title).write_text("stopped", encoding="utf-8")
    return "never"


if __name__ == "__main__":
    sys.stderr.write("notes server here\n")
    if len(sys.argv) > 1:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run("stdio")
