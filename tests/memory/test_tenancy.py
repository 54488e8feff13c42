from contextlib import suppress

import pytest
from hashed_words import HashedWords

from dragoman.errors import DragomanError, InvalidInputError, InvalidTenantError
from dragoman.memory import Memory
from dragoman.memory.tenancy import collection_name, folder_name

LEAKS = [
    "",
    " ",
    ".",
    "..",
    "../acme",
    "acme/../globex",
    "acme\\globex",
    "acme\x00",
    "acme\n",
    "acme globex",
    "-acme",
    "асme",  # Cyrillic letters that look like Latin ones
    "ａｃｍｅ",
    "acme\u200b",
    "a" * 65,
    "*",
    "%",
    "acme' OR 1=1 --",
    None.__class__,
    {"$ne": "acme"},
    ["acme"],
    b"acme",
    7,
    True,
]


@pytest.mark.parametrize("tenant", LEAKS, ids=lambda tenant: ascii(tenant)[:30])
def test_what_is_no_plain_identifier_opens_nothing(tmp_path, tenant):
    with pytest.raises(InvalidTenantError):
        Memory(tenant=tenant, home=tmp_path / "home", embedder=HashedWords())
    assert not (tmp_path / "home").exists()


@pytest.fixture
def pair(tmp_path):
    with (
        Memory(tenant="acme", home=tmp_path, embedder=HashedWords()) as acme,
        Memory(tenant="Acme", home=tmp_path, embedder=HashedWords()) as other,
    ):
        yield acme, other


def test_one_tenant_never_finds_another_ones_text(pair):
    acme, other = pair
    acme.add_texts(["the secret recipe"], ids=["a"])
    other.add_texts(["nothing special"], ids=["b"])
    assert [p.document_id for p in other.search("the secret recipe", k=100)] == ["b"]
    assert [d.document_id for d in other.documents()] == ["b"]
    assert other.document_text("a") is None


def test_the_same_id_in_two_tenants_is_two_documents(pair):
    acme, other = pair
    acme.add_texts(["mine"], ids=["x"])
    other.add_texts(["theirs"], ids=["x"])
    assert acme.document_text("x") == "mine"
    assert other.document_text("x") == "theirs"
    other.delete("x")
    assert [p.text for p in acme.search("mine")] == ["mine"]


def test_a_passage_of_another_tenant_verifies_nothing(pair):
    acme, other = pair
    acme.add_texts(["the secret recipe"], ids=["a"])
    other.add_texts(["nothing"], ids=["b"])
    [passage] = acme.search("secret")
    assert acme.verify(passage, "secret recipe") is not None
    assert other.verify(passage, "secret recipe") is None


def test_metadata_cannot_move_a_document_to_another_tenant(pair):
    acme, other = pair
    acme.add_texts(["mine"], ids=["x"], metadatas=[{"tenant": "Acme", "dragoman_tenant": "Acme"}])
    other.add_texts(["theirs"], ids=["y"])
    assert [p.document_id for p in other.search("mine", k=10)] == ["y"]


def test_how_often_a_word_occurs_elsewhere_does_not_change_the_scores(pair):
    acme, other = pair
    acme.add_texts(["rare word", "other thing"], ids=["a", "b"])
    before = [(p.document_id, p.score) for p in acme.search("rare word")]
    other.add_texts([f"rare word {i}" for i in range(20)])
    assert [(p.document_id, p.score) for p in acme.search("rare word")] == before


def test_each_tenant_has_a_collection_of_its_own(pair):
    acme, other = pair
    acme.add_texts(["mine"])
    assert acme._store.collection.count() == 1
    assert other._store.collection.count() == 0


def test_what_an_operator_of_a_query_language_would_widen_stays_narrow(pair):
    acme, other = pair
    acme.add_texts(["mine"], ids=["x"], metadatas=[{"tenant": {"$ne": "Acme"}}])
    other.add_texts(["theirs"], ids=["y"])
    with pytest.raises(InvalidInputError):
        other.search({"$ne": ""})
    for wanted in ({"$ne": "y"}, {"$in": ["x", "y"]}, "%", "*", "x' OR '1'='1"):
        with suppress(DragomanError):  # said to be no id
            assert other.document(wanted) is None
    assert [p.document_id for p in other.search("mine", k=99)] == ["y"]


def test_an_id_like_a_path_stays_an_id(tmp_path, pair):
    acme, other = pair
    ids = ["../../evil", "/etc/passwd", "..\\..\\evil", "a/../b", "acme-\u0430"]
    acme.add_texts([f"text {i}" for i in range(len(ids))], ids=ids)
    assert {d.document_id for d in acme.documents()} == set(ids)
    assert other.documents() == []
    names = {path.name for path in tmp_path.rglob("*")}
    assert not any("evil" in name or "passwd" in name for name in names)


def test_tenants_that_differ_in_case_or_punctuation_have_folders_of_their_own(tmp_path):
    names = ["acme", "Acme", "ACME", "acme-", "acme.", "acme_"]
    folders = {folder_name(name).casefold() for name in names}
    assert len(folders) == len(names)
    assert len({collection_name(name, "e", "j") for name in names}) == len(names)


def test_facts_and_cached_answers_stay_with_their_tenant(pair):
    acme, other = pair
    acme.add_texts(["the fee is 5"], ids=["x"])
    other.add_texts(["the fee is 7"], ids=["x"])
    acme.facts.remember("user-7", "is allergic to nuts")
    acme.answers.put("The fee?", "5", language="en", engine="e", documents=["x"])
    assert other.facts.recall("user-7", "nuts") == []
    assert other.facts.all() == []
    assert other.answers.get("The fee?", language="en", engine="e") is None
