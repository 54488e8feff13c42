"""Words by which a message is for a person, in each language; and words that are not."""

import pytest

from dragoman.agents.support.notices import handed_over, not_offered, queued
from dragoman.agents.support.words import languages_with_words, reason_in
from dragoman.languages import consistency, profiles

ASKING = {
    "zh-Hans": "请帮我转人工！",
    "zh-Hant": "我要找真人客服",
    "yue": "可唔可以轉駁職員",
    "ja": "すみません、オペレーターにつないでください。",
    "ko": "상담원 연결해 주세요",
    "ar": "أريد التحدث مع موظف من فضلكم",
    "fa": "می‌خواهم با اپراتور صحبت کنم",
    "ur": "مجھے نمائندے سے بات کرنی ہے",
    "en": "I'd like to SPEAK TO A PERSON.",
    "fr": "Je voudrais parler à une personne, s'il vous plaît",
    "de": "Kann ich mit einem Menschen sprechen?",
    "es": "Quiero hablar con una persona",
    "pt": "Quero falar com um atendente",
    "it": "Vorrei parlare con un operatore",
    "nl": "Ik wil een echte persoon",
    "pl": "Chcę porozmawiać z konsultantem",
    "ru": "Соедините с оператором",
    "uk": "З'єднайте з оператором",
    "tr": "Müşteri temsilcisiyle görüşmek istiyorum",
    "th": "ขอคุยกับเจ้าหน้าที่ค่ะ",
    "vi": "Cho tôi gặp nhân viên",
    "id": "Saya mau bicara dengan petugas",
    "ms": "Saya nak bercakap dengan pegawai",
    "hi": "मुझे किसी व्यक्ति से बात करनी है",
}
HARMLESS = {
    "zh-Hans": "这款垃圾桶多少钱？",
    "zh-Hant": "安裝是由專人負責嗎？",
    "ja": "最悪の場合、返品はできますか。",
    "ko": "배송 담당자가 언제 오나요?",
    "en": "I am Sue, and I ordered a cooperator's manual.",
    "pl": "Czy macie drzewka do sadu?",
    "pt": "Quanto tempo leva para processar o pagamento?",
    "th": "สั่งของไปแล้วเมื่อไหร่จะได้คะ",
    "ar": "متى يصل طلبي؟",
    "de": "Wann kommt meine Bestellung?",
}


@pytest.mark.parametrize("tag", ASKING)
def test_a_person_is_asked_for_in_every_language(tag):
    assert reason_in(ASKING[tag], [tag]) == "asked"


def test_every_language_has_words_and_notices_and_an_asking_sentence():
    tags = {known.tag for known in profiles()}
    assert set(languages_with_words()) == tags == set(ASKING)


@pytest.mark.parametrize("tag", HARMLESS)
def test_ordinary_questions_stay_with_the_agent(tag):
    assert reason_in(HARMLESS[tag], [tag, "en"]) == ""


@pytest.mark.parametrize(
    ("text", "tag", "reason"),
    [
        ("弁護士に相談します", "ja", "legal"),
        ("소비자보호원에 신고하겠습니다", "ko", "legal"),
        ("我要向消保官申訴", "zh-Hant", "legal"),
        ("จะฟ้องร้องร้านนี้", "th", "legal"),
        ("سأشتكي إلى حماية المستهلك", "ar", "legal"),
        ("ふざけるな！", "ja", "angry"),
        ("진짜 짜증나네요", "ko", "angry"),
        ("太過分了吧", "zh-Hant", "angry"),
        ("แย่มากเลย", "th", "angry"),
        ("You are SCAMMERS", "en", "angry"),
    ],
)
def test_law_and_anger_are_heard(text, tag, reason):
    assert reason_in(text, [tag]) == reason


def test_width_case_and_letter_forms_make_no_difference():
    assert reason_in("ｵﾍﾟﾚｰﾀｰお願いします", ["ja"]) == "asked"
    assert reason_in("转人工", ["zh-Hant"]) == "asked"
    assert reason_in("أُريد التحدّث مع موظّف", ["ar"]) == "asked"


@pytest.mark.parametrize("known", profiles(), ids=lambda known: known.tag)
def test_notices_are_in_their_language(known):
    for text in (queued(known.tag), handed_over(known.tag, None)):
        assert consistency.check(text, known.tag).problem in {"", "foreign_words"}
    assert "日本語" in not_offered(known.tag, ["ja", "en"])
