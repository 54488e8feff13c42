"""Marks that are checked, and evidence that is found when there are none."""

import hashlib

import pytest
from hashed_words import HashedWords

from dragoman.agents.citations import cite, names
from dragoman.languages import figures
from dragoman.memory import Passage


def passage(text, language="en", name="doc"):
    return Passage(
        document_id=name,
        chunk_id=f"{name}-0",
        text=text,
        score=1.0,
        source=f"{name}.md",
        title=name,
        start=0,
        end=len(text),
        language=language,
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )


RETURNS = passage("Opened goods: 14 days. The restocking fee is 10 %.", name="returns")
SHIPPING = passage("沖縄への送料は1,650円です。", "ja", "shipping")


def test_a_supported_mark_stays():
    cited = cite("The fee is 10 %. [1]", [RETURNS, SHIPPING], language="en", embedder=None)
    assert cited.text == "The fee is 10 %. [1]"
    assert [(c.number, c.marked) for c in cited.citations] == [(1, True)]


def test_a_mark_that_the_figures_contradict_gives_way_to_the_right_passage():
    cited = cite("运费是1650日元。[1]", [RETURNS, SHIPPING], language="zh-Hans", embedder=None)
    assert cited.text == "运费是1650日元。 [2]"
    assert [(c.number, c.marked) for c in cited.citations] == [(2, False)]
    assert cited.removed == (1,)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("送料は1,650円です。[2]", "ja"),
        ("送料は千六百五十円です。[2]", "ja"),
        ("Der Versand kostet 1.650,00 ¥. [2]", "de"),
        ("Les frais sont de 1\u202f650 ¥. [2]", "fr"),
        ("رسوم الشحن ١٬٦٥٠ ينًا. [2]", "ar"),
    ],
)
def test_a_mark_stays_whatever_way_the_language_writes_its_figure(text, language):
    cited = cite(text, [RETURNS, SHIPPING], language=language, embedder=None)
    assert [(c.number, c.marked) for c in cited.citations] == [(2, True)]


def test_a_date_in_an_era_is_found_in_its_passage():
    opened = passage("The Osaka shop opened on 2019-06-01.", name="shops")
    cited = cite(
        "令和元年6月1日に開店しました。[1]", [RETURNS, opened], language="ja", embedder=None
    )
    assert [(c.number, c.marked) for c in cited.citations] == [(2, False)]


@pytest.mark.parametrize("mark", ["[1]", "［1］", "【1】", "[ 1 ]", "〔1〕"])
def test_marks_are_read_in_every_kind_of_bracket(mark):
    cited = cite(f"手续费为10%。{mark}", [RETURNS], language="zh-Hans", embedder=None)
    assert cited.text == "手续费为10%。[1]"


def test_several_numbers_in_one_mark_are_taken_apart():
    cited = cite("10 % and 1650 yen [1, 2].", [RETURNS, SHIPPING], language="en", embedder=None)
    assert cited.text == "10 % and 1650 yen [1][2]."


def test_full_width_and_arabic_digits_are_the_same_figures():
    assert figures("１２，０００円") == figures("١٢٬٠٠٠") == figures("12.000") == {"12000"}


def test_ids_and_product_names_are_anchors():
    assert names("RC-300の炊飯器とiPhone15") == {"rc-300", "iphone15"}


def test_without_evidence_nothing_is_cited():
    cited = cite("こんにちは。ご用件をどうぞ。", [RETURNS], language="ja", embedder=None)
    assert cited.text == "こんにちは。ご用件をどうぞ。"
    assert cited.citations == ()


def test_the_quote_is_the_sentence_that_supports_the_answer():
    cited = cite("Die Gebühr beträgt 10 %.", [RETURNS], language="de", embedder=HashedWords())
    assert cited.citations[0].quote == "The restocking fee is 10 %."


def test_without_passages_there_is_nothing_to_cite():
    assert cite("42 [1]", [], language="en", embedder=None).text == "42"
