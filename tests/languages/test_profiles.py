"""Every language has a complete profile, written in that language."""

import re

import pytest
from babel import Locale
from babel.numbers import is_currency

from dragoman.errors import InvalidInputError
from dragoman.languages import (
    FAMILIES,
    LanguageProfile,
    detect,
    joins_words,
    profile,
    profiles,
    readable,
    resolve_tag,
)
from dragoman.languages.profiles import Replies
from dragoman.languages.scripts import CLASSES, counts

SCRIPTS = {
    "Hans": {"Hani"},
    "Hant": {"Hani"},
    "Jpan": {"Hani", "Kana"},
    "Kore": {"Hang"},
    "Arab": {"Arab"},
    "Cyrl": {"Cyrl"},
    "Deva": {"Deva"},
    "Thai": {"Thai"},
    "Latn": {"Latn"},
}


def texts(known: LanguageProfile) -> list[str]:
    replies = [
        getattr(known.replies, name).format(fields="", action="") for name in Replies.__slots__
    ]
    return [known.register, known.answer_instruction, known.rewrite_instruction, *replies]


def test_there_is_one_profile_for_each_language_that_is_detected():
    assert {known.tag for known in profiles()} == set(FAMILIES)


@pytest.mark.parametrize("known", profiles(), ids=lambda known: known.tag)
class TestEveryProfile:
    def test_agrees_with_the_detector_on_its_family(self, known):
        assert known.family == FAMILIES[known.tag]

    def test_leaves_no_text_empty(self, known):
        assert all(text.strip() for text in texts(known))

    def test_is_written_in_its_own_script(self, known):
        for text in [known.endonym, *texts(known)]:
            assert set(counts(text)) <= SCRIPTS[known.script], text

    def test_runs_right_to_left_exactly_in_arabic_script(self, known):
        assert (known.direction == "rtl") == (known.script == "Arab")

    def test_ends_its_sentences_with_its_own_marks(self, known):
        if known.script == "Thai":
            pytest.skip("Thai writes no sentence ends")
        for text in texts(known)[1:]:
            if text == known.replies.sources_heading:
                continue
            assert text[-1] in known.sentence_ends + ":：", text

    def test_tells_chinese_characters_from_the_other_kind(self, known):
        if known.script == "Hans":
            assert not re.search("[們這個為國會說來請後]", "".join(texts(known)))
        if known.script == "Hant":
            assert not re.search("[们这个为国会说来请后]", "".join(texts(known)))

    def test_names_a_locale_and_a_currency_that_babel_knows(self, known):
        assert Locale.parse(known.locale)
        assert is_currency(known.currency)


# Words by which a language speaks to friends and children, none of which belongs in a reply.
FAMILIAR = {
    "zh-Hans": "你",
    "zh-Hant": "你|妳",
    "yue": "你",
    "fa": r"\bتو\b",
    "ur": r"\b(?:تم|تو|تمہارا)\b",
    "fr": r"\b(?:tu|toi|te|ton|ta|tes)\b",
    "de": r"\b(?:du|dir|dich|dein\w*|euch|euer)\b",
    "es": r"\b(?:tú|tu|te|ti|tuyo|vosotros)\b",
    "pt": r"\b(?:tu|te|teu|tua)\b",
    "it": r"\b(?:tu|ti|tuo|tua)\b",
    "nl": r"\b(?:je|jij|jou|jouw|jullie)\b",
    "pl": r"\b(?:ty|ci|ciebie|cię|twój|twoje)\b",
    "ru": r"\b(?:ты|тебя|тебе|твой|твоё)\b",
    "uk": r"\b(?:ти|тебе|тобі|твій|твоє)\b",
    "tr": r"\b(?:sen|sana|seni|senin)\b",
    "th": "มึง|เธอ|แก(?!้)",
    "vi": r"\b(?:mày|bạn|cậu)\b",
    "id": r"\b(?:kamu|kau|lu)\b",
    "ms": r"\b(?:kamu|awak|kau)\b",
    "hi": "तुम|तू ",
}


@pytest.mark.parametrize("tag", FAMILIAR)
def test_nobody_is_spoken_to_as_a_friend(tag):
    text = "\n".join(texts(profile(tag))[2:])
    assert not re.search(FAMILIAR[tag], text, re.IGNORECASE)


def test_thai_replies_do_not_say_whether_a_man_or_a_woman_speaks():
    assert not re.search("ค่ะ|คะ|ครับ", "\n".join(texts(profile("th"))))


def test_japanese_replies_end_in_polite_forms():
    polite = re.compile("(?:です|ます|した|ません|ませ|ください|でしょうか|こんにちは)$")
    replies = profile("ja").replies
    for text in (replies.not_found, replies.hand_over, replies.error, replies.greeting):
        assert all(polite.search(sentence) for sentence in re.split("[。？]", text)[:-1])


def test_korean_replies_end_in_polite_forms():
    replies = profile("ko").replies
    for text in (replies.not_found, replies.hand_over, replies.error, replies.greeting):
        for sentence in filter(None, re.split("[.?] ?", text)):
            assert re.search("(?:니다|십시오|니까|요)$", sentence)


def test_arabic_replies_speak_to_the_person_in_the_plural_of_respect():
    replies = profile("ar").replies
    assert all("كم" in text for text in (replies.not_found, replies.hand_over, replies.greeting))
    assert not re.search("طلبك\\b|سؤالك\\b|منك\\b", "\n".join(texts(profile("ar"))))


def test_the_replies_are_told_apart_by_the_detector_where_scripts_differ():
    for known in profiles():
        if known.script not in {"Latn", "Hans", "Hant", "Arab", "Cyrl"}:
            assert detect(known.replies.not_found).tag == known.tag


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ja", "ja"),
        ("pt-PT", "pt"),
        ("zh_TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh", "zh-Hans"),
        ("zh-yue", "yue"),
        ("EN-us", "en"),
        ("in", "id"),
    ],
)
def test_a_tag_with_a_region_or_an_old_code_means_one_of_ours(written, meant):
    assert resolve_tag(written) == profile(written).tag == meant


def test_an_unknown_language_is_refused_with_the_list_of_the_known():
    with pytest.raises(InvalidInputError, match=r"'tlh'.*\n.*zh-Hant.*hi"):
        profile("tlh")


def test_no_letter_belongs_to_two_scripts():
    patterns = {name: re.compile(f"[{inside}]") for name, inside in CLASSES.items()}
    letters = "".join(filter(str.isalpha, map(chr, range(0x3400))))
    found = [set(pattern.findall(letters)) for pattern in patterns.values()]
    assert sum(map(len, found)) == len(set().union(*found))


def test_readers_of_one_chinese_or_malay_read_the_others_and_every_tag_named_is_ours():
    assert readable("yue") == ("yue", "zh-Hant", "zh-Hans")
    assert readable("id") == ("id", "ms")
    assert readable("ko") == ("ko",)
    assert {near for known in profiles() for near in readable(known.tag)} == {
        known.tag for known in profiles()
    }


@pytest.mark.parametrize(("tag", "joined"), [("ko", True), ("ar", True), ("vi", False)])
def test_a_phrase_may_be_a_part_of_a_longer_run_of_letters(tag, joined):
    assert joins_words(tag) is joined
