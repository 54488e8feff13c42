"""A memory is filled anew with another embedder while the old index serves."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hashed_words import HashedWords

from dragoman.errors import (
    EmbedderMismatchError,
    InvalidInputError,
    MemoryStoreError,
)
from dragoman.memory import Memory


class Wide(HashedWords):
    """Another embedder, with longer vectors; does something on the side while it embeds."""

    spec = "test:wide"
    dimensions = 96

    def __init__(self, meanwhile=lambda: None):
        super().__init__()
        self._meanwhile = meanwhile

    def embed_passages(self, texts):
        self._meanwhile()
        return super().embed_passages(texts)


TEXTS = [f"text number {i} is about parcel {i * 7}" for i in range(80)]

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from hashed_words import HashedWords
from test_reembed import Wide
from dragoman.memory import Memory
with Memory(home=sys.argv[2], embedder=HashedWords(), server=sys.argv[3]) as memory:
    memory.reembed(Wide(), progress=lambda step: print(step.done, flush=True))
"""


@pytest.fixture(params=["inside", "server"])
def server(request):
    return request.getfixturevalue("chroma_url") if request.param == "server" else ""


def collections(memory):
    return memory._store.client()._client.list_collections()


def agree(memory):
    store = memory._store
    with store.journal.reading() as db:
        lengths = {row[0] for row in db.execute("SELECT length(vector) FROM chunks")}
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
    assert lengths == {4 * Wide.dimensions}
    assert "next_index" not in tables
    assert store.journal.meta("embedder") == Wide.spec
    return set(store.collection.ids()) == store.journal.chunk_ids()


def test_after_it_the_memory_belongs_to_the_new_embedder(tmp_path, server):
    with Memory(home=tmp_path, embedder=HashedWords(), server=server) as memory:
        memory.add_texts(TEXTS)
        before = {c.name for c in collections(memory)}
        report = memory.reembed(Wide())
        assert (report.before, report.after) == (HashedWords.spec, Wide.spec)
        assert (report.passages, report.resumed) == (80, 0)
        assert memory.search(TEXTS[11])[0].text == TEXTS[11]
        assert agree(memory)
        after = {c.name for c in collections(memory)}
        assert len(after - before) == len(before - after) == 1
    with pytest.raises(EmbedderMismatchError, match="reembed"):
        Memory(home=tmp_path, embedder=HashedWords(), server=server)
    with Memory(home=tmp_path, embedder=Wide(), server=server) as memory:
        assert memory.search(TEXTS[11])[0].text == TEXTS[11]


def test_searches_and_writes_go_on_meanwhile_and_nothing_is_lost(tmp_path, server):
    with Memory(home=tmp_path, embedder=HashedWords(), server=server) as memory:
        memory.add_texts(TEXTS, ids=[f"t{i}" for i in range(80)])
        rounds = []

        def meanwhile():
            if memory._store.embedder != HashedWords.spec:
                return  # the switch is done: what is embedded now is not part of it
            n = len(rounds)
            assert memory.search(TEXTS[11])[0].text == TEXTS[11]
            if n < 3:
                memory.add_texts([f"late text {n} came in"], ids=[f"late{n}"])
                memory.add_texts([f"changed to something else {n}"], ids=[f"t{n}"])
                memory.delete(f"t{40 + n}")
            rounds.append(n)

        memory.reembed(Wide(meanwhile))
        assert len(rounds) >= 3
        ids = {d.document_id for d in memory.documents()}
        assert ids == {f"t{i}" for i in range(80) if not 40 <= i < 43} | {
            f"late{i}" for i in range(3)
        }
        assert agree(memory)
        assert memory.search("late text 2 came in")[0].document_id == "late2"
        assert memory.search("changed to something else 1")[0].document_id == "t1"


def test_a_killed_run_is_gone_on_with(tmp_path, server):
    with Memory(home=tmp_path, embedder=HashedWords(), server=server) as memory:
        memory.add_texts(TEXTS)
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(tmp_path), server],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "32\n"
        process.send_signal(signal.SIGKILL)
    with Memory(home=tmp_path, embedder=HashedWords(), server=server) as memory:
        # The old index serves as if nothing had happened, unless the child was done already.
        assert memory.search(TEXTS[11])[0].text == TEXTS[11]
        embedder = Wide()
        report = memory.reembed(embedder)
        assert report.resumed >= 32
        assert len(embedder.embedded) <= 80 - 32
        assert agree(memory)
        assert memory.search(TEXTS[11])[0].text == TEXTS[11]


def test_a_crash_after_the_switch_leaves_no_old_collection(tmp_path, monkeypatch):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(TEXTS[:5])
        with monkeypatch.context() as patch:
            patch.setattr(type(memory._store), "attach", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                memory.reembed(Wide())
    with Memory(home=tmp_path, embedder=Wide()) as memory:
        assert agree(memory)
        assert len(collections(memory)) == 1


def test_another_target_throws_the_unfinished_one_away(tmp_path):
    class Other(HashedWords):
        spec = "test:other"

    def stop(_):
        raise KeyboardInterrupt

    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(TEXTS)
        with pytest.raises(KeyboardInterrupt):
            memory.reembed(Other(), progress=stop)
        assert memory.search(TEXTS[11])[0].text == TEXTS[11]
        assert memory.reembed(Wide()).resumed == 0
        assert agree(memory)
        assert len(collections(memory)) == 1


def test_two_runs_at_a_time_are_refused(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(TEXTS[:3])
        errors = []

        def again():
            with pytest.raises(MemoryStoreError, match="already") as caught:
                memory.reembed(Wide())
            errors.append(caught)

        memory.reembed(Wide(again))
        assert errors


def test_an_empty_memory_has_nothing_to_embed(tmp_path):
    with Memory(home=tmp_path) as memory, pytest.raises(InvalidInputError, match="empty"):
        memory.reembed(Wide())


def test_other_analyzers_are_refused_until_the_terms_are_made_anew(tmp_path, monkeypatch):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(TEXTS[:20], metadatas=[{"title": "Parcels"}] * 20)
        with memory._store.journal.reading() as db:
            before = db.execute("SELECT number, terms FROM chunks").fetchall()
    for module in ("filling", "next_index"):
        monkeypatch.setattr(f"dragoman.memory.{module}.ANALYSIS", "2")
    with pytest.raises(EmbedderMismatchError, match="dragoman reembed --tenant default"):
        Memory(home=tmp_path, embedder=HashedWords())
    monkeypatch.setattr("dragoman.memory.next_index.analyze", lambda *_: ["all", "alike"])
    monkeypatch.setattr("dragoman.memory.retrieve.analyze", lambda *_: ["alike"])
    embedder = HashedWords()
    monkeypatch.setattr("dragoman.memory.attachment.connect_embedder", lambda *_: embedder)
    with Memory(home=tmp_path) as memory:
        memory.reembed()
        assert embedder.embedded == []
        with memory._store.journal.reading() as db:
            found = db.execute("SELECT count(*) FROM lexical WHERE lexical MATCH 'alike'")
            assert found.fetchone()[0] == 20
            assert db.execute(
                "SELECT name, passages FROM frequencies ORDER BY name"
            ).fetchall() == [
                ("alike", 20),
                ("all", 20),
            ]
            assert db.execute("SELECT terms FROM totals").fetchone()[0] == 40
        # A later change takes its terms out of the new index.
        memory.delete(memory.documents()[0].document_id)
        with memory._store.journal.reading() as db:
            found = db.execute("SELECT count(*) FROM lexical WHERE lexical MATCH 'alike'")
            assert found.fetchone()[0] == 19
    assert len(before) == 20


def test_the_terms_that_are_made_anew_are_the_ones_that_were_made_at_first(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(
            ["# Fees\n\nA parcel costs 5 €.", "배송은 이틀 걸립니다."],
            metadatas=[{"title": "T"}, {}],
        )
        read = "SELECT id, terms FROM chunks ORDER BY number"
        with memory._store.journal.reading() as db:
            before = db.execute(read).fetchall()
        memory.reembed(Wide())
        with memory._store.journal.reading() as db:
            assert db.execute(read).fetchall() == before


def test_a_reader_in_another_process_follows_to_the_new_index(tmp_path, chroma_url, monkeypatch):
    known = {HashedWords.spec: HashedWords(), Wide.spec: Wide()}
    monkeypatch.setattr(
        "dragoman.memory.attachment.connect_embedder",
        lambda spec, _: known.get(spec, known[HashedWords.spec]),
    )
    with Memory(home=tmp_path, server=chroma_url) as reader:
        reader.add_texts(TEXTS)
        assert reader.search(TEXTS[11])[0].text == TEXTS[11]
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(Path(__file__).parent), str(tmp_path), chroma_url],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert reader.search(TEXTS[11])[0].text == TEXTS[11]
        reader.add_texts(["one more text"], ids=["new"])
        assert agree(reader)
        assert reader.search("one more text")[0].document_id == "new"


def test_vectors_of_the_new_index_are_the_new_embedders(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(TEXTS[:3])
        memory.reembed(Wide())
        for document in memory.documents():
            [vector] = memory._store.journal.vectors_of(document.document_id).values()
            text = memory.document_text(document.document_id)
            assert np.allclose(vector, Wide().embed_passages([text])[0])
