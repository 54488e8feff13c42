import pytest
from hashed_words import HashedWords

from dragoman.errors import InvalidInputError, MemoryStoreError
from dragoman.memory import Memory, restore_memory


@pytest.fixture
def saved(tmp_path, memory):
    memory.add_texts(["the parcel takes two days", "cats sleep"], ids=["a", "b"])
    memory.backup(tmp_path / "saved" / "acme.backup")
    return tmp_path / "saved" / "acme.backup"


def test_a_restored_memory_answers_like_the_old_one(tmp_path, memory, saved):
    restore_memory(saved, home=tmp_path / "new", tenant="acme")
    embedder = HashedWords()
    with Memory(tenant="acme", home=tmp_path / "new", embedder=embedder) as restored:
        assert restored.search("parcel days") == memory.search("parcel days")
        assert restored.documents() == memory.documents()
        assert embedder.embedded == []
        restored.add_texts(["new"], ids=["a"])
        assert restored._store.collection.count() == 2


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
    for name in ("a", "b"):
        with pytest.raises(MemoryStoreError, match="no backup"):
            restore_memory(tmp_path / name, home=tmp_path / "new", tenant="acme")
    with pytest.raises(InvalidInputError):
        restore_memory(tmp_path / "missing", home=tmp_path / "new", tenant="acme")
