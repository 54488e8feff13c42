"""Copies everything that a tenant has into one file, and back.

The archive is a zip of the tenant's databases (documents with their vectors, facts about people,
cached answers) and a manifest with their digests. Chroma's files are not in it: a collection is
filled from the journal when the restored memory is first used, without embedding anything.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dragoman.errors import DiskFullError, InvalidInputError, MemoryStoreError
from dragoman.memory.journal import BUSY_SECONDS, translate_sqlite
from dragoman.memory.schema import SCHEMA_VERSION
from dragoman.memory.sharing import WriteLock
from dragoman.memory.tenancy import folder_name, validate_tenant
from dragoman.ownership import Ownership

FORMAT = 1
JOURNAL = "journal.sqlite3"

_MANIFEST = "manifest.json"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\.sqlite3")
_PIECE = 1 << 20


def write_backup(folder: Path, path: Path, *, tenant: str) -> None:
    """Write a consistent copy of each database in `folder` to `path`, whole or not at all."""
    if path.exists():
        raise InvalidInputError(f"{path} exists already.", cure="Name a new file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with (
            translate_sqlite(partial),
            tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as work,
            zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            files = {}
            for source in sorted(folder.glob("*.sqlite3")):
                copy = Path(work, source.name)
                _copy_database(source, copy)
                archive.write(copy, source.name)
                files[source.name] = _digest(copy)
                copy.unlink()
            manifest = {"format": FORMAT, "tenant": tenant, "files": files}
            archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
        partial.replace(path)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DiskFullError(
            f"No room left to write {path}; nothing is left of it.", cure="Free some space."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def restore(path: Path, *, home: Path, tenant: str) -> None:
    """Make the backup at `path` the memory of `tenant` below `home`.

    Nothing is changed before every byte of the archive has been checked.

    Raises:
        InvalidInputError: there is no such file, or the tenant has a memory already.
        MemoryStoreError: the file is no backup of a memory, or it is damaged.
        DataFolderLockedError: another process uses the data folder.
    """
    tenant = validate_tenant(tenant)
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}.")
    with Ownership(home):
        memories = home.resolve() / "memory"
        folder = memories / folder_name(tenant)
        _require_none(folder, tenant, home)
        memories.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=memories) as work:
            names = _unpack(path, Path(work))
            _make_new(Path(work, JOURNAL))
            folder.mkdir(exist_ok=True)
            with WriteLock(folder)():
                _require_none(folder, tenant, home)
                # The journal last: without it there is no memory yet.
                for name in sorted(names, key=lambda name: name == JOURNAL):
                    Path(work, name).replace(folder / name)


def _require_none(folder: Path, tenant: str, home: Path) -> None:
    if (folder / JOURNAL).exists():
        raise InvalidInputError(
            f"The tenant {tenant!r} has a memory in {home} already.",
            cure="Restore into another tenant or data folder.",
        )


def _unpack(path: Path, work: Path) -> list[str]:
    """Take the databases out of the archive; each is compared with its digest."""
    with _readable(path), zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(_MANIFEST))
        files = _described(manifest, path)
        if set(archive.namelist()) != {*files, _MANIFEST}:
            raise _damaged(path, "its list of files is not the one of its manifest")
        for name, digest in files.items():
            with archive.open(name) as source, Path(work, name).open("wb") as target:
                while piece := source.read(_PIECE):
                    target.write(piece)
            if _digest(work / name) != digest:
                raise _damaged(path, f"{name} is not what was saved")
    with translate_sqlite(path):
        for name in files:
            with closing(sqlite3.connect(work / name)) as db:
                if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                    raise _damaged(path, f"{name} is broken")
    return list(files)


def _described(manifest: Any, path: Path) -> dict[str, str]:
    version = manifest.get("format") if isinstance(manifest, dict) else None
    if not isinstance(version, int) or version < 1:
        raise _no_backup(path)
    if version > FORMAT:
        raise MemoryStoreError(
            f"{path} was written by a newer Dragoman (format {version}).", cure="Update Dragoman."
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or JOURNAL not in files:
        raise _no_backup(path)
    if any(_NAME.fullmatch(name) is None for name in files):
        raise _damaged(path, "it names files that a backup does not hold")
    return files


def _make_new(journal: Path) -> None:
    """Turn the saved journal into one of its own, with a collection of its own."""
    with translate_sqlite(journal), closing(sqlite3.connect(journal)) as db, db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if not 1 <= version <= SCHEMA_VERSION:
            raise MemoryStoreError(
                f"The backup was written by a newer Dragoman (journal {version}).",
                cure="Update Dragoman.",
            )
        # Nothing is in Chroma yet, whatever the old machine's Chroma had.
        db.execute("DELETE FROM unsynced")
        db.execute("INSERT INTO unsynced SELECT number FROM chunks")
        db.execute("DELETE FROM doomed")
        db.execute("DELETE FROM meta WHERE key IN ('journal', 'vectors', 'retired', 'next')")
        db.execute("DROP TABLE IF EXISTS next_index")


def _copy_database(source: Path, target: Path) -> None:
    uri = f"{source.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without its log beside it


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Say what errors in an archive mean for a person."""
    try:
        yield
    # RuntimeError: a header that claims encryption or an unknown compression.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        if zipfile.is_zipfile(path):
            raise _damaged(path, str(error)) from error
        raise _no_backup(path) from error
    except (KeyError, ValueError) as error:
        raise _no_backup(path) from error


def _no_backup(path: Path) -> MemoryStoreError:
    return MemoryStoreError(
        f"{path} is no backup of a memory, or its end is missing; nothing was changed."
    )


def _damaged(path: Path, how: str) -> MemoryStoreError:
    return MemoryStoreError(
        f"The backup {path} is damaged: {how}. Nothing was changed.", cure="Use another copy of it."
    )
