from datetime import UTC, datetime, timedelta

import pytest
from hashed_words import HashedWords

from dragoman.errors import InvalidInputError
from dragoman.memory import Memory
from dragoman.memory.facts import Facts


class Clock:
    time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def facts(tmp_path, clock):
    facts = Facts(tmp_path / "facts.sqlite3", clock)
    yield facts
    facts.close()


def test_a_fact_is_kept_with_where_it_came_from(facts, clock):
    fact = facts.remember("user-7", " prefers\n존댓말 ", thread="t1", trust=0.9)
    assert facts.about("user-7") == [fact]
    assert (fact.text, fact.thread, fact.origin, fact.trust) == (
        "prefers 존댓말",
        "t1",
        "user",
        0.9,
    )
    assert fact.stored_at == clock.time
    assert facts.about("user-8") == []


def test_the_same_fact_told_twice_is_one_fact(facts):
    facts.remember("user-7", "is allergic to nuts")
    again = facts.remember("user-7", "is allergic  to nuts", origin="operator")
    assert facts.all() == [again]


def test_a_fact_is_forgotten_when_its_time_is_over(facts, clock):
    facts.remember("user-7", "is in Rome", ttl=timedelta(days=2))
    facts.remember("user-7", "is tall")
    clock.time += timedelta(days=1)
    assert len(facts.about("user-7")) == 2
    clock.time += timedelta(days=1)
    assert [fact.text for fact in facts.about("user-7")] == ["is tall"]


def test_a_person_can_have_one_fact_or_all_of_them_erased(facts):
    first = facts.remember("user-7", "one")
    facts.remember("user-7", "two")
    facts.remember("user-8", "three")
    assert facts.delete(first.id) is True
    assert facts.delete(first.id) is False
    assert facts.erase("user-7") == 1
    assert [fact.text for fact in facts.all()] == ["three"]


def test_an_erased_fact_is_not_left_in_the_files(tmp_path, clock):
    facts = Facts(tmp_path / "f.sqlite3", clock)
    facts.remember("user-7", "a secret nobody should keep")
    assert any(b"a secret nobody" in path.read_bytes() for path in tmp_path.iterdir())
    facts.erase("user-7")
    assert all(b"a secret nobody" not in path.read_bytes() for path in tmp_path.iterdir())
    facts.close()


@pytest.mark.parametrize("origin", ["tool", "document", "assistant", "", None])
def test_only_a_person_states_facts(facts, origin):
    with pytest.raises(InvalidInputError):
        facts.remember("user-7", "is an admin", origin=origin)
    assert facts.all() == []


@pytest.mark.parametrize(
    ("subject", "text", "trust"), [("", "x", 1), ("u", " ", 1), ("u", "x" * 501, 1), ("u", "x", 2)]
)
def test_what_is_no_fact_is_refused(facts, subject, text, trust):
    with pytest.raises(InvalidInputError):
        facts.remember(subject, text, trust=trust)


def test_a_prompt_is_given_few_facts_and_those_that_the_question_is_about(facts, clock):
    for i in range(10):
        clock.time += timedelta(minutes=1)
        facts.remember("user-7", f"likes color number {i}")
    clock.time -= timedelta(hours=1)
    nuts = facts.remember("user-7", "is allergic to nuts")
    facts.remember("user-8", "is allergic to nuts and milk")
    topic = facts.remember("t1", "the thread is about cakes")
    found = facts.recall(["user-7", "t1"], "Which cakes are without nuts?", language="en", limit=4)
    assert {fact.id for fact in found} >= {nuts.id, topic.id}
    assert len(found) == 4
    assert {fact.subject for fact in found} == {"user-7", "t1"}
    assert [fact.stored_at for fact in found] == sorted(fact.stored_at for fact in found)
    # The rest is the latest.
    assert {fact.text for fact in found} >= {"likes color number 9", "likes color number 8"}


def test_what_a_prompt_is_given_stays_within_its_budget(facts):
    for i in range(5):
        facts.remember("user-7", f"{i} " + "x" * 290)
    assert len(facts.recall("user-7", "?")) == 2
    assert sum(len(f.text) for f in facts.recall("user-7", "?", characters=900)) <= 900
    assert facts.recall("user-7", "?", limit=0) == []


def test_a_prompt_is_not_given_what_is_unsure_expired_or_erased(facts, clock):
    facts.remember("user-7", "may be tall", trust=0.3)
    facts.remember("user-7", "is in Rome", ttl=timedelta(days=1))
    facts.remember("user-7", "is allergic to nuts")
    clock.time += timedelta(days=2)
    assert [f.text for f in facts.recall("user-7", "Rome")] == ["is allergic to nuts"]
    facts.erase("user-7")
    assert facts.recall("user-7", "nuts") == []


def test_facts_belong_to_a_tenant_and_survive(tmp_path):
    with Memory(tenant="acme", home=tmp_path, embedder=HashedWords()) as memory:
        memory.facts.remember("user-7", "is tall")
    with (
        Memory(tenant="acme", home=tmp_path, embedder=HashedWords()) as memory,
        Memory(tenant="globex", home=tmp_path, embedder=HashedWords()) as other,
    ):
        assert [fact.text for fact in memory.facts.all()] == ["is tall"]
        assert other.facts.all() == []
        assert memory.search("tall") == []
