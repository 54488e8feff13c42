"""Copies a tenant's documents into one file, and back.

The journal holds all of them, vectors included, so it alone is the backup: Chroma is filled from it
when the restored memory is first used.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from dragoman.errors import InvalidInputError, MemoryStoreError
from dragoman.memory.journal import Journal, translate_sqlite
from dragoman.memory.schema import SCHEMA_VERSION
from dragoman.memory.tenancy import folder_name, validate_tenant
from dragoman.ownership import Ownership


def write_backup(journal: Journal, path: Path) -> None:
    """Write a consistent copy of `journal` to `path`, whole or not at all."""
    if path.exists():
        raise InvalidInputError(f"{path} exists already.", cure="Name a new file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with journal.reading() as db, translate_sqlite(partial), closing(_open(partial)) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without its log beside it
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def restore(path: Path, *, home: Path, tenant: str) -> None:
    """Make the backup at `path` the memory of `tenant` below `home`.

    Raises:
        InvalidInputError: there is no such file, or the tenant has a memory already.
        MemoryStoreError: the file is no backup of a memory.
        DataFolderLockedError: another process uses the data folder.
    """
    tenant = validate_tenant(tenant)
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}.")
    with Ownership(home):
        folder = home.resolve() / "memory" / folder_name(tenant)
        target = folder / "journal.sqlite3"
        if target.exists():
            raise InvalidInputError(
                f"The tenant {tenant!r} has a memory in {home} already.",
                cure="Restore into another tenant or data folder.",
            )
        with translate_sqlite(path), closing(_open(path, read_only=True)) as source:
            _require_memory(source, path)
            folder.mkdir(parents=True, exist_ok=True)
            partial = target.with_name("journal.restoring")
            partial.unlink(missing_ok=True)
            with closing(_open(partial)) as copy:
                source.backup(copy)
                # Nothing is in Chroma yet, whatever the old machine's Chroma had.
                copy.execute("INSERT OR IGNORE INTO unsynced SELECT number FROM chunks")
                copy.execute("DELETE FROM doomed")
                # It is another journal from now on, with a collection of its own.
                copy.execute("DELETE FROM meta WHERE key IN ('journal', 'vectors')")
        partial.replace(target)


def _open(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    mode = "ro" if read_only else "rwc"
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None)


def _require_memory(db: sqlite3.Connection, path: Path) -> None:
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("SELECT 1 FROM chunks LIMIT 1")
    except sqlite3.DatabaseError:
        version = 0
    if not 1 <= version <= SCHEMA_VERSION:
        raise MemoryStoreError(f"{path} is no backup of a memory that this Dragoman can read.")
