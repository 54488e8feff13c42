"""Ingests files: finds what changed, prepares it in parallel, embeds and stores it in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dragoman.errors import DocumentError, NeedsOcrError
from dragoman.memory.archive import Archives
from dragoman.memory.boilerplate import without_shared_lines
from dragoman.memory.find import SourceFile, existing, find, vanished
from dragoman.memory.groups import Groups
from dragoman.memory.load import load
from dragoman.memory.passage import Document
from dragoman.memory.prepare import Prepared, prepare
from dragoman.memory.reading import ImageReader
from dragoman.memory.report import (
    DuplicateFile,
    FailedFile,
    IngestProgress,
    IngestReport,
    ScannedFile,
)
from dragoman.memory.store import Store
from dragoman.memory.survey import Surveyed, duplicates, in_parallel, survey

BATCH_PASSAGES = 32
"""Passages that are embedded and stored together; at most this many are lost by a crash."""


class PassageEmbedder(Protocol):
    """The side of an embedder that an ingest needs."""

    @property
    def spec(self) -> str:
        """What it is."""
        ...

    def embed_passages(self, texts: list[str], /) -> npt.NDArray[np.float32]:
        """Vectors (n, d) of `texts`, normalized."""
        ...


class Ingest:
    """One run over some files and folders."""

    def __init__(
        self,
        store: Store,
        embedder: PassageEmbedder,
        progress: Callable[[IngestProgress], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        groups: Groups = None,
        read_image: ImageReader | None = None,
    ) -> None:
        """Prepare a run into `store`.

        Args:
            store: Where to.
            embedder: What makes the vectors.
            progress: Is told of each finished file.
            clock: For tests.
            groups: Who may see the documents, empty for everyone; None leaves that as it is.
            read_image: Reads images and scanned pages; None leaves them out.
        """
        self._store = store
        self._read_image = read_image
        self._embedder = embedder
        self._progress = progress
        self._clock = clock
        self._groups = groups
        self._archives = Archives()
        self._waiting: list[tuple[Surveyed, Prepared]] = []
        self._added = self._changed = self._unchanged = 0
        self._failed: list[FailedFile] = []
        self._notes: list[FailedFile] = []
        self._scanned: list[ScannedFile] = []
        self._boilerplate = self._repeated = self._regrouped = 0
        self._done = self._passages = self._total = 0
        self._bytes = self._bytes_done = 0
        self._began: float | None = None

    def run(self, paths: Iterable[str | Path]) -> IngestReport:
        """Ingest `paths`, files or folders.

        Raises:
            InvalidInputError: one of `paths` does not exist; nothing was done.
        """
        roots = [existing(path) for path in paths]
        if self._groups is not None:
            # First, so that what is closed by this call is closed whatever happens afterwards.
            self._regrouped = self._store.journal.regroup(roots, self._groups)
        with self._archives:
            return self._run(roots)

    def _run(self, roots: Sequence[Path]) -> IngestReport:
        images = self._read_image is not None
        files, skipped = find(roots, self._unreadable, images=images)
        seen = survey(files, self._archives)
        copies = duplicates(seen.files, self._store.journal.hash_of)
        self._total = len(seen.files) + len(seen.failed)
        for file, error in seen.failed:
            self._fail(file, error)
        originals = [surveyed for surveyed in seen.files if surveyed.file.id not in copies]
        changed = [surveyed for surveyed in originals if self._is_new(surveyed)]
        self._read(changed)
        for surveyed in seen.files:
            if surveyed.file.id in copies:
                self._tell(surveyed.file.source)
        present = [surveyed.file.id for surveyed in seen.files]
        present += [file.id for file, _ in seen.failed]
        stored = self._store.journal.paths()
        gone = vanished(stored, frozenset(present), roots, seen.opened)
        removed = self._store.remove([*gone, *self._replaced(copies)])
        return IngestReport(
            added=self._added,
            changed=self._changed,
            unchanged=self._unchanged,
            removed=removed,
            failed=tuple(self._failed),
            skipped=skipped + seen.skipped,
            passages=self._passages,
            notes=tuple(self._notes),
            needs_ocr=tuple(self._scanned),
            duplicates=tuple(
                DuplicateFile(
                    source=surveyed.file.source,
                    same_as=copies[surveyed.file.id].file.source,
                )
                for surveyed in seen.files
                if surveyed.file.id in copies
            ),
            boilerplate_lines=self._boilerplate,
            repeated_passages=self._repeated,
            regrouped=self._regrouped,
        )

    def _unreadable(self, error: OSError) -> None:
        reason = f"The folder cannot be opened: {error.strerror or error}."
        self._failed.append(FailedFile(source=str(error.filename), reason=reason))

    def _is_new(self, surveyed: Surveyed) -> bool:
        """Whether a file must be read; one that is stored as it is counts as unchanged."""
        stored = self._store.journal
        if stored.hash_of(surveyed.file.id) != surveyed.digest:
            return True
        if self._read_image is not None and _is_partly_read(stored.document(surveyed.file.id)):
            return True  # now there is somebody who can read the rest
        self._unchanged += 1
        self._tell(surveyed.file.source)
        return False

    def _replaced(self, copies: Mapping[str, Surveyed]) -> list[str]:
        """Ids of stored documents that are copies now of one that is surely stored."""
        hash_of = self._store.journal.hash_of
        return [
            id_
            for id_, kept in copies.items()
            if hash_of(id_) is not None and hash_of(kept.file.id) == kept.digest
        ]

    def _read(self, changed: Sequence[Surveyed]) -> None:
        self._bytes = sum(surveyed.size for surveyed in changed)
        self._began = self._clock()
        for surveyed, outcome in self._outcomes(changed):
            if isinstance(outcome, DocumentError):
                self._bytes_done += surveyed.size
                self._fail(surveyed.file, outcome)
            else:
                self._take(surveyed, outcome)
        self._flush()

    def _outcomes(
        self, changed: Sequence[Surveyed]
    ) -> Iterable[tuple[Surveyed, Prepared | DocumentError]]:
        """Each file with its document, which lacks only the vectors, or with what is wrong."""
        read = self._read_image
        return in_parallel(changed, lambda surveyed: prepare_file(surveyed, self._archives, read))

    def _take(self, surveyed: Surveyed, document: Prepared) -> None:
        if self._store.journal.hash_of(document.id) is None:
            self._added += 1
        else:
            self._changed += 1
        extracted, source = document.extracted, document.source
        if extracted.notes:
            self._notes.append(FailedFile(source=source, reason="; ".join(extracted.notes)))
        if extracted.scanned:
            self._scanned.append(ScannedFile(source=source, pages=extracted.scanned))
        self._boilerplate += extracted.boilerplate
        self._repeated += document.repeated
        self._waiting.append((surveyed, document))
        if sum(len(waiting.ids) for _, waiting in self._waiting) >= BATCH_PASSAGES:
            self._flush()

    def _fail(self, file: SourceFile, error: DocumentError) -> None:
        reason = f"{error.message} {error.cure}".strip()
        self._failed.append(FailedFile(source=file.source, reason=reason))
        if isinstance(error, NeedsOcrError):
            self._scanned.append(ScannedFile(source=file.source, pages=error.pages))
        self._tell(file.source)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            documents = [document for _, document in waiting]
            store_documents(self._store, self._embedder, documents, self._groups)
        for surveyed, document in waiting:
            self._passages += len(document.ids)
            self._bytes_done += surveyed.size
            self._tell(document.source)

    def _tell(self, source: str) -> None:
        """Report a finished file: only now, so that what was reported is what survives."""
        self._done += 1
        if self._progress is None:
            return
        seconds = 0.0 if self._began is None else self._clock() - self._began
        left = self._bytes - self._bytes_done
        self._progress(
            IngestProgress(
                done_files=self._done,
                total_files=self._total,
                current=source,
                passages=self._passages,
                passages_per_second=self._passages / seconds if seconds else 0.0,
                seconds_left=seconds * left / self._bytes_done if self._bytes_done else None,
            )
        )


def _is_partly_read(document: Document | None) -> bool:
    return document is not None and any(note.startswith("needs OCR") for note in document.notes)


def prepare_file(
    surveyed: Surveyed, archives: Archives, read_image: ImageReader | None = None
) -> Prepared | DocumentError:
    """Read and cut one file; what is wrong with it is returned, because it stops nothing."""
    file = surveyed.file
    try:
        with file.opened(archives) as path:
            extracted = without_shared_lines(load(path, read_image=read_image), surveyed.shared)
    except DocumentError as error:
        return error
    return prepare(
        file.id,
        extracted,
        hash=surveyed.digest,
        source=file.source,
        path=str(file.path),
    )


def store_documents(
    store: Store,
    embedder: PassageEmbedder,
    documents: Sequence[Prepared],
    groups: Groups = None,
) -> None:
    """Embed what is new in `documents` and store all of them in one step, for `groups`."""
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
    rows = (replace(document.row(vectors), groups=groups) for document in documents)
    store.put(rows, embedder=embedder.spec)
