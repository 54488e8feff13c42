"""Dates, numbers and amounts as a language writes them.

Numbers and Gregorian dates come from Babel, which has them from Unicode's CLDR.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

from dragoman.errors import InvalidInputError
from dragoman.languages.calendars import buddhist_year, hijri, japanese_era
from dragoman.languages.profiles import profile
from dragoman.languages.text.bidi import isolate_runs

Calendar = Literal["gregorian", "japanese", "hijri", "buddhist"]
Style = Literal["short", "medium", "long", "full"]

_NATIVE_DIGITS = {
    "ar": "٠١٢٣٤٥٦٧٨٩",
    "fa": "۰۱۲۳۴۵۶۷۸۹",
    "ur": "۰۱۲۳۴۵۶۷۸۹",
    "hi": "०१२३४५६७८९",
    "th": "๐๑๒๓๔๕๖๗๘๙",
}
_ARABIC_SEPARATORS = str.maketrans({",": "٬", ".": "٫"})

# How people write their own currency; everywhere else CLDR's symbol stands.
_OWN_CURRENCY = {
    ("zh-Hans", "CNY"): "{}元",
    ("zh-Hant", "TWD"): "新臺幣{}元",
    ("yue", "HKD"): "港幣{}元",
    ("zh-Hans", "JPY"): "{}日元",
    ("zh-Hant", "JPY"): "{}日圓",
    ("ja", "JPY"): "{}円",
    ("ja", "CNY"): "{}元",
    ("ko", "KRW"): "{}원",
    ("ko", "JPY"): "{}엔",
    ("ar", "SAR"): "{} ر.س",
    ("ar", "AED"): "{} د.إ",
    ("fa", "IRR"): "{} ریال",
    ("th", "THB"): "{} บาท",
}
# Powers of ten thousand.
_MYRIADS = {
    "zh-Hans": ("", "万", "亿", "兆"),
    "zh-Hant": ("", "萬", "億", "兆"),
    "yue": ("", "萬", "億", "兆"),
    "ja": ("", "万", "億", "兆"),
    "ko": ("", "만", "억", "조"),
}


def format_date(
    value: date, tag: str, *, style: Style = "long", calendar: Calendar = "gregorian"
) -> str:
    """`value` as a date.

    Args:
        value: A date, or a time with one.
        tag: BCP-47 tag of the language.
        style: How long, as in CLDR; other calendars have one length only.
        calendar: ``japanese`` counts in eras, ``hijri`` is Umm al-Qura's, ``buddhist`` Thailand's.

    Raises:
        InvalidInputError: the calendar does not reach to `value`.
    """
    from babel.dates import format_date as babel_date  # noqa: PLC0415 - Babel takes 50 ms

    known = profile(tag)
    day = value.date() if isinstance(value, datetime) else value
    if calendar == "japanese":
        return japanese_era(day, known.tag)
    if calendar == "hijri":
        return hijri(day, known.tag)
    text = babel_date(day, style, locale=known.locale)
    if calendar == "buddhist":
        return text.replace("ค.ศ.", "พ.ศ.").replace(str(day.year), str(buddhist_year(day)))
    return text


def format_time(value: datetime | time, tag: str, *, style: Style = "short") -> str:
    """`value` as a time of day, in its own zone."""
    from babel.dates import format_time as babel_time  # noqa: PLC0415 - as above

    known = profile(tag)
    # CLDR's short day periods are AM and PM in Korean too, where everybody writes 오전 and 오후.
    shape = "aaaa h:mm" if known.tag == "ko" and style == "short" else style
    return babel_time(value, shape, locale=known.locale)


def format_number(
    value: Decimal | float, tag: str, *, decimals: int | None = None, native_digits: bool = False
) -> str:
    """`value` with the language's separators.

    Args:
        value: Any number.
        tag: BCP-47 tag of the language.
        decimals: Digits after the decimal point; as many as are needed, up to three, when None.
        native_digits: Whether to write ``١٢٣`` in Arabic, and so on, and not ``123``.
    """
    from babel.numbers import format_decimal  # noqa: PLC0415 - as above

    known = profile(tag)
    pattern = None
    if decimals is not None:
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        if known.tag == "hi":
            pattern = pattern.replace("#,##0", "#,##,##0")
    text = format_decimal(value, format=pattern, locale=known.locale)
    return _with_native_digits(text, known.tag) if native_digits else text


def format_compact(value: Decimal | float, tag: str) -> str:
    """`value` in few characters, to one decimal: ``1.2万``, ``3억``, ``12,3 Millionen``."""
    from babel.numbers import format_compact_decimal  # noqa: PLC0415 - as above

    known = profile(tag)
    units = _MYRIADS.get(known.tag)
    if units is None:
        return format_compact_decimal(
            value, format_type="long", locale=known.locale, fraction_digits=1
        )
    power = 0
    scaled = Decimal(str(value))
    while abs(round(scaled, 1)) >= 10_000 and power < len(units) - 1:
        scaled /= 10_000
        power += 1
    scaled = round(scaled, 1)
    whole = scaled == scaled.to_integral_value()
    return format_number(scaled, known.tag, decimals=0 if whole else 1) + units[power]


def format_currency(
    value: Decimal | float, tag: str, *, currency: str | None = None, decimals: int | None = None
) -> str:
    """`value` as an amount of money: ``12,000円``, ``12,000원``, ``1.234,56 €``, ``12 ر.س``.

    Args:
        value: The amount.
        tag: BCP-47 tag of the language.
        currency: ISO 4217 code; the language's usual one when None.
        decimals: Digits after the decimal point; the currency's own number when None, and none
            for whole amounts in the language's own currency.

    Raises:
        InvalidInputError: `currency` is not a code.
    """
    from babel import Locale  # noqa: PLC0415 - as above
    from babel.numbers import format_currency as babel_currency  # noqa: PLC0415 - as above
    from babel.numbers import get_currency_precision, is_currency  # noqa: PLC0415 - as above

    known = profile(tag)
    code = (currency or known.currency).upper()
    if not is_currency(code):
        raise InvalidInputError(
            f"{currency!r} is not a currency.", cure="Use an ISO 4217 code such as EUR or JPY."
        )
    pattern = _OWN_CURRENCY.get((known.tag, code))
    amount = Decimal(str(value))
    if decimals is None:
        whole = amount == amount.to_integral_value()
        decimals = 0 if pattern and whole else get_currency_precision(code)
    if pattern:
        return pattern.format(format_number(amount, known.tag, decimals=decimals))
    standard = Locale.parse(known.locale).currency_formats["standard"].pattern
    fraction = "." + "0" * decimals if decimals else ""
    shape = re.sub(r"\.0+", fraction, standard)
    return babel_currency(amount, code, shape, locale=known.locale, currency_digits=False)


def format_compact_currency(
    value: Decimal | float, tag: str, *, currency: str | None = None
) -> str:
    """`value` as money in few characters, to one decimal: ``1.2万円``, ``3억원``, ``12,3 Mio. €``.

    Args:
        value: The amount.
        tag: BCP-47 tag of the language.
        currency: ISO 4217 code; the language's usual one when None.
    """
    from babel.numbers import format_compact_currency as babel_compact  # noqa: PLC0415 - as above

    known = profile(tag)
    code = (currency or known.currency).upper()
    pattern = _OWN_CURRENCY.get((known.tag, code))
    if pattern:
        return pattern.format(format_compact(value, known.tag))
    return babel_compact(value, code, locale=known.locale, fraction_digits=1)


def isolate_latin(text: str, tag: str) -> str:
    """`text` with isolates around Latin names, ids and numbers with signs, where `tag` needs them.

    Languages that run left to right are returned as they are. What is left alone, and how the marks
    are taken out again, is said in `dragoman.languages.text.bidi`.
    """
    return text if profile(tag).direction == "ltr" else isolate_runs(text)


def _with_native_digits(text: str, tag: str) -> str:
    digits = _NATIVE_DIGITS.get(tag)
    if digits is None:
        return text
    text = text.translate(str.maketrans("0123456789", digits))
    return text.translate(_ARABIC_SEPARATORS) if tag in {"ar", "fa"} else text
