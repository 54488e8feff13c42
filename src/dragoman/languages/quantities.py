"""Numbers, amounts and counts read back from what people write.

`三件`, `１２，０００円`, `٣ قطع`, `1.234,56 €` and `3만 5천 원` all become a number and a unit.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from dragoman.errors import InvalidInputError
from dragoman.languages.profiles import profile

_DIGITS = {
    **dict(zip("〇一二三四五六七八九", range(10), strict=True)),
    **dict(zip("零壹貳參肆伍陸柒捌玖", range(10), strict=True)),
    **dict(zip("영일이삼사오육칠팔구", range(10), strict=True)),
}
_DIGITS |= {"壱": 1, "弐": 2, "参": 3, "贰": 2, "叁": 3, "陆": 6, "两": 2, "兩": 2}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_TENS |= {"십": 10, "백": 100, "천": 1000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_MYRIADS |= {"만": 10**4, "억": 10**8, "조": 10**12}
_KOREAN = {"한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4}
_KOREAN |= {"다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "스무": 20}

_IDEOGRAPHIC = "".join({*_DIGITS, *_TENS, *_MYRIADS})
_SIGN = r"(?P<sign>[-+−]?)"
_WESTERN = re.compile(rf"{_SIGN}\s*(?P<number>[0-9](?:[0-9.,'’٬٫ \u00a0\u202f]*[0-9])?)")
_EASTERN = re.compile(rf"(?:[0-9.,]+\s*[{_IDEOGRAPHIC}]|[{_IDEOGRAPHIC}])[0-9.,{_IDEOGRAPHIC}\s]*")
# Hangul digits are common syllables of words (이, 일, 오); they count beside 십, 백, 천, 만 only.
_HANGUL_SYLLABLES = re.compile(r"[영일이삼사오육칠팔구\s]+")
_NATIVE_KOREAN = re.compile(
    rf"(?P<word>{'|'.join(sorted(_KOREAN, key=len, reverse=True))})\s*"
    r"(?P<unit>개|명|분|권|장|병|대|마리|잔|살|시간|시|번|벌|켤레|송이)"
)
_BIDI = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]")

_CURRENCIES = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "eur": "EUR", "يورو": "EUR", "евро": "EUR",
    "£": "GBP", "us$": "USD", "nt$": "TWD", "hk$": "HKD", "r$": "BRL", "s$": "SGD", "a$": "AUD",
    "円": "JPY", "圓": "TWD", "엔": "JPY", "日元": "JPY", "日圓": "JPY",
    "人民币": "CNY", "块": "CNY", "rmb": "CNY", "美元": "USD", "ドル": "USD", "달러": "USD",
    "원": "KRW", "₩": "KRW", "ر.س": "SAR", "ريال": "SAR", "د.إ": "AED", "درهم": "AED",
    "ج.م": "EGP", "جنيه": "EGP", "دولار": "USD", "ریال": "IRR", "تومان": "IRT", "روپے": "PKR",
    "₹": "INR", "रुपये": "INR", "रुपए": "INR", "₽": "RUB", "руб": "RUB", "рублей": "RUB",
    "₴": "UAH", "грн": "UAH", "₺": "TRY", "tl": "TRY", "zł": "PLN", "฿": "THB", "บาท": "THB",
    "₫": "VND", "đ": "VND", "đồng": "VND", "rp": "IDR", "rm": "MYR",
}  # fmt: skip
# Signs that mean another currency in another language.
_SHARED = {"¥": {"zh-Hans": "CNY", "zh-Hant": "JPY"}, "元": {"zh-Hant": "TWD", "yue": "HKD"}}
_SHARED_DEFAULT = {"¥": "JPY", "元": "CNY", "$": "USD"}
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number with what it counts."""

    value: Decimal
    """The number."""

    unit: str = ""
    """What stands around it, for example ``件`` or ``قطع``; empty when nothing does."""

    currency: str = ""
    """ISO 4217 code where the unit is money; empty otherwise."""


def parse_number(text: str, tag: str) -> Decimal:
    """The number that `text` is, without any unit.

    Raises:
        InvalidInputError: `text` is not a number, or more than one.
    """
    quantity = parse_quantity(text, tag)
    if quantity.unit:
        raise InvalidInputError(
            f"{text!r} is more than a number.", cure=f"Leave out {quantity.unit!r}."
        )
    return quantity.value


def parse_quantity(text: str, tag: str) -> Quantity:
    """The number in `text` and its unit.

    Args:
        text: One number in digits of any script or in Chinese, Japanese or Korean numerals, with
            or without a unit or a currency sign.
        tag: BCP-47 tag of the language, which decides what a point and a comma mean.

    Raises:
        InvalidInputError: there is no number in `text`, or its separators contradict each other.
    """
    tag = profile(tag).tag
    plain = _plain(text)
    korean = _NATIVE_KOREAN.fullmatch(plain)
    if korean:
        return Quantity(value=Decimal(_KOREAN[korean["word"]]), unit=korean["unit"])
    eastern = next(
        (m for m in _EASTERN.finditer(plain) if not _HANGUL_SYLLABLES.fullmatch(m.group())), None
    )
    western = _WESTERN.search(plain)
    if eastern and (western is None or eastern.start() <= western.start()):
        start, end, value = eastern.start(), eastern.end(), parse_eastern(eastern.group())
    elif western:
        start, end = western.span()
        value = _western(western["number"], tag, text)
        value = -value if western["sign"] in {"-", "−"} else value
    else:
        raise InvalidInputError(f"There is no number in {text!r}.", cure="Write it in digits.")
    unit = (plain[:start].strip() + " " + plain[end:].strip()).strip()
    if re.search(r"[0-9]", unit):
        raise InvalidInputError(
            f"There is more than one number in {text!r}.", cure="Ask about one at a time."
        )
    return Quantity(value=value, unit=unit, currency=currency_of(unit, tag))


def _plain(text: str) -> str:
    """`text` with ASCII digits, one width and no direction marks."""
    text = _BIDI.sub("", unicodedata.normalize("NFKC", text)).strip()
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text
    ).replace("،", ",")


def _western(number: str, tag: str, text: str) -> Decimal:
    """A number in digits. Where the separators leave a doubt the language decides."""
    number = re.sub(r"[ \u00a0\u202f'’]", "", number).replace("٬", ",").replace("٫", ".")
    points, commas = number.count("."), number.count(",")
    if points and commas:
        decimal = max(".,", key=number.rfind)
    elif points + commas == 1:
        separator = "." if points else ","
        own = _decimal_symbol(tag)
        grouped = re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", number)
        decimal = separator if separator == own or not grouped else ""
    else:
        decimal = ""
    whole, _, fraction = number.rpartition(decimal) if decimal else (number, "", "")
    groups = re.split("[.,]", whole)
    if (decimal and decimal in whole) or not _are_groups(groups):
        raise InvalidInputError(
            f"The points and commas in {text!r} do not fit together.",
            cure="Group the digits by three, or leave the separators out.",
        )
    return Decimal("".join(groups) + (f".{fraction}" if fraction else ""))


def _are_groups(groups: list[str]) -> bool:
    if len(groups) == 1:
        return True
    first, *middle, last = groups
    western = len(first) <= 3 and all(len(group) == 3 for group in middle)
    indian = len(first) <= 2 and all(len(group) == 2 for group in middle)
    return bool(first) and len(last) == 3 and (western or indian)


def _decimal_symbol(tag: str) -> str:
    from babel.numbers import get_decimal_symbol  # noqa: PLC0415 - Babel takes 50 ms

    return get_decimal_symbol(profile(tag).locale)


def parse_eastern(number: str) -> Decimal:
    """A number in ideographs or hangul, also mixed with digits: 一万二千, 1万2千, 3억 5000만.

    Args:
        number: Nothing but ASCII digits, their separators and numerals.

    Raises:
        InvalidInputError: its separators contradict each other.
    """
    total = section = Decimal(0)
    pending: Decimal | None = None
    for token in re.findall(rf"[0-9][0-9.,]*|[{_IDEOGRAPHIC}]", number):
        if token in _MYRIADS:
            section += pending or 0
            total += (section or 1) * _MYRIADS[token]
            section, pending = Decimal(0), None
        elif token in _TENS:
            section += (1 if pending is None else pending) * _TENS[token]
            pending = None
        else:
            digit = Decimal(_DIGITS[token]) if token in _DIGITS else _digits(token, number)
            # 二〇二五: digits one after the other, as in a year
            pending = digit if pending is None else pending * 10 + digit
    return total + section + (pending or 0)


def _digits(token: str, text: str) -> Decimal:
    return _western(token.rstrip(".,"), "en", text)


def currency_of(unit: str, tag: str) -> str:
    """The ISO 4217 code that a sign or word beside an amount means; empty when it means none."""
    if unit in _SHARED_DEFAULT:
        return _SHARED.get(unit, {}).get(tag, _SHARED_DEFAULT[unit])
    if _CODE.fullmatch(unit):
        return unit
    return _CURRENCIES.get(unit.lower().rstrip("."), "")
