"""Who may see a document: everyone, or the members of some groups.

A document carries a set of group names; an empty one is for everyone. Whoever looks with groups
sees what is for everyone and what is for one of theirs. It is decided in SQL, with our own
condition and bound names, wherever a passage or a document leaves the journal; what Chroma
proposes is a list of ids that goes through it, so that no filter of Chroma's is ever built.

A folder remembers the groups that it was ingested with. A file that is new in it gets them, also
when a later ingest names none: what is added to a closed folder is closed.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from dragoman.errors import InvalidInputError

MAX_GROUPS = 200
"""Most groups of one document or one person."""

_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Groups = tuple[str, ...] | None
"""Groups of whoever is looking; None for an operator, who sees everything."""


def check_groups(groups: object) -> tuple[str, ...]:
    """The group names, each once and in order.

    They are plain identifiers, as tenants are: no letters that look like Latin ones, no operators.

    Raises:
        InvalidInputError: a name that is none, or one string in place of several.
    """
    if isinstance(groups, (str, bytes, dict)) or not isinstance(groups, Iterable):
        raise InvalidInputError(
            f"{groups!r:.80} is not a list of groups.", cure='Pass a list, such as ["finance"].'
        )
    names = list(groups)
    for name in names:
        if not isinstance(name, str) or _PATTERN.fullmatch(name) is None:
            raise InvalidInputError(
                f"{name!r:.80} is not a group.",
                cure="Use 1 to 64 ASCII letters, digits, '.', '_' or '-', starting with a letter "
                "or a digit.",
            )
    distinct = tuple(sorted({str(name) for name in names}))
    if len(distinct) > MAX_GROUPS:
        raise InvalidInputError(f"There are {len(distinct)} groups, more than {MAX_GROUPS}.")
    return distinct


def visible(groups: Groups, document: str) -> tuple[str, tuple[str, ...]]:
    """The SQL condition under which a document is seen, and its parameters.

    Args:
        groups: Groups of whoever is looking.
        document: The column with the document's number, with its table, or SQLite would take it
            for the column of that name in `document_groups`.
    """
    if groups is None:
        return "1", ()
    held = f"SELECT 1 FROM document_groups WHERE document_groups.document = {document}"  # noqa: S608 - our own column
    marks = ", ".join("?" * len(groups))
    return f"(NOT EXISTS ({held}) OR EXISTS ({held} AND name IN ({marks})))", groups


def any_restricted(db: sqlite3.Connection) -> bool:
    """Whether there is a document that is not for everyone."""
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM document_groups)").fetchone()[0])


def visible_ids(db: sqlite3.Connection, ids: Sequence[str], groups: Groups) -> set[str]:
    """Which of these passages are seen."""
    condition, names = visible(groups, "chunks.document")
    marks = ", ".join("?" * len(ids))
    query = f"SELECT id FROM chunks WHERE id IN ({marks}) AND {condition}"  # noqa: S608 - marks and our own condition
    return {row[0] for row in db.execute(query, (*ids, *names)).fetchall()}


def groups_for(
    db: sqlite3.Connection, document_id: str, path: str | None, given: Groups
) -> tuple[str, ...]:
    """The groups of a document that is about to be stored.

    Those that are given; else those that it has; else those of the deepest folder above it that
    remembers some.
    """
    if given is not None:
        return given
    stored = db.execute("SELECT number FROM documents WHERE id = ?", (document_id,)).fetchone()
    if stored is not None:
        rows = db.execute("SELECT name FROM document_groups WHERE document = ?", stored).fetchall()
        return tuple(sorted(row[0] for row in rows))
    return _remembered(db, Path(path)) if path is not None else ()


def set_groups(db: sqlite3.Connection, number: int, groups: Iterable[str]) -> None:
    """Make these the groups of the document with this number."""
    db.execute("DELETE FROM document_groups WHERE document = ?", (number,))
    db.executemany("INSERT INTO document_groups VALUES (?, ?)", [(number, name) for name in groups])


def regroup(db: sqlite3.Connection, roots: Sequence[Path], groups: tuple[str, ...]) -> int:
    """Give these groups to `roots` and to all that is stored from below them.

    Returns:
        How many documents had others.
    """
    folders = db.execute("SELECT path FROM folder_groups").fetchall()
    below = [row for row in folders if _is_below(row[0], roots)]
    db.executemany("DELETE FROM folder_groups WHERE path = ?", below)
    db.executemany(
        "INSERT INTO folder_groups VALUES (?, ?)",
        [(str(root), json.dumps(groups)) for root in dict.fromkeys(roots)],
    )
    stored = db.execute("SELECT number, path FROM documents WHERE path IS NOT NULL").fetchall()
    return replace_groups(db, [n for n, path in stored if _is_below(path, roots)], groups)


def replace_groups(db: sqlite3.Connection, numbers: Iterable[int], groups: tuple[str, ...]) -> int:
    """Give these groups to documents; returns how many had others."""
    changed = 0
    for number in numbers:
        rows = db.execute(
            "SELECT name FROM document_groups WHERE document = ?", (number,)
        ).fetchall()
        if {row[0] for row in rows} != set(groups):
            set_groups(db, number, groups)
            changed += 1
    return changed


def _remembered(db: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    for place in (path, *path.parents):
        row = db.execute(
            "SELECT groups FROM folder_groups WHERE path = ?", (str(place),)
        ).fetchone()
        if row is not None:
            return tuple(json.loads(row[0]))
    return ()


def _is_below(path: str, roots: Iterable[Path]) -> bool:
    return any(Path(path).is_relative_to(root) for root in roots)
