import json
import sqlite3
import zipfile
from datetime import timedelta

import pytest
from hashed_words import HashedWords

from dragoman.errors import DiskFullError, InvalidInputError, MemoryStoreError
from dragoman.memory import Memory, restore_memory


@pytest.fixture
def saved(tmp_path, memory):
    memory.add_texts(["the parcel takes two days", "cats sleep"], ids=["a", "b"])
    memory.facts.remember("user-7", "prefers 존댓말", thread="t1", ttl=timedelta(days=99))
    memory.backup(tmp_path / "saved" / "acme.backup")
    return tmp_path / "saved" / "acme.backup"


def test_a_restored_memory_answers_like_the_old_one(tmp_path, memory, saved):
    restore_memory(saved, home=tmp_path / "new", tenant="acme")
    embedder = HashedWords()
    with Memory(tenant="acme", home=tmp_path / "new", embedder=embedder) as restored:
        assert restored.search("parcel days") == memory.search("parcel days")
        assert restored.documents() == memory.documents()
        assert restored.facts.all() == memory.facts.all() != []
        assert embedder.embedded == []
        restored.add_texts(["new"], ids=["a"])
        assert restored._store.collection.count() == 2


def test_all_databases_of_the_tenant_are_in_it(memory, saved):
    with zipfile.ZipFile(saved) as archive:
        names = set(archive.namelist())
    lying = {path.name for path in memory._store.folder.glob("*.sqlite3")}
    assert names == {*lying, "manifest.json"} >= {"journal.sqlite3", "facts.sqlite3"}


def test_a_backup_is_one_file_and_overwrites_nothing(memory, saved):
    assert [path.name for path in saved.parent.iterdir()] == ["acme.backup"]
    with pytest.raises(InvalidInputError, match="exists"):
        memory.backup(saved)


def test_a_restore_overwrites_no_memory(memory, saved):
    with pytest.raises(InvalidInputError, match="already"):
        restore_memory(saved, home=memory.home, tenant="acme")
    assert len(memory.documents()) == 2


def test_what_is_no_backup_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"no database" * 1000)
    (tmp_path / "b").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "c", "w") as archive:
        archive.writestr("hello.txt", "hello")
    for name in ("a", "b", "c"):
        with pytest.raises(MemoryStoreError, match="no backup"):
            restore_memory(tmp_path / name, home=tmp_path / "new", tenant="acme")
    with pytest.raises(InvalidInputError):
        restore_memory(tmp_path / "missing", home=tmp_path / "new", tenant="acme")


@pytest.mark.parametrize("member", range(4))
def test_a_byte_that_has_changed_is_found_and_nothing_is_lost(tmp_path, saved, member):
    with zipfile.ZipFile(saved) as archive:
        entry = archive.infolist()[member]
    data = bytearray(saved.read_bytes())
    # Behind the member's header, of which the date is of no consequence.
    data[entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2] ^= 0x55
    saved.write_bytes(data)
    with pytest.raises(MemoryStoreError, match="othing was changed"):
        restore_memory(saved, home=tmp_path / "new", tenant="acme")
    assert list((tmp_path / "new" / "memory").iterdir()) == []


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_an_archive_that_was_cut_is_refused(tmp_path, saved, share):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MemoryStoreError, match="no backup"):
        restore_memory(saved, home=tmp_path / "new", tenant="acme")
    with Memory(tenant="acme", home=tmp_path / "new", embedder=HashedWords()) as memory:
        assert memory.documents() == []


def test_a_full_disk_leaves_no_half_backup(tmp_path, memory, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    memory.add_texts(["one"])
    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(DiskFullError):
        memory.backup(tmp_path / "there" / "saved")
    assert list((tmp_path / "there").iterdir()) == []


def rewrite(path, change):
    """Write the archive again, with `change` applied to its files and its manifest."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    change(files, manifest)
    files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def leave_the_folder(files, manifest):
    files["../../evil.sqlite3"] = files["facts.sqlite3"]
    manifest["files"]["../../evil.sqlite3"] = manifest["files"]["facts.sqlite3"]


def add_a_file(files, manifest):
    files["more.sqlite3"] = files["facts.sqlite3"]


def change_a_fact(files, manifest):
    files["facts.sqlite3"] = files["facts.sqlite3"].replace(b"prefers", b"prefixs")


def come_from_the_future(files, manifest):
    manifest["format"] = 99


@pytest.mark.parametrize(
    "change", [leave_the_folder, add_a_file, change_a_fact, come_from_the_future]
)
def test_an_archive_that_was_tampered_with_is_refused(tmp_path, saved, change):
    rewrite(saved, change)
    with pytest.raises(MemoryStoreError):
        restore_memory(saved, home=tmp_path / "new", tenant="acme")
    assert not list(tmp_path.rglob("*evil*"))
    assert list((tmp_path / "new" / "memory").iterdir()) == []


def test_a_backup_during_a_reembedding_holds_the_index_in_use(tmp_path, memory):
    class Wide(HashedWords):
        spec, dimensions = "test:wide", 96

        def embed_passages(self, texts):
            if not (tmp_path / "saved").exists():
                memory.backup(tmp_path / "saved")
            return super().embed_passages(texts)

    memory.add_texts(["one parcel", "two parcels"])
    memory.reembed(Wide())
    restore_memory(tmp_path / "saved", home=tmp_path / "new", tenant="acme")
    with Memory(tenant="acme", home=tmp_path / "new", embedder=HashedWords()) as restored:
        assert restored.search("one parcel")[0].text == "one parcel"
        path = restored._store.journal.path
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'next_index'").fetchall() == []
    db.close()
