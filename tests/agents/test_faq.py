"""Prepared answers: matched to the letter but for spelling, in the asker's language, no model."""

import pytest

from dragoman import Settings, tool
from dragoman.agents.faq import Faq
from dragoman.errors import InvalidInputError
from dragoman.testing import ScriptedModel

FAQ = """
- ask:
    en:
      - When are you open?
      - What are your opening hours?
    ja: [営業時間は？]
    ar: متى تفتحون؟
  answer:
    en: We are open until 8 pm.
    ja: 20時まで開いています。
    ar: نفتح حتى الساعة الثامنة مساءً.
    de: Wir haben bis 20 Uhr geöffnet.
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "faq.yaml"
    path.write_text(FAQ, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("question", "tag", "answer"),
    [
        ("When are you open?", "en", "We are open until 8 pm."),
        ("  when ARE you  open", "en", "We are open until 8 pm."),
        ("What are your opening hours", "en", "We are open until 8 pm."),
        ("営業時間は?", "ja", "20時まで開いています。"),
        ("متى تفتحون", "ar", "نفتح حتى الساعة الثامنة مساءً."),
    ],
)
def test_a_question_matches_but_for_its_spelling(file, question, tag, answer):
    assert Faq.load(file).answer(question, tag) == answer


@pytest.mark.parametrize(
    ("question", "tag"),
    [
        ("When are you open on Sundays?", "en"),
        ("When are you not open?", "en"),
        ("When are you open?", "de"),
        ("", "en"),
    ],
)
def test_what_is_only_similar_has_no_prepared_answer(file, question, tag):
    assert Faq.load(file).answer(question, tag) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ask: {}", "no list"),
        ("- ask: {en: [Hi]}", "must have ask and answer"),
        ("- {ask: {en: [Hi]}, answer: {de: Ja}}", "no answer in en"),
        ("- {ask: {en: [Hi]}, answer: {en: '  '}}", "no answer in en"),
        ("- {ask: {en: ['...']}, answer: {en: Fine}}", "asks nothing"),
        ("- {ask: {xx-nope: [a]}, answer: {en: b}}", "entry 1"),
        ("- {ask: [a], answer: b}", "by language"),
        ("- {ask: {en: [A]}, answer: {en: b}}\n- {ask: {en: [a]}, answer: {en: c}}", "entry 2"),
        ("- [", "no YAML"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(tmp_path, text, why):
    path = tmp_path / "faq.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=why):
        Faq.load(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match=r"nowhere\.yaml cannot be read"):
        Faq.load(tmp_path / "nowhere.yaml")


def test_a_prepared_answer_costs_no_model_call(make, home, file):
    with ScriptedModel([]) as model:
        answer = make(model, settings=Settings(home=home, faq_file=file)).ask("営業時間は?")
    assert answer.text == "20時まで開いています。"
    assert (answer.language, answer.usage.model_calls) == ("ja", 0)


def test_any_other_question_goes_to_the_model(make, home, file):
    @tool(effect="none")
    def hours(day: str) -> str:
        """Opening hours."""
        return day

    plan = {"thought": "…", "needs": "nothing", "calls": []}
    with ScriptedModel([plan, "On Sundays until 5 pm."]) as model:
        settings = Settings(home=home, faq_file=file)
        make(model, settings=settings, tools=[hours]).ask("When are you open on Sundays?")
