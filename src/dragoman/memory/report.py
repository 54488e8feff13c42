"""What an ingest says while it runs and when it is over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestProgress:
    """How far an ingest is."""

    done_files: int
    """Documents that are finished: stored, unchanged, a duplicate or failed."""

    total_files: int
    """All documents of this ingest; a document inside an archive counts for itself."""

    current: str
    """The document that was finished last."""

    passages: int
    """Passages stored so far."""

    passages_per_second: float = 0.0
    """Passages stored in a second so far, 0 before the first is stored."""

    seconds_left: float | None = None
    """About how long the rest takes, by the bytes still to be read; None while unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedFile:
    """A file or a folder that could not be ingested."""

    source: str
    """Its path, for people."""

    reason: str
    """What was wrong and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScannedFile:
    """A document with pages that are pictures of text, which only OCR can read."""

    source: str
    """Its path, for people."""

    pages: tuple[int, ...]
    """Numbers of the pages or slides, from 1; empty when the document has no pages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DuplicateFile:
    """A file with the same bytes as another one of the same ingest; only the other is stored."""

    source: str
    """Its path, for people."""

    same_as: str
    """Path of the file that is stored for both."""


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
    """Documents that are stored no longer: their file vanished from an ingested folder, or became
    a duplicate of another."""

    failed: tuple[FailedFile, ...] = ()
    """Files and folders that could not be read; what was stored of them before stays stored."""

    skipped: int = 0
    """Files of a kind that is not read."""

    passages: int = 0
    """Passages stored by this ingest."""

    notes: tuple[FailedFile, ...] = ()
    """Files that were stored, with something that a person should know, such as missing OCR."""

    needs_ocr: tuple[ScannedFile, ...] = ()
    """Documents read in this ingest that have pages without text; one without any text at all is
    also in `failed`."""

    duplicates: tuple[DuplicateFile, ...] = ()
    """Files that are not stored because another one of this ingest has the same content."""

    boilerplate_lines: int = 0
    """Lines dropped from documents read in this ingest: running headers and footers of pages,
    menus and footers that the pages of a site share."""

    repeated_passages: int = 0
    """Passages not stored because the same document holds them already."""

    regrouped: int = 0
    """Documents stored before that other groups may see now."""
