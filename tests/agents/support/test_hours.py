"""When people are there: hours, holidays and time zones, with a clock of one's own."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dragoman.agents.support.hours import Market
from dragoman.agents.support.spec import Support

TOKYO = ZoneInfo("Asia/Tokyo")


def market(**fields):
    given = {"name": "jp", "timezone": "Asia/Tokyo", "hours": {"mon-fri": "09:00-18:00"}}
    return Market(**{**given, **fields})


def at(*moment, zone=TOKYO):
    return datetime(*moment, tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(2026, 11, 20, 9, 0), None),
        (at(2026, 11, 20, 17, 59), None),
        (at(2026, 11, 20, 8, 59), at(2026, 11, 20, 9, 0)),
        (at(2026, 11, 20, 18, 0), at(2026, 11, 24, 9, 0)),  # a weekend, then a holiday
        (at(2026, 11, 23, 10, 0), at(2026, 11, 24, 9, 0)),  # 勤労感謝の日
        (datetime(2026, 11, 20, 0, 30, tzinfo=UTC), None),  # half past nine in Tokyo
    ],
)
def test_the_next_opening_leaves_out_nights_weekends_and_holidays(now, opens):
    found = market(holidays="JP").opening(now)
    assert (found.at if found else None) == opens
    assert market(holidays="JP").is_open(now) is (opens is None)


@pytest.mark.parametrize(
    ("country", "zone", "day"),
    [
        ("JP", "Asia/Tokyo", (2026, 11, 3)),
        ("KR", "Asia/Seoul", (2026, 10, 9)),
        ("TW", "Asia/Taipei", (2026, 2, 17)),
        ("CN", "Asia/Shanghai", (2026, 10, 1)),
        ("HK", "Asia/Hong_Kong", (2026, 7, 1)),
        ("TH", "Asia/Bangkok", (2026, 4, 13)),
        ("VN", "Asia/Ho_Chi_Minh", (2026, 9, 2)),
        ("ID", "Asia/Jakarta", (2026, 8, 17)),
        ("SA", "Asia/Riyadh", (2026, 9, 23)),
        ("DE", "Europe/Berlin", (2026, 10, 3)),
    ],
)
def test_national_holidays_are_days_off(country, zone, day):
    known = market(timezone=zone, holidays=country, hours={"mon-sun": "09:00-18:00"})
    noon = datetime(*day, 12, tzinfo=ZoneInfo(zone))
    assert not known.is_open(noon)
    assert market(timezone=zone, hours={"mon-sun": "09:00-18:00"}).is_open(noon)


def test_breaks_nights_and_own_days_off_are_kept():
    known = market(
        hours={"mon-fri": ["13:00-18:00", "09:00-12:00"], "sat": "22:00-02:00"},
        closed=[date(2026, 11, 25)],
    )
    assert known.opening(at(2026, 11, 24, 12, 30)).at == at(2026, 11, 24, 13, 0)
    assert known.opening(at(2026, 11, 24, 18, 0)).at == at(2026, 11, 26, 9, 0)
    assert known.is_open(at(2026, 11, 22, 1, 0))  # Saturday night
    assert not known.is_open(at(2026, 11, 22, 2, 0))


def test_a_holiday_can_be_worked():
    known = market(holidays="JP", open=[date(2026, 11, 23)])
    assert known.is_open(at(2026, 11, 23, 10, 0))


def test_clocks_that_are_changed_move_the_opening_with_them():
    berlin = ZoneInfo("Europe/Berlin")
    known = market(timezone="Europe/Berlin", hours={"mon-sun": "09:00-18:00"})
    before, after = at(2026, 10, 24, 20, zone=berlin), at(2026, 10, 25, 20, zone=berlin)
    assert known.opening(before).at.astimezone(UTC).hour == 8  # 25 October: winter time
    assert known.opening(after).at.astimezone(UTC).hour == 8
    assert known.opening(at(2026, 10, 23, 20, zone=berlin)).at.astimezone(UTC).hour == 7


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("ja", "11月24日(火) 9:00 (東京)"),
        ("ko", "11월 24일 (화) 오전 9:00 (도쿄)"),
        ("zh-Hant", "11月24日 週二 上午9:00 (東京)"),
        ("th", "อ. 24 พ.ย. 09:00 (โตเกียว)"),
        ("de", "Di., 24. Nov. 09:00 (Tokio)"),
    ],
)
def test_an_opening_is_told_as_the_language_writes_it(tag, told):
    assert market(holidays="JP").opening(at(2026, 11, 20, 19, 0)).told(tag) == told


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"hours": {}}, "needs hours"),
        ({"hours": {"monday": "09:00-18:00"}}, "no day"),
        ({"hours": {"mon": "9-18"}}, "no time of day"),
        ({"hours": {"mon": "25:00-26:00"}}, "no time of day"),
        ({"hours": {"mon": "09:00-09:00"}}, "no time of day"),
        ({"hours": {"mon": ["09:00-12:00", "11:00-18:00"]}}, "overlap"),
        ({"timezone": "Asia/Edo"}, "no time zone"),
        ({"holidays": "XX"}, "not known"),
        ({"languages": ["klingon"]}, "klingon"),
    ],
)
def test_a_market_that_cannot_be_kept_is_refused(fields, fault):
    with pytest.raises(ValueError, match=fault):
        market(**fields)


def test_who_writes_in_a_language_that_no_market_names_belongs_to_the_first():
    hours = {"mon": "09:00-10:00"}
    markets = [
        {"name": "jp", "languages": ["ja"], "timezone": "Asia/Tokyo", "hours": hours},
        {"name": "kr", "languages": ["ko"], "timezone": "Asia/Seoul", "hours": hours},
    ]
    support = Support(markets=markets)
    assert [support.market(tag).name for tag in ("ko", "ja", "th")] == ["kr", "jp", "jp"]
    assert Support().market("ja") is None
