"""Looks at the files of an ingest before any is read: what they hold, what repeats.

Only hashing happens here, and a glance at the pages of web sites, so that an ingest that finds
nothing changed stays cheap.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dragoman.errors import DocumentError
from dragoman.memory.archive import Archives, is_archive
from dragoman.memory.boilerplate import markup_keys, shared_lines
from dragoman.memory.encodings import decode
from dragoman.memory.find import SourceFile
from dragoman.memory.load import MAX_FILE_BYTES, check_size, supported
from dragoman.memory.prepare import content_hash

READ_AHEAD = 8
"""Files that are worked on while earlier ones wait to be taken."""

SITE_SAMPLE = 40
"""Pages of a site that are looked at to find what they share."""

_WEB_PAGES = (".html", ".htm", ".xhtml")

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Surveyed:
    """A file and what it held when it was looked at."""

    file: SourceFile
    """The file."""

    size: int
    """Its size in bytes."""

    digest: str
    """Hash of everything that decides how it is stored: two files of one kind with the same digest
    become the same document."""

    shared: frozenset[str] = frozenset()
    """Keys of the lines that the pages of its site share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """All that an ingest has found."""

    files: tuple[Surveyed, ...]
    """Files that can be read, in a stable order."""

    failed: tuple[tuple[SourceFile, DocumentError], ...]
    """Files that cannot."""

    skipped: int
    """Members of archives of a kind that is not read."""

    opened: frozenset[Path]
    """Archives that were read whole."""


@dataclass(slots=True)
class _Seen:
    """What looking at one file gave; an archive gives many."""

    files: list[Surveyed] = field(default_factory=list)
    failed: list[tuple[SourceFile, DocumentError]] = field(default_factory=list)
    skipped: int = 0
    opened: list[Path] = field(default_factory=list)


def survey(files: Sequence[SourceFile], archives: Archives) -> Survey:
    """Hash `files` and the members of archives among them."""
    whole = _Seen()
    for _, seen in in_parallel(files, lambda file: _look(file, archives)):
        whole.files += seen.files
        whole.failed += seen.failed
        whole.skipped += seen.skipped
        whole.opened += seen.opened
    return Survey(
        files=tuple(_with_sites(whole.files, archives)),
        failed=tuple(whole.failed),
        skipped=whole.skipped,
        opened=frozenset(whole.opened),
    )


def duplicates(
    files: Iterable[Surveyed], stored: Callable[[str], str | None]
) -> Mapping[str, Surveyed]:
    """Files that are copies, by their id: the file that is stored for them.

    Of files with the same content the one that is stored already stays, else the first is taken.
    Only files of one ingest are compared, so that a folder never depends on another one that goes
    its own ways.

    Args:
        files: The files.
        stored: The hash of a stored document by its id.
    """
    groups: dict[tuple[str, str], list[Surveyed]] = defaultdict(list)
    for surveyed in files:
        if surveyed.size:
            kind = Path(surveyed.file.name).suffix.lower()
            groups[surveyed.digest, kind].append(surveyed)
    copies: dict[str, Surveyed] = {}
    for same in groups.values():
        if len(same) > 1:
            kept = next((s for s in same if stored(s.file.id) == s.digest), same[0])
            copies |= {s.file.id: kept for s in same if s is not kept}
    return copies


def in_parallel(
    items: Iterable[Item], work: Callable[[Item], Result]
) -> Iterator[tuple[Item, Result]]:
    """Each item with its result, in order; only a few are held at a time."""
    pending: deque[tuple[Item, Future[Result]]] = deque()
    queue = iter(items)
    with ThreadPoolExecutor(2, thread_name_prefix="dragoman-ingest") as pool:
        try:
            while True:
                while len(pending) < READ_AHEAD:
                    try:
                        item = next(queue)
                    except StopIteration:
                        break
                    pending.append((item, pool.submit(work, item)))
                if not pending:
                    return
                item, future = pending.popleft()
                yield item, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _look(file: SourceFile, archives: Archives) -> _Seen:
    seen = _Seen()
    try:
        _check_name(file)
        if is_archive(file.name):
            _look_inside(file, archives, seen)
        else:
            digest = content_hash(file.digest(archives))
            seen.files.append(Surveyed(file=file, size=file.path.stat().st_size, digest=digest))
    except DocumentError as error:
        seen.failed.append((file, error))
    except OSError as error:
        reason = DocumentError(f"It cannot be opened: {error.strerror or error}.")
        seen.failed.append((file, reason))
    return seen


def _check_name(file: SourceFile) -> None:
    try:
        str(file.path).encode()
    except UnicodeEncodeError as error:
        raise DocumentError("Its name is not valid UTF-8.", cure="Rename it.") from error


def _look_inside(archive: SourceFile, archives: Archives, seen: _Seen) -> None:
    for member in archives.members(archive.path):
        file = archive.member(member)
        if not supported(Path(file.name)) and not is_archive(file.name):
            seen.skipped += 1
            continue
        try:
            if member.problem:
                raise DocumentError(member.problem)  # noqa: TRY301 - one place reports all
            check_size(member.size)
            digest = content_hash(file.digest(archives))
            seen.files.append(Surveyed(file=file, size=member.size, digest=digest))
        except DocumentError as error:
            seen.failed.append((file, error))
    seen.opened.append(archive.path)


def _with_sites(files: Sequence[Surveyed], archives: Archives) -> Iterator[Surveyed]:
    """`files`, web pages with what their site shares, which is then part of their digest."""
    sites: dict[str, list[Surveyed]] = defaultdict(list)
    for surveyed in files:
        if surveyed.file.site and surveyed.file.name.lower().endswith(_WEB_PAGES):
            sites[surveyed.file.site].append(surveyed)
    shared = {site: _shared(pages, archives) for site, pages in sites.items()}
    for surveyed in files:
        keys = shared.get(surveyed.file.site, frozenset())
        if not keys or not surveyed.file.name.lower().endswith(_WEB_PAGES):
            yield surveyed
            continue
        digest = content_hash(surveyed.digest, *sorted(keys))
        yield Surveyed(file=surveyed.file, size=surveyed.size, digest=digest, shared=keys)


def _shared(pages: Sequence[Surveyed], archives: Archives) -> frozenset[str]:
    # The sample is by hash of the name: a new page changes one place of it at most.
    sample = sorted(pages, key=lambda page: hashlib.sha256(page.file.id.encode()).digest())
    keys = []
    for page in sample[:SITE_SAMPLE]:
        if page.size > MAX_FILE_BYTES // 8:
            continue  # not a page that anybody browses
        try:
            with page.file.opened(archives) as path:
                keys.append(list(markup_keys(decode(path.read_bytes()).text)))
        except (DocumentError, OSError):
            continue  # it is reported when it is read
    return shared_lines(keys)
