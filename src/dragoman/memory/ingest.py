"""Ingests files: finds what changed, prepares it in parallel, embeds and stores it in batches."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dragoman.errors import DocumentError, InvalidInputError
from dragoman.memory.load import fingerprint, load, supported
from dragoman.memory.prepare import Prepared, content_hash, prepare
from dragoman.memory.store import Store

BATCH_PASSAGES = 32
"""Passages that are embedded and stored together; at most this many are lost by a crash."""

READ_AHEAD = 8
"""Files that are read and cut while earlier ones are being embedded."""


class PassageEmbedder(Protocol):
    """The side of an embedder that an ingest needs."""

    @property
    def spec(self) -> str:
        """What it is."""
        ...

    def embed_passages(self, texts: list[str], /) -> npt.NDArray[np.float32]:
        """Vectors (n, d) of `texts`, normalized."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestProgress:
    """How far an ingest is."""

    done_files: int
    """Files that are finished: stored, unchanged or failed."""

    total_files: int
    """All files of this ingest."""

    current: str
    """The file that was finished last."""

    passages: int
    """Passages stored so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedFile:
    """A file or a folder that could not be ingested."""

    source: str
    """Its path, for people."""

    reason: str
    """What was wrong and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestReport:
    """What an ingest did."""

    added: int
    """Documents that are new."""

    changed: int
    """Documents that were stored before and are different now."""

    unchanged: int
    """Documents that were stored before and are the same."""

    removed: int
    """Documents whose file vanished from an ingested folder."""

    failed: tuple[FailedFile, ...] = ()
    """Files and folders that could not be read; what was stored of them before stays stored."""

    skipped: int = 0
    """Files of a kind that is not read."""

    passages: int = 0
    """Passages stored by this ingest."""

    notes: tuple[FailedFile, ...] = ()
    """Files that were stored, with something that a person should know, such as missing OCR."""


@dataclass(frozen=True, slots=True)
class _File:
    id: str
    path: Path
    source: str


class Ingest:
    """One run over some files and folders."""

    def __init__(
        self,
        store: Store,
        embedder: PassageEmbedder,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> None:
        """Prepare a run into `store`."""
        self._store = store
        self._embedder = embedder
        self._progress = progress
        self._waiting: list[Prepared] = []
        self._counts = {"added": 0, "changed": 0, "unchanged": 0}
        self._failed: list[FailedFile] = []
        self._notes: list[FailedFile] = []
        self._done = self._passages = self._total = 0

    def run(self, paths: Iterable[str | Path]) -> IngestReport:
        """Ingest `paths`, files or folders.

        Raises:
            InvalidInputError: one of `paths` does not exist; nothing was done.
        """
        roots = [_existing(path) for path in paths]
        files, skipped = _find(roots, self._unreadable)
        self._total = len(files)
        for file, outcome in self._outcomes(files):
            self._take(file, outcome)
        self._flush()
        removed = self._store.remove(self._vanished(roots, files))
        return IngestReport(
            **self._counts,
            removed=removed,
            failed=tuple(self._failed),
            skipped=skipped,
            passages=self._passages,
            notes=tuple(self._notes),
        )

    def _unreadable(self, error: OSError) -> None:
        reason = f"The folder cannot be opened: {error.strerror or error}."
        self._failed.append(FailedFile(source=str(error.filename), reason=reason))

    def _outcomes(
        self, files: Sequence[_File]
    ) -> Iterator[tuple[_File, Prepared | DocumentError | None]]:
        """Each file with its preparation, its error, or None when it has not changed."""
        pending: deque[tuple[_File, Future[Prepared | None]]] = deque()
        queue = iter(files)
        with ThreadPoolExecutor(2, thread_name_prefix="dragoman-ingest") as pool:
            try:
                while True:
                    while len(pending) < READ_AHEAD and (file := next(queue, None)) is not None:
                        pending.append((file, pool.submit(self._read, file)))
                    if not pending:
                        return
                    file, future = pending.popleft()
                    try:
                        yield file, future.result()
                    except DocumentError as error:
                        yield file, error
            finally:
                pool.shutdown(cancel_futures=True)

    def _read(self, file: _File) -> Prepared | None:
        digest = content_hash(fingerprint(file.path))
        if self._store.journal.hash_of(file.id) == digest:
            return None
        return prepare(
            file.id, load(file.path), hash=digest, source=file.source, path=str(file.path)
        )

    def _take(self, file: _File, outcome: Prepared | DocumentError | None) -> None:
        if isinstance(outcome, Prepared):
            known = self._store.journal.hash_of(file.id) is not None
            self._counts["changed" if known else "added"] += 1
            self._waiting.append(outcome)
            note = "; ".join(outcome.extracted.notes)
            if note:
                self._notes.append(FailedFile(source=file.source, reason=note))
        elif outcome is None:
            self._counts["unchanged"] += 1
        else:
            self._failed.append(FailedFile(source=file.source, reason=_reason(outcome)))
        if not isinstance(outcome, Prepared):
            self._tell(file.source)
        elif sum(len(document.ids) for document in self._waiting) >= BATCH_PASSAGES:
            self._flush()

    def _flush(self) -> None:
        documents, self._waiting = self._waiting, []
        if documents:
            store_documents(self._store, self._embedder, documents)
        for document in documents:
            self._passages += len(document.ids)
            self._tell(document.source)

    def _tell(self, source: str) -> None:
        """Report a finished file: only now, so that what was reported is what survives."""
        self._done += 1
        if self._progress is not None:
            self._progress(
                IngestProgress(
                    done_files=self._done,
                    total_files=self._total,
                    current=source,
                    passages=self._passages,
                )
            )

    def _vanished(self, roots: Sequence[Path], files: Sequence[_File]) -> list[str]:
        folders = [root for root in roots if root.is_dir()]
        present = {file.id for file in files}
        return [
            id_
            for id_, path in self._store.journal.paths()
            if id_ not in present
            and any(Path(path).is_relative_to(folder) for folder in folders)
            and _is_gone(path)
        ]


def store_documents(store: Store, embedder: PassageEmbedder, documents: Sequence[Prepared]) -> None:
    """Embed what is new in `documents` and store all of them in one step."""
    vectors: dict[str, npt.NDArray[np.float32]] = {}
    wanted: dict[str, str] = {}
    for document in documents:
        known = store.journal.vectors_of(document.id)
        for id_, text in zip(document.ids, document.inputs, strict=True):
            if id_ in known:
                vectors[id_] = known[id_]
            else:
                wanted[id_] = text
    ids = list(wanted)
    for at in range(0, len(ids), BATCH_PASSAGES):
        batch = ids[at : at + BATCH_PASSAGES]
        made = embedder.embed_passages([wanted[id_] for id_ in batch])
        vectors.update(zip(batch, made, strict=True))
    store.put((document.row(vectors) for document in documents), embedder=embedder.spec)


def _existing(path: str | Path) -> Path:
    found = Path(path).expanduser()
    if not found.exists():
        raise InvalidInputError(
            f"There is no file or folder {path}.", cure="Check the path; nothing was ingested."
        )
    return found.resolve()


def _is_gone(path: str) -> bool:
    """Whether there is surely no such file any more: a folder that cannot be opened hides many."""
    try:
        os.stat(path)  # noqa: PTH116 - `Path.exists` says no to some errors and raises others
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _find(roots: Sequence[Path], unreadable: Callable[[OSError], None]) -> tuple[list[_File], int]:
    """The files to read below `roots`, each once, and how many others were passed over."""
    files: dict[Path, _File] = {}
    skipped = 0
    for root in roots:
        if root.is_file():
            files.setdefault(root, _file(root, root.name))
            continue
        for path in _walk(root, unreadable):
            if supported(path):
                # The name of the folder itself belongs to what people see as the source.
                source = path.relative_to(root.parent).as_posix()
                files.setdefault(path, _file(path, source))
            else:
                skipped += 1
    return list(files.values()), skipped


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


def _file(path: Path, source: str) -> _File:
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return _File(id=f"{path.name}-{digest}", path=path, source=source)


def _reason(error: DocumentError) -> str:
    return f"{error.message} {error.cure}".strip()
