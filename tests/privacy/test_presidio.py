"""Presidio beside our rules; with the library itself where it is installed (extra ``presidio``)."""

from dataclasses import dataclass, field

import pytest

from dragoman.agents.privacy.policy import finder
from dragoman.errors import ConfigurationError
from dragoman.privacy import mask, presidio
from dragoman.privacy.presidio import PresidioFind, recognizers
from dragoman.settings import PrivacySettings


@dataclass
class Result:
    entity_type: str
    start: int
    end: int
    score: float = 0.85


@dataclass
class Analyzer:
    """What of Presidio's analyzer is used, with findings of a script."""

    words: dict[str, str]
    supported_languages: list[str] = field(default_factory=lambda: ["en", "ja"])
    asked: list[str] = field(default_factory=list)

    def analyze(self, text, language, score_threshold):
        self.asked.append(language)
        return [
            Result(entity, text.index(word), text.index(word) + len(word))
            for word, entity in self.words.items()
            if word in text
        ]


def test_names_and_places_are_masked_beside_what_our_rules_find():
    finding = PresidioFind(Analyzer({"Taro Yamada": "PERSON", "Osaka": "LOCATION"}))
    masked = mask("Taro Yamada in Osaka, phone 090-1234-5678", find=finding)
    assert masked.text == "PERSON_1 in PLACE_1, phone JP_PHONE_1"


def test_what_our_rules_find_is_not_found_again_by_presidio():
    finding = PresidioFind(Analyzer({"090-1234-5678": "PHONE_NUMBER", "1234": "US_SSN"}))
    assert mask("電話は090-1234-5678です", find=finding).text == "電話はJP_PHONE_1です"


def test_days_are_nobodys_data():
    finding = PresidioFind(Analyzer({"Monday": "DATE_TIME"}))
    assert mask("on Monday", find=finding).text == "on Monday"


def test_presidio_is_asked_in_the_language_of_the_text_where_it_knows_it():
    analyzer = Analyzer({})
    finding = PresidioFind(analyzer)
    finding("電話番号を変更してください。")
    finding("휴대폰 번호를 바꿔 주세요.")
    assert analyzer.asked == ["ja", "en"]


def test_a_name_of_ours_is_not_taken_for_a_person():
    finding = PresidioFind(Analyzer({"JP_PHONE_1": "PERSON", "PHONE": "PERSON"}))
    data = {"JP_PHONE_1": "090-1234-5678"}
    assert mask("JP_PHONE_1です", data, find=finding).text == "JP_PHONE_1です"


def test_an_analyzer_is_made_when_it_is_first_needed():
    made = []

    def make():
        made.append(1)
        return Analyzer({})

    finding = PresidioFind(make)
    assert made == []
    finding("one")
    finding("two")
    assert made == [1]


def test_presidio_that_is_not_installed_is_said_with_its_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "presidio_analyzer", None)
    with pytest.raises(ConfigurationError, match="not installed") as raised:
        recognizers()
    assert "dragoman[presidio]" in raised.value.cure


def test_a_policy_without_the_configuration_that_it_names_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(presidio, "_presidio", lambda: None)
    policy = PrivacySettings(mask=("model",), presidio=tmp_path / "no.yaml")
    with pytest.raises(ConfigurationError, match="no Presidio configuration"):
        finder(policy)


@pytest.fixture
def real(tmp_path):
    """Presidio itself, over a blank spaCy pipeline that was saved here: no model is downloaded."""
    pytest.importorskip("presidio_analyzer", reason="the extra presidio is not installed")
    spacy = pytest.importorskip("spacy")

    names = spacy.blank("en")
    ruler = names.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Taro Yamada"}])
    names.to_disk(tmp_path / "names")
    path = tmp_path / "presidio.yaml"
    path.write_text(
        f"""
supported_languages: [en]
nlp_configuration:
  nlp_engine_name: spacy
  models:
    - {{lang_code: en, model_name: {tmp_path / "names"}}}
  ner_model_configuration:
    model_to_presidio_entity_mapping: {{PERSON: PERSON}}
recognizer_registry:
  supported_languages: [en]
  recognizers:
    - {{name: SpacyRecognizer, type: predefined}}
    - {{name: IbanRecognizer, type: predefined}}
""",
        "utf-8",
    )
    return path


def test_presidio_itself_adds_what_it_finds(real):
    find = finder(PrivacySettings(mask=("model",), presidio=real))
    masked = mask("Taro Yamada, 090-1234-5678, IBAN DE89370400440532013000", find=find)
    assert masked.text == "PERSON_1, JP_PHONE_1, IBAN ACCOUNT_1"


def test_our_rules_work_as_presidios_recognizers(real):
    analyzer = PresidioFind.configured(real).analyzer
    for recognizer in recognizers(["en"]):
        analyzer.registry.add_recognizer(recognizer)
    text = "My number is 1234 5678 9018, mobile +852 9123 4567, card 4111 1111 1111 1111"
    found = {
        (one.entity_type, text[one.start : one.end], one.score)
        for one in analyzer.analyze(text, "en")
    }
    assert ("JP_ID", "1234 5678 9018", 1.0) in found
    assert ("HK_PHONE", "+852 9123 4567", 0.7) in found
    assert ("CREDIT_CARD", "4111 1111 1111 1111", 1.0) in found


def test_only_the_entities_that_are_asked_for_come_from_our_recognizers(real):
    (recognizer,) = recognizers(["ja"])
    assert recognizer.supported_language == "ja"
    found = recognizer.analyze("090-1234-5678 a@example.com", ["EMAIL_ADDRESS"])
    assert [one.entity_type for one in found] == ["EMAIL_ADDRESS"]


def test_a_configuration_that_presidio_refuses_is_an_error_of_ours(real):
    real.write_text("supported_languages: 7\n", "utf-8")
    with pytest.raises(ConfigurationError, match="Presidio cannot work"):
        PresidioFind.configured(real)("text")
