"""What a tool returned, written the way the asker's language writes it.

Tools speak to machines: ``2025-03-05``, ``{"amount": "12000", "currency": "JPY"}``. A reader wants
``2025年3月5日`` and ``12,000円``. Only what is certain is rewritten: values that are nothing but an
ISO date, amounts beside their currency, and numbers whose field says that it counts something. Ids,
telephone numbers and codes look like numbers too, so what no rule names stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from dragoman.errors import InvalidInputError
from dragoman.languages.formats import (
    Style,
    format_compact,
    format_compact_currency,
    format_currency,
    format_date,
    format_number,
    format_time,
)
from dragoman.languages.requested import Formats

# The last word of a field's name decides: `total_price` is money, `accountNumber` is nothing.
_MONEY = frozenset({
    "amount", "amounts", "balance", "budget", "charge", "charges", "cost", "costs", "deposit",
    "discount", "due", "fare", "fee", "fees", "income", "paid", "payment", "postage", "price",
    "prices", "refund", "refunded", "revenue", "salary", "shipping", "spent", "subtotal", "sum",
    "tax", "total", "totals", "value", "vat",
})  # fmt: skip
_COUNTS = _MONEY | {
    "area", "average", "capacity", "count", "distance", "duration", "height", "length", "maximum",
    "mean", "median", "minimum", "population", "quantity", "result", "sales", "size", "stock",
    "views", "visitors", "volume", "weight", "width",
}  # fmt: skip
# What is a code although it looks like a date.
_CODES = frozenset({
    "code", "file", "filename", "hash", "id", "ids", "key", "name", "number", "path", "phone",
    "ref", "reference", "sku", "slug", "tag", "token", "uri", "url", "uuid", "version",
})  # fmt: skip
_CURRENCY_FIELDS = ("currency", "currency_code", "currencyCode")

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?")
_AMOUNT = re.compile(
    rf"(?:(?P<before>[A-Z]{{3}}) )?(?P<number>{_PLAIN_NUMBER.pattern})(?: (?P<after>[A-Z]{{3}}))?"
)
_DATE = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<time>[0-9]{2}:[0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
    r"(?: \((?P<weekday>[A-Z][a-z]{2,5}day), UTC(?P<beside>[+-][0-9]{4})\))?"
    r")?"
)


def localize(value: Any, tag: str, formats: Formats | None = None, *, counts: bool = False) -> Any:
    """`value` with its dates and amounts as the language of `tag` writes them.

    Usage:
        localize({"total": "12000", "currency": "JPY", "id": "12000"}, "ja")
        # {"total": "12,000円", "currency": "JPY", "id": "12000"}
        localize("2025-03-05", "ja", requested_formats("和暦で教えて"))  # "令和7年3月5日"

    Args:
        value: JSON data, left unchanged; a copy is returned.
        tag: BCP-47 tag of the reader's language.
        formats: What was asked for; the language's usual formats when None.
        counts: Whether `value` itself is known to be a quantity, as what a calculator returns.

    Returns:
        Data of the same shape. A mapping that holds nothing but an amount and its currency becomes
        one string. A date that the asked calendar does not reach stays Gregorian.
    """
    return _value(value, "result" if counts else "", tag, formats or Formats())


def _value(value: Any, field: str, tag: str, formats: Formats) -> Any:
    if isinstance(value, Mapping):
        return _mapping(value, tag, formats)
    if isinstance(value, list | tuple):
        return [_value(item, field, tag, formats) for item in value]
    words = _words(field)
    if isinstance(value, str) and not (words and words[-1] in _CODES):
        written = _date(value, tag, formats)
        if written is None and words and words[-1] in _MONEY:  # elsewhere "TOP 10" is no money
            written = _amount(value, tag, formats)
        if written is not None:
            return written
    number = _number(value)
    if number is None or not words:
        return value
    if len(words) > 1 and words[-2] in _MONEY and _is_currency(words[-1].upper()):
        return _money(number, words[-1].upper(), tag, formats)
    return _count(number, tag, formats) if words[-1] in _COUNTS else value


def _mapping(value: Mapping[str, Any], tag: str, formats: Formats) -> Any:
    field = next((name for name in _CURRENCY_FIELDS if _is_currency(value.get(name))), "")
    if not field:
        return {name: _value(inner, str(name), tag, formats) for name, inner in value.items()}
    code = str(value[field])
    written: dict[str, Any] = {}
    amounts = 0
    for name, inner in value.items():
        number = _number(inner)
        words = _words(str(name))
        if number is not None and words and words[-1] in _MONEY:
            written[name] = _money(number, code, tag, formats)
            amounts += 1
        else:
            written[name] = inner if name == field else _value(inner, str(name), tag, formats)
    if amounts == 1 and len(written) == 2:
        return next(text for name, text in written.items() if name != field)
    return written


def _date(text: str, tag: str, formats: Formats) -> str | None:
    """`text` as a date of the language, None when it is not one ISO date and nothing else."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['time'] or '00:00'}")
    except ValueError:
        return None  # the thirtieth of February is somebody's code
    style: Style = "full" if found["weekday"] and formats.calendar == "gregorian" else "long"
    try:
        day = format_date(moment, tag, style=style, calendar=formats.calendar)
    except InvalidInputError:
        day = format_date(moment, tag)
    if not found["time"]:
        return day
    zone = _zone(found["zone"] or found["beside"] or "")
    return f"{day} {format_time(moment, tag)}{zone}"


def _zone(offset: str) -> str:
    if not offset:
        return ""
    if offset == "Z":
        return " (UTC)"
    sign, digits = offset[0], offset[1:].replace(":", "")
    hours, minutes = int(digits[:2]), digits[2:]
    if not hours and minutes == "00":
        return " (UTC)"
    return f" (UTC{sign}{hours}{':' + minutes if minutes != '00' else ''})"


def _amount(text: str, tag: str, formats: Formats) -> str | None:
    """``12000 JPY`` or ``JPY 12000`` as an amount, None when it is neither."""
    found = _AMOUNT.fullmatch(text)
    if found is None or bool(found["before"]) == bool(found["after"]):
        return None
    code = found["before"] or found["after"]
    if not _is_currency(code):
        return None
    return _money(Decimal(found["number"]), code, tag, formats)


def _number(value: Any) -> Decimal | None:
    """`value` as a number, None when it is none: a string counts when it is written plainly."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    elif isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value):
        number = Decimal(value)
    else:
        return None
    return number if number.is_finite() and abs(number) < 10**18 else None


def _money(number: Decimal, code: str, tag: str, formats: Formats) -> str:
    if formats.compact and abs(number) >= 10_000:
        return format_compact_currency(number, tag, currency=code)
    from babel.numbers import get_currency_precision  # noqa: PLC0415 - Babel takes 50 ms

    own = _decimals(number)
    # No digit of an exact amount is dropped, even where its currency has fewer.
    exact = own if own > get_currency_precision(code) else None
    return format_currency(number, tag, currency=code, decimals=exact)


def _count(number: Decimal, tag: str, formats: Formats) -> str:
    if formats.compact and abs(number) >= 10_000:
        return format_compact(number, tag)
    return format_number(number, tag, decimals=_decimals(number))


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.normalize().as_tuple().exponent))


def _words(field: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(field)]


def _is_currency(code: object) -> bool:
    from babel.numbers import is_currency  # noqa: PLC0415 - as above

    return isinstance(code, str) and len(code) == 3 and code.isupper() and is_currency(code)
