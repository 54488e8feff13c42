from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hashed_words import HashedWords

from dragoman.errors import InvalidInputError
from dragoman.memory import AnswerCache, Memory
from dragoman.memory.alike import marks, same_words

ASKED = {"language": "en", "engine": "ollama:qwen3.5:4b"}
FEE = "What is the fee for a return within 30 days?"


class Clock:
    time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(tmp_path, memory, clock):
    memory.add_texts(["the fee is 5 euros", "cats sleep"], ids=["fees", "cats"])
    cache = AnswerCache(tmp_path / "answers.sqlite3", memory._store.journal, now=clock)
    yield cache
    cache.close()


@pytest.fixture
def kept(cache):
    assert cache.put(FEE, "5 euros [1]", documents=["fees"], vector=vector(), **ASKED)
    return cache


def vector():
    return np.eye(8, dtype=np.float32)[0]


def near():
    found = vector() + 0.1 * np.eye(8, dtype=np.float32)[1]
    return found / np.linalg.norm(found)


@pytest.mark.parametrize(
    "question",
    [
        FEE,
        "what is the fee for a return within 30 days",
        " WHAT is the  ｆｅｅ for a return, within ３０ days? ",
    ],
)
def test_the_same_question_is_answered_again(kept, question):
    found = kept.get(question, **ASKED)
    assert (found.answer, found.documents, found.similarity) == ("5 euros [1]", ("fees",), 1.0)


@pytest.mark.parametrize(
    "question",
    [
        "Hello, what is the fee for returns within 30 days please?",
        "What is a fee for return within 30 days",
    ],
)
def test_nearly_the_same_question_is_answered_again_when_its_vector_is_close(kept, question):
    assert kept.get(question, **ASKED) is None
    assert kept.get(question, vector=near(), **ASKED).question == FEE
    assert kept.get(question, vector=-vector(), **ASKED) is None


@pytest.mark.parametrize(
    "question",
    [
        "What is the fee for a return within 31 days?",
        "What is the fee for a return within 30 weeks?",
        "What is not the fee for a return within 30 days?",
        "What is the fee for a return after 30 days?",
        "What is the $ fee for a return within 30 days?",
        "What is the fee for a return of A-7 within 30 days?",
        "What is the return for a fee within 30 days?",
    ],
)
def test_another_question_is_not_taken_for_it_however_close_its_vector(kept, question):
    assert kept.get(question, vector=vector(), **ASKED) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C++", "C#"),
        ("5 €", "5 £"),
        ("-5", "5"),
        ("A-7", "A-8"),
        ("١٢", "13"),
        ("1.5", "15"),
        ("5%", "5"),
    ],
)
def test_signs_and_numbers_tell_questions_apart(cache, one, other):
    assert marks(one) != marks(other)
    cache.put(f"costs {one}", "yes", documents=["fees"], **ASKED)
    assert cache.get(f"costs {other}", **ASKED) is None


def test_digits_of_all_scripts_are_the_same():
    assert marks("１２ ١٢ 12 ۱۲") == {"12": 4}


@pytest.mark.parametrize(
    ("one", "other", "language", "same"),
    [
        ("退货要多少钱？", "请问退货要多少钱", "zh", True),
        ("退货要多少钱？", "不退货要多少钱", "zh", False),
        ("返品はできますか", "すみません、返品はできますか？", "ja", True),
        ("返品はできますか", "返品はできませんか", "ja", False),
        ("Сколько стоит возврат посылки?", "сколько стоит возврат посылку пожалуйста", "ru", True),
        ("Kann ich das Paket zurückgeben?", "Kann ich das Paket nicht zurückgeben?", "de", False),
        ("반품 가능한가요", "안녕하세요 반품 가능한가요?", "ko", True),
        ("?", "!", "en", False),
    ],
)
def test_courtesy_and_inflection_change_nothing_and_negation_does(one, other, language, same):
    assert same_words(one, other, language) is same


def test_another_language_or_engine_has_answers_of_its_own(kept):
    assert kept.get(FEE, language="de", engine=ASKED["engine"]) is None
    assert kept.get(FEE, language="en", engine="openai:other") is None


def test_an_answer_ends_when_a_document_that_it_cites_changes_or_goes(kept, memory):
    memory.add_texts(["cats sleep a lot"], ids=["cats"])
    assert kept.get(FEE, **ASKED) is not None
    memory.add_texts(["the fee is 7 euros"], ids=["fees"])
    assert kept.get(FEE, **ASKED) is None
    assert kept.count() == 0
    kept.put(FEE, "7 euros [1]", documents=["fees"], **ASKED)
    memory.delete("fees")
    assert kept.get(FEE, **ASKED) is None
    assert kept.count() == 0


def test_an_answer_to_what_has_changed_meanwhile_is_not_kept(cache, memory):
    read = {"fees": memory.document("fees").hash}
    memory.add_texts(["the fee is 7 euros"], ids=["fees"])
    assert cache.put(FEE, "5 euros", documents=read, **ASKED) is False
    assert cache.put(FEE, "5 euros", documents=["nowhere"], **ASKED) is False
    assert cache.count() == 0


def test_an_answer_ends_with_its_time(kept, clock):
    kept.put("other?", "x", documents=["fees"], ttl=timedelta(hours=1), **ASKED)
    clock.time += timedelta(hours=2)
    assert kept.get("other?", **ASKED) is None
    assert kept.get(FEE, **ASKED) is not None
    clock.time += timedelta(days=1)
    assert kept.get(FEE, **ASKED) is None


def test_an_answer_without_citations_is_refused(cache):
    with pytest.raises(InvalidInputError, match="cites no document"):
        cache.put(FEE, "hello", documents=[], **ASKED)


def test_the_oldest_make_room(cache, clock, monkeypatch):
    monkeypatch.setattr("dragoman.memory.answers.CAPACITY", 3)
    for i in range(5):
        clock.time += timedelta(seconds=1)
        cache.put(f"question {i}", "x", documents=["fees"], **ASKED)
    assert [cache.get(f"question {i}", **ASKED) is None for i in range(5)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert cache.clear() == 3


def test_answers_belong_to_a_tenant_and_to_an_embedder(tmp_path):
    class Other(HashedWords):
        spec = "test:other"

    with (
        Memory(tenant="acme", home=tmp_path, embedder=HashedWords()) as memory,
        Memory(tenant="globex", home=tmp_path, embedder=HashedWords()) as other,
    ):
        for each in (memory, other):
            each.add_texts(["the fee is 5"], ids=["fees"])
        memory.answers.put(FEE, "5", documents=["fees"], vector=vector(), **ASKED)
        assert memory.answers.get(FEE, **ASKED).answer == "5"
        assert other.answers.get(FEE, **ASKED) is None
        memory.reembed(Other())
        assert memory.answers.get(FEE, vector=vector(), **ASKED) is None
