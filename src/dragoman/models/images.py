"""Images in messages: read, checked, and described in words where the engine has eyes."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import HumanMessage

from dragoman.errors import InvalidInputError, UnsupportedFeatureError

if TYPE_CHECKING:
    from dragoman.models.engine import Engine

_MOST_BYTES = 20_000_000
_KINDS = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
)
_TRANSCRIBE = (
    "Write down all text in this image exactly as it stands there, in its own language, in reading"
    " order; tables and forms as lines of `label: value`. If it holds no text, describe in one"
    " paragraph what it shows. Write nothing else."
)


def image_part(data: bytes) -> dict[str, Any]:
    """The image as a part of a message's content, in LangChain's own form.

    Args:
        data: The bytes of a JPEG, PNG, WebP or GIF file.

    Raises:
        InvalidInputError: it is none of these, or too large.

    Usage:
        HumanMessage([{"type": "text", "text": question}, image_part(path.read_bytes())])
    """
    kind = next((mime for magic, at, mime in _KINDS if data[at : at + len(magic)] == magic), None)
    if kind is None:
        raise InvalidInputError(
            "This is no image that a model can read.", cure="Send a JPEG, PNG, WebP or GIF file."
        )
    if len(data) > _MOST_BYTES:
        raise InvalidInputError(
            f"The image has {len(data):,} bytes; the limit is {_MOST_BYTES:,}.",
            cure="Make it smaller: models scale images down to a few million pixels anyway.",
        )
    return {"type": "image", "base64": base64.b64encode(data).decode(), "mime_type": kind}


def question_with_images(question: str, images: Sequence[bytes]) -> HumanMessage:
    """The question and its images as one message.

    Raises:
        InvalidInputError: something is no image, or too large.
    """
    text = {"type": "text", "text": question}
    return HumanMessage([*map(image_part, images), text])


def require_vision(engine: Engine) -> None:
    """Let pass an engine that sees, or that does not tell what it can do.

    Raises:
        UnsupportedFeatureError: the engine says what it can do, and vision is not among it.
    """
    if not engine.sees:
        raise UnsupportedFeatureError(
            f"{engine.spec} cannot read images.",
            cure="Take a model with vision, for example ollama:qwen3.5:4b, or leave the image out.",
        )


async def describe_image(engine: Engine, data: bytes, *, max_tokens: int = 1000) -> str:
    """The text in an image, or what it shows, for a memory that holds only text.

    Args:
        engine: An engine with vision.
        data: The bytes of a JPEG, PNG, WebP or GIF file.
        max_tokens: Length of the transcript.

    Raises:
        UnsupportedFeatureError: the engine has no vision.
        InvalidInputError: the bytes are no image.
        EngineError: the engine failed.

    Usage:
        text = await describe_image(engine, Path("form.jpg").read_bytes())
    """
    require_vision(engine)
    writer = engine.writer(max_tokens=max_tokens, temperature=0.0).bind(presence_penalty=0.0)
    reply = await writer.ainvoke([question_with_images(_TRANSCRIBE, [data])])
    return reply.text.strip()


def plain_picture(color: tuple[int, int, int], *, side: int = 64) -> bytes:
    """A PNG file of one color (red, green, blue, each 0 to 255), to try a model's eyes with."""
    row = b"\x00" + bytes(color) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * side)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
