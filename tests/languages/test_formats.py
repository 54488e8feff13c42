"""Dates, numbers and amounts as each language writes them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from dragoman.errors import InvalidInputError
from dragoman.languages import (
    format_compact,
    format_currency,
    format_date,
    format_number,
    format_time,
    isolate,
    isolate_latin,
    profiles,
)

DAY = date(2025, 3, 5)


class TestDates:
    @pytest.mark.parametrize(
        ("tag", "text"),
        [
            ("ja", "2025年3月5日"),
            ("zh-Hant", "2025年3月5日"),
            ("yue", "2025年3月5日"),
            ("ko", "2025년 3월 5일"),
            ("ar", "5 مارس 2025"),
            ("de", "5. März 2025"),
            ("en", "March 5, 2025"),
            ("hi", "5 मार्च 2025"),
        ],
    )
    def test_are_written_in_the_language(self, tag, text):
        assert format_date(DAY, tag) == text

    @pytest.mark.parametrize(
        ("day", "text"),
        [
            (DAY, "令和7年3月5日"),
            (date(2019, 5, 1), "令和元年5月1日"),
            (date(2019, 4, 30), "平成31年4月30日"),
            (date(1989, 1, 7), "昭和64年1月7日"),
            (date(1926, 12, 24), "大正15年12月24日"),
            (date(1912, 7, 29), "明治45年7月29日"),
            (date(1873, 1, 1), "明治6年1月1日"),
        ],
    )
    def test_are_counted_in_japanese_eras_on_request(self, day, text):
        assert format_date(day, "ja", calendar="japanese") == text

    @pytest.mark.parametrize(
        ("tag", "text"),
        [("ar", "5 رمضان 1446 هـ"), ("ur", "5 رمضان 1446 ھ"), ("fr", "5 Ramadan 1446 AH")],
    )
    def test_are_given_in_the_hijri_calendar_on_request(self, tag, text):
        assert format_date(DAY, tag, calendar="hijri") == text

    def test_are_counted_as_in_thailand_on_request(self):
        assert format_date(DAY, "th", calendar="buddhist") == "5 มีนาคม พ.ศ. 2568"

    @pytest.mark.parametrize(
        ("day", "calendar"), [(date(1872, 1, 1), "japanese"), (date(1900, 1, 1), "hijri")]
    )
    def test_outside_a_calendar_are_an_error(self, day, calendar):
        with pytest.raises(InvalidInputError, match=day.isoformat()):
            format_date(day, "ja", calendar=calendar)

    def test_are_taken_from_a_time_as_well(self):
        assert format_date(datetime(2025, 3, 5, 15, 4, tzinfo=UTC), "ja") == "2025年3月5日"

    def test_have_times_of_day_beside_them(self):
        assert format_time(time(15, 4), "de") == "15:04"


class TestNumbers:
    @pytest.mark.parametrize(
        ("tag", "text"),
        [
            ("en", "1,234,567.5"),
            ("de", "1.234.567,5"),
            ("fr", "1\u202f234\u202f567,5"),
            ("hi", "12,34,567.5"),
            ("ja", "1,234,567.5"),
        ],
    )
    def test_have_the_languages_separators(self, tag, text):
        assert format_number(1234567.5, tag) == text

    @pytest.mark.parametrize(
        ("tag", "text"),
        [("ar", "١٬٢٣٤٫٥"), ("fa", "۱٬۲۳۴٫۵"), ("hi", "१,२३४.५"), ("ja", "1,234.5")],
    )
    def test_have_native_digits_on_request(self, tag, text):
        assert format_number(1234.5, tag, native_digits=True) == text

    def test_have_as_many_decimals_as_asked_for(self):
        assert format_number(Decimal("1234.5"), "de", decimals=2) == "1.234,50"
        assert format_number(1234.5, "hi", decimals=0) in {"1,234", "1,235"}

    @pytest.mark.parametrize(
        ("value", "tag", "text"),
        [
            (12_000, "ja", "1.2万"),
            (350_000_000, "ja", "3.5億"),
            (12_300_000, "zh-Hans", "1,230万"),
            (123_456_789, "zh-Hant", "1.2億"),
            (50_000, "ko", "5만"),
            (9_999, "ja", "9,999"),
            (9_999.96, "ja", "1万"),
            (-20_000, "zh-Hans", "-2万"),
            (12_300_000, "de", "12,3 Millionen"),
            (12_300_000, "ar", "12.3 مليون"),
        ],
    )
    def test_are_shortened_by_myriads_or_by_thousands(self, value, tag, text):
        assert format_compact(value, tag).replace("\u00a0", " ") == text


class TestAmounts:
    @pytest.mark.parametrize(
        ("value", "tag", "currency", "text"),
        [
            (12000, "ja", None, "12,000円"),
            (12000, "zh-Hans", None, "12,000元"),
            (99.5, "zh-Hans", None, "99.50元"),
            (12000, "zh-Hant", None, "新臺幣12,000元"),
            (12000, "ko", None, "12,000원"),
            (12, "ar", None, "12 ر.س"),
            (1234.56, "de", "EUR", "1.234,56 €"),
            (1234.56, "fr", "EUR", "1 234,56 €"),
            (12000, "en", "JPY", "¥12,000"),
            (9.9, "en", "USD", "$9.90"),
            (12000, "vi", None, "12.000 ₫"),
        ],
    )
    def test_are_written_as_people_write_them(self, value, tag, currency, text):
        written = format_currency(value, tag, currency=currency)
        assert written.replace("\u00a0", " ").replace("\u202f", " ") == text

    def test_lose_their_cents_on_request(self):
        assert format_currency(1234, "en", decimals=0) == "$1,234"

    def test_of_an_unknown_currency_are_an_error(self):
        with pytest.raises(InvalidInputError, match="'XQQ'"):
            format_currency(1, "en", currency="XQQ")

    @pytest.mark.parametrize("known", profiles(), ids=lambda known: known.tag)
    def test_can_be_written_in_every_language(self, known):
        assert "1" in format_currency(1, known.tag)
        assert "5" in format_compact(5, known.tag)
        assert "2025" in format_date(DAY, known.tag)


class TestIsolates:
    def test_stand_around_latin_ids_in_arabic(self):
        text = isolate_latin("رقم الطلب AB-1234 جاهز", "ar")
        assert text == f"رقم الطلب {isolate('AB-1234')} جاهز"

    def test_hold_a_name_of_several_words_together(self):
        assert isolate("iPhone 15 Pro") in isolate_latin("سعر iPhone 15 Pro اليوم", "ar")

    def test_hold_a_telephone_number_together(self):
        assert isolate("+966 55 123 4567") in isolate_latin("اتصل على +966 55 123 4567 الآن", "ar")

    @pytest.mark.parametrize(
        "text",
        ["خلال 30 يومًا [1]", "https://example.com/a-b", "`AB-1`", "رقم \u2066AB-1\u2069 جاهز"],
    )
    def test_leave_alone_what_needs_none(self, text):
        assert isolate_latin(text, "ar") == text

    def test_are_not_used_in_languages_from_left_to_right(self):
        assert isolate_latin("注文番号 AB-1234", "ja") == "注文番号 AB-1234"
