import threading

import pytest
from hashed_words import HashedWords, OtherWords, sha256

from dragoman.errors import (
    BrokenTextError,
    DataFolderLockedError,
    EmbedderMismatchError,
    EmptyQuestionError,
    InvalidInputError,
    MemoryStoreError,
    TextTooLongError,
)
from dragoman.memory import Memory
from dragoman.settings import Settings


def test_an_empty_memory_finds_nothing(memory):
    assert memory.search("Where is my parcel?") == []
    assert memory.documents() == []


def test_the_fitting_text_comes_first(memory):
    memory.add_texts(["The parcel takes two days.", "Cats sleep all day long."], ids=["a", "b"])
    first, second = memory.search("how many days does a parcel take")
    assert (first.document_id, second.document_id) == ("a", "b")
    assert first.score > second.score


def test_a_passage_says_where_it_stands(memory):
    text = "  The parcel takes two days.\n"
    memory.add_texts([text], ids=["a"], metadatas=[{"title": "Shipping", "source": "faq", "n": 1}])
    [passage] = memory.search("parcel")
    assert passage.text == text[passage.start : passage.end] == text.strip()
    assert (passage.source, passage.title, passage.language) == ("faq", "Shipping", "en")
    assert passage.hash == sha256(passage.text)
    assert passage.metadata == {"title": "Shipping", "source": "faq", "n": 1}
    assert memory.document_text("a") == text


def test_the_same_id_replaces_the_text_everywhere(memory):
    memory.add_texts(["zebras are striped"], ids=["a"])
    memory.add_texts(["parcels are brown"], ids=["a"])
    assert [p.text for p in memory.search("zebras")] == ["parcels are brown"]
    assert memory._store.collection.count() == memory._store.journal.count() == 1


def test_without_ids_the_same_text_is_stored_once(memory):
    first = memory.add_texts(["one", "two"])
    assert memory.add_texts(["two"]) == first[1:]
    assert len(memory.documents()) == 2


def test_what_is_stored_already_is_not_embedded_again(memory, embedder):
    memory.add_texts(["one", "two"], ids=["a", "b"])
    embedder.embedded.clear()
    memory.add_texts(["one", "three"], ids=["a", "b"])
    assert embedder.embedded == ["three"]


def test_new_metadata_is_stored_without_embedding_the_text_again(memory, embedder):
    memory.add_texts(["one"], ids=["a"], metadatas=[{"n": 1}])
    embedder.embedded.clear()
    memory.add_texts(["one"], ids=["a"], metadatas=[{"n": 2}])
    assert embedder.embedded == []
    assert memory.search("one")[0].metadata == {"n": 2}


def test_a_deleted_document_is_not_found_again(memory):
    memory.add_texts(["one", "two"], ids=["a", "b"])
    assert memory.delete("a") is True
    assert memory.delete("a") is False
    assert [p.document_id for p in memory.search("one")] == ["b"]
    assert memory._store.collection.count() == 1


def test_everything_is_there_after_reopening(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["The parcel takes two days."], ids=["a"])
        before = memory.search("parcel")
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        assert memory.search("parcel") == before


def test_a_memory_of_another_embedder_is_refused(tmp_path):
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:
        memory.add_texts(["one"])
    with pytest.raises(EmbedderMismatchError, match="test:hashed-words"):
        Memory(home=tmp_path, embedder=OtherWords())
    with Memory(home=tmp_path, embedder=HashedWords()) as memory:  # and nothing stays locked
        assert memory.search("one")


def test_the_data_folder_belongs_to_one_process(tmp_path, memory, in_a_process):
    error = in_a_process(
        "Memory(tenant='acme', home=sys.argv[1], embedder=HashedWords())", memory.home
    )
    assert DataFolderLockedError.code in error


def test_two_memories_of_one_process_share_what_they_store(tmp_path):
    with (
        Memory(home=tmp_path, embedder=HashedWords()) as one,
        Memory(home=tmp_path, embedder=HashedWords()) as two,
    ):
        one.add_texts(["one"], ids=["a"])
        one.close()
        assert [p.document_id for p in two.search("one")] == ["a"]


def test_a_closed_memory_says_so(memory):
    memory.close()
    memory.close()
    for use in (memory.documents, lambda: memory.search("x"), lambda: memory.add_texts(["x"])):
        with pytest.raises(MemoryStoreError, match="closed"):
            use()


def test_threads_may_add_and_search_at_once(memory):
    errors = []

    def work(name):
        try:
            for i in range(5):
                memory.add_texts([f"{name} number {i}"], ids=[f"{name}-{i}"])
                assert memory.search(f"{name} number {i}", k=50)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("ant", "bee", "cat")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(memory.documents()) == memory._store.collection.count() == 15


@pytest.mark.parametrize(
    ("question", "error"),
    [("", EmptyQuestionError), (" \n", EmptyQuestionError), ("\ud800", BrokenTextError)],
)
def test_a_question_that_cannot_be_searched_is_refused(memory, question, error):
    with pytest.raises(error):
        memory.search(question)


def test_a_question_beyond_the_limit_is_refused(tmp_path):
    settings = Settings(question_characters=100)
    with (
        Memory(home=tmp_path, embedder=HashedWords(), settings=settings) as memory,
        pytest.raises(TextTooLongError),
    ):
        memory.search("x" * 101)


@pytest.mark.parametrize("k", [0, -1, 1001, 2.5, True, "5", None])
def test_an_impossible_number_of_results_is_refused(memory, k):
    with pytest.raises(InvalidInputError):
        memory.search("x", k=k)


def test_a_question_of_emoji_only_is_answered(memory):
    memory.add_texts(["🎉 🎉", "words"], ids=["party", "words"])
    assert memory.search("🎉", k=1)[0].document_id == "party"


def test_a_question_in_query_syntax_is_only_text(memory):
    memory.add_texts(['say "hello" AND NOT * near(world)'], ids=["a"])
    assert memory.search('"hello" AND NOT terms:* NEAR(world, 2) ^ - ')[0].document_id == "a"


@pytest.mark.parametrize(
    ("texts", "extra"),
    [
        (["ok", ""], {}),
        (["ok", " \n"], {}),
        (["ok", None], {}),
        ("one string", {}),
        (["ok", "two"], {"ids": ["a"]}),
        (["ok", "two"], {"ids": ["a", "a"]}),
        (["ok"], {"ids": [""]}),
        (["ok"], {"ids": [{"$ne": "a"}]}),
        (["ok"], {"metadatas": [{"a": object()}]}),
        (["ok"], {"metadatas": [{1: "a"}]}),
        (["ok"], {"metadatas": [{"a": float("nan")}]}),
        (["ok"], {"metadatas": ["text"]}),
        (["ok", "\ud800"], {}),
    ],
)
def test_bad_texts_are_refused_before_anything_is_stored(memory, texts, extra):
    with pytest.raises(InvalidInputError):
        memory.add_texts(texts, **extra)
    assert memory.documents() == []


def test_a_text_of_one_megabyte_is_stored_in_passages(memory):
    text = "".join(f"これは{i}番目の文です。" for i in range(30_000))
    assert len(text.encode()) > 1_000_000
    memory.add_texts([text], ids=["big"])
    [document] = memory.documents()
    assert document.characters == len(text)
    assert document.passages > 500
    assert "23456番目" in memory.search("23456番目", k=1)[0].text


def test_a_stated_language_is_believed_when_it_is_one(memory):
    memory.add_texts(
        ["Gift", "Gift gift", "Das ist ein deutscher Satz über Pakete."],
        ids=["a", "b", "c"],
        metadatas=[{"language": "de"}, {"language": "zh_TW"}, {"language": "Klingon"}],
    )
    assert [d.language for d in memory.documents()] == ["de", "zh-Hant", "de"]
    assert memory.search("Gift", language="de-AT")
    with pytest.raises(InvalidInputError):
        memory.search("Gift", language="tlh")
