"""Finds a quote in a stored passage, forgiving how it is typed but not what it says."""

from __future__ import annotations

import unicodedata

from dragoman.memory.groups import Groups, visible
from dragoman.memory.journal import Journal
from dragoman.memory.passage import VerifiedQuote

_SAME = str.maketrans({
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "「": '"', "」": '"', "『": '"', "』": '"',
    "‘": "'", "’": "'", "‚": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "\u0640": None,
})  # fmt: skip


def find_quote(
    journal: Journal, chunk_id: str, quote: str, groups: Groups = None
) -> VerifiedQuote | None:
    """Where `quote` stands in the passage `chunk_id`; None when `groups` cannot see it there."""
    seen, names = visible(groups, "chunks.document")
    query = (
        "SELECT documents.id, start, text FROM chunks "  # noqa: S608 - our own condition
        f"JOIN documents ON documents.number = document WHERE chunks.id = ? AND {seen}"
    )
    with journal.reading() as db:
        row = db.execute(query, (chunk_id, *names)).fetchone()
    if row is None or not quote.strip():
        return None
    document_id, offset, text = row
    span = _exact(text, quote.strip()) or _loose(text, quote)
    if span is None:
        return None
    start, end, exact = span
    return VerifiedQuote(
        document_id=document_id,
        chunk_id=chunk_id,
        start=offset + start,
        end=offset + end,
        text=text[start:end],
        exact=exact,
    )


def _exact(text: str, quote: str) -> tuple[int, int, bool] | None:
    at = _find(text, quote)
    return None if at is None else (at, at + len(quote), True)


def _loose(text: str, quote: str) -> tuple[int, int, bool] | None:
    folded, positions = _fold(text)
    wanted, _ = _fold(quote)
    at = _find(folded, wanted) if wanted else None
    if at is None:
        return None
    return positions[at], positions[at + len(wanted) - 1] + 1, False


def _find(text: str, quote: str) -> int | None:
    """The first place where `quote` stands without cutting a number: 10 is no quote of 100."""
    at = text.find(quote)
    while at >= 0:
        end = at + len(quote)
        cuts_before = quote[0].isdigit() and at > 0 and text[at - 1].isdigit()
        cuts_after = quote[-1].isdigit() and text[end : end + 1].isdigit()
        if not cuts_before and not cuts_after:
            return at
        at = text.find(quote, at + 1)
    return None


def _fold(text: str) -> tuple[str, list[int]]:
    """`text` without spaces, width, case and quotation styles, and each character's old place."""
    folded: list[str] = []
    positions: list[int] = []
    for index, character in enumerate(text):
        plain = unicodedata.normalize("NFKC", character.translate(_SAME)).casefold()
        for part in plain:
            if not part.isspace():
                folded.append(part)
                positions.append(index)
    return "".join(folded), positions
