"""Finds the files of an ingest, in folders and in archives."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from dragoman.errors import InvalidInputError
from dragoman.memory.accept import MAX_ID
from dragoman.memory.archive import Archives, Member, is_archive
from dragoman.memory.load import fingerprint, supported


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """A file that holds a document, or an archive of such files."""

    id: str
    """Id of the document, which follows from where the file lies."""

    path: Path
    """The file, or the archive that it is in."""

    source: str
    """Where it comes from, for people."""

    site: str
    """What it shares its menus with: the folder below the ingested one, or the archive."""

    inside: tuple[str, ...] = ()
    """The way to it inside the archive, empty for a file of its own."""

    @property
    def name(self) -> str:
        """Its name, whose suffix says what kind it is."""
        return PurePosixPath(self.source).name

    def digest(self, archives: Archives) -> str:
        """SHA-256 of its bytes, in hexadecimal.

        Raises:
            DocumentError: it is too large or cannot be opened.
        """
        if self.inside:
            return archives.digest(self.path, self.inside)
        return fingerprint(self.path)

    def opened(self, archives: Archives) -> AbstractContextManager[Path]:
        """A path under which it can be read inside the block.

        Raises:
            DocumentError: it cannot be unpacked.
        """
        if self.inside:
            return archives.unpacked(self.path, self.inside)
        return nullcontext(self.path)

    def member(self, member: Member) -> SourceFile:
        """The document of `member`, when this is an archive."""
        way = "/".join(member.inside)
        return replace(
            self,
            id=_shortened(f"{self.id}/{way}"),
            source=f"{self.source}/{way}",
            site=f"{self.path}",
            inside=member.inside,
        )


def existing(path: str | Path) -> Path:
    """The absolute path of a file or folder.

    Raises:
        InvalidInputError: there is none.
    """
    found = Path(path).expanduser()
    if not found.exists():
        raise InvalidInputError(
            f"There is no file or folder {path}.", cure="Check the path; nothing was ingested."
        )
    return found.resolve()


def find(
    roots: Sequence[Path], unreadable: Callable[[OSError], None], *, images: bool = False
) -> tuple[list[SourceFile], int]:
    """The files to read below `roots`, each once, and how many others were passed over."""
    files: dict[Path, SourceFile] = {}
    skipped = 0
    for root in roots:
        if root.is_file():
            files.setdefault(root, _file(root, root.name, site=""))
            continue
        for path in _walk(root, unreadable):
            if supported(path, images=images) or is_archive(path.name):
                # The name of the folder itself belongs to what people see as the source.
                source = path.relative_to(root.parent).as_posix()
                below = path.relative_to(root).parts
                site = str(root / below[0]) if len(below) > 1 else str(root)
                files.setdefault(path, _file(path, source, site=site))
            else:
                skipped += 1
    return list(files.values()), skipped


def vanished(
    stored: Iterable[tuple[str, str]],
    present: frozenset[str],
    roots: Sequence[Path],
    opened: frozenset[Path],
) -> list[str]:
    """Ids of stored documents whose file is gone.

    Args:
        stored: Id and path of every document that came from a file.
        present: Ids of the documents that were found, readable or not.
        roots: What was ingested.
        opened: Archives that were read whole: what is not in them any more is gone.
    """
    return [
        id_
        for id_, path in stored
        if id_ not in present
        and any(Path(path).is_relative_to(root) for root in roots)
        and (Path(path) in opened or is_gone(path))
    ]


def is_gone(path: str) -> bool:
    """Whether there is surely no such file any more: a folder that cannot be opened hides many."""
    try:
        os.stat(path)  # noqa: PTH116 - `Path.exists` says no to some errors and raises others
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _walk(root: Path, unreadable: Callable[[OSError], None]) -> Iterator[Path]:
    """Regular files below `root` in a stable order, without hidden ones and without links.

    A link may lead out of the folder, to files that nobody meant to share.
    """
    for folder, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and not path.is_symlink() and path.is_file():
                yield path


def _file(path: Path, source: str, *, site: str) -> SourceFile:
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return SourceFile(
        id=f"{_readable(path.name)}-{digest}", path=path, source=_readable(source), site=site
    )


def _readable(name: str) -> str:
    """A name whose bytes are not UTF-8 cannot be stored, nor printed in a report."""
    return os.fsencode(name).decode("utf-8", "replace")


def _shortened(id_: str) -> str:
    if len(id_) <= MAX_ID:
        return id_
    digest = hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return f"{id_[: MAX_ID - 25]}-{digest}"
