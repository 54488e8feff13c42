"""Search text: what people type meets what documents say."""

import pytest

from dragoman.languages import normalize


@pytest.mark.parametrize(
    ("typed", "written", "tag"),
    [
        pytest.param("ﾊﾞｯﾃﾘｰ", "バッテリー", "ja", id="half-width katakana"),
        pytest.param("ＡＢＣ１２３", "abc123", "ja", id="full width"),
        pytest.param("軟體與網路", "软体与网路", "zh-Hant", id="Traditional and Simplified"),
        pytest.param("圖書館", "图书馆", "ja", id="Han characters alike in every language"),
        pytest.param("مـــرحبا", "مرحبا", "ar", id="tatweel"),
        pytest.param("مُحَمَّدٌ", "محمد", "ar", id="vowel signs"),
        pytest.param("إسلام أحمد آسيا ٱلله", "اسلام احمد اسيا الله", "ar", id="alef forms"),
        pytest.param("مستشفى", "مستشفي", "ar", id="final ya"),
        pytest.param("مكتبة", "مكتبه", "ar", id="ta marbuta"),
        pytest.param("١٢٣", "123", "ar", id="Arabic-Indic digits"),
        pytest.param("۱۲۳", "123", "fa", id="Persian digits"),
        pytest.param("१२३", "123", "hi", id="Devanagari digits"),
        pytest.param("کتابي", "كتابی", "fa", id="Persian on an Arabic keyboard"),
        pytest.param("می\u200cروم", "میروم", "fa", id="zero-width non-joiner"),
        pytest.param("ہے", "هے", "ur", id="Urdu he"),
        pytest.param("ज़रूरत", "जरूरत", "hi", id="nukta"),
        pytest.param("हिंदी", "हिँदी", "hi", id="nasalization"),
        pytest.param("Café", "cafe", "fr", id="accents"),
        pytest.param("STRASSE", "Straße", "de", id="sharp s"),
        pytest.param("Łódź", "lodz", "pl", id="barred l"),
        pytest.param("ёлка", "елка", "ru", id="yo"),
        pytest.param("“ciao”", '"ciao"', "it", id="quotation marks"),
        pytest.param("e\u0301te\u0301", "été", "fr", id="decomposed"),
    ],
)
def test_two_spellings_are_one_for_search(typed, written, tag):
    assert normalize(typed, tag) == normalize(written, tag)


def test_turkish_i_keeps_its_dot_or_has_none():
    assert normalize("IŞIK", "tr") == normalize("ışık", "tr")
    assert normalize("İZMİR", "tr") == normalize("izmir", "tr")


def test_vietnamese_keeps_its_tones():
    assert normalize("Má", "vi") != normalize("Mà", "vi")


def test_short_i_of_cyrillic_is_a_letter_and_not_an_accent():
    assert normalize("мой", "ru") != normalize("мои", "ru")


def test_voiced_kana_is_not_folded_into_unvoiced():
    assert normalize("ハ", "ja") != normalize("バ", "ja")


def test_a_character_is_folded_alike_in_a_word_and_alone():
    assert normalize("乾", "zh-Hant") == normalize("乾隆", "zh-Hant")[0]


def test_white_space_is_one_space():
    assert normalize(" a \u3000 b\u00a0\n c ", "en") == "a b c"
