"""Amounts in other units and other currencies."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import WithJsonSchema

from dragoman.errors import ConfigurationError, ToolFailedMistake
from dragoman.tools.builtin.currencies import find_currency
from dragoman.tools.builtin.rates import Rates, read_rates
from dragoman.tools.builtin.units import DIGITS, find_unit, is_unit, rounded, shown, unit_registry
from dragoman.tools.tool import Tool, tool

if TYPE_CHECKING:
    import pint

# The planner writes a plain number; as a float a long one would lose digits.
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]

_LARGEST = Decimal("1e30")
_HINTS = {
    "ja": "長さ・重さ・面積・温度などの単位や通貨を換算する",
    "zh-Hans": "换算长度、重量、面积、温度等单位以及货币",
    "zh-Hant": "換算長度、重量、面積、溫度等單位以及貨幣",
    "ko": "길이, 무게, 넓이, 온도 등의 단위와 통화를 환산한다",
    "ar": "تحويل وحدات الطول والوزن والمساحة والحرارة والعملات",
    "th": "แปลงหน่วยความยาว น้ำหนัก พื้นที่ อุณหภูมิ และสกุลเงิน",
    "vi": "Đổi đơn vị độ dài, khối lượng, diện tích, nhiệt độ và tiền tệ",
    "de": "Einheiten und Währungen umrechnen",
    "fr": "Convertir des unités et des monnaies",
    "es": "Convertir unidades y monedas",
}


def make_convert(rates_file: Path | None = None) -> Tool:
    """The tool `convert`.

    Args:
        rates_file: Exchange rates as `read_rates` takes them; without it money is not converted.
            It is read again for each conversion, so that it may be replaced at any time.

    Raises:
        ConfigurationError: the file cannot be used.
    """
    if rates_file is not None:
        read_rates(rates_file)

    @tool(name="convert", effect="none", trusted=True, hints=_HINTS)
    def convert(amount: Number, from_unit: str, to_unit: str) -> dict[str, str]:
        """Convert an amount to another unit (km, kg, 坪, degC) or currency (USD, JPY).

        Args:
            amount: The number alone, for example 12.5.
            from_unit: Unit or ISO currency code that the amount is in.
            to_unit: Unit or ISO currency code that is asked for.
        """
        if not (amount.is_finite() and abs(amount) < _LARGEST):
            raise ToolFailedMistake(f"The amount {amount} is not a number below 1e30.")
        source, target = find_currency(from_unit), find_currency(to_unit)
        # "pound" is a weight or money: it is what the other one is.
        if source and target and not (is_unit(from_unit) and is_unit(to_unit)):
            return _exchanged(amount, source, target, _read(rates_file))
        return _measured(amount, from_unit, to_unit)

    return convert


def _measured(amount: Decimal, from_unit: str, to_unit: str) -> dict[str, str]:
    with localcontext(Context(DIGITS)):
        source, target = find_unit(from_unit), find_unit(to_unit)
        if _kind(source) != _kind(target):
            raise ToolFailedMistake(
                f"{from_unit} and {to_unit} measure different things and cannot be converted."
            )
        result = unit_registry().Quantity(amount, source).to(target)
        return {"amount": shown(rounded(result.magnitude)), "unit": f"{target:~P}"}


def _kind(unit: pint.Unit) -> str:
    """What is measured. To pint bits and radians are bare numbers, and so convertible."""
    return str(
        unit_registry().get_root_units(unit)[1] if unit.dimensionless else unit.dimensionality
    )


def _exchanged(amount: Decimal, source: str, target: str, rates: Rates) -> dict[str, str]:
    from babel.numbers import get_currency_precision  # noqa: PLC0415 - Babel takes 50 ms

    for code in (source, target):
        if code not in rates.per_base:
            known = ", ".join(sorted(rates.per_base))
            raise ToolFailedMistake(f"There is no rate for {code}; known are {known}.")
    with localcontext(Context(DIGITS)):
        rate = rates.rate(source, target)
        cents = Decimal(1).scaleb(-get_currency_precision(target))
        value = (amount * rate).quantize(cents) if abs(amount * rate) < 10**20 else amount * rate
        return {
            "amount": format(value, "f"),
            "currency": target,
            "rate": format(Context(8).plus(rate), "f"),
            "rate_date": rates.day.isoformat(),
        }


def _read(path: Path | None) -> Rates:
    if path is None:
        raise ToolFailedMistake("No exchange rates are configured; money cannot be converted here.")
    try:
        return read_rates(path)
    except ConfigurationError as error:
        raise ToolFailedMistake(error.message) from error
