"""Argument types that are read in the asker's language."""

from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import ValidationError

from dragoman.tools import tool
from dragoman.tools.arguments import CountryCode, CurrencyCode, Id, synonyms
from dragoman.tools.normalize import normalized

MONDAY = date(2026, 11, 23)
Speed = Annotated[Literal["standard", "express"], synonyms({"express": ["速達", "특급", "عاجل"]})]


@tool(effect="none")
def quote(
    order: Id,
    to: CountryCode = "JP",
    pay_in: CurrencyCode = "JPY",
    speed: Speed = "standard",
    weight: float = 1.0,
    day: date = MONDAY,
    colors: list[str] | None = None,
) -> str:
    """What it costs to send an order."""
    return f"{order} {to} {pay_in} {speed} {weight} {day} {colors}"


@pytest.mark.parametrize(
    ("language", "name", "written", "value"),
    [
        ("ja", "pay_in", "円", "JPY"),
        ("ko", "pay_in", "원", "KRW"),
        ("ar", "pay_in", "ريال", "SAR"),
        ("de", "pay_in", "Euro", "EUR"),
        ("ja", "pay_in", "USD", "USD"),
        ("ko", "to", "일본", "JP"),
        ("zh-Hans", "to", "德国", "DE"),
        ("fr", "to", "Allemagne", "DE"),
        ("ja", "weight", "２．５", 2.5),
        ("de", "weight", "2,5", 2.5),
        ("ar", "weight", "٣", 3),
        ("ja", "day", "明後日", "2026-11-25"),
        ("ru", "day", "3 декабря", "2026-12-03"),
        ("ja", "order", "A-７", "A-７"),
        ("ja", "weight", "$1.weight", "$1.weight"),
        ("ja", "to", "どこか", "どこか"),
    ],
)
def test_a_value_is_put_into_the_declared_form(language, name, written, value):
    made = normalized(quote, {name: written}, language=language, today=MONDAY)
    assert made == {name: value}


def test_a_synonym_is_a_value_in_any_language():
    valid = quote.arguments.model_validate({"order": "A-7", "speed": "速達"})
    assert valid.model_dump()["speed"] == "express"


def test_what_is_no_currency_is_refused_with_what_to_write():
    with pytest.raises(ValidationError, match="ISO 4217"):
        quote.arguments.model_validate({"order": "A-7", "pay_in": "shells"})


def test_the_schema_holds_codes_to_their_form():
    assert quote.schema["properties"]["pay_in"]["pattern"] == "^[A-Z]{3}$"
    assert quote.identifiers == {"order"}
