"""When people are there: weekly hours and holidays of each market, in its own time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dragoman.errors import DragomanError, ToolFailedMistake
from dragoman.languages import profile, resolve_tag
from dragoman.tools.builtin.holiday_data import Country

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*[-–]\s*(\d{1,2}):([0-5]\d)")
_FURTHEST_DAYS = 60
_DAY_MINUTES = 24 * 60

Span = tuple[int, int]
"""Minutes from midnight; an end beyond 24 hours is in the next day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """The next time that somebody is there."""

    at: datetime
    """The moment, in the market's time zone."""

    zone: str
    """IANA name of that zone."""

    def told(self, tag: str) -> str:
        """Day, time and city, as the language writes them."""
        from babel.dates import format_skeleton, get_timezone_location  # noqa: PLC0415 - 50 ms

        from dragoman.languages.formats import format_time  # noqa: PLC0415 - the same

        locale = profile(tag).locale
        day = format_skeleton("MMMEd", self.at, locale=locale)
        city = get_timezone_location(self.zone, locale=locale, return_city=True)
        return f"{day} {format_time(self.at, tag)} ({city})"


class Market(BaseModel):
    """Where some of the customers are, and when people answer them.

    Usage:
        Market(name="jp", languages=["ja"], timezone="Asia/Tokyo", holidays="JP",
               hours={"mon-fri": ["09:00-12:00", "13:00-18:00"]})
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    """What it is called, for people."""

    languages: tuple[str, ...] = Field(default=(), strict=False)
    """BCP-47 tags of the languages that its customers write."""

    timezone: str
    """IANA name of the zone that the hours are in, for example ``Asia/Tokyo``."""

    hours: dict[str, list[str]]
    """For a day (``sat``) or a row of days (``mon-fri``): when people are there, ``09:00-18:00``.
    An end before the beginning is in the next day; ``24:00`` is midnight."""

    holidays: str = ""
    """ISO 3166 code of the country whose public holidays are days off; empty for none."""

    closed: tuple[date, ...] = Field(default=(), strict=False)
    """More days off."""

    open: tuple[date, ...] = Field(default=(), strict=False)
    """Days on which people are there although they are public holidays."""

    @field_validator("hours", mode="before")
    @classmethod
    def _one_span_or_several(cls, hours: object) -> object:
        if not isinstance(hours, dict):
            return hours
        return {day: [spans] if isinstance(spans, str) else spans for day, spans in hours.items()}

    @field_validator("languages")
    @classmethod
    def _are_known(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(resolve_tag(tag) for tag in tags)
        except DragomanError as error:
            raise ValueError(str(error.message)) from None

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if not any(_week(self.hours)):
            raise ValueError("a market needs hours, for example {mon-fri: 09:00-18:00}")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.timezone!r}") from None
        if self.holidays:
            try:
                _country(self.holidays)
            except ToolFailedMistake as mistake:
                raise ValueError(str(mistake)) from None
        return self

    def opening(self, now: datetime) -> Opening | None:
        """When somebody is there again; None when somebody is there now, or never will be.

        Args:
            now: The present moment, aware of its zone.
        """
        for start, end in self._spans(now):
            if end > now:
                return None if start <= now else Opening(at=start, zone=self.timezone)
        return None

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is there."""
        return any(start <= now < end for start, end in self._spans(now))

    def _spans(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """When people are there, from the day before `now` on, in order."""
        zone = ZoneInfo(self.timezone)
        first = now.astimezone(zone).date() - timedelta(days=1)
        week = _week(self.hours)
        country = _country(self.holidays) if self.holidays else None
        for number in range(_FURTHEST_DAYS + 2):
            day = first + timedelta(days=number)
            if self._is_day_off(day, country):
                continue
            for start, end in week[day.weekday()]:
                yield _moment(day, start, zone), _moment(day, end, zone)

    def _is_day_off(self, day: date, country: Country | None) -> bool:
        if day in self.closed:
            return True
        if day in self.open or country is None:
            return False
        try:
            return country.holiday(day) is not None
        except ToolFailedMistake:
            return False  # years that nobody knows the holidays of have hours all the same


@cache
def _country(code: str) -> Country:
    return Country(code)


def _week(hours: dict[str, list[str]]) -> list[list[Span]]:
    """The spans of Monday to Sunday.

    Raises:
        ValueError: a day or a span that is none.
    """
    week: list[list[Span]] = [[] for _ in _DAYS]
    for days, spans in hours.items():
        for day in _days(days):
            week[day] += [_span(span) for span in spans]
    for listed in week:
        listed.sort()
        if any(before[1] > after[0] for before, after in pairwise(listed)):
            raise ValueError("the hours of a day overlap")
    return week


def _days(text: str) -> list[int]:
    first, _, last = text.strip().lower().partition("-")
    if first not in _DAYS or (last and last not in _DAYS):
        raise ValueError(f"{text!r} is no day; write mon, tue … or mon-fri")
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    return [day % 7 for day in range(start, (end if end >= start else end + 7) + 1)]


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text.strip())
    start, end = (
        (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4]))
        if found
        else (_DAY_MINUTES, 0)
    )
    if start >= _DAY_MINUTES or end > _DAY_MINUTES or start == end:
        raise ValueError(f"{text!r} is no time of day; write 09:00-18:00")
    return start, end if end > start else end + _DAY_MINUTES


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """That time on the clocks of the zone; through UTC, as clocks may be changed on that day."""
    days, rest = divmod(minutes, _DAY_MINUTES)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=zone)
    return local.astimezone(UTC).astimezone(zone)
