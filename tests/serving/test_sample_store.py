from __future__ import annotations

import pytest

from dragoman.languages import FAMILIES
from dragoman.memory.load import load
from dragoman.serving.sample_store import (
    SampleQuestion,
    plain_digits,
    sample_questions,
    store_folder,
)


def language_of(document: str) -> str:
    return document.rsplit(".", 2)[1]


def test_store_speaks_seven_languages_and_four_file_formats() -> None:
    names = [path.name for path in store_folder().iterdir()]
    assert {language_of(name) for name in names} == {
        "en", "ja", "zh-Hans", "zh-Hant", "ko", "ar", "de",
    }  # fmt: skip
    assert {name.rsplit(".", 1)[1] for name in names} == {"md", "html", "docx", "pdf"}
    assert 12 <= len(names) <= 14


def test_every_readable_document_says_that_it_is_sample_data() -> None:
    labels = (
        *("Sample data", "Beispieldaten", "サンプルデータ", "示例数据", "範例資料"),
        *("예시 자료", "بيانات نموذجية"),
    )
    for path in store_folder().iterdir():
        if path.suffix in {".md", ".html"}:
            text = path.read_text(encoding="utf-8")
            assert any(label in text for label in labels), path.name


def test_eight_questions_in_eight_languages() -> None:
    tags = [question.tag for question in sample_questions()]
    assert len(set(tags)) == len(tags) == 8
    assert set(tags) <= set(FAMILIES)


@pytest.mark.parametrize("question", sample_questions(), ids=lambda question: question.tag)
def test_answer_lies_in_a_document_of_another_language(question: SampleQuestion) -> None:
    assert (store_folder() / question.document).is_file()
    assert language_of(question.document) != question.tag


def test_no_two_questions_rest_on_one_document() -> None:
    documents = [question.document for question in sample_questions()]
    assert len(set(documents)) == len(documents)


@pytest.mark.parametrize("question", sample_questions(), ids=lambda question: question.tag)
def test_document_holds_the_figure(question: SampleQuestion) -> None:
    assert question.figure_in(load(store_folder() / question.document).text)


@pytest.mark.parametrize(
    "answer",
    [
        "1650円です",
        "送料は1,650円",
        "1.650 Yen",
        "１，６５０円",
        "١٦٥٠ ين",
        "١٬٦٥٠ ين",
        "1 650 yens",
    ],
)
def test_figure_is_found_in_any_spelling(answer: str) -> None:
    question = sample_questions()[1]
    assert question.figures == ("1650",)
    assert question.figure_in(answer)


@pytest.mark.parametrize("answer", ["16500円", "1,651円", "21,650円", "送料無料"])
def test_another_figure_does_not_count(answer: str) -> None:
    assert not sample_questions()[1].figure_in(answer)


def test_right_document_counts_by_its_name_wherever_it_lies() -> None:
    question = sample_questions()[0]
    assert question.cited_in(["store/loyalty.ko.md", f"store/{question.document}"])
    assert not question.cited_in(["store/loyalty.ko.md"])
    assert not question.cited_in([])


def test_separators_between_other_numbers_stay() -> None:
    assert plain_digits("11:00–20:00, 3.5 kg, 2, 3") == "11:00–20:00, 3.5 kg, 2, 3"
