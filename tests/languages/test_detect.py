"""What `detect` says of a text by itself."""

import subprocess
import sys

import pytest

from dragoman.languages import FAMILIES, UNDETERMINED, detect

QUESTIONS = {
    "zh-Hans": "请问我的订单什么时候能送到？",
    "zh-Hant": "請問我的訂單什麼時候會送到？",
    "yue": "唔該，我嘅訂單幾時先送到呀？",
    "ja": "注文した商品はいつ届きますか？",
    "ko": "주문한 상품은 언제 도착하나요?",
    "ar": "متى ستصل طلبيتي من فضلكم؟",
    "fa": "سفارش من چه زمانی می‌رسد؟",
    "ur": "میرا آرڈر کب تک پہنچے گا؟",
    "en": "When will my order arrive?",
    "fr": "Quand ma commande va-t-elle arriver ?",
    "de": "Wann kommt meine Bestellung an?",
    "es": "¿Cuándo llegará mi pedido?",
    "pt": "Quando é que a minha encomenda vai chegar?",
    "it": "Quando arriverà il mio ordine?",
    "nl": "Wanneer komt mijn bestelling aan?",
    "pl": "Kiedy dotrze moje zamówienie?",
    "ru": "Когда придёт мой заказ?",
    "uk": "Коли прийде моє замовлення?",
    "tr": "Siparişim ne zaman gelecek?",
    "th": "สินค้าที่สั่งจะมาถึงเมื่อไหร่",
    "vi": "Khi nào đơn hàng của tôi sẽ đến?",
    "id": "Kapan pesanan saya akan dikirim? Saya butuh sekarang karena besok mau pergi.",
    "ms": "Bilakah pesanan saya akan tiba? Saya perlukannya kerana esok saya hendak ke pejabat.",
    "hi": "मेरा ऑर्डर कब तक पहुँचेगा?",
}


@pytest.mark.parametrize("tag", FAMILIES)
def test_a_question_is_in_its_own_language_and_its_family(tag: str) -> None:
    found = detect(QUESTIONS[tag])
    assert (found.tag, found.family) == (tag, FAMILIES[tag])
    assert found.confidence > 0.7


@pytest.mark.parametrize(
    ("tag", "script"),
    [("zh-Hans", "Hans"), ("zh-Hant", "Hant"), ("ja", "Jpan"), ("ko", "Kore"), ("fa", "Arab")],
)
def test_the_script_is_its_iso_15924_code(tag: str, script: str) -> None:
    assert detect(QUESTIONS[tag]).script == script


@pytest.mark.parametrize("text", ["営業時間", "返品方法", "確認書類", "領収書発行", "配送料無料"])
def test_a_kanji_only_question_is_japanese(text: str) -> None:
    assert detect(text).tag == "ja"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("营业时间", "zh-Hans"),
        ("退货方法", "zh-Hans"),
        ("怎麼退貨", "zh-Hant"),
        ("运费多少", "zh-Hans"),
    ],
)
def test_a_chinese_question_is_not_japanese(text: str, tag: str) -> None:
    assert detect(text).tag == tag


def test_mandarin_with_its_particle_is_not_cantonese() -> None:
    assert detect("我的訂單呢？我們想買這個").tag == "zh-Hant"
    assert detect("這是關係到我們的問題").tag == "zh-Hant"


def test_one_kana_in_a_chinese_sentence_leaves_it_chinese() -> None:
    assert detect("鲜の每日果汁还有没有货，什么时候可以送到我家里").tag == "zh-Hans"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Kanye West 和 Donald Trump 说了什么", "zh-Hans"),
        ("我想看 Cristiano Ronaldo 和 Lionel Messi", "zh-Hans"),
        ("iPhone 15 Proのバッテリー交換はいくら？", "ja"),
        ("ما هو سعر MacBook Pro في المتجر", "ar"),
        ("Microsoft Excel 파일을 어떻게 열어요", "ko"),
        ("Wi-Fi роутер TP-Link Archer не работает", "ru"),
    ],
)
def test_latin_names_do_not_turn_a_text_into_english(text: str, tag: str) -> None:
    assert detect(text).tag == tag


@pytest.mark.parametrize(
    "text", ["What does 谢谢 mean?", "Please translate 你好 into English for me"]
)
def test_a_quoted_foreign_word_does_not_turn_an_english_text(text: str) -> None:
    assert detect(text).tag == "en"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("https://example.com/where/is/my/order 届かない", "ja"),
        ("support@example.com 帮我查一下", "zh-Hans"),
        ("`print(order.status)` ne marche pas", "fr"),
        ("ORD-2024-AB12 wo ist das Paket", "de"),
    ],
)
def test_code_addresses_and_ids_do_not_count(text: str, tag: str) -> None:
    assert detect(text).tag == tag


@pytest.mark.parametrize(
    "text", ["", "   ", "12345", "😀👍", "!!!", "ORD-2024-AB12", "https://example.com"]
)
def test_what_has_no_words_is_nobodys_language(text: str) -> None:
    found = detect(text)
    assert (found.tag, found.confidence) == (UNDETERMINED, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "ni hao wo xiang mai zhe ge shouji",  # pinyin
        "watashi no chuumon wa doko desu ka",  # romaji
        "ana 3ayez a3raf fein el talab beta3i",  # Arabizi
        "mera order kahan hai bhai kab aayega",  # romanized Hindi
        "Missä minun tilaukseni on tällä hetkellä",  # Finnish
        "Πού είναι η παραγγελία μου;",  # Greek
    ],
)
def test_romanized_and_unknown_languages_get_low_confidence(text: str) -> None:
    assert detect(text).confidence < 0.5


@pytest.mark.parametrize("text", ["Hej, hvor er min ordre henne?", "Missä minun tilaukseni on nyt"])
def test_a_language_that_is_not_ours_is_nobodys_rather_than_the_nearest(text: str) -> None:
    assert detect(text).tag == UNDETERMINED


def test_a_quotation_does_not_speak_for_the_one_who_quotes() -> None:
    assert detect('What does "où est la gare s\'il vous plaît" mean here?').tag == "en"
    assert detect('"où est la gare ?"').tag == "fr"
    found = detect("Please translate this: 「ご注文の商品は明日の午前中に届きます」")
    assert (found.tag, found.script) == ("en", "Latn")


def test_upper_case_is_read_like_lower_case() -> None:
    assert detect("WO IST MEINE BESTELLUNG").tag == "de"
    assert detect("SİPARİŞİM NEREDE KALDI").tag == "tr"


@pytest.mark.parametrize("text", ["\ud800", "a" * 50_000, "\x00\x00", "🇯🇵" * 100, "\u202e\u202d"])
def test_strange_text_is_answered_and_not_raised_on(text: str) -> None:
    assert 0.0 <= detect(text).confidence <= 1.0


def test_importing_the_room_reads_no_data_file() -> None:
    code = "import sys, dragoman.languages; sys.exit('dragoman.languages.wordmodel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
