"""An ingest through Ray gives what a local one gives, whatever happens to its workers."""

import functools
import os
import signal
import sys
from pathlib import Path

import hashed_words
import pytest
from hashed_words import HashedWords, OtherWords

from dragoman.errors import ClusterError, MissingExtraError
from dragoman.memory import Memory
from dragoman.memory.ray_ingest import Cluster, RayIngest
from dragoman.memory.store import Store

SPEC = HashedWords.spec

pytestmark = [
    # Ray warns about its own settings, and leaves sockets to its servers open when it ends.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class DiesOnce(HashedWords):
    """Kills its own process with SIGKILL at the first text of one name, then never again."""

    def __init__(self, note):
        super().__init__()
        self._note = Path(note)

    def embed_passages(self, texts):
        if any("Paragraph 7 " in text for text in texts) and not self._note.exists():
            self._note.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed_passages(texts)


class Refuses(HashedWords):
    """Fails for every text."""

    def embed_passages(self, texts):
        raise ValueError("out of order")


@pytest.fixture(scope="module")
def ray():
    # It and its servers are larger than all the rest together, so `dev` leaves it out.
    ray = pytest.importorskip("ray", reason="needs pip install 'dragoman[scale]'")
    pytest.importorskip("ray.data", reason="needs pip install 'dragoman[scale]'")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

    for module in (hashed_words, sys.modules[__name__]):  # the workers cannot import the tests
        ray.cloudpickle.register_pickle_by_value(module)
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


@pytest.fixture
def folder(docs):
    for number in range(24):
        (docs / f"{number:02}.md").write_text(
            f"# Guide {number}\n\nParagraph {number} tells about parcels.\n\n## 返品\n\n"
            f"第{number}条、返品は{number}日以内です。\n",
            encoding="utf-8",
        )
    (docs / "copy.md").write_bytes((docs / "03.md").read_bytes())
    (docs / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    return docs


def ingest_with_ray(home, folder, connect=HashedWords, workers=2):
    with Memory(home=home, embedder=HashedWords()):
        store = Store.open(home, "default")
        try:
            return RayIngest(store, SPEC, connect, Cluster(workers=workers)).run([folder])
        finally:
            store.close()


def contents(home):
    """Everything that an ingest decides: documents, passages, terms and vectors."""
    with Memory(home=home, embedder=HashedWords()) as memory:
        with memory._store.journal.reading() as db:
            rows = db.execute(
                "SELECT documents.id, documents.hash, source, notes, chunks.id, start, stop, page, "
                "headings, chunks.language, chunks.hash, text, terms, vector "
                "FROM documents LEFT JOIN chunks ON document = documents.number ORDER BY 1, 6"
            ).fetchall()
        assert set(memory._store.collection.ids()) == memory._store.journal.chunk_ids()
    return rows


def test_two_workers_store_what_a_local_ingest_stores(ray, tmp_path, folder):
    with Memory(home=tmp_path / "local", embedder=HashedWords()) as memory:
        local = memory.ingest(folder)

    spread = ingest_with_ray(tmp_path / "spread", folder)

    assert contents(tmp_path / "spread") == contents(tmp_path / "local")
    assert spread == local
    assert spread.added == 24
    assert len(spread.failed) == len(spread.duplicates) == 1


def test_a_worker_that_is_killed_is_replaced_and_nothing_differs(ray, tmp_path, folder):
    note = tmp_path / "died"

    report = ingest_with_ray(tmp_path / "spread", folder, functools.partial(DiesOnce, note))

    assert note.exists()
    with Memory(home=tmp_path / "local", embedder=HashedWords()) as memory:
        assert report == memory.ingest(folder)
    assert contents(tmp_path / "spread") == contents(tmp_path / "local")


def test_a_second_ingest_through_ray_reads_only_what_changed(ray, tmp_path, folder):
    ingest_with_ray(tmp_path / "spread", folder)
    (folder / "05.md").write_text("# Guide 5\n\nParagraph 5 is new.\n", encoding="utf-8")
    (folder / "06.md").unlink()

    again = ingest_with_ray(tmp_path / "spread", folder)

    assert (again.changed, again.unchanged, again.removed) == (1, 22, 1)
    with Memory(home=tmp_path / "local", embedder=HashedWords()) as memory:
        memory.ingest(folder)
    assert contents(tmp_path / "spread") == contents(tmp_path / "local")


def test_an_error_in_a_worker_ends_the_ingest_with_its_words(ray, tmp_path, folder):
    with pytest.raises(ClusterError, match="out of order"):
        ingest_with_ray(tmp_path / "spread", folder, Refuses)


def test_a_worker_with_another_embedder_is_refused(ray, tmp_path, folder):
    with pytest.raises(ClusterError, match="test:other-words"):
        ingest_with_ray(tmp_path / "spread", folder, OtherWords)


def test_without_ray_the_error_names_the_extra(monkeypatch, tmp_path, folder):
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(MissingExtraError) as caught:
        ingest_with_ray(tmp_path / "spread", folder)

    assert "dragoman[scale]" in caught.value.cure
