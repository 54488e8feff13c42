"""The reply-language guard: what it catches, what it lets pass, and when it says nothing."""

import pytest

from dragoman.errors import InvalidInputError
from dragoman.languages import consistency, profiles
from dragoman.languages.consistency import StreamGuard, check
from dragoman.languages.profiles import Replies

ENGLISH = "You can return the product within thirty days if you have kept the receipt."
RIGHT = {
    "ja": "商品は三十日以内であれば返品できます。レシートをお持ちください。",
    "zh-Hans": "您可以在三十天内退货，请保留好收据。",
    "zh-Hant": "您可以在三十天內退貨，請保留好收據。",
    "yue": "您可以喺三十日之內退貨，請您保留好收據，唔該。",
    "ko": "상품은 30일 이내에 반품하실 수 있습니다. 영수증을 지참해 주십시오.",
    "ar": "يمكنكم إرجاع المنتج خلال ثلاثين يومًا، ونرجو الاحتفاظ بالإيصال.",
    "fa": "می‌توانید کالا را تا سی روز پس از خرید برگردانید؛ لطفاً رسید را نگه دارید.",
    "ur": "آپ تیس دن کے اندر پروڈکٹ واپس کر سکتے ہیں، براہِ کرم رسید سنبھال کر رکھیے۔",
    "ru": "Вы можете вернуть товар в течение тридцати дней, сохраните, пожалуйста, чек.",
    "uk": "Ви можете повернути товар протягом тридцяти днів, збережіть, будь ласка, чек.",
    "hi": "आप तीस दिनों के भीतर उत्पाद वापस कर सकते हैं, कृपया रसीद संभाल कर रखिए।",
    "th": "คุณสามารถคืนสินค้าได้ภายในสามสิบวัน กรุณาเก็บใบเสร็จไว้",
    "fr": "Vous pouvez retourner le produit dans les trente jours si vous avez gardé le reçu.",
    "de": "Sie können das Produkt in dreißig Tagen zurückgeben, falls der Beleg da ist.",
    "es": "Puede devolver el producto en un plazo de treinta días si ha conservado el recibo.",
    "en": ENGLISH,
}


@pytest.mark.parametrize("tag", RIGHT)
def test_a_right_answer_passes(tag):
    verdict = check(RIGHT[tag], tag)
    assert (verdict.ok, verdict.abstained, verdict.language) == (True, False, tag)


@pytest.mark.parametrize("known", profiles(), ids=lambda known: known.tag)
def test_our_own_replies_pass_their_own_guard(known):
    for name in Replies.__slots__:
        reply = getattr(known.replies, name).replace("{fields}", "AB-1234")
        reply = reply.replace("{action}", "AB-1234")
        assert check(reply, known.tag).ok


@pytest.mark.parametrize("tag", [tag for tag in RIGHT if tag != "en"])
def test_an_answer_in_english_is_in_the_wrong_language(tag):
    verdict = check(ENGLISH, tag)
    assert (verdict.problem, verdict.language, verdict.serious) == ("wrong_language", "en", True)


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("ja", "zh-Hans"),
        ("ja", "ko"),
        ("ko", "ja"),
        ("zh-Hans", "ja"),
        ("zh-Hant", "yue"),
        ("ar", "fa"),
        ("ar", "ur"),
        ("fa", "ar"),
        ("ur", "ar"),
        ("ru", "uk"),
        ("uk", "ru"),
        ("hi", "th"),
        ("en", "ja"),
        ("de", "ru"),
    ],
)
def test_neighbors_are_told_apart(expected, written):
    verdict = check(RIGHT[written], expected)
    assert (verdict.problem, verdict.language) == ("wrong_language", written)


@pytest.mark.parametrize("tag", ["ja", "zh-Hans", "ko", "ar", "ru", "hi", "th", "fr", "de"])
def test_a_drift_into_english_is_found_where_it_begins(tag):
    text = f"{RIGHT[tag]} {RIGHT[tag]} {ENGLISH}"
    verdict = check(text, tag)
    assert (verdict.problem, verdict.language) == ("drift", "en")
    assert text[verdict.start : verdict.end].startswith("You can return")


def test_an_answer_that_is_mostly_in_another_language_is_wrong_as_a_whole():
    verdict = check(f"{RIGHT['ja']} {ENGLISH} {ENGLISH} {ENGLISH}", "ja")
    assert (verdict.problem, verdict.language) == ("wrong_language", "en")


class TestChineseCharacters:
    def test_simplified_in_a_traditional_thread_is_the_wrong_script(self):
        verdict = check(RIGHT["zh-Hans"], "zh-Hant")
        assert (verdict.problem, verdict.language) == ("wrong_script", "zh-Hans")

    def test_traditional_in_a_simplified_thread_is_the_wrong_script(self):
        verdict = check(RIGHT["zh-Hant"], "zh-Hans")
        assert (verdict.problem, verdict.language) == ("wrong_script", "zh-Hant")

    def test_a_stray_simplified_word_is_found(self):
        verdict = check("您可以在三十天內退貨，请联系客服。", "zh-Hant")
        assert verdict.language == "zh-Hans"
        assert not verdict.ok

    def test_a_name_in_the_other_characters_is_no_wrong_script(self):
        assert not check("朱祐杬是明世宗的父亲，也是明孝宗的异母弟。", "zh-Hans").serious

    def test_characters_of_both_sides_say_nothing(self):
        assert check("皇后在台北的里面，干部只有一只面。", "zh-Hant").ok

    def test_a_chinese_word_inside_japanese_is_stray(self):
        verdict = check("こちらの商品は这个价格でご提供いたします。", "ja")
        assert (verdict.problem, verdict.language) == ("foreign_words", "zh-Hans")


@pytest.mark.parametrize(
    ("text", "tag", "stray"),
    [
        ("يمكنكم إرجاع 产品 خلال ثلاثين يومًا من الشراء.", "ar", "产品"),
        ("Нажмите кнопку 设置 внизу страницы.", "ru", "设置"),
        ("환경 오염에 대한 fertilizer 유형의 영향을 연구합니다.", "ko", "fertilizer"),
        ("返品は three days before お知らせください。", "ja", "three days before"),
        ("База данных разделяется, это называется шarding.", "ru", "arding"),
        ("您的订单 уже 已经发货了，请注意查收。", "zh-Hans", "уже"),
    ],
)
def test_stray_foreign_words_are_found_and_are_not_serious(text, tag, stray):
    verdict = check(text, tag)
    assert verdict.problem == "foreign_words"
    assert text[verdict.start : verdict.end] == stray
    assert not verdict.serious


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        pytest.param("iPhone 15 Pro のバッテリー交換は Apple Store で承ります。", "ja", id="names"),
        pytest.param("ご注文番号 AB-1234-xy は発送済みです。", "ja", id="ids"),
        pytest.param("详情请见 https://example.com/the/return/policy 页面。", "zh-Hans", id="URL"),
        pytest.param("يرجى مراسلتنا على help@example.com في أي وقت.", "ar", id="address"),
        pytest.param("`return order.refund()` を呼び出してください。", "ja", id="inline code"),
        pytest.param(
            "例です。\n```\nif the order is late:\n    send the mail to you\n```\n以上です。",
            "ja",
            id="code block",
        ),
        pytest.param("机器学习（machine learning）是人工智能的分支。", "zh-Hans", id="gloss"),
        pytest.param("画面に「Please try again later」と表示されます。", "ja", id="quotation"),
        pytest.param(
            "تعرض الشاشة «Please try again later» عند الخطأ.", "ar", id="Arabic quotation"
        ),
        pytest.param("映画 The Sound of Music を上映します。", "ja", id="title"),
        pytest.param("On the Abrogation of the Private Mass は名著です。", "ja", id="long title"),
        pytest.param("비밀번호는 email 또는 app 에서 바꾸실 수 있습니다.", "ko", id="loan words"),
        pytest.param("保証期間は購入日から二年間です [1][2]。", "ja", id="citations"),
    ],
)
def test_what_is_nobodys_language_does_not_count(text, tag):
    assert check(text, tag).ok


@pytest.mark.parametrize("text", ["", "OK", "👍", "42", "AB-1234", "Apple Store", "はい", "電池"])
def test_the_guard_abstains_on_what_is_too_short(text):
    verdict = check(text, "ko" if text in {"はい", "電池"} else "ja")
    assert (verdict.ok, verdict.abstained) == (True, True)


def test_ignored_names_may_stand_as_they_are():
    text = "ケアプランは premium gadget care をご利用ください。"
    assert not check(text, "ja").ok
    assert check(text, "ja", ignore=["Premium Gadget Care"]).ok


def test_a_source_may_be_quoted_but_not_copied():
    source = ENGLISH + " This also holds for products that were bought in another store."
    quoted = f"規約にはこうあります。\n“{ENGLISH}”\nつまり三十日以内であれば返品できます。"
    assert not check(quoted, "ja").ok
    assert check(quoted, "ja", ignore=[source]).ok
    assert check(ENGLISH, "ja", ignore=[source]).problem == "wrong_language"


def test_an_answer_that_is_all_in_quotation_marks_is_not_let_off():
    assert check(f"“{ENGLISH}”", "ja").problem == "wrong_language"


def test_a_short_foreign_heading_is_no_drift():
    assert check(f"**Summary**\n{RIGHT['ja']}", "ja").ok


def test_a_tag_with_a_region_is_understood_and_an_unknown_one_refused():
    assert check(RIGHT["zh-Hant"], "zh-TW").ok
    with pytest.raises(InvalidInputError):
        check(RIGHT["ja"], "xx")


class TestStreamGuard:
    def feed(self, text, tag, size=3):
        guard = StreamGuard(tag)
        for start in range(0, len(text), size):
            verdict = guard.feed(text[start : start + size])
            if verdict is not None:
                return verdict, start + size
        return None, len(text)

    @pytest.mark.parametrize("tag", RIGHT)
    @pytest.mark.parametrize("size", [1, 7])
    def test_a_right_answer_streams_through(self, tag, size):
        assert self.feed(f"{RIGHT[tag]} {RIGHT[tag]}", tag, size) == (None, 2 * len(RIGHT[tag]) + 1)

    def test_a_wrong_answer_is_caught_in_its_first_sentence(self):
        verdict, read = self.feed(f"{ENGLISH} {ENGLISH}", "ja")
        assert verdict.problem == "wrong_language"
        assert read < len(ENGLISH)

    def test_drift_is_caught_within_the_sentence_that_drifts(self):
        verdict, read = self.feed(f"{RIGHT['ar']} {ENGLISH} {RIGHT['ar'] * 5}", "ar")
        assert not verdict.ok
        assert read < len(RIGHT["ar"]) + len(ENGLISH)

    def test_the_wrong_script_is_caught_while_it_is_written(self):
        verdict, _ = self.feed(RIGHT["zh-Hans"] * 3, "zh-Hant")
        assert verdict.problem == "wrong_script"

    @pytest.mark.parametrize("stray", ["fertilizer", "three days before the delivery"])
    def test_stray_words_do_not_stop_the_stream(self, stray):
        text = f"환경 오염에 대한 {stray} 유형의 영향을 연구합니다. {RIGHT['ko']}"
        assert not check(text, "ko").ok
        assert self.feed(text, "ko")[0] is None

    def test_code_that_is_still_open_is_no_drift(self):
        text = f"{RIGHT['ja']}\n```\nplease return the order to the store and write to us\n```\n"
        assert self.feed(text, "ja")[0] is None

    def test_a_verdict_stays_once_it_is_given(self):
        guard = StreamGuard("ja")
        first = guard.feed(ENGLISH)
        assert first is not None
        assert guard.feed(RIGHT["ja"] * 9) is first

    def test_the_last_word_is_that_of_the_whole_check(self):
        guard = StreamGuard("ja", ignore=["Care Plan"])
        text = f"{RIGHT['ja']} これは fertilizer です。"
        guard.feed(text)
        assert guard.finish() == consistency.check(text, "ja", ignore=["Care Plan"])
