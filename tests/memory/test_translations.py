"""The asker's own language comes first where it says the same."""

import numpy as np

from dragoman.memory.translations import own_language_first

QUESTION = "ko"


def unit(*numbers):
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def first(scores, vectors, tags, moved=lambda _: np.zeros(3, np.float32)):
    own = np.array([tag == QUESTION for tag in tags])
    raised = own_language_first(np.array(scores), np.stack(vectors), tags, own, moved)
    return int(np.argmax(raised)), raised


def test_a_translation_in_the_askers_language_goes_before_the_original():
    vectors = [unit(1, 0, 0), unit(1, 0.1, 0), unit(0, 1, 0)]
    best, raised = first([2.0, 1.0, 1.5], vectors, ["en", "ko", "ko"])
    assert best == 1
    assert raised[0] == 2.0
    assert raised[2] == 1.5


def test_another_text_in_the_askers_language_stays_where_it_is():
    vectors = [unit(1, 0, 0), unit(1, 1, 0)]
    assert first([2.0, 1.9], vectors, ["en", "ko"])[0] == 0


def test_vectors_are_compared_in_one_language():
    vectors = [unit(1, 0, 0), unit(1, 1, 0)]
    apart = first([2.0, 1.0], vectors, ["en", "ko"])
    moved = first([2.0, 1.0], vectors, ["en", "ko"], lambda _: np.array([0, 0.9, 0], np.float32))
    assert (apart[0], moved[0]) == (0, 1)


def test_nothing_changes_among_languages_of_others():
    vectors = [unit(1, 0, 0), unit(1, 0, 0)]
    assert first([2.0, 1.0], vectors, ["en", "ja"])[0] == 0


def test_a_passage_that_leads_already_is_left_alone():
    vectors = [unit(1, 0, 0), unit(1, 0, 0)]
    assert first([2.0, 3.0], vectors, ["en", "ko"])[1].tolist() == [2.0, 3.0]


def test_only_the_best_few_are_looked_at():
    vectors = [unit(0, 1, 0)] * 3 + [unit(1, 0, 0), unit(1, 0, 0)]
    best, raised = first([5.0, 4.0, 3.0, 2.0, 1.0], vectors, ["en"] * 4 + ["ko"])
    assert raised[4] == 1.0
    assert best == 0
