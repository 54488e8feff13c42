"""Dates worked out: so many days on, days between, weekdays, business days, holidays."""

from __future__ import annotations

import calendar as months
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dragoman.errors import ToolFailedMistake
from dragoman.tools.arguments import CountryCode
from dragoman.tools.builtin.holiday_data import Country
from dragoman.tools.tool import Tool, tool

Unit = Literal[
    "days", "weeks", "months", "years", "business_days",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
]  # fmt: skip

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FURTHEST = 1_000_000
_CALENDAR_HINTS = {
    "ja": "日付の計算：何日後、日数、曜日、営業日、祝日かどうか",
    "zh-Hans": "计算日期：几天后、相差几天、星期几、工作日、是否节假日",
    "zh-Hant": "計算日期：幾天後、相差幾天、星期幾、工作日、是否假日",
    "ko": "날짜 계산: 며칠 후, 며칠 사이, 요일, 영업일, 공휴일 여부",
    "ar": "حساب التواريخ: بعد أيام، عدد الأيام بين تاريخين، يوم الأسبوع، أيام العمل",
    "th": "คำนวณวันที่ จำนวนวัน วันในสัปดาห์ วันทำการ",
    "vi": "Tính ngày: sau bao nhiêu ngày, thứ mấy, ngày làm việc",
    "de": "Datum berechnen: Tage später, Tage dazwischen, Wochentag, Werktage",
    "fr": "Calculer des dates : jours après, durée, jour de la semaine, jours ouvrés",
    "es": "Calcular fechas: días después, días entre fechas, día de la semana, días hábiles",
}
_HOLIDAY_HINTS = {
    "ja": "国の祝日の一覧（正月、春節など）",
    "zh-Hans": "一个国家的法定节假日（春节、国庆等）",
    "zh-Hant": "一個國家的國定假日（農曆新年等）",
    "ko": "나라의 공휴일 목록 (설날, 추석 등)",
    "ar": "العطل الرسمية في بلد (عيد الفطر وغيره)",
    "th": "วันหยุดราชการของประเทศ (ตรุษจีน สงกรานต์)",
    "vi": "Ngày lễ của một nước (Tết Nguyên Đán…)",
    "de": "Feiertage eines Landes",
    "fr": "Jours fériés d'un pays",
    "es": "Días festivos de un país",
}


def make_calendar(
    timezone: str = "",
    country: str = "",
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Tool:
    """The tool `calendar`.

    Args:
        timezone: IANA zone in which "today" is read; the machine's own when empty.
        country: ISO 3166 code whose business days count when the question names no country.
        now: Source of the present moment, aware of its zone.
    """
    zone = ZoneInfo(timezone) if timezone else None
    default = country

    @tool(name="calendar", effect="none", trusted=True, hints=_CALENDAR_HINTS)
    def calendar(
        day: date | None = None,
        add: int = 0,
        unit: Unit = "days",
        until: date | None = None,
        country: CountryCode = "",
    ) -> dict[str, Any]:
        """Work out dates: so many days later or earlier, days between two dates, weekdays.

        Args:
            day: Start as YYYY-MM-DD; leave it out for today.
            add: How many units later, negative for earlier; 1 friday is the next Friday.
            unit: What to count in.
            until: End as YYYY-MM-DD, to count the days from day to it.
            country: Two letters such as JP, to know about holidays and business days.
        """
        start = day or now().astimezone(zone).date()
        where = Country(country or default) if country or default else None
        if until is not None:
            if add:
                raise ToolFailedMistake("Give either add or until, not both.")
            return _difference(start, until, where)
        return _described(_moved(start, add, unit, where), where)

    return calendar


@tool(effect="none", trusted=True, hints=_HOLIDAY_HINTS)
def holidays(country: CountryCode, year: int, month: int = 0) -> list[dict[str, str]]:
    """List the public holidays of a country in a year, with their names.

    Args:
        country: Two letters such as JP, KR or SA.
        year: For example 2026.
        month: 1 to 12; leave it out for the whole year.
    """
    if not 0 <= month <= 12:
        raise ToolFailedMistake(f"{month} is not a month; use 1 to 12, or leave it out.")
    found = Country(country).holidays(year)
    return [
        {
            "date": holiday.day.isoformat(),
            "weekday": _WEEKDAYS[holiday.day.weekday()],
            "name": holiday.name,
            **({"english": holiday.english} if holiday.english != holiday.name else {}),
        }
        for holiday in found
        if month in {0, holiday.day.month}
    ]


def _moved(start: date, add: int, unit: Unit, country: Country | None) -> date:
    if abs(add) > _FURTHEST:
        raise ToolFailedMistake(f"{add} is too far away; the limit is {_FURTHEST:,}.")
    try:
        if unit == "business_days":
            if country is None:
                raise ToolFailedMistake("Business days differ by country; add country, such as JP.")
            return country.after(start, add)
        if unit in {"days", "weeks"}:
            return start + timedelta(days=add * (7 if unit == "weeks" else 1))
        if unit in {"months", "years"}:
            return _months_later(start, add * (12 if unit == "years" else 1))
        return _weekday_later(start, add, _WEEKDAYS.index(unit.capitalize()))
    except (OverflowError, ValueError):
        raise ToolFailedMistake("That date is outside the years 1 to 9999.") from None


def _months_later(start: date, count: int) -> date:
    """The same day of another month, or its last day where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        raise ValueError(year)
    return date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))


def _weekday_later(start: date, count: int, weekday: int) -> date:
    """The `count`-th such weekday after `start`, or before it; `start` itself does not count."""
    if count == 0:
        raise ToolFailedMistake("Set add to 1 for the next such weekday, to -1 for the last one.")
    ahead = (weekday - start.weekday() - 1) % 7 + 1
    if count > 0:
        return start + timedelta(days=ahead + 7 * (count - 1))
    return start + timedelta(days=(ahead - 7 or -7) + 7 * (count + 1))


def _described(day: date, country: Country | None) -> dict[str, Any]:
    told: dict[str, Any] = {"date": day.isoformat(), "weekday": _WEEKDAYS[day.weekday()]}
    if country is not None:
        holiday = country.holiday(day)
        told["country"] = country.code
        told["business_day"] = country.is_business_day(day)
        if holiday is not None:
            told["holiday"] = holiday.name
        told |= _open(day, country)
    return told


def _difference(start: date, end: date, country: Country | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "from": f"{start.isoformat()} ({_WEEKDAYS[start.weekday()]})",
        "until": f"{end.isoformat()} ({_WEEKDAYS[end.weekday()]})",
        "days": (end - start).days,
    }
    if country is not None:
        told["country"] = country.code
        told["business_days"] = country.between(start, end)
        told |= _open(max(start, end), country)
    return told


def _open(day: date, country: Country) -> dict[str, str]:
    if not country.are_working_weekends_open(day):
        return {}
    return {"note": f"which weekends of {day.year} are worked is not announced yet"}
