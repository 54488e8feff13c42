"""Several real processes on one memory with a Chroma server."""

import subprocess
import sys
from pathlib import Path

import pytest
from hashed_words import HashedWords

from dragoman.errors import DataFolderLockedError, MemoryServerError, MemoryStoreError
from dragoman.memory import Memory
from dragoman.memory.chroma_process import ChromaProcess
from dragoman.memory.sharing import FolderUse
from dragoman.memory.vectors import VectorCollection

WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from hashed_words import HashedWords
from dragoman.memory import Memory
home, url, name, count = sys.argv[2:]
with Memory(tenant="acme", home=home, embedder=HashedWords(), server=url) as memory:
    print("open", flush=True)
    sys.stdin.readline()
    for i in range(int(count)):
        memory.add_texts([f"{name} wrote text {i} of its own"], ids=[f"{name}-{i}"])
        # Both fight over the same documents as well.
        memory.add_texts([f"{name} was here at {i}"], ids=[f"shared-{i % 3}"])
        if i % 4 == 3:
            memory.delete(f"{name}-{i - 1}")
        print(i, flush=True)
"""


@pytest.fixture
def writer(tmp_path, chroma_url):
    here, started = Path(__file__).parent, []

    def start(name, count):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, *map(str, (here, tmp_path, chroma_url, name, count))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def shared(tmp_path, chroma_url):
    with Memory(tenant="acme", home=tmp_path, embedder=HashedWords(), server=chroma_url) as memory:
        yield memory


def agree(memory):
    journal = memory._store.journal
    return (
        set(memory._store.collection.ids()) == journal.chunk_ids()
        and journal.pending(1) == journal.doomed(1) == []
    )


def test_two_writing_processes_lose_nothing(writer, shared):
    pair = [writer(name, 24) for name in ("anna", "boris")]
    for process in pair:
        assert process.stdout.readline() == "open\n", process.stderr.read()
    for process in pair:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in pair:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    expected = {f"{n}-{i}" for n in ("anna", "boris") for i in range(24) if i % 4 != 2}
    expected |= {f"shared-{i}" for i in range(3)}
    assert {d.document_id for d in shared.documents()} == expected
    assert agree(shared)
    # The reader that was opened before them finds what they wrote.
    for name in ("anna", "boris"):
        assert shared.search(f"{name} wrote text 21 of its own", k=1)[0].document_id == f"{name}-21"


def test_a_writer_that_is_killed_leaves_a_memory_that_others_go_on_with(writer, shared):
    process = writer("anna", 10_000)
    process.stdout.readline()
    process.stdin.write("go\n")
    process.stdin.flush()
    for _ in range(10):
        process.stdout.readline()
    process.kill()
    process.wait()
    shared.add_texts(["one more"], ids=["mine"])
    assert {"anna-8", "mine"} <= {d.document_id for d in shared.documents()}
    assert agree(shared)


def test_a_memory_with_a_server_and_one_without_do_not_meet(tmp_path, chroma_url, in_a_process):
    open_alone = "Memory(tenant='acme', home=sys.argv[1], embedder=HashedWords())"
    open_shared = f"{open_alone[:-1]}, server=sys.argv[2])"
    with Memory(tenant="acme", home=tmp_path, embedder=HashedWords(), server=chroma_url):
        assert "DRAGOMAN_CHROMA_URL" in in_a_process(open_alone, tmp_path)
        assert in_a_process(open_shared, tmp_path, chroma_url) == ""
    with Memory(tenant="acme", home=tmp_path, embedder=HashedWords()):
        assert "without a server" in in_a_process(open_shared, tmp_path, chroma_url)


def test_a_memory_moves_to_a_server_and_back_without_embedding(tmp_path, chroma_url):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["one", "two"], ids=["a", "b"])
    embedder = HashedWords()
    with Memory(home=tmp_path, embedder=embedder, server=chroma_url) as memory:
        assert agree(memory)
        memory.delete("a")
        memory.add_texts(["three"], ids=["c"])
    with Memory(home=tmp_path, embedder=embedder) as memory:
        assert agree(memory)
        assert {p.document_id for p in memory.search("three", k=9)} == {"b", "c"}
    assert embedder.embedded == ["three"]


def test_one_process_does_not_open_a_memory_in_two_places(tmp_path, chroma_url, shared):
    again = chroma_url.replace("127.0.0.1", "localhost")
    with pytest.raises(MemoryStoreError, match="another place"):
        Memory(tenant="acme", home=tmp_path, embedder=HashedWords(), server=again)
    with pytest.raises((DataFolderLockedError, MemoryStoreError)):
        Memory(tenant="other", home=tmp_path, embedder=HashedWords())


def test_a_refused_memory_leaves_nothing_locked(tmp_path, chroma_url):
    with (
        Memory(home=tmp_path, embedder=HashedWords(), server=chroma_url),
        pytest.raises(DataFolderLockedError),
    ):
        FolderUse(tmp_path, alone=True)
    FolderUse(tmp_path, alone=True).release()


def test_a_server_that_goes_away_loses_nothing(tmp_path):
    folder, home = tmp_path / "chroma", tmp_path / "home"
    with ChromaProcess(folder) as process:
        memory = Memory(home=home, embedder=HashedWords(), server=process.url)
        memory.add_texts(["first"], ids=["a"])
    with memory:
        with pytest.raises(MemoryServerError, match="does not answer"):
            memory.add_texts(["second"], ids=["b"])
        with pytest.raises(MemoryServerError, match="does not answer"):
            memory.search("first")
        with ChromaProcess(folder, port=process.server.port):
            assert {p.text for p in memory.search("first")} >= {"first"}
            memory.add_texts(["third"], ids=["c"])
            assert {d.document_id for d in memory.documents()} == {"a", "b", "c"}
            assert agree(memory)


def test_nobody_else_writes_between_the_journal_and_chroma(shared, monkeypatch, in_a_process):
    # Otherwise a deletion and an upsert of one id could reach Chroma in the other order.
    errors = []
    real = VectorCollection.upsert

    def upsert(*arguments):
        lock = "from filelock import FileLock; FileLock(sys.argv[1]).acquire(timeout=0)"
        errors.append(in_a_process(lock, shared._store.folder / "write.lock"))
        real(*arguments)

    monkeypatch.setattr(VectorCollection, "upsert", upsert)
    shared.add_texts(["one"], ids=["a"])
    [error] = errors
    assert "Timeout" in error
