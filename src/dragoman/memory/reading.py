"""Text out of images: photographed forms, and pages of a PDF that are pictures of text.

The memory knows no models. Whoever has one that sees hands over an `ImageReader`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from dragoman.errors import DocumentError, EngineReplyError, InvalidInputError
from dragoman.memory.extracted import Extracted

ImageReader = Callable[[bytes], str]
"""Writes down the text of an image, or what it shows. It is called from several threads, with the
bytes of an image file. What keeps the model from answering at all (`EngineError`) ends the ingest,
a reply that is of no use (`EngineReplyError`) only that file."""

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif"})
"""Kinds of image files that can be read, in lower case."""

_SMALLEST = 64
"""Pixels of the shorter side below which an image on a page is a logo or a line."""


def extract_image(path: Path, read: ImageReader) -> Extracted:
    """The text of the image at `path`, with a note that a model has read it.

    Raises:
        DocumentError: it is no image, or nothing was found in it.
    """
    text = transcript(read, path.read_bytes())
    if not text:
        raise DocumentError("Nothing was found in the image.")
    return Extracted(text=text, notes=("its text was read from an image by a model",))


def transcript(read: ImageReader, data: bytes) -> str:
    """What `read` finds in one image.

    Raises:
        DocumentError: the bytes are no image, or the model's reply was of no use.
    """
    try:
        return read(data).strip()
    except (EngineReplyError, InvalidInputError) as error:
        raise DocumentError(
            f"Its image cannot be read: {error.message}", cure=error.cure
        ) from error


def page_texts(path: Path, numbers: Iterable[int], read: ImageReader) -> dict[int, str]:
    """The text of those of the PDF's pages `numbers` whose pictures hold some.

    A scanned page is one picture, or several strips, as it came from the scanner; pages that are
    drawn from lines have none and stay unread.

    Raises:
        DocumentError: the model's reply was of no use.
    """
    from pypdf import PdfReader  # noqa: PLC0415 - only PDF files need it

    found = {}
    with path.open("rb") as file:
        pages = PdfReader(file).pages
        for number in numbers:
            texts = [transcript(read, data) for data in _pictures(pages[number - 1])]
            if text := "\n\n".join(text for text in texts if text):
                found[number] = text
    return found


def _pictures(page: object) -> list[bytes]:
    """The larger images of a page as PNG or JPEG files, in the page's order."""
    from io import BytesIO  # noqa: PLC0415 - with the next
    from typing import Any, cast  # noqa: PLC0415 - with the next

    found = []
    for picture in cast("Any", page).images:
        image = picture.image
        if image is None or min(image.size) < _SMALLEST:
            continue
        if picture.name.lower().endswith((".jpg", ".jpeg", ".png")):
            found.append(picture.data)
            continue
        # Fax and JPEG 2000 pictures are of kinds that no model is sent.
        file = BytesIO()
        image.convert("RGB").save(file, "PNG")
        found.append(file.getvalue())
    return found
