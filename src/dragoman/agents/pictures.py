"""Images that came with questions: kept once each by their hash, named by it everywhere else.

A checkpoint and the transcript hold hashes only. The bytes lie in the data folder, in one file for
each image of a tenant; a table says which threads have it, so that it goes with the last of them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import aiosqlite
from anyio.to_thread import run_sync

from dragoman.agents.state import ChatMessage, TurnState
from dragoman.errors import InvalidInputError
from dragoman.models.images import image_part

Image = bytes | str | Path
"""The bytes of an image file, or where the file lies."""

MOST_IMAGES = 8
"""Images of one question; more would fill the context window of a small model many times."""

_TABLE = """
CREATE TABLE IF NOT EXISTS pictures (
    thread TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (thread, hash)
) WITHOUT ROWID
"""


class Pictures:
    """The images of one data folder. A thread's key is ``<tenant>/<thread>``.

    Usage:
        names = await pictures.keep("acme/42", [path.read_bytes()])
        data = await pictures.read("acme/42", names[0])
    """

    def __init__(self, connection: aiosqlite.Connection, folder: Path) -> None:
        """Use an open connection; call `setup` once before anything else."""
        self._connection = connection
        self._folder = folder

    async def setup(self) -> None:
        """Create the table when it is missing."""
        await self._connection.execute(_TABLE)
        await self._connection.commit()

    async def keep(self, thread: str, images: Sequence[bytes]) -> list[str]:
        """Store images that were checked, each once, and give back their hashes in order."""
        names = []
        for data in images:
            name = hashlib.sha256(data).hexdigest()
            await run_sync(_write, self._path(thread, name), data)
            await self._connection.execute(
                "INSERT OR IGNORE INTO pictures VALUES (?, ?)", (thread, name)
            )
            names.append(name)
        await self._connection.commit()
        return names

    async def read(self, thread: str, name: str) -> bytes:
        """The image of that hash.

        Raises:
            InvalidInputError: its file is gone.
        """
        path = self._path(thread, name)
        try:
            return await run_sync(path.read_bytes)
        except OSError:
            raise InvalidInputError(
                f"The image {name[:12]}… of this thread is no longer in {path.parent}.",
                cure="Put the file back, or ask in a new thread.",
            ) from None

    async def copy(self, thread: str, target: str) -> None:
        """Let `target`, a thread of the same tenant, have the images of `thread` as well."""
        await self._connection.execute(
            "INSERT OR IGNORE INTO pictures SELECT ?, hash FROM pictures WHERE thread = ?",
            (target, thread),
        )
        await self._connection.commit()

    async def forget(self, thread: str) -> None:
        """Delete the images that no other thread of the tenant has."""
        prefix = f"{_tenant(thread)}/"
        found = await self._connection.execute_fetchall(
            "SELECT hash FROM pictures WHERE thread = ? AND hash NOT IN "
            "(SELECT hash FROM pictures WHERE thread != ? AND substr(thread, 1, ?) = ?)",
            (thread, thread, len(prefix), prefix),
        )
        await self._connection.execute("DELETE FROM pictures WHERE thread = ?", (thread,))
        await self._connection.commit()
        for row in found:
            await run_sync(_remove, self._path(thread, row[0]))

    def _path(self, thread: str, name: str) -> Path:
        return self._folder / _tenant(thread) / name


def read_images(images: Sequence[Image]) -> list[bytes]:
    """The bytes of each, known to be an image that a model can read.

    Raises:
        InvalidInputError: a file cannot be read, something is no image or too large, or there are
            too many.
    """
    if len(images) > MOST_IMAGES:
        raise InvalidInputError(
            f"{len(images)} images came with one question; the limit is {MOST_IMAGES}.",
            cure="Ask about a few at a time.",
        )
    return [_checked(image) for image in images]


def pictured(state: TurnState) -> bool:
    """Whether the models are shown images in this turn, with its question or an earlier one."""
    return bool(state.get("images")) or any(
        message.get("images") for message in state.get("history", [])
    )


def earlier(history: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Earlier turns as part of a prompt: marked as what may go when it does not fit."""
    return [{**message, "earlier": True} for message in history]


def _checked(image: Image) -> bytes:
    if isinstance(image, bytes):
        image_part(image)
        return image
    try:
        data = Path(image).read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"The image {image} cannot be read: {error.strerror or error}.", cure="Check the path."
        ) from None
    try:
        image_part(data)
    except InvalidInputError as error:
        raise InvalidInputError(f"{image}: {error.message}", cure=error.cure) from None
    return data


def _tenant(thread: str) -> str:
    return thread.split("/", 1)[0]


def _write(path: Path, data: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    partial.replace(path)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
