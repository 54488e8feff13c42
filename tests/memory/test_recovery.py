"""A process that dies at any point leaves a memory that the next one opens and completes."""

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hashed_words import HashedWords

from dragoman.errors import DiskFullError, MemoryStoreError
from dragoman.memory import Memory
from dragoman.memory.vectors import VectorCollection

CHILD = """
import os, sys
sys.path.insert(0, sys.argv[3])
from hashed_words import HashedWords
from dragoman.memory import Memory
with Memory(home=sys.argv[1], embedder=HashedWords()) as memory:
    print("open", flush=True)
    memory.ingest(sys.argv[2], progress=lambda step: print(step.current, flush=True))
"""


class SimulatedCrashError(Exception):
    pass


def differences(memory):
    """What the three indexes disagree about; empty when they agree."""
    store = memory._store
    vectors = set(store.collection.ids())
    with store.journal.reading() as db:
        chunks = dict(db.execute("SELECT number, id FROM chunks"))
        lexical = {row[0] for row in db.execute("SELECT id FROM lexical_docsize")}
        left = db.execute("SELECT count(*) FROM unsynced").fetchone()[0]
        left += db.execute("SELECT count(*) FROM doomed").fetchone()[0]
        db.execute("SELECT 1 FROM lexical WHERE lexical MATCH 'x' LIMIT 1").fetchall()
    found = vectors ^ set(chunks.values())
    return [*found, *(lexical ^ set(chunks)), *range(left)]


def test_a_killed_ingest_loses_nothing_that_it_reported(tmp_path):
    docs, home = tmp_path / "docs", tmp_path / "home"
    docs.mkdir()
    for i in range(500):
        (docs / f"{i:04}.txt").write_text(f"Text number {i} is about parcel {i * 7}.")
    chance = random.Random(4)
    acknowledged = set()
    for attempt in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, home, docs, Path(__file__).parent],
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            lines = iter(process.stdout.readline, "")
            assert next(lines) == "open\n"
            for _ in range(chance.randrange(1, 40) + 150 * attempt):
                acknowledged.add(next(lines).strip())
            process.send_signal(signal.SIGKILL)
            # What was still in the pipe was reported as well.
            acknowledged |= {line.strip() for line in lines if line.endswith("\n")}
        assert process.returncode == -signal.SIGKILL
        with Memory(home=home, embedder=HashedWords()) as memory:
            assert differences(memory) == []
            assert acknowledged <= {document.source for document in memory.documents()}
    with Memory(home=home, embedder=HashedWords()) as memory:
        report = memory.ingest(docs)
        assert report.added + report.unchanged == len(memory.documents()) == 500
        assert report.unchanged >= len(acknowledged)
        assert differences(memory) == []


@pytest.mark.parametrize("step", ["upsert", "delete"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_crash_around_a_step_of_chroma_is_repaired_on_opening(tmp_path, monkeypatch, step, done):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["old one", "old two"], ids=["a", "b"])
    real = getattr(VectorCollection, step)

    def crash(self, *arguments):
        if done:
            real(self, *arguments)
        raise SimulatedCrashError

    with monkeypatch.context() as patch:
        patch.setattr(VectorCollection, step, crash)
        with (
            Memory(home=tmp_path, embedder=HashedWords()) as memory,
            pytest.raises(SimulatedCrashError),
        ):
            memory.add_texts(["new one", "three"], ids=["a", "c"])
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        assert differences(memory) == []
        repaired = memory._store.repaired
        assert repaired.added + repaired.deleted > 0
        assert {p.text for p in memory.search("one", k=9)} == {"new one", "old two", "three"}


def test_a_crash_inside_the_transaction_leaves_nothing_of_it(tmp_path, monkeypatch):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["old one"], ids=["a"])
        with monkeypatch.context() as patch:
            patch.setattr("dragoman.memory.journal.insert_document", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                memory.add_texts(["new one"], ids=["a"])
        assert [p.text for p in memory.search("one")] == ["old one"]
        assert differences(memory) == []


def test_a_lost_chroma_folder_is_rebuilt_from_the_journal(tmp_path):
    texts = [f"text number {i}" for i in range(50)]
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(texts)
        before = memory.search("text number 7")
    shutil.rmtree(tmp_path / "memory" / "chroma")
    embedder = HashedWords()
    with Memory(home=tmp_path, embedder=embedder) as memory:
        assert memory.search("text number 7")[0].text == before[0].text == "text number 7"
        assert embedder.embedded == []
        assert memory._store.repaired.added == 50


def test_vectors_that_nobody_knows_are_thrown_away(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["one"], ids=["a"])
        memory._store.collection.upsert(["stray"], HashedWords().embed_passages(["stray"]))
        assert [p.document_id for p in memory.search("stray", k=5)] == ["a"]
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        assert differences(memory) == []
        assert memory._store.repaired.deleted == 1


def test_a_full_disk_stores_all_or_nothing_and_says_so(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["one"], ids=["a"])
        writer = memory._store.journal._writer
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DiskFullError):
            memory.add_texts([f"text {i} " * 200 for i in range(50)])
        assert len(memory.documents()) == 1
        assert differences(memory) == []
        writer.execute("PRAGMA max_page_count = 1073741823")
        memory.add_texts([f"text {i} " * 200 for i in range(50)])
        assert len(memory.documents()) == 51


def test_a_full_disk_under_chroma_is_repaired_later(tmp_path, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        monkeypatch.setattr(memory._store.collection._collection, "upsert", full)
        with pytest.raises(DiskFullError):
            memory.add_texts(["one"], ids=["a"])
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        assert [p.document_id for p in memory.search("one")] == ["a"]
        assert differences(memory) == []


def test_a_damaged_journal_is_named(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["one"])
        path = memory._store.journal.path
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(MemoryStoreError, match="journal"):
        Memory(home=tmp_path, embedder=HashedWords())


def test_a_journal_of_a_newer_version_is_not_touched(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        path = memory._store.journal.path
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(MemoryStoreError, match="newer"):
        Memory(home=tmp_path, embedder=HashedWords())


def test_a_collection_of_somebody_else_is_refused(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["one"])
    database = tmp_path / "memory" / "chroma" / "chroma.sqlite3"
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(
            "UPDATE collection_metadata SET str_value = 'globex' WHERE key = 'dragoman_tenant'"
        )
    connection.close()
    with pytest.raises(MemoryStoreError, match="not the one of tenant"):
        Memory(home=tmp_path, embedder=HashedWords())


def test_the_owner_of_the_folder_is_named(tmp_path, memory, in_a_process):
    note = json.loads((memory.home / "owner.json").read_text())
    error = in_a_process(
        "Memory(tenant='acme', home=sys.argv[1], embedder=HashedWords())", memory.home
    )
    assert f"process {note['pid']}" in error


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MemoryStoreError, match="data folder"):
        Memory(home=tmp_path / "file" / "home", embedder=HashedWords())


def test_a_disk_that_is_full_at_the_start_is_named(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(DiskFullError):
        Memory(home=tmp_path / "home", embedder=HashedWords())
