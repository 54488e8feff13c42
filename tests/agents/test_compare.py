"""Comparing and summarizing documents: everything that is said rests on a quote."""

import pytest

from dragoman.agents.research.compare import compare
from dragoman.agents.research.library import read
from dragoman.agents.research.restate import is_faithful, restated
from dragoman.agents.research.statements import Statement
from dragoman.agents.research.summarize import summarize
from dragoman.errors import DocumentNotFoundError, InvalidInputError
from dragoman.languages import profile
from dragoman.models import Engine
from dragoman.testing import ScriptedModel

OSAKA = "# Osaka\n\nThe office opens at 9. Lunch lasts 45 minutes. The canteen is on floor 3."
HAMBURG = "# Hamburg\n\nDas Büro öffnet um 8 Uhr. Die Pause dauert 30 Minuten."


@pytest.fixture
def library(memory):
    metadatas = [{"title": "Osaka", "source": "o.md"}, {"title": "Hamburg", "source": "h.md"}]
    memory.add_texts([OSAKA, HAMBURG], ids=["osaka", "hamburg"], metadatas=metadatas)
    return memory


def engine(*script):
    return Engine.of(ScriptedModel(list(script)))


def found(answer, stated="yes"):
    return {"wanted": "it", "answer": answer, "stated": stated, "statement": 1}


def statement(text):
    return Statement(passage=1, start=0, end=len(text), text=text, shown=text)


async def test_each_document_is_asked_and_answers_with_its_quote(library):
    model = engine(
        found("45 minutes"),
        found("30 Minuten"),
        {"1": "昼休みは45分間です。", "2": "休憩は30分間です。"},
    )
    findings = await compare(model, library, "休憩は何分ですか。", ["osaka", "hamburg"])

    assert [finding.said for finding in findings] == ["昼休みは45分間です。", "休憩は30分間です。"]
    assert [finding.quote for finding in findings] == [
        "Lunch lasts 45 minutes.",
        "Die Pause dauert 30 Minuten.",
    ]
    for finding, text in zip(findings, (OSAKA, HAMBURG), strict=True):
        assert text[finding.start : finding.end] == finding.quote


async def test_a_document_that_does_not_say_it_is_said_not_to(library):
    model = engine(found("floor 3"), found("not stated", "no"), {"1": "The canteen is on floor 3."})
    findings = await compare(model, library, "Where is the canteen?", ["Osaka", "h.md"])

    assert findings[0].quote == "The canteen is on floor 3."
    assert (findings[1].said, findings[1].quote) == (profile("en").replies.not_found, "")


async def test_a_sentence_with_another_figure_gives_way_to_the_quote(library):
    model = engine(found("45 minutes"), {"1": "昼休みは50分間です。"})
    (finding,) = await compare(model, library, "昼休みは何分ですか。", ["osaka"])
    assert (finding.said, finding.restated) == ("「Lunch lasts 45 minutes.」", False)


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ("昼休みは45分間です。", True),
        ("昼休みは４５分間です。", True),
        ("昼休みは50分間です。", False),
        ("昼休みは45分間、または60分間です。", False),
        ("昼休みがあります。", False),
        ("Lunch lasts 45 minutes for everybody in the office.", False),
        ("", False),
    ],
)
def test_a_faithful_sentence_has_the_figures_and_is_in_the_language(said, good):
    assert is_faithful(said, statement("Lunch lasts 45 minutes."), "ja") is good


async def test_a_model_that_writes_nonsense_leaves_the_quotes():
    said = await restated(engine("no JSON"), [statement("Lunch lasts 45 minutes.")], language="ko")
    assert [is_restated for _, is_restated in said] == [False]
    assert "Lunch lasts 45 minutes." in said[0][0]


async def test_a_summary_has_a_quote_for_every_sentence(library):
    model = engine(
        {"statements": [1, 2]}, {"1": "オフィスは9時に開きます。", "2": "昼休みは45分間です。"}
    )
    points = await summarize(model, library, ["osaka"], language="ja", points=2)

    assert [point.quote for point in points] == [
        "The office opens at 9.",
        "Lunch lasts 45 minutes.",
    ]
    assert [point.restated for point in points] == [True, True]
    assert all(OSAKA[point.start : point.end] == point.quote for point in points)


async def test_a_long_document_is_summarized_part_by_part(library):
    library.add_texts(
        [" ".join(f"Rule {number} is about item {number}." for number in range(400))], ids=["long"]
    )
    chosen = []

    def reply(messages):
        text = messages[-1].text
        if "most important" in text:
            chosen.append(text)
            return {"statements": [1]}
        return {"1": text.splitlines()[0].split("> ", 1)[1]}

    (point,) = await summarize(engine(*[reply] * 60), library, ["long"], language="en", points=1)
    assert point.quote == "Rule 0 is about item 0."
    assert len(chosen) > 2


def test_a_document_is_found_by_id_or_by_a_part_of_its_name(library):
    assert read(library, "osaka").document.document_id == "osaka"
    assert read(library, "Hamb").document.document_id == "hamburg"
    with pytest.raises(DocumentNotFoundError):
        read(library, "berlin")
    with pytest.raises(InvalidInputError, match="several"):
        read(library, ".md")


def test_a_document_of_another_group_is_not_found(library):
    library.add_texts(["The bonus is 8 percent."], ids=["bonus"], groups=["hr"])
    with pytest.raises(DocumentNotFoundError):
        read(library.seen_by([]), "bonus")
