"""Reads an EPUB book: a zip archive of XHTML chapters with a list of their order.

The libraries for it are under the AGPL or need a browser engine, and the format is small.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urldefrag
from xml.etree import ElementTree as ET

from dragoman.errors import DocumentError, NeedsOcrError
from dragoman.memory.encodings import decode
from dragoman.memory.extracted import Extracted, joined, titled
from dragoman.memory.html import extract_html
from dragoman.memory.package import check_package, parsed

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html"})


def extract_epub(path: Path) -> Extracted:
    """The chapters of the book at `path` in reading order, with their headings.

    A chapter without a heading of its own gets its title in the table of contents.

    Raises:
        DocumentError: the file is damaged, unpacks to too much, or is locked by copy protection.
        NeedsOcrError: its chapters hold pictures and no text.
    """
    names = check_package(path)
    return parsed("book", lambda: _extract(path, names))


def _extract(path: Path, names: frozenset[str]) -> Extracted:
    with zipfile.ZipFile(path) as archive:
        package_name = _package_name(archive)
        package = ET.fromstring(archive.read(package_name))  # noqa: S314 - expat limits expansion
        chapters = list(_chapters(package, posixpath.dirname(package_name)))
        if _ENCRYPTION in names:
            _refuse_locked(archive, {name for name, _ in chapters})
        contents = _contents(archive, package, posixpath.dirname(package_name), names)
        parts = [
            _chapter(archive.read(name), contents.get(name, ""))
            for name, is_contents in chapters
            if name in names and not is_contents
        ]
    title = next((_text(e) for e in package.iter() if _tag(e) == "title"), "")
    parts = [part for part in parts if part.text.strip()]
    if not parts and any(name.lower().endswith((".jpg", ".jpeg", ".png")) for name in names):
        raise NeedsOcrError("The book holds pictures and no text: it needs OCR.")
    return joined(parts, title=title)


def _package_name(archive: zipfile.ZipFile) -> str:
    if _CONTAINER not in archive.namelist():
        raise DocumentError("It is not an EPUB book: it has no META-INF/container.xml.")
    container = ET.fromstring(archive.read(_CONTAINER))  # noqa: S314 - expat limits expansion
    for element in container.iter():
        if _tag(element) == "rootfile":
            return element.get("full-path", "")
    raise DocumentError("It is not an EPUB book: its container names no package.")


def _chapters(package: ET.Element, folder: str) -> Iterator[tuple[str, bool]]:
    """Name of each page of the spine, and whether it is the table of contents."""
    items = {e.get("id"): e for e in package.iter() if _tag(e) == "item"}
    for reference in package.iter():
        item = items.get(reference.get("idref")) if _tag(reference) == "itemref" else None
        if item is not None and item.get("media-type") in _PAGES:
            is_contents = "nav" in (item.get("properties") or "").split()
            yield _resolved(folder, item.get("href", "")), is_contents


def _contents(
    archive: zipfile.ZipFile, package: ET.Element, folder: str, names: frozenset[str]
) -> dict[str, str]:
    """Titles in the table of contents by page: from EPUB 3's page, else from EPUB 2's file."""
    titles: dict[str, str] = {}
    for item in package.iter():
        if _tag(item) != "item":
            continue
        name = _resolved(folder, item.get("href", ""))
        is_page = "nav" in (item.get("properties") or "").split()
        is_file = item.get("media-type") == "application/x-dtbncx+xml"
        if name in names and (is_page or is_file):
            root = ET.fromstring(archive.read(name))  # noqa: S314 - expat limits expansion
            for target, title in _page_links(root) if is_page else _file_links(root):
                titles.setdefault(_resolved(posixpath.dirname(name), target), title)
    return titles


def _page_links(root: ET.Element) -> Iterator[tuple[str, str]]:
    for link in root.iter():
        if _tag(link) == "a" and link.get("href"):
            yield link.get("href", ""), _text(link)


def _file_links(root: ET.Element) -> Iterator[tuple[str, str]]:
    for point in root.iter():
        if _tag(point) == "navPoint":
            label = next((_text(e) for e in point if _tag(e) == "navLabel"), "")
            target = next((e.get("src", "") for e in point if _tag(e) == "content"), "")
            yield target, label


def _chapter(data: bytes, title: str) -> Extracted:
    page = extract_html(decode(data).text)
    if page.headings or not title or not page.text.strip():
        return replace(page, title="")
    return titled(title, page.text)


def _refuse_locked(archive: zipfile.ZipFile, chapters: set[str]) -> None:
    """Fonts may be scrambled, chapters may not."""
    root = ET.fromstring(archive.read(_ENCRYPTION))  # noqa: S314 - expat limits expansion
    locked = {unquote(e.get("URI", "")) for e in root.iter() if _tag(e) == "CipherReference"}
    if locked & chapters:
        raise DocumentError(
            "The book is locked by copy protection.", cure="Only its seller can unlock it."
        )


def _resolved(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(urldefrag(href).url)))


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())
