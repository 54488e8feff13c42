"""Public holidays and weekends by country, from the `holidays` library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dragoman.errors import ToolFailedMistake

if TYPE_CHECKING:
    from holidays import HolidayBase

MOST_DAYS = 20_000
"""Days that are walked through for one answer: more than fifty years."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Holiday:
    """One day off, everywhere in a country."""

    day: date
    """The day."""

    name: str
    """Its name in the country's own language."""

    english: str
    """Its name in English; the same as `name` where the library knows no other."""


class Country:
    """When a country works.

    Usage:
        Country("SA").is_business_day(date(2026, 3, 5))
    """

    def __init__(self, code: str) -> None:
        """Take a country by its ISO 3166 code.

        Raises:
            ToolFailedMistake: the library has no such country.
        """
        import holidays  # noqa: PLC0415 - read when the first country is asked about

        try:
            sample = holidays.country_holidays(code)
        except NotImplementedError:
            raise ToolFailedMistake(
                f"The holidays of {code!r:.40} are not known; use an ISO 3166 code such as JP."
            ) from None
        self.code = code
        own = sample.default_language
        languages = sample.supported_languages
        english = next((tag for tag in ("en_US", "en_GB") if tag in languages), own)
        self._own: HolidayBase = holidays.country_holidays(code, language=own)
        self._english: HolidayBase = holidays.country_holidays(code, language=english)
        self._first, self._last = sample.start_year, sample.end_year

    def holidays(self, year: int) -> list[Holiday]:
        """The holidays of a year, in order.

        Raises:
            ToolFailedMistake: a year that the library does not know.
        """
        self._check(year)
        first, last = date(year, 1, 1), date(year, 12, 31)
        _ = first in self._own, first in self._english  # which makes the year's entries
        return [
            Holiday(day=day, name=name, english=self._english.get(day) or name)
            for day, name in sorted(self._own.items())
            if first <= day <= last
        ]

    def holiday(self, day: date) -> Holiday | None:
        """The holiday on that day."""
        self._check(day.year)
        name = self._own.get(day)
        if not name:
            return None
        return Holiday(day=day, name=name, english=self._english.get(day) or name)

    def is_business_day(self, day: date) -> bool:
        """Whether people work: no weekend, no holiday, or a weekend day that is worked."""
        self._check(day.year)
        return self._own.is_working_day(day)

    def are_working_weekends_open(self, day: date) -> bool:
        """Whether the country moves working days to weekends, and has not yet said so for then."""
        _ = day in self._own
        moved = self._own.weekend_workdays
        return self.code == "CN" and bool(moved) and day.year > max(moved).year

    def after(self, day: date, count: int) -> date:
        """The day that is `count` business days after `day`; before it when negative."""
        step = timedelta(days=1 if count > 0 else -1)
        walked, left = 0, abs(count)
        while left:
            day += step
            walked += 1
            if walked > MOST_DAYS:
                raise ToolFailedMistake("That is more than fifty years away; ask for fewer days.")
            left -= self.is_business_day(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Business days after `start` up to and with `end`; negative when `end` is earlier."""
        if abs((end - start).days) > MOST_DAYS:
            raise ToolFailedMistake("Business days are counted over fifty years at most.")
        days = sum(map(self.is_business_day, _days(min(start, end), max(start, end))))
        return days if end >= start else -days

    def _check(self, year: int) -> None:
        if not self._first <= year <= self._last:
            raise ToolFailedMistake(
                f"The holidays of {self.code} are known from {self._first} to {self._last}, "
                f"not for {year}."
            )


def _days(first: date, last: date) -> Iterator[date]:
    for number in range(1, (last - first).days + 1):
        yield first + timedelta(days=number)
