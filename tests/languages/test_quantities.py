"""Numbers read back from what people write."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import InvalidInputError
from dragoman.languages import format_number, parse_number, parse_quantity, profiles


@pytest.mark.parametrize(
    ("text", "tag", "value", "unit", "currency"),
    [
        ("三件", "zh-Hans", "3", "件", ""),
        ("１２，０００円", "ja", "12000", "円", "JPY"),
        ("٣ قطع", "ar", "3", "قطع", ""),
        ("1.234,56 €", "de", "1234.56", "€", "EUR"),
        ("3만 5천 원", "ko", "35000", "원", "KRW"),
        ("1万2千円", "ja", "12000", "円", "JPY"),
        ("1.5万元", "zh-Hans", "15000", "元", "CNY"),
        ("3億5000万円", "ja", "350000000", "円", "JPY"),
        ("两本", "zh-Hans", "2", "本", ""),
        ("세 개", "ko", "3", "개", ""),
        ("۱۲٬۰۰۰ ریال", "fa", "12000", "ریال", "IRR"),
        ("١٬٢٣٤٫٥٦ ر.س", "ar", "1234.56", "ر.س", "SAR"),
        ("NT$1,200", "zh-Hant", "1200", "NT$", "TWD"),
        ("¥1,200", "zh-Hans", "1200", "¥", "CNY"),
        ("¥1,200", "ja", "1200", "¥", "JPY"),
        ("100元", "zh-Hant", "100", "元", "TWD"),
        ("EUR 12.50", "en", "12.50", "EUR", "EUR"),
        ("R$ 12,50", "pt", "12.50", "R$", "BRL"),
        ("12 345,6 ₽", "ru", "12345.6", "₽", "RUB"),
        ("이 상품 3개", "ko", "3", "이 상품 개", ""),
        ("२ किताबें", "hi", "2", "किताबें", ""),
    ],
)
def test_a_count_or_an_amount_is_a_number_and_a_unit(text, tag, value, unit, currency):
    quantity = parse_quantity(text, tag)
    assert (quantity.value, quantity.unit, quantity.currency) == (Decimal(value), unit, currency)


@pytest.mark.parametrize(
    ("text", "tag", "value"),
    [
        ("1.234", "de", "1234"),
        ("1.234", "en", "1.234"),
        ("1,5", "de", "1.5"),
        ("1,234", "en", "1234"),
        ("1.234,56", "en", "1234.56"),
        ("1,23,456", "hi", "123456"),
        ("0,125", "en", "0.125"),
        ("1 234", "fr", "1234"),
        ("1'234.50", "de", "1234.50"),
        ("-5", "en", "-5"),
        ("二百五十", "zh-Hans", "250"),
        ("十", "ja", "10"),
        ("一万二千三百四十五", "ja", "12345"),
        ("二〇二五", "zh-Hans", "2025"),
        ("삼만", "ko", "30000"),
        ("\u200f١٢٣", "ar", "123"),
    ],
)
def test_separators_and_numerals_are_read_as_the_language_means_them(text, tag, value):
    assert parse_number(text, tag) == Decimal(value)


@pytest.mark.parametrize("text", ["", "abc", "なし", "이오"])
def test_no_number_is_an_error(text):
    with pytest.raises(InvalidInputError, match="no number"):
        parse_quantity(text, "ko")


@pytest.mark.parametrize("text", ["1,23,4", "1.2.3,4,5", "12,34.567,8", "1,2345,678"])
def test_separators_that_contradict_each_other_are_an_error(text):
    with pytest.raises(InvalidInputError, match="fit together"):
        parse_quantity(text, "en")


def test_two_numbers_are_an_error():
    with pytest.raises(InvalidInputError, match="more than one"):
        parse_quantity("3 or 4 pieces", "en")


def test_a_unit_is_no_part_of_a_number():
    with pytest.raises(InvalidInputError, match="more than a number"):
        parse_number("三件", "zh-Hans")


@given(
    value=st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    tag=st.sampled_from([known.tag for known in profiles()]),
    native=st.booleans(),
)
def test_what_we_write_is_read_back(value, tag, native):
    written = format_number(value, tag, decimals=2, native_digits=native)
    assert parse_number(written, tag) == value
