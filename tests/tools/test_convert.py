from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from dragoman.errors import ConfigurationError, InvalidArgumentsMistake, ToolFailedMistake
from dragoman.tools.builtin.convert import make_convert
from dragoman.tools.builtin.rates import read_rates
from dragoman.tools.registry import Registry

DAILY = "Date, USD, JPY, KRW, BGN, \n20 November 2026, 1.25, 200.00, 1700.5, N/A, \n"
HISTORY = "Date,USD,JPY,\n2026-11-19,1.20,190,\n2026-11-20,1.25,200,\n2026-11-18,1.1,180,\n"
YAML = "date: 2026-11-20\nbase: EUR\nrates: {USD: 1.25, JPY: 200, GBP: 0.8}\n"
JSON = '{"date": "2026-11-20", "base": "EUR", "rates": {"USD": 1.25, "JPY": "200"}}'


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    path = tmp_path / "rates.yaml"
    path.write_text(YAML, encoding="utf-8")
    return path


def measure(amount: str, source: str, target: str) -> str:
    return make_convert()(Decimal(amount), source, target)["amount"]


@pytest.mark.parametrize(
    ("amount", "source", "target", "result"),
    [
        ("1", "mile", "km", "1.609344"),
        ("5", "ft", "cm", "152.4"),
        ("98.6", "°F", "°C", "37"),
        ("98.6", "華氏", "摂氏", "37"),
        ("-40", "F", "C", "-40"),
        ("90", "km/h", "m/s", "25"),
        ("1234567890123456789", "m", "km", "1234567890123456.789"),
        ("0", "kg", "g", "0"),
        ("3", "公斤", "斤(中)", "6"),
        ("1", "GB", "MB", "1000"),
        ("1", "MiB", "byte", "1048576"),
        ("2", "時間", "분", "120"),
        ("1", "キロメートル", "متر", "1000"),
        ("2", "Pfund", "g", "907.18474"),
        ("100", "平方米", "square feet", "1076.39104167"),
        ("121", "坪", "㎡", "400"),
        ("33", "평", "제곱미터", "109.090909091"),
        ("1", "亩", "m²", "666.666666667"),
        ("1", "ไร่", "ตารางเมตร", "1600"),
        ("1", "貫", "匁", "1000"),
        ("1", "台斤", "g", "600"),
        ("1", "司馬斤", "g", "604.78982"),
        ("1", "市斤", "公克", "500"),
        ("1", "dunam", "m2", "1000"),
        ("6", "feddan", "hectare", "2.5205"),
    ],
)
def test_units_are_converted_exactly_in_many_languages(amount, source, target, result):
    target = {"斤(中)": "jin_cn"}.get(target, target)
    if source == "Pfund":
        source = "pound"
    assert measure(amount, source, target) == result


@pytest.mark.parametrize(
    ("source", "target", "problem"),
    [
        ("km", "kg", "km and kg measure different things"),
        ("byte", "radian", "measure different things"),
        ("斤", "kg", r"'斤' has several sizes; use one of these names: jin_cn \(500 g\), jin_tw"),
        ("里", "km", "ri_jp"),
        ("ton", "kg", r"metric_ton \(1000 kg\), short_ton"),
        ("k", "J", "'k' is not a unit"),
        ("M", "km", "'M' is not a unit"),
        ("flurble", "km", "'flurble' is not a unit; use an English name or symbol"),
        ("", "km", "'' is not a unit"),
        ("m**99999999", "km", "is not a unit"),
        ("10 m", "km", "is not a unit"),
        ("__import__('os')", "km", "is not a unit"),
        ("m" * 1_000_000, "km", "is not a unit"),
        ("USD", "kg", "'USD' is not a unit"),
    ],
)
def test_what_is_no_unit_or_several_is_the_models_mistake(source, target, problem):
    with pytest.raises(ToolFailedMistake, match=problem) as caught:
        measure("1", source, target)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e40"])
def test_an_amount_that_is_no_number_is_refused(amount):
    with pytest.raises(ToolFailedMistake, match="is not a number below 1e30"):
        measure(amount, "km", "m")


def test_an_amount_with_words_is_refused_before_the_call():
    registry = Registry([make_convert()])
    given = {"amount": "twelve", "from_unit": "km", "to_unit": "m"}
    with pytest.raises(InvalidArgumentsMistake, match="amount"):
        registry.validate("convert", given)
    assert registry.get("convert").schema["properties"]["amount"]["type"] == "number"
    assert registry.validate("convert", {**given, "amount": 0.1})["amount"] == Decimal("0.1")


@pytest.mark.parametrize(
    ("amount", "source", "target", "result", "rate"),
    [
        ("100", "USD", "JPY", "16000", "160"),
        ("100", "usd", "円", "16000", "160"),
        ("1000", "日元", "美元", "6.25", "0.00625"),
        ("1", "€", "دولار", "1.25", "1.25"),
        ("1", "EUR", "EUR", "1.00", "1"),
        ("10", "pound", "yen", "2500", "250"),
        ("10", "ポンド", "ユーロ", "12.50", "1.25"),
    ],
)
def test_money_is_converted_with_the_days_rate(rates, amount, source, target, result, rate):
    converted = make_convert(rates)(Decimal(amount), source, target)
    assert (converted["amount"], converted["rate"]) == (result, rate)
    assert converted["rate_date"] == "2026-11-20"


def test_a_pound_is_a_weight_beside_a_kilogram(rates):
    assert make_convert(rates)(Decimal(1), "pound", "kg") == {"amount": "0.45359237", "unit": "kg"}


def test_a_currency_without_a_rate_is_refused_and_the_known_ones_are_named(rates):
    with pytest.raises(ToolFailedMistake, match="no rate for CHF; known are EUR, GBP, JPY, USD"):
        make_convert(rates)(Decimal(1), "CHF", "USD")


def test_without_a_file_money_is_refused_and_units_are_not():
    with pytest.raises(ToolFailedMistake, match="No exchange rates are configured"):
        make_convert()(Decimal(1), "EUR", "USD")


@pytest.mark.parametrize(
    ("name", "text"),
    [("daily.csv", DAILY), ("hist.csv", HISTORY), ("r.yaml", YAML), ("r.json", JSON)],
)
def test_every_format_gives_the_latest_day(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    read = read_rates(path)
    assert read.day.isoformat() == "2026-11-20"
    assert read.rate("EUR", "USD") == Decimal("1.25")
    assert read.rate("USD", "JPY") == 160
    assert "BGN" not in read.per_base


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.csv", "", "no rows"),
        ("a.csv", "Date,USD\n", "no rows"),
        ("a.csv", "Date,USD\nyesterday,1\n", "yesterday"),
        ("a.csv", "Date,USD\n2026-11-20,one\n", "ConversionSyntax"),
        ("a.yaml", "{", "not YAML"),
        ("a.yaml", "date: 2026-11-20\nbase: EUR", "no mapping 'rates'"),
        ("a.yaml", "date: 2026-11-20\nrates: {USD: 1}", "'' is not a currency"),
        ("a.yaml", "date: 2026-11-20\nbase: EUR\nrates: {USD: -1}", "the rate of USD is -1"),
        ("a.yaml", "date: 2026-11-20\nbase: EUR\nrates: {dollar: 1}", "'dollar' is not a currency"),
        ("a.json", "{", "Expecting"),
        ("a.json", '{"base": "EUR", "rates": {}}', "isoformat"),
    ],
)
def test_a_file_in_another_format_is_refused_when_the_tool_is_made(tmp_path, name, text, problem):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=problem):
        make_convert(path)


def test_a_missing_file_is_refused_when_the_tool_is_made(tmp_path):
    with pytest.raises(ConfigurationError, match="No such file"):
        make_convert(tmp_path / "none.csv")


def test_a_file_that_is_replaced_counts_at_once_and_one_that_breaks_is_said(rates):
    convert = make_convert(rates)
    rates.write_text(YAML.replace("JPY: 200", "JPY: 250"), encoding="utf-8")
    assert convert(Decimal(1), "EUR", "JPY")["amount"] == "250"
    rates.write_text("broken", encoding="utf-8")
    with pytest.raises(ToolFailedMistake, match="cannot be used"):
        convert(Decimal(1), "EUR", "JPY")
