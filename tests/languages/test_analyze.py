"""Lexical terms: bigrams, trigrams and stems by script."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from dragoman.languages import analyze
from dragoman.languages.text import stem


@pytest.mark.parametrize(
    ("text", "tag", "terms"),
    [
        pytest.param("電池交換", "ja", ["电池", "池交", "交换"], id="Japanese bigrams"),
        pytest.param("电池", "zh-Hans", ["电池"], id="Chinese bigrams"),
        pytest.param(
            "배터리 교체", "ko", ["배터", "터리", "교체"], id="Korean bigrams, not over spaces"
        ),
        pytest.param("費", "ja", ["费"], id="a single character"),
        pytest.param("การ์ด", "th", ["การ", "าร์", "ร์ด"], id="Thai trigrams"),
        pytest.param(
            "iPhone15の電池", "ja", ["iphone15", "iphone", "15", "の电", "电池"], id="mixed"
        ),
        pytest.param("AB-1234", "en", ["ab1234", "ab", "1234"], id="an order number"),
        pytest.param("12,000", "en", ["12000"], id="grouped digits"),
        pytest.param("٣٠ يوم", "ar", ["30", "يوم"], id="Arabic-Indic digits"),
    ],
)
def test_text_is_cut_in_the_way_of_its_script(text, tag, terms):
    assert analyze(text, tag) == terms


@pytest.mark.parametrize(
    ("one", "other", "tag"),
    [
        ("والمكتبات", "مكتبة", "ar"),
        ("للمنتجات", "المنتج", "ar"),
        ("batteries", "Battery", "en"),
        ("Häuser", "Haus", "de"),
        ("l’échange", "échanges", "fr"),
        ("devoluciones", "devolución", "es"),
        ("книгами", "книга", "ru"),
        ("книжками", "книжка", "uk"),
        ("kitaplar", "kitap", "tr"),
        ("İstanbul'da", "istanbul", "tr"),
        ("IŞIKLARI", "ışıkları", "tr"),
        ("किताबें", "किताब", "hi"),
        ("کتاب\u200cهای", "کتاب", "fa"),
        ("کتابوں", "کتاب", "ur"),
        ("batteries", "battery", "ja"),
        ("memperbaiki", "perbaiki", "id"),
    ],
)
def test_inflected_forms_share_a_term(one, other, tag):
    assert set(analyze(one, tag)) & set(analyze(other, tag))


def test_a_query_without_accents_finds_the_word_with_them():
    assert analyze("devolucion", "es") == analyze("devolución", "es")


def test_short_arabic_words_are_not_cut_to_nothing():
    assert analyze("ولد", "ar") == ["ولد"]


def test_punctuation_is_no_term():
    assert analyze("…？！。、", "ja") == []


def test_threads_do_not_mix_up_each_others_stems(monkeypatch):
    monkeypatch.setattr(stem, "_REMEMBERED_WORDS", 0)
    stem.snowball.cache_clear()
    words = ["relational", "conditioning", "batteries", "hopefulness"] * 100
    expected = [analyze(word, "en") for word in words]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda word: analyze(word, "en"), words)) == expected
    finally:
        sys.setswitchinterval(interval)
        stem.snowball.cache_clear()
