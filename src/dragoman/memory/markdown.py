"""Finds the outline of a Markdown or reStructuredText text; the text itself stays as it is."""

from __future__ import annotations

import re

from dragoman.memory.extracted import Extracted, Heading

_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_RULE = re.compile(r"([!-/:-@[-`{-~])\1{2,}$")
_FRONT_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
_MARKUP = re.compile(r"[*_`]+|\[([^\]]*)\]\([^)]*\)")


def extract_markdown(text: str) -> Extracted:
    """The outline of `text`: ``#`` and underlined headings outside of code blocks."""
    headings = []
    fence = ""
    previous: tuple[int, str] | None = None  # start and text of a line that may be a heading
    front, body = _front_matter(text)
    at = body
    for line in text[body:].splitlines(keepends=True):
        stripped = line.rstrip("\n")
        opening = _FENCE.match(stripped)
        if opening and (not fence or opening[1].startswith(fence)):
            fence, previous = ("" if fence else opening[1][:3]), None
        elif not fence:
            heading = _heading(stripped, at, previous)
            if heading is not None:
                headings.append(heading)
            previous = (at, stripped) if stripped.strip() and heading is None else None
        at += len(line)
    title = front or next((h.title for h in headings if h.level == 1), "")
    return Extracted(text=text, title=title, headings=tuple(headings))


def extract_rst(text: str) -> Extracted:
    """The outline of `text`: lines with a rule of one punctuation mark below them.

    The first mark that occurs is the outermost level, as reStructuredText defines it.
    """
    headings: list[Heading] = []
    levels: dict[str, int] = {}
    at, before = 0, ""
    for line in text.splitlines(keepends=True):
        rule = _RULE.match(line.rstrip())
        title = before.strip()
        if rule and title and len(rule[0]) >= len(title) and not _RULE.match(title):
            level = levels.setdefault(rule[1], len(levels) + 1)
            start = at - len(before)
            headings.append(Heading(start=start, end=at + len(rule[0]), level=level, title=title))
        at, before = at + len(line), line
    title = headings[0].title if headings else ""
    return Extracted(text=text, title=title, headings=tuple(headings))


def _heading(line: str, at: int, previous: tuple[int, str] | None) -> Heading | None:
    atx = _ATX.match(line)
    if atx:
        return Heading(start=at, end=at + len(line), level=len(atx[1]), title=_plain(atx[2]))
    underline = _SETEXT.match(line)
    if underline and previous is not None and not previous[1].lstrip().startswith(("|", "-", ">")):
        level = 1 if underline[1].startswith("=") else 2
        return Heading(
            start=previous[0], end=at + len(line), level=level, title=_plain(previous[1])
        )
    return None


def _front_matter(text: str) -> tuple[str, int]:
    """The title in a YAML front matter, and where the text after it starts."""
    if not text.startswith("---\n"):
        return "", 0
    end = text.find("\n---\n", 3)
    if end < 0:
        return "", 0
    match = _FRONT_TITLE.search(text, 4, end)
    return (match[1] if match else ""), end + len("\n---\n")


def _plain(markup: str) -> str:
    return _MARKUP.sub(lambda match: match[1] or "", markup).strip()
