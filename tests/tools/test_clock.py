from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dragoman.errors import ConfigurationError, ToolFailedMistake
from dragoman.tools.builtin import make_current_time

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
here = make_current_time("Asia/Tokyo", now=lambda: NOON)


def test_the_time_here_is_the_configured_zones():
    assert here() == "2026-03-05 21:00:00 (Thursday, UTC+0900)"
    assert here(timezone="  ") == here()


def test_an_empty_setting_means_the_machines_own_zone():
    local = NOON.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert make_current_time(now=lambda: NOON)().startswith(local)


def test_a_setting_that_is_no_zone_is_refused_at_once():
    with pytest.raises(ConfigurationError, match="'Asia/Atlantis' is not a time zone"):
        make_current_time("Asia/Atlantis")


@pytest.mark.parametrize(
    ("name", "clock"),
    [
        ("Asia/Seoul", "21:00"),
        ("asia/seoul", "21:00"),
        ("tokyo", "21:00"),
        ("New York", "07:00"),
        ("東京", "21:00"),
        ("서울", "21:00"),
        ("القاهرة", "14:00"),
        ("تهران", "15:30"),
        ("Москва", "15:00"),
        ("Londres", "12:00"),
        ("กรุงเทพ", "19:00"),
        ("日本", "21:00"),
        ("مصر", "14:00"),
        ("中国", "20:00"),
        ("Jamaica", "07:00"),
        ("Germany", "13:00"),
    ],
)
def test_cities_and_countries_are_found_in_the_profiles_languages(name, clock):
    assert f" {clock}:00 " in here(timezone=name)


@pytest.mark.parametrize(
    ("name", "clock"),
    [
        ("UTC+9", "21:00"),
        ("GMT+9", "21:00"),  # IANA's Etc/GMT+9 is nine hours on the other side
        ("ＵＴＣ＋９", "21:00"),
        ("utc−03:30", "08:30"),
        ("+0530", "17:30"),
        ("Etc/GMT+9", "03:00"),
        ("UTC", "12:00"),
    ],
)
def test_offsets_count_eastwards_unless_the_iana_name_is_spelled_out(name, clock):
    assert f" {clock}:00 " in here(timezone=name)


@pytest.mark.parametrize("name", ["United States", "Brasil", "West"])
def test_a_name_with_several_times_is_refused_and_the_choices_are_named(name):
    with pytest.raises(ToolFailedMistake, match=r"several time zones; use one of them: \w+/\w+"):
        here(timezone=name)


@pytest.mark.parametrize("name", ["Mars", "../../etc/passwd", "/etc/localtime", "a\x00b", "\ud800"])
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(ToolFailedMistake, match="is not a time zone; use an IANA name"):
        here(timezone=name)


@pytest.mark.parametrize("name", ["UTC+25", "+9999", "UTC+9:75"])
def test_an_offset_that_no_place_has_is_refused(name):
    with pytest.raises(ToolFailedMistake, match="is not an offset"):
        here(timezone=name)
