"""Reads the text that a person would read on an HTML page, with its headings and tables.

langchain-community's BSHTMLLoader gives the words without headings and with the menus, so the page
is walked here. Word files become HTML first and come through here as well.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from dragoman.memory.extracted import Extracted, Heading

if TYPE_CHECKING:
    from bs4.element import Tag

_DROPPED = frozenset({
    "script", "style", "noscript", "template", "head", "nav", "footer", "aside", "form", "button",
    "svg", "iframe",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "header", "hr", "li", "main", "ol", "p", "pre", "section", "summary",
    "table", "tbody", "thead", "tfoot", "tr", "ul", "h1", "h2", "h3", "h4", "h5", "h6",
})  # fmt: skip
_HEADING = re.compile(r"h[1-6]$")
_SPACE = re.compile(r"\s+")


def extract_html(markup: str) -> Extracted:
    """The visible text of `markup`: paragraphs apart, table rows as ``a | b`` lines."""
    from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning  # noqa: PLC0415 - only pages need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)  # XHTML is HTML enough for us
        soup = BeautifulSoup(markup, "html.parser")
    writer = _Writer()
    writer.walk(soup)
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    text = writer.text()
    first = next((h.title for h in writer.headings if h.level == 1), "")
    return Extracted(text=text, title=title or first, headings=tuple(writer.headings))


class _Writer:
    """Writes a page as plain text and notes where its headings fall."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self._parts: list[str] = []
        self._length = 0
        self._gap = ""  # white space that is owed before the next word

    def text(self) -> str:
        return "".join(self._parts)

    def walk(self, element: Tag) -> None:
        from bs4.element import NavigableString, Tag  # noqa: PLC0415 - see `extract_html`

        for child in element.children:
            if isinstance(child, Tag):
                self._tag(child)
            elif type(child) is NavigableString:  # not comments, doctypes or CDATA
                self._words(str(child), keep=element.name == "pre")

    def _tag(self, tag: Tag) -> None:
        name = tag.name
        if name in _DROPPED or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
            return
        if name == "br":
            self._owe("\n")
        elif _HEADING.match(name):
            self._heading(tag, int(name[1]))
        elif name == "tr":
            self._row(tag)
        elif name in _BLOCKS:
            gap = "\n" if name in {"li", "dt", "dd"} else "\n\n"
            self._owe(gap)
            if name == "li":
                self._write("- ")
            self.walk(tag)
            self._owe(gap)
        else:
            self.walk(tag)

    def _heading(self, tag: Tag, level: int) -> None:
        title = _SPACE.sub(" ", tag.get_text(" ")).strip()
        if not title:
            return
        self._owe("\n\n")
        self._write(title)
        end = self._length
        self.headings.append(Heading(start=end - len(title), end=end, level=level, title=title))
        self._owe("\n\n")

    def _row(self, row: Tag) -> None:
        cells = row.find_all(["td", "th"], recursive=False)
        words = [_SPACE.sub(" ", cell.get_text(" ")).strip() for cell in cells]
        if any(words):
            self._owe("\n")
            self._write(" | ".join(words))
            self._owe("\n")

    def _words(self, text: str, *, keep: bool) -> None:
        if keep:
            self._write(text)
            return
        words = _SPACE.sub(" ", text)
        if words.startswith(" "):
            self._owe(" ")
        if words.strip():
            self._write(words.strip())
            if words.endswith(" "):
                self._owe(" ")

    def _owe(self, gap: str) -> None:
        if gap.count("\n") > self._gap.count("\n") or not self._gap:
            self._gap = gap

    def _write(self, text: str) -> None:
        if self._parts and self._gap:
            self._parts.append(self._gap)
            self._length += len(self._gap)
        self._gap = ""
        self._parts.append(text)
        self._length += len(text)
