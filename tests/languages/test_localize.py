"""What tools return, written as the asker's language writes it."""

import pytest

from dragoman.languages import Formats, localize, requested_formats

NARROW = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u200f": None})


def shown(value, tag, formats=None, **options):
    written = localize(value, tag, formats, **options)
    return written.translate(NARROW) if isinstance(written, str) else written


class TestDates:
    @pytest.mark.parametrize(
        ("tag", "text"),
        [
            ("ja", "2025年3月5日"),
            ("zh-Hans", "2025年3月5日"),
            ("ko", "2025년 3월 5일"),
            ("ar", "5 مارس 2025"),
            ("fr", "5 mars 2025"),
            ("de", "5. März 2025"),
            ("ru", "5 марта 2025 г."),
            ("tr", "5 Mart 2025"),
            ("vi", "5 tháng 3, 2025"),
            ("hi", "5 मार्च 2025"),
            ("pl", "5 marca 2025"),
        ],
    )
    def test_that_stand_alone_are_written_in_the_language(self, tag, text):
        assert shown("2025-03-05", tag) == text

    @pytest.mark.parametrize(
        ("tag", "value", "text"),
        [
            ("ja", "2025-03-05T14:30:00+09:00", "2025年3月5日 14:30 (UTC+9)"),
            ("de", "2025-03-05T14:30:00Z", "5. März 2025 14:30 (UTC)"),
            ("ko", "2025-03-05 14:30:12.5", "2025년 3월 5일 오후 2:30"),
            ("hi", "2025-03-05T14:30+05:30", "5 मार्च 2025 2:30 pm (UTC+5:30)"),
        ],
    )
    def test_have_their_time_and_zone_beside_them(self, tag, value, text):
        assert shown(value, tag) == text

    def test_with_the_clocks_weekday_are_written_with_the_weekday(self):
        now = "2026-11-23 21:15:33 (Monday, UTC+0900)"
        assert shown(now, "ja") == "2026年11月23日月曜日 21:15 (UTC+9)"
        assert shown(now, "es") == "lunes, 23 de noviembre de 2026 21:15 (UTC+9)"

    @pytest.mark.parametrize(
        "text", ["Arrives 2025-03-05", "2025-02-30", "20250305", "2025-03-05-A", "2025-3-5", ""]
    )
    def test_inside_other_text_or_codes_are_left_alone(self, text):
        assert localize(text, "ja") == text

    def test_that_name_a_version_are_left_alone(self):
        value = {"api_version": "2025-03-05", "file": "2025-03-05", "due": "2025-03-05"}
        assert localize(value, "ja") == {**value, "due": "2025年3月5日"}


class TestAmounts:
    @pytest.mark.parametrize(
        ("tag", "currency", "text"),
        [
            ("ja", "JPY", "12,000円"),
            ("zh-Hans", "JPY", "12,000日元"),
            ("zh-Hant", "TWD", "新臺幣12,000元"),
            ("ko", "KRW", "12,000원"),
            ("ar", "SAR", "12,000 ر.س"),
            ("de", "EUR", "12.000,00 €"),
            ("fr", "EUR", "12 000,00 €"),
            ("en", "JPY", "¥12,000"),
            ("th", "THB", "12,000 บาท"),
            ("hi", "INR", "₹12,000.00"),
        ],
    )
    def test_beside_their_currency_are_written_in_the_language(self, tag, currency, text):
        assert shown({"amount": "12000", "currency": currency}, tag) == text

    def test_among_other_fields_keep_the_fields(self):
        order = {"id": "12000", "total_price": 12000, "shippingFee": 650, "currency": "JPY"}
        assert localize(order, "ja") == {
            "id": "12000",
            "total_price": "12,000円",
            "shippingFee": "650円",
            "currency": "JPY",
        }

    def test_are_found_in_lists_and_inside_one_another(self):
        value = {"items": [{"name": "電池", "price": {"value": 990.0, "currency": "JPY"}}]}
        assert localize(value, "ja") == {"items": [{"name": "電池", "price": "990円"}]}

    @pytest.mark.parametrize("value", [{"price_eur": 1234.5}, {"price": "1234.5 EUR"}])
    def test_whose_currency_stands_in_the_name_or_the_value_are_amounts_too(self, value):
        (text,) = localize(value, "de").values()
        assert text.translate(NARROW) == "1.234,50 €"

    def test_keep_every_digit(self):
        assert shown({"amount": "0.125", "currency": "USD"}, "en") == "$0.125"
        assert shown({"amount": "1234.5", "currency": "JPY"}, "ja") == "1,234.5円"

    def test_in_no_currency_that_exists_are_left_alone(self):
        value = {"amount": "5", "currency": "QQQ"}
        assert localize(value, "ja") == {"amount": "5", "currency": "QQQ"}


class TestNumbers:
    def test_whose_field_counts_something_get_separators(self):
        assert localize({"stock": 12000, "weight": 1.5}, "de") == {
            "stock": "12.000",
            "weight": "1,5",
        }

    def test_from_a_calculator_are_quantities(self):
        assert shown("1234567.5", "de", counts=True) == "1.234.567,5"
        assert shown("1234567.5", "fr", counts=True) == "1 234 567,5"
        assert localize("1234567.5", "de") == "1234567.5"

    @pytest.mark.parametrize(
        "value",
        [
            {"order_id": 1234567, "phone": "0312345678", "zip": "10115", "code": 40000},
            {"accountNumber": "12000", "version": 3.10, "tracking": "471199887766"},
            {"ok": True, "nothing": None, "text": "12000", "year": 2025},
            {"latitude": 35.6895, "longitude": 139.6917},
            {"total_id": 12000, "rank": "TOP 10"},
            "12000",
            "+49 30 1234567",
            12000,
        ],
    )
    def test_that_may_be_ids_or_codes_are_left_alone(self, value):
        short = Formats(calendar="japanese", compact=True)
        assert localize(value, "ja", short) == localize(value, "de") == value

    def test_not_finite_or_endless_are_left_alone(self):
        for value in (float("inf"), 10**40, "9" * 40):
            assert localize({"total": value}, "de") == {"total": value}


class TestOnRequest:
    @pytest.mark.parametrize(
        ("question", "tag", "text"),
        [
            ("配送日を和暦で教えてください", "ja", "令和7年3月5日"),
            ("令和7年3月の注文はありますか", "ja", "令和7年3月5日"),
            ("متى يصل الطلب بالتاريخ الهجري؟", "ar", "5 رمضان 1446 هـ"),
            ("تاریخ ارسال به هجری قمری چیست؟", "fa", "5 رمضان 1446 ه\u200d.ق"),
            ("ہجری تاریخ بتائیے", "ur", "5 رمضان 1446 ھ"),
            ("When is it in the Hijri calendar?", "en", "5 Ramadan 1446 AH"),
            ("ส่งวันไหน ขอเป็น พ.ศ.", "th", "5 มีนาคม พ.ศ. 2568"),
        ],
    )
    def test_dates_are_counted_in_another_calendar(self, question, tag, text):
        assert localize("2025-03-05", tag, requested_formats(question)) == text

    @pytest.mark.parametrize(
        ("question", "tag", "currency", "text"),
        [
            ("売上は何億円ですか", "ja", "JPY", "1.2億円"),
            ("円安なので万ドル単位で教えて", "ja", "USD", "$1.2億"),
            ("销售额是多少亿元？", "zh-Hans", "CNY", "1.2亿元"),
            ("銷售額大約幾億？", "zh-Hant", "TWD", "新臺幣1.2億元"),
            ("매출이 몇 억이에요?", "ko", "KRW", "1.2억원"),
            ("How much is it in millions?", "en", "USD", "$123.5M"),
            ("Wie viel ist das in Millionen?", "de", "EUR", "123,5 Mio. €"),
            ("كم المبيعات بالملايين؟", "ar", "SAR", "123.5 مليون ر.س"),
        ],
    )
    def test_large_amounts_are_shortened(self, question, tag, currency, text):
        value = {"amount": 123_456_789, "currency": currency}
        assert shown(value, tag, requested_formats(question)) == text

    def test_counts_are_shortened_and_small_ones_are_not(self):
        short = requested_formats("人口は何万人ですか")
        assert localize({"population": 123456}, "ja", short) == {"population": "12.3万"}
        assert localize({"population": 9999}, "ja", short) == {"population": "9,999"}

    @pytest.mark.parametrize(
        "question",
        [
            "明治のチョコレートはありますか",
            "昭和堂の営業時間は？",
            "تاریخ هجری شمسی امروز چیست؟",
            "万が一壊れたらどうなりますか",
            "一万円札は使えますか",
            "만약 취소하면요?",
            "注文はいつ届きますか",
            "Wann kommt es an?",
        ],
    )
    def test_what_only_looks_like_a_request_is_none(self, question):
        assert requested_formats(question) == Formats()

    def test_a_date_that_the_calendar_does_not_reach_stays_gregorian(self):
        assert localize("1850-01-01", "ja", Formats(calendar="japanese")) == "1850年1月1日"


def test_the_value_itself_is_not_changed():
    value = {"items": [{"due": "2025-03-05"}]}
    localize(value, "ja")
    assert value == {"items": [{"due": "2025-03-05"}]}
