"""Dates in the calendars that people ask for by name: Japanese eras, Hijri, Buddhist."""

from __future__ import annotations

import re
from datetime import date

from dragoman.errors import InvalidInputError

# First day and name of each era since Japan keeps the Gregorian calendar (1873), newest first.
_ERAS = (
    (date(2019, 5, 1), "令和", "Reiwa"),
    (date(1989, 1, 8), "平成", "Heisei"),
    (date(1926, 12, 25), "昭和", "Shōwa"),
    (date(1912, 7, 30), "大正", "Taishō"),
    (date(1873, 1, 1), "明治", "Meiji"),
)
_MEIJI_FIRST_YEAR = 1868
ERA_YEARS = {
    name: _MEIJI_FIRST_YEAR if latin == "Meiji" else first.year
    for first, japanese, latin in _ERAS
    for name in (japanese, latin)
}
"""The Gregorian year of each era's first year, by its Japanese and its Latin name."""

BUDDHIST_OFFSET = 543
"""What a Thai year has more than a Gregorian one."""

_HIJRI_MONTHS = {
    "ar": (
        "محرم", "صفر", "ربيع الأول", "ربيع الآخر", "جمادى الأولى", "جمادى الآخرة",
        "رجب", "شعبان", "رمضان", "شوال", "ذو القعدة", "ذو الحجة",
    ),
    "fa": (
        "محرم", "صفر", "ربیع‌الاول", "ربیع‌الثانی", "جمادی‌الاول", "جمادی‌الثانی",
        "رجب", "شعبان", "رمضان", "شوال", "ذیقعده", "ذیحجه",
    ),
    "ur": (
        "محرم", "صفر", "ربیع الاول", "ربیع الثانی", "جمادی الاول", "جمادی الثانی",
        "رجب", "شعبان", "رمضان", "شوال", "ذوالقعدہ", "ذوالحجہ",
    ),
    "en": (
        "Muharram", "Safar", "Rabi‘ I", "Rabi‘ II", "Jumada I", "Jumada II",
        "Rajab", "Sha‘ban", "Ramadan", "Shawwal", "Dhu al-Qi‘dah", "Dhu al-Hijjah",
    ),
}  # fmt: skip
_HIJRI_SIGNS = {"ar": "هـ", "fa": "ه‍.ق", "ur": "ھ", "en": "AH"}
_HIJRI_NAMES = {name for months in _HIJRI_MONTHS.values() for name in months}
_HIJRI_DATE = re.compile(
    r"(?<![0-9])(?P<day>[0-9]{1,2}) "
    rf"(?P<month>{'|'.join(sorted(map(re.escape, _HIJRI_NAMES), key=len, reverse=True))})"
    r",? (?P<year>1[345][0-9]{2})(?![0-9])"
)


def japanese_era(value: date, tag: str) -> str:
    """`value` in its Japanese era: ``令和7年3月5日``, in other languages ``5 March, Reiwa 7``.

    Raises:
        InvalidInputError: `value` is before 1873, when Japan had another calendar.
    """
    for first, name, latin in _ERAS:
        if value >= first:
            year = value.year - ERA_YEARS[name] + 1
            if tag == "ja":
                numeral = "元" if year == 1 else str(year)
                return f"{name}{numeral}年{value.month}月{value.day}日"
            return f"{value.isoformat()} ({latin} {year})"
    raise InvalidInputError(
        f"{value.isoformat()} has no Japanese era with Gregorian months.",
        cure="Eras are given for dates from 1873-01-01 on.",
    )


def hijri(value: date, tag: str) -> str:
    """`value` in the Umm al-Qura calendar: ``5 رمضان 1446 هـ``.

    Raises:
        InvalidInputError: `value` is outside the years that the calendar is defined for.
    """
    from hijridate import Gregorian  # noqa: PLC0415 - only those who ask for it need it

    try:
        lunar = Gregorian.fromdate(value).to_hijri()
    except OverflowError as error:
        raise InvalidInputError(
            f"{value.isoformat()} has no date in the Umm al-Qura calendar.",
            cure="It is defined from 1924-08-01 to 2077-11-16.",
        ) from error
    language = tag if tag in _HIJRI_MONTHS else "en"
    month = _HIJRI_MONTHS[language][lunar.month - 1]
    return f"{lunar.day} {month} {lunar.year} {_HIJRI_SIGNS[language]}"


def from_hijri(text: str) -> str:
    """`text` with every Hijri date that `hijri` writes as an ISO date; its digits are ASCII.

    What the calendar does not reach stays as it is.
    """
    return _HIJRI_DATE.sub(_gregorian, text) if _HIJRI_DATE.search(text) else text


def _gregorian(found: re.Match[str]) -> str:
    from hijridate import Hijri  # noqa: PLC0415 - as above

    month = next(
        months.index(found["month"]) + 1
        for months in _HIJRI_MONTHS.values()
        if found["month"] in months
    )
    try:
        day = Hijri(int(found["year"]), month, int(found["day"])).to_gregorian()
    except (OverflowError, ValueError):
        return found.group()
    return day.isoformat()


def buddhist_year(value: date) -> int:
    """The year of `value` as Thailand counts it."""
    return value.year + BUDDHIST_OFFSET
