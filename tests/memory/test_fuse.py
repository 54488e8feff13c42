import numpy as np
import pytest

from dragoman.memory.fuse import fuse, to_unit


def ranking(similarity, lexical, groups, own):
    scores = fuse(np.array(similarity), np.array(lexical), groups, np.array(own))
    return list(np.argsort(-scores, kind="stable"))


def test_no_candidates_give_no_scores():
    assert len(fuse(np.zeros(0), np.zeros(0), [], np.zeros(0, dtype=bool))) == 0


def test_within_one_language_similarity_and_terms_add_up():
    assert ranking([0.80, 0.85, 0.80], [0.2, 0.2, 1.2], ["en"] * 3, [True] * 3) == [2, 1, 0]


def test_an_answer_in_another_language_passes_near_misses_in_the_questions_own():
    near_misses = [0.82, 0.815, 0.815, 0.81, 0.81, 0.81, 0.805, 0.805, 0.80, 0.80]
    similarity = [*near_misses, 0.87, *(0.77 for _ in range(9))]
    lexical = [0.5] * 10 + [0.0] * 10
    groups = ["en"] * 10 + ["ja"] * 10
    own = [True] * 10 + [False] * 10
    assert ranking(similarity, lexical, groups, own)[0] == 10


def test_an_answer_in_the_questions_language_stays_before_near_misses_in_others():
    similarity = [0.86, *(0.80 for _ in range(9)), *(0.82 for _ in range(3)), *(0.79,) * 7]
    lexical = [1.3, *(0.4 for _ in range(9)), *(0.0 for _ in range(10))]
    groups = ["en"] * 10 + ["ja"] * 10
    own = [True] * 10 + [False] * 10
    assert ranking(similarity, lexical, groups, own)[0] == 0


def test_a_language_with_one_passage_is_judged_by_the_level_of_all():
    similarity = [0.86, *(0.80 for _ in range(9)), 0.80]
    lexical = [1.0, *(0.4 for _ in range(9)), 0.0]
    groups = ["en"] * 10 + ["ja"]
    own = [True] * 10 + [False]
    order = ranking(similarity, lexical, groups, own)
    assert order[0] == 0
    assert order[-1] == 10


@pytest.mark.parametrize("scores", [[3.0, 1.0, -1.0], [0.5, 0.4, 0.1]])
def test_unit_scores_keep_the_order(scores):
    unit = to_unit(np.array(scores))
    assert list(unit) == sorted(unit, reverse=True)
    assert all(0 < score < 1 for score in unit)
