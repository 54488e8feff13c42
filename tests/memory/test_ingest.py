import errno
import os
import shutil
import sys

import pytest
from files import write_docx, write_pdf

from dragoman.errors import InvalidInputError
from dragoman.memory.ingest import Ingest


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def counts(report):
    return report.added, report.changed, report.unchanged, report.removed


def in_step(memory):
    store = memory._store
    stored = set(store.collection.ids())
    with store.journal.reading() as db:
        lexical = {row[0] for row in db.execute("SELECT id FROM lexical_docsize")}
        numbers = {row[0] for row in db.execute("SELECT number FROM chunks")}
    return stored == store.journal.chunk_ids() and lexical == numbers


def test_a_folder_is_ingested_with_all_its_kinds_of_files(memory, docs):
    write(docs, a_md="# Returns\nthirty days", b_txt="plain words", deep__c_html="<p>page</p>")
    write_pdf(docs / "d.pdf", ["paper one", "paper two"])
    write_docx(docs / "e.docx", [("1", "Care"), ("", "wipe it")])
    report = memory.ingest(docs)
    assert counts(report) == (5, 0, 0, 0)
    assert report.failed == ()
    sources = [document.source for document in memory.documents()]
    assert sources == ["docs/a.md", "docs/b.txt", "docs/d.pdf", "docs/deep/c.html", "docs/e.docx"]
    [passage] = memory.search("paper two", k=1)
    assert (passage.source, passage.page) == ("docs/d.pdf", 2)
    assert memory.search("thirty days", k=1)[0].heading_path == ("Returns",)
    assert memory.search("wipe it", k=1)[0].heading_path == ("Care",)
    assert in_step(memory)


def test_only_what_changed_is_read_again(memory, docs, embedder):
    write(docs, a_md="one", b_md="two", c_md="three")
    memory.ingest(docs)
    embedder.embedded.clear()
    write(docs, b_md="two and a half")
    (docs / "c.md").unlink()
    write(docs, d_md="four")
    assert counts(memory.ingest(docs)) == (1, 1, 1, 1)
    assert embedder.embedded == ["two and a half", "four"]
    assert [d.source for d in memory.documents()] == ["docs/a.md", "docs/b.md", "docs/d.md"]
    assert in_step(memory)


def test_an_unchanged_passage_of_a_changed_file_is_not_embedded_again(memory, docs, embedder):
    write(docs, a_md="# T\n## A\nfirst\n## B\nsecond\n")
    memory.ingest(docs)
    embedder.embedded.clear()
    write(docs, a_md="# T\n## New\nnew\n## A\nfirst\n## B\nother\n")
    memory.ingest(docs)
    assert len(embedder.embedded) == 2
    passage = next(p for p in memory.search("first") if "first" in p.text)
    assert memory.document_text(passage.document_id)[passage.start : passage.end] == passage.text
    assert in_step(memory)


def test_ingesting_twice_changes_nothing(memory, docs):
    write(docs, a_md="one")
    memory.ingest(docs)
    before = memory.documents(), memory.search("one")
    assert counts(memory.ingest([docs, docs / "a.md"])) == (0, 0, 1, 0)
    assert (memory.documents(), memory.search("one")) == before


def test_files_outside_of_the_ingested_folder_are_not_removed(memory, tmp_path):
    for name in ("docs", "docs2"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, a_md=name)
    memory.add_texts(["added by hand"], ids=["hand"])
    memory.ingest([tmp_path / "docs", tmp_path / "docs2"])
    (tmp_path / "docs2" / "a.md").unlink()
    assert memory.ingest(tmp_path / "docs").removed == 0
    assert memory.ingest(tmp_path / "docs2").removed == 1
    assert {d.source for d in memory.documents()} == {"docs/a.md", "hand"}


def test_one_bad_file_does_not_stop_the_rest(memory, docs):
    write(docs, a_md="one", c_md="three", empty_txt="")
    (docs / "b.pdf").write_bytes(b"%PDF-1.4 broken")
    write_pdf(docs / "scan.pdf", [""])
    report = memory.ingest(docs)
    assert counts(report) == (2, 0, 0, 0)
    reasons = {failure.source: failure.reason for failure in report.failed}
    assert set(reasons) == {"docs/b.pdf", "docs/empty.txt", "docs/scan.pdf"}
    assert "cannot be read" in reasons["docs/b.pdf"]
    assert "empty" in reasons["docs/empty.txt"]
    assert "OCR" in reasons["docs/scan.pdf"]


def test_a_file_that_became_unreadable_keeps_its_last_good_version(memory, docs):
    write(docs, a_html="<p>good</p>")
    memory.ingest(docs)
    (docs / "a.html").write_bytes(b"\x00\x00")
    report = memory.ingest(docs)
    assert len(report.failed) == 1
    assert report.removed == 0
    assert memory.search("good")[0].text == "good"


def test_pages_that_need_ocr_are_noted(memory, docs):
    write_pdf(docs / "a.pdf", ["text", ""])
    report = memory.ingest(docs)
    assert "OCR: page 2" in report.notes[0].reason
    assert "OCR: page 2" in memory.documents()[0].notes[0]


def test_hidden_files_links_and_other_kinds_are_passed_over(memory, docs, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (docs / "link.txt").symlink_to(tmp_path / "secret.txt")
    (docs / "folder").symlink_to(tmp_path)
    write(docs, a_md="one", b_exe="program")
    (docs / ".hidden.md").write_text("hidden")
    (docs / ".git").mkdir()
    (docs / ".git" / "x.md").write_text("hidden")
    report = memory.ingest(docs)
    assert counts(report) == (1, 0, 0, 0)
    assert report.skipped == 1


def test_a_missing_path_stops_before_anything_is_done(memory, docs):
    write(docs, a_md="one")
    with pytest.raises(InvalidInputError, match="nowhere"):
        memory.ingest([docs, docs / "nowhere"])
    assert memory.documents() == []


def test_a_missing_folder_does_not_delete_what_was_ingested_from_it(memory, docs):
    write(docs, a_md="one")
    memory.ingest(docs)
    shutil.rmtree(docs)
    with pytest.raises(InvalidInputError):
        memory.ingest(docs)
    assert len(memory.documents()) == 1


def test_a_folder_that_cannot_be_opened_is_reported_and_keeps_what_was_stored(
    memory, docs, monkeypatch
):
    (docs / "locked").mkdir()
    write(docs / "locked", a_md="one")
    memory.ingest(docs)
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = memory.ingest(docs)
    assert report.removed == 0
    assert [failure.source for failure in report.failed] == [str(docs / "locked")]
    assert len(memory.documents()) == 1


def test_a_hidden_file_that_was_named_itself_outlives_an_ingest_of_its_folder(memory, docs):
    (docs / ".notes.md").write_text("one")
    memory.ingest(docs / ".notes.md")
    assert memory.ingest(docs).removed == 0


def test_progress_counts_what_is_stored(memory, docs):
    write(docs, a_md="one", b_md="two", bad_txt="")
    seen = []

    def progress(step):
        seen.append((step, len(memory.documents())))

    memory.ingest(docs, progress=progress)
    assert [step.done_files for step, _ in seen] == [1, 2, 3]
    assert {step.total_files for step, _ in seen} == {3}
    assert all(step.passages <= stored for step, stored in seen)
    assert seen[-1][0].passages == 2


def test_progress_tells_the_rate_and_the_time_left(memory, docs, embedder):
    write(docs, **{f"f{i}_txt": f"text {i:04}" for i in range(64)})
    seconds = iter(range(1000))
    seen = []
    ingest = Ingest(memory._store, embedder, seen.append, clock=lambda: next(seconds))
    memory._attach()
    ingest.run([docs])
    first, last = seen[31], seen[-1]
    assert first.passages_per_second == 32 / 32
    assert first.seconds_left == 32
    assert last.seconds_left == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_that_files_failure(memory, docs):
    write(docs, a_md="one")
    for name in (b"caf\xe9.md", b"caf\xe9.zip"):
        (docs / os.fsdecode(name)).write_text("two")
    report = memory.ingest(docs)
    assert report.added == 1
    assert [(f.source, f.reason) for f in report.failed] == [
        ("docs/caf\ufffd.md", "Its name is not valid UTF-8. Rename it."),
        ("docs/caf\ufffd.zip", "Its name is not valid UTF-8. Rename it."),
    ]


def test_an_error_of_the_caller_leaves_the_memory_usable(memory, docs):
    write(docs, **{f"f{i}_md": f"text {i}" for i in range(100)})

    def progress(step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memory.ingest(docs, progress=progress)
    assert in_step(memory)
    assert memory.ingest(docs).failed == ()
    assert len(memory.documents()) == 100
