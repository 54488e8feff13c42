"""Finds lines that repeat on the pages of a document or of a site: headers, footers, menus.

Only lines at the top and the bottom of a page count, from the outside in and without a gap, so that
a line which repeats inside the pages, such as a row of a table, is never lost.
"""

from __future__ import annotations

import html
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dragoman.memory.extracted import Extracted

RUNNING_LINES = 3
"""Lines at the top and at the bottom of a page that may be a running header or footer."""

RUNNING_PAGES = 3
RUNNING_SHARE = 0.4
"""A running line stands on three pages at least, and on two fifths of them: books set one header
on the left pages and another one on the right."""

SITE_PAGES = 5
SITE_SHARE = 0.6
"""A site has five pages at least; its menu is on three fifths of them."""

_NUMBER = re.compile(r"\d{1,5}")
_LETTERS = re.compile(r"[^\W\d_]+")
_PAGE_WORDS = frozenset({
    "page", "pages", "pg", "p", "pp", "seite", "s", "página", "pág", "pagina", "pag", "strona",
    "str", "страница", "стр", "с", "сторінка", "sayfa", "trang", "halaman", "muka", "पृष्ठ", "หน้า",
    "صفحة", "صفحه", "ص", "第", "页", "頁", "ページ", "頁目", "쪽", "페이지",
})  # fmt: skip
_WORD = re.compile(r"\w+")
_UNSEEN = re.compile(
    r"<!--.*?-->|<(script|style|noscript|template|head|nav|footer|aside|form|button|svg|iframe)\b"
    r".*?</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_BREAK = re.compile(
    r"</?(?:address|article|blockquote|body|dd|details|div|dl|dt|fieldset|figcaption|figure|header"
    r"|hr|li|main|ol|p|pre|section|summary|table|tbody|thead|tfoot|tr|ul|h[1-6]|br)\b[^>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^>]*>")


def line_key(line: str) -> str:
    """What makes two lines the same: their letters and digits, whatever the case and spacing."""
    return "".join(_WORD.findall(line.casefold()))


def without_running_lines(pages: Sequence[str]) -> tuple[list[str], int]:
    """`pages` without running headers, footers and page numbers, and how many lines that were.

    A number may count the pages where it stands alone or with a word for "page": "Day 3" on the
    third page is its title. Any other number must be the same everywhere.
    """
    tops = _running([_edge(page, index, top=True) for index, page in enumerate(pages)])
    ends = _running([_edge(page, index, top=False) for index, page in enumerate(pages)])
    kept, dropped = [], 0
    for index, page in enumerate(pages):
        lines = page.split("\n")
        first = _outside(_edge(page, index, top=True), tops)
        last = _outside(_edge(page, index, top=False), ends)
        drop = {number for number, _ in [*first, *last]}
        dropped += len(drop)
        kept.append("\n".join(line for i, line in enumerate(lines) if i not in drop))
    return kept, dropped


def shared_lines(pages: Sequence[Iterable[str]]) -> frozenset[str]:
    """Keys of the lines that the pages of a site share; `pages` holds the keys of each."""
    if len(pages) < SITE_PAGES:
        return frozenset()
    counts = Counter(key for page in pages for key in set(page) if key)
    return frozenset(key for key, count in counts.items() if count >= SITE_SHARE * len(pages))


def markup_keys(markup: str) -> Iterator[str]:
    """Keys of the lines of an HTML page, found without building its tree.

    That is some fifty times faster, and good enough for counting.
    """
    text = _BREAK.sub("\n", " ".join(_UNSEEN.sub(" ", markup).split()))
    for line in html.unescape(_TAG.sub("", text)).split("\n"):
        yield line_key(line)


def without_shared_lines(extracted: Extracted, shared: frozenset[str]) -> Extracted:
    """`extracted` without the lines at its top and bottom whose keys are in `shared`.

    A page that holds nothing else stays as it is.
    """
    lines = extracted.text.split("\n")
    keys = [line_key(line) for line in lines]
    first = next((i for i, key in enumerate(keys) if key and key not in shared), None)
    if first is None:
        return extracted
    last = next(i for i in reversed(range(len(keys))) if keys[i] and keys[i] not in shared)
    dropped = sum(1 for key in [*keys[:first], *keys[last + 1 :]] if key)
    if not dropped:
        return extracted
    start = sum(len(line) + 1 for line in lines[:first])
    end = start + len("\n".join(lines[first : last + 1]))
    return replace(
        extracted,
        text=extracted.text[start:end],
        headings=tuple(
            replace(heading, start=heading.start - start, end=heading.end - start)
            for heading in extracted.headings
            if start <= heading.start and heading.end <= end
        ),
        boilerplate=extracted.boilerplate + dropped,
    )


def _edge(page: str, index: int, *, top: bool) -> list[tuple[int, frozenset[str]]]:
    """The outermost lines of a page: number and keys, one for each number that may count pages."""
    lines = list(enumerate(page.split("\n")))
    filled = [(number, line) for number, line in (lines if top else lines[::-1]) if line.strip()]
    return [(number, _counting_keys(line, index)) for number, line in filled[:RUNNING_LINES]]


def _counting_keys(line: str, index: int) -> frozenset[str]:
    keys = {line_key(line)}
    words = set(_LETTERS.findall(line.casefold()))
    if not words or words & _PAGE_WORDS:
        for match in _NUMBER.finditer(line):
            before, after = line[: match.start()], line[match.end() :]
            keys.add(f"{line_key(before)}#{int(match[0]) - index}#{line_key(after)}")
    # A line of rules or dots has no key of its own; it goes with its neighbors or stays.
    return frozenset(key for key in keys if key)


def _running(edges: Sequence[Sequence[tuple[int, frozenset[str]]]]) -> frozenset[str]:
    filled = sum(1 for edge in edges if edge)
    needed = max(RUNNING_PAGES, math.ceil(RUNNING_SHARE * filled))
    counts = Counter(key for edge in edges for key in {k for _, keys in edge for k in keys})
    return frozenset(key for key, count in counts.items() if count >= needed)


def _outside(
    edge: Sequence[tuple[int, frozenset[str]]], running: frozenset[str]
) -> Iterator[tuple[int, frozenset[str]]]:
    for number, keys in edge:
        if not keys & running:
            return
        yield number, keys
