"""A watched folder is ingested again after each change, and nothing that goes wrong ends that."""

import threading

import pytest

from dragoman.errors import DiskFullError, InvalidInputError
from dragoman.memory.watch import FolderWatch


class Told:
    """Does the next step of a test each time that an ingest has been reported, then stops."""

    def __init__(self, *steps):
        self.steps = list(steps)
        self.reports, self.errors = [], []
        self.watch = None

    def report(self, report):
        self.reports.append(report)
        if report.added or report.changed or report.removed:
            self._next()

    def failed(self, error):
        self.errors.append(error)
        self._next()

    def _next(self):
        if self.steps:
            self.steps.pop(0)()
        else:
            self.watch.stop()


def watched(memory, told, *paths):
    told.watch = FolderWatch(
        memory, paths, report=told.report, failed=told.failed, quiet=0.05, tick=0.05
    )
    giving_up = threading.Timer(30, told.watch.stop)  # so that a defect fails, and hangs nothing
    giving_up.start()
    told.watch.run()
    giving_up.cancel()
    return told


def sources(memory):
    return [document.source for document in memory.documents()]


def test_files_that_come_change_move_and_go_are_followed(memory, docs):
    (docs / "a.md").write_text("The first file.", encoding="utf-8")
    told = Told(
        lambda: (docs / "b.md").write_text("The second file.", encoding="utf-8"),
        lambda: (docs / "a.md").write_text("The first file, changed.", encoding="utf-8"),
        lambda: (docs / "b.md").rename(docs / "c.md"),
        (docs / "a.md").unlink,
    )
    watched(memory, told, docs)
    assert not told.steps
    counts = [
        (r.added, r.changed, r.removed) for r in told.reports if r.added + r.changed + r.removed
    ]
    assert counts == [(1, 0, 0), (1, 0, 0), (0, 1, 0), (1, 0, 1), (0, 0, 1)]
    assert sources(memory) == ["docs/c.md"]
    assert not told.errors


def test_what_hinders_an_ingest_is_told_once_and_tried_again(memory, docs, monkeypatch):
    (docs / "a.md").write_text("The first file.", encoding="utf-8")
    ingest, tries = memory.ingest, iter([1, 1, 1])

    def full(paths):
        if next(tries, None):
            raise DiskFullError("No room.")
        return ingest(paths)

    monkeypatch.setattr(memory, "ingest", full)
    told = watched(memory, Told(lambda: None), docs)
    assert [error.message for error in told.errors] == ["No room."]
    assert sources(memory) == ["docs/a.md"]


def test_even_a_defect_does_not_end_it(memory, docs, monkeypatch):
    (docs / "a.md").write_text("The first file.", encoding="utf-8")
    ingest, tries = memory.ingest, iter([1])

    def broken(paths):
        if next(tries, None):
            raise RuntimeError("a defect")
        return ingest(paths)

    monkeypatch.setattr(memory, "ingest", broken)
    told = watched(memory, Told(lambda: None), docs)
    assert [str(error) for error in told.errors] == ["a defect"]
    assert sources(memory) == ["docs/a.md"]


def test_a_folder_that_vanishes_empties_nothing_and_is_followed_again(memory, docs, tmp_path):
    (docs / "a.md").write_text("The first file.", encoding="utf-8")
    away = tmp_path / "away"
    kept = []

    def back():
        kept.extend(sources(memory))
        away.rename(docs)
        (docs / "b.md").write_text("The second file.", encoding="utf-8")

    told = Told(
        lambda: docs.rename(away),
        back,
        lambda: (docs / "c.md").write_text("The third file.", encoding="utf-8"),
    )
    watched(memory, told, docs)
    assert kept == ["docs/a.md"]
    assert isinstance(told.errors[0], InvalidInputError)
    assert sources(memory) == ["docs/a.md", "docs/b.md", "docs/c.md"]


def test_a_file_that_cannot_be_read_stops_nothing(memory, docs):
    (docs / "a.md").write_text("The first file.", encoding="utf-8")

    def broken():
        (docs / "bad.json").write_text("{", encoding="utf-8")
        (docs / "b.md").write_text("The second file.", encoding="utf-8")

    told = watched(memory, Told(broken), docs)
    assert sources(memory) == ["docs/a.md", "docs/b.md"]
    assert told.reports[-1].failed[0].source == "docs/bad.json"


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("a.md", True),
        ("below/a.md", True),
        (".a.md.swp", False),
        (".git/index", False),
        ("below/.cache/a.md", False),
        ("../home/memory/journal.sqlite3-wal", False),
    ],
)
def test_hidden_files_and_our_own_data_matter_not(memory, docs, path, matters):
    watch = FolderWatch(memory, [docs], report=print, failed=print)
    assert watch._concerns(str((docs / path).resolve())) is matters


def test_a_folder_that_is_not_there_is_refused_at_once(memory, docs):
    with pytest.raises(InvalidInputError):
        FolderWatch(memory, [docs / "missing"], report=print, failed=print)
