"""What a memory promises, with Chroma inside the process and with Chroma as a server."""

from pathlib import Path

import pytest
from hashed_words import HashedWords, sha256

from dragoman.errors import EmbedderMismatchError, InvalidTenantError
from dragoman.memory import Memory, restore_memory
from dragoman.memory.vectors import VectorCollection


@pytest.fixture(params=["inside", "server"])
def open_memory(request, tmp_path):
    """Opens a tenant's memory in one of the two modes."""
    server = request.getfixturevalue("chroma_url") if request.param == "server" else ""

    def call(tenant="acme", home=tmp_path / "home", embedder=None):
        return Memory(tenant=tenant, home=home, embedder=embedder or HashedWords(), server=server)

    return call


def vectors(memory):
    return sorted(memory._store.collection.ids())


def chunks(memory):
    return sorted(memory._store.journal.chunk_ids())


def test_what_was_stored_is_found_again_after_reopening(open_memory):
    with open_memory() as memory:
        memory.add_texts(["the parcel takes two days", "cats sleep"], ids=["a", "b"])
        before = memory.search("parcel days")
    with open_memory() as memory:
        assert memory.search("parcel days") == before
        assert before[0].document_id == "a"
        assert vectors(memory) == chunks(memory)


def test_a_changed_document_is_replaced_and_a_deleted_one_is_gone(open_memory):
    with open_memory() as memory:
        memory.add_texts(["old words", "other words"], ids=["a", "b"])
        memory.add_texts(["new words"], ids=["a"])
        assert memory.delete("b")
        assert [p.text for p in memory.search("words", k=9)] == ["new words"]
        assert vectors(memory) == chunks(memory)


def test_tenants_do_not_see_each_other(open_memory):
    with open_memory("acme") as acme, open_memory("Acme") as other:
        acme.add_texts(["the secret recipe"], ids=["x"])
        other.add_texts(["nothing"], ids=["x"])
        assert [p.text for p in other.search("secret recipe", k=99)] == ["nothing"]
        assert other.delete("x")
        assert [p.text for p in acme.search("secret", k=99)] == ["the secret recipe"]
        with pytest.raises(InvalidTenantError):
            open_memory({"$ne": "acme"})


def test_two_homes_never_share_a_collection(open_memory, tmp_path):
    with open_memory(home=tmp_path / "one") as one, open_memory(home=tmp_path / "two") as two:
        one.add_texts(["mine"], ids=["x"])
        two.add_texts(["theirs"], ids=["x"])
        assert one.delete("x")
        assert [p.text for p in two.search("theirs")] == ["theirs"]


def test_another_embedder_is_refused_and_the_cure_is_named(open_memory):
    class Other(HashedWords):
        spec = "test:other"

    with open_memory() as memory:
        memory.add_texts(["one"])
    with pytest.raises(EmbedderMismatchError, match="reembed --to test:other"):
        open_memory(embedder=Other())


@pytest.mark.parametrize("step", ["upsert", "delete"])
def test_a_crash_before_chroma_is_told_is_repaired_on_opening(open_memory, monkeypatch, step):
    class CrashError(Exception):
        pass

    def crash(*_):
        raise CrashError

    with open_memory() as memory:
        memory.add_texts(["old one", "two"], ids=["a", "b"])
    with open_memory() as memory, monkeypatch.context() as patch:
        patch.setattr(VectorCollection, step, crash)
        with pytest.raises(CrashError):
            memory.add_texts(["new one"], ids=["a"])
    with open_memory() as memory:
        assert memory._store.repaired.added + memory._store.repaired.deleted > 0
        assert vectors(memory) == chunks(memory)
        assert [p.text for p in memory.search("new one", k=1)] == ["new one"]


def test_a_collection_that_was_lost_is_filled_again_without_embedding(open_memory):
    with open_memory() as memory:
        memory.add_texts([f"text {i}" for i in range(20)])
        memory._store.client().drop(memory._store.collection.name)
    embedder = HashedWords()
    with open_memory(embedder=embedder) as memory:
        assert memory.search("text 7")[0].text == "text 7"
        assert embedder.embedded == []
        assert vectors(memory) == chunks(memory)


def test_a_collection_that_is_lost_meanwhile_is_filled_again(open_memory):
    with open_memory() as memory:
        memory.add_texts([f"text {i}" for i in range(20)])
        memory._store.client().drop(memory._store.collection.name)
        assert memory.search("text 7")[0].text == "text 7"
        memory._store.client().drop(memory._store.collection.name)
        memory.add_texts(["one more"])
        assert len(vectors(memory)) == 21
        assert vectors(memory) == chunks(memory)


def test_a_restored_memory_answers_the_same(open_memory, tmp_path):
    with open_memory() as memory:
        memory.add_texts([" ".join(sha256(f"{i} {j}")[:4] for j in range(8)) for i in range(30)])
        words = memory.document_text(memory.documents()[7].document_id)
        memory.backup(tmp_path / "saved")
        restore_memory(tmp_path / "saved", home=tmp_path / "new", tenant="acme")
        with open_memory(home=Path(tmp_path / "new")) as restored:
            for question in (words, words[:9], words[-14:]):
                assert restored.search(question, k=10) == memory.search(question, k=10)
            # The two go their own ways from here.
            restored.delete(restored.documents()[0].document_id)
            assert len(vectors(memory)) == 30
