from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dragoman.errors import InvalidArgumentsMistake, ToolFailedMistake
from dragoman.tools.builtin.calendar import holidays, make_calendar
from dragoman.tools.registry import Registry

# A Thursday.
NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
COUNTRIES = [
    "JP", "KR", "CN", "TW", "HK", "TH", "VN", "ID", "MY", "SG", "PH", "IN", "SA", "AE", "EG", "TR",
    "DE", "FR", "US",
]  # fmt: skip
calendar = make_calendar("UTC", now=lambda: NOON)


def test_today_is_read_in_the_configured_zone():
    assert calendar() == {"date": "2026-03-05", "weekday": "Thursday"}
    late = datetime(2026, 3, 5, 20, 0, tzinfo=UTC)
    assert make_calendar("Asia/Tokyo", now=lambda: late)()["date"] == "2026-03-06"


@pytest.mark.parametrize(
    ("start", "add", "unit", "reached"),
    [
        (None, 30, "days", "2026-04-04"),
        (None, -5, "days", "2026-02-28"),
        (None, 2, "weeks", "2026-03-19"),
        (date(2026, 1, 31), 1, "months", "2026-02-28"),
        (date(2024, 2, 29), 1, "years", "2025-02-28"),
        (date(2026, 3, 31), -1, "months", "2026-02-28"),
        (date(2026, 11, 30), 3, "months", "2027-02-28"),
        (None, 1, "friday", "2026-03-06"),
        (None, 1, "thursday", "2026-03-12"),
        (None, 2, "monday", "2026-03-16"),
        (None, -1, "thursday", "2026-02-26"),
        (None, -1, "wednesday", "2026-03-04"),
        (None, -2, "friday", "2026-02-20"),
        (date(1, 1, 1), 0, "days", "0001-01-01"),
    ],
)
def test_dates_are_counted_in_every_unit(start, add, unit, reached):
    assert calendar(day=start, add=add, unit=unit)["date"] == reached


@pytest.mark.parametrize(
    ("country", "start", "add", "reached"),
    [
        ("JP", date(2026, 5, 1), 1, "2026-05-07"),  # golden week: 3 to 6 May are off
        ("KR", date(2026, 2, 13), 1, "2026-02-19"),  # 설날
        ("CN", date(2026, 2, 13), 1, "2026-02-14"),  # a Saturday that is worked
        ("SA", date(2026, 3, 5), 1, "2026-03-08"),  # Friday and Saturday are the weekend
        ("AE", date(2026, 3, 5), 1, "2026-03-06"),  # since 2022 Saturday and Sunday
        ("EG", date(2026, 3, 5), -1, "2026-03-04"),
        ("DE", date(2026, 4, 2), 1, "2026-04-07"),  # Easter
        ("US", date(2026, 11, 25), 1, "2026-11-27"),  # Thanksgiving
        ("FR", date(2026, 5, 7), -3, "2026-05-04"),
    ],
)
def test_business_days_know_the_countrys_weekend_and_holidays(country, start, add, reached):
    told = calendar(day=start, add=add, unit="business_days", country=country)
    assert told["date"] == reached
    assert told["business_day"] is True


def test_days_between_two_dates_are_counted_both_ways():
    assert calendar(until=date(2026, 12, 25)) == {
        "from": "2026-03-05 (Thursday)",
        "until": "2026-12-25 (Friday)",
        "days": 295,
    }
    there = calendar(day=date(2026, 5, 1), until=date(2026, 5, 8), country="JP")
    assert (there["days"], there["business_days"]) == (7, 2)
    back = calendar(day=date(2026, 5, 8), until=date(2026, 5, 1), country="JP")
    assert (back["days"], back["business_days"]) == (-7, -2)


def test_a_holiday_is_named_in_the_countrys_own_language():
    told = calendar(day=date(2026, 2, 17), country="KR")
    assert (told["holiday"], told["business_day"]) == ("설날", False)


def test_the_settings_country_counts_when_none_is_named():
    told = make_calendar("UTC", "SA", now=lambda: NOON)(add=1)
    assert told == {
        "date": "2026-03-06",
        "weekday": "Friday",
        "country": "SA",
        "business_day": False,
    }


def test_it_says_when_working_weekends_are_not_announced_yet():
    told = calendar(day=date(2060, 3, 1), country="CN")
    assert told["note"] == "which weekends of 2060 are worked is not announced yet"
    assert "note" not in calendar(day=date(2026, 3, 2), country="CN")


@pytest.mark.parametrize("code", COUNTRIES)
def test_each_of_these_countries_has_holidays(code):
    listed = holidays(code, 2026)
    assert len(listed) >= 5
    assert listed == sorted(listed, key=lambda holiday: holiday["date"])


@pytest.mark.parametrize(
    ("country", "day", "name", "english"),
    [
        ("JP", "2026-01-01", "元日", "New Year's Day"),
        ("KR", "2026-02-17", "설날", "Korean New Year"),
        ("CN", "2026-02-17", "春节", "Chinese New Year (Spring Festival)"),
        ("TW", "2026-02-17", "春節", "Chinese New Year"),
        ("VN", "2026-02-17", "Tết Nguyên Đán", "Lunar New Year"),
        ("TH", "2026-04-13", "วันสงกรานต์", "Songkran Festival"),
    ],
)
def test_holidays_have_their_own_and_an_english_name(country, day, name, english):
    named = {holiday["date"]: holiday for holiday in holidays(country, 2026)}
    assert named[day]["name"].startswith(name)
    assert named[day]["english"].startswith(english)


def test_one_month_may_be_asked_for():
    assert {holiday["date"][:7] for holiday in holidays("JP", 2026, 5)} == {"2026-05"}
    assert holidays("JP", 2026, 6) == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"add": 2_000_000}, "too far away"),
        ({"add": 999_999, "unit": "years"}, "outside the years 1 to 9999"),
        ({"add": -999_999}, "outside the years 1 to 9999"),
        ({"add": 1, "until": date(2027, 1, 1)}, "either add or until"),
        ({"add": 3, "unit": "business_days"}, "differ by country; add country, such as JP"),
        ({"add": 900_000, "unit": "business_days", "country": "JP"}, "fifty years|are known from"),
        ({"unit": "friday"}, "Set add to 1"),
        ({"country": "ZZ"}, "The holidays of 'ZZ' are not known"),
        ({"day": date(1200, 1, 1), "country": "JP"}, "known from 1949 to 20.., not for 1200"),
        ({"day": date(1950, 1, 1), "until": date(2090, 1, 1), "country": "JP"}, "fifty years"),
    ],
)
def test_what_cannot_be_worked_out_is_the_models_mistake(arguments, problem):
    with pytest.raises(ToolFailedMistake, match=problem):
        calendar(**arguments)


@pytest.mark.parametrize(("month", "year"), [(13, 2026), (-1, 2026), (0, 1000), (0, 99999)])
def test_holidays_of_no_year_or_month_are_refused(month, year):
    with pytest.raises(ToolFailedMistake, match=r"is not a month|are known from"):
        holidays("JP", year, month)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"day": "2026-02-30"}, "day"),
        ({"day": "tomorrow"}, "day"),
        ({"unit": "fortnights"}, "unit"),
        ({"add": "many"}, "add"),
        ({"country": "Atlantis"}, "country"),
    ],
)
def test_arguments_of_another_kind_are_refused_before_the_call(arguments, problem):
    with pytest.raises(InvalidArgumentsMistake, match=f"calendar: {problem}"):
        Registry([calendar]).validate("calendar", arguments)


def test_a_country_may_be_named_in_words():
    assert Registry([holidays]).validate("holidays", {"country": "Japan", "year": 2026}) == {
        "country": "JP",
        "year": 2026,
        "month": 0,
    }
