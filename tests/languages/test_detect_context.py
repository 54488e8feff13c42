"""What the thread and the user's locale add, and when a thread turns."""

import json

import pytest

from dragoman.languages import UNDETERMINED, Detection, ThreadLanguage, detect, steady
from dragoman.languages.steady import CLEAR


@pytest.mark.parametrize(
    "text",
    [
        "確認",
        "北京",
        "OK",
        "yes",
        "USB",
        "12345",
        "😀",
        "ORD-2024-AB12",
        "iPhone 15 Pro",
        "MacBook Air",
    ],
)
def test_a_message_that_says_little_stays_in_a_japanese_thread(text: str) -> None:
    found = detect(text, thread="ja")
    assert found.tag == "ja"


@pytest.mark.parametrize("text", ["12345", "😀", "OK", "iPhone 15 Pro"])
def test_a_language_that_was_assumed_has_low_confidence(text: str) -> None:
    assert detect(text, thread="ja").confidence < 0.5


@pytest.mark.parametrize(
    "text",
    ["watashi no chuumon wa doko desu ka", "ni hao wo xiang mai zhe ge", "Πού είναι η παραγγελία;"],
)
def test_romanized_text_keeps_the_language_of_its_thread(text: str) -> None:
    found = detect(text, thread="ja")
    assert found.tag == "ja"
    assert found.confidence < 0.5


def test_a_clear_sentence_is_heard_in_any_thread() -> None:
    found = detect("Where is my order and when does it arrive?", thread="ja")
    assert found.tag == "en"
    assert found.confidence > 0.8


def test_an_ambiguous_word_follows_the_thread() -> None:
    assert detect("final", thread="pt").tag == "pt"
    assert detect("final", thread="es").tag == "es"


@pytest.mark.parametrize("tag", ["id", "ms"])
def test_words_that_two_languages_share_are_the_threads_and_clear(tag: str) -> None:
    found = detect("untuk hari ini", thread=tag)
    assert found.tag == tag
    assert found.confidence > 0.8


SHARED = ("terima kasih", "semua tempat berjuang untuk", "di mana para ibu")


@pytest.mark.parametrize("text", SHARED)
def test_what_malay_and_indonesian_share_is_unclear_and_its_context_decides(text: str) -> None:
    alone = detect(text)
    assert alone.tag in {"id", "ms"}
    assert alone.confidence < CLEAR
    for tag, locale in (("id", "id-ID"), ("ms", "ms-MY")):
        assert detect(text, thread=tag).tag == detect(text, hint=locale).tag == tag


def test_messages_that_malay_and_indonesian_share_do_not_turn_a_thread() -> None:
    assert _said(*SHARED, start="Bilakah pesanan saya akan tiba di pejabat saya?").tag == "ms"


def test_a_locale_decides_what_the_text_leaves_open() -> None:
    assert detect("你好", hint="zh_TW").tag == "zh-Hant"
    assert detect("你好", hint="zh-CN").tag == "zh-Hans"
    assert detect("12345", hint="pt-BR").tag == "pt"


def test_the_thread_is_stronger_than_the_locale() -> None:
    assert detect("12345", thread="ja", hint="en-US").tag == "ja"


def test_a_locale_that_is_not_ours_changes_nothing() -> None:
    assert detect("12345", hint="xx-Zz").tag == UNDETERMINED
    assert detect("Wo ist das Paket?", hint="el").tag == "de"


def _said(*texts: str, start: str = "注文した商品はどこですか？") -> ThreadLanguage:
    language = ThreadLanguage()
    for text in (start, *texts):
        language = steady(language, detect(text, thread=language.tag or None))
    return language


def test_one_clear_message_in_another_language_does_not_turn_a_thread() -> None:
    assert _said("Where is my order right now?").tag == "ja"


def test_two_clear_messages_in_a_row_turn_a_thread() -> None:
    assert _said("Where is my order right now?", "I need it before the weekend.").tag == "en"


def test_small_talk_between_two_clear_messages_does_not_save_the_old_language() -> None:
    assert _said("Where is my order right now?", "12345", "I need it before Friday.").tag == "en"


def test_a_clear_answer_in_the_threads_language_starts_the_count_again() -> None:
    said = (
        "Where is my order right now?",
        "すみません、日本語でお願いします。",
        "I need it today.",
    )
    assert _said(*said).tag == "ja"


def test_clear_messages_in_two_other_languages_do_not_add_up() -> None:
    assert _said("Where is my order right now?", "Wo ist meine Bestellung jetzt?").tag == "ja"


def test_the_first_clear_message_settles_a_thread_that_began_with_a_guess() -> None:
    assert _said("Wo ist meine Bestellung jetzt?", start="OK").tag == "de"


def test_a_thread_without_words_has_no_language_yet() -> None:
    assert _said(start="12345") == ThreadLanguage()


def test_the_state_survives_a_checkpoint() -> None:
    language = _said("Where is my order right now?")
    stored = json.loads(json.dumps(language.as_dict()))
    assert ThreadLanguage.from_dict(stored) == language
    assert ThreadLanguage.from_dict(None) == ThreadLanguage()


def test_an_unclear_message_changes_nothing() -> None:
    language = _said()
    unclear = Detection(tag="en", script="Latn", family="european", confidence=0.6)
    assert steady(language, unclear) == language
