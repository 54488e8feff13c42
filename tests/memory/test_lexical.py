import pytest

from dragoman.memory.lexical import MAX_TERMS, evidence, weigh
from dragoman.memory.tally import Totals, frequencies, languages, totals

SIZE = Totals(passages=100, terms=5000)


def test_rare_terms_weigh_more_and_unknown_ones_most():
    weights = weigh({"the": 90, "parcel": 3}, ["the", "parcel", "zebra"], SIZE)
    assert 0 < weights["the"] < weights["parcel"] < weights["zebra"]


def test_a_long_question_keeps_its_rarest_terms():
    held = {f"t{i}": i + 1 for i in range(100)}
    weights = weigh(held, list(held), SIZE)
    assert set(weights) == {f"t{i}" for i in range(MAX_TERMS)}


def test_a_passage_with_all_terms_close_together_fits_best():
    weights = weigh({}, ["a", "b", "c"], SIZE)
    filler = ["x"] * 80
    near = evidence([*filler, "a", "b", "c", *filler], weights, 160)
    far = evidence(["a", *filler, "b", *filler, "c"], weights, 160)
    some = evidence([*filler, "a", "b", *filler], weights, 160)
    assert near > far > 0
    assert near > some > 0
    assert evidence(filler, weights, 160) == 0


def test_a_window_counts_a_repeated_term_once_and_forgets_what_it_left():
    weights = {"a": 1.0, "b": 1.0}
    repeated = evidence(["a", "a", "a"], weights, 3)
    both = evidence(["a", "b", "x"], weights, 3)
    assert both > repeated


@pytest.fixture
def counted(memory):
    def read():
        with memory._store.journal.reading() as db:
            return totals(db), languages(db), frequencies(db, ["parcel", "zebra"])

    return read


def test_the_counts_follow_what_is_stored(memory, counted):
    memory.add_texts(
        ["The parcel is here.", "The parcel is a zebra.", "Das Paket ist da und dort."],
        ids=["a", "b", "c"],
        metadatas=[{"language": "en"}, {"language": "en"}, {"language": "de"}],
    )
    size, tags, held = counted()
    assert (size.passages, tags, held) == (3, {"en": 2, "de": 1}, {"parcel": 2, "zebra": 1})
    memory.add_texts(["Nothing."], ids=["b"], metadatas=[{"language": "en"}])
    memory.delete("c")
    _, tags, held = counted()
    assert (tags, held) == ({"en": 2}, {"parcel": 1})
    memory.delete("a")
    memory.delete("b")
    assert counted() == (Totals(passages=0, terms=0), {}, {})
