"""Days as people name them, read as dates."""

from datetime import date
from importlib.resources import files

import pytest
import yaml

from dragoman.languages import profiles
from dragoman.languages.dates import find_dates, read_date

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("tag", "text", "days"),
    [
        ("ja", "来週の月曜日の午後に会議室を予約して", ["11-30"]),
        ("ja", "12月3日か明後日", ["12-03", "11-25"]),
        ("ja", "十二月三日に届きますか", ["12-03"]),
        ("ja", "３日後に発送", ["11-26"]),
        ("ko", "다음 주 수요일에 예약해 주세요", ["12-02"]),
        ("ko", "12월 3일이나 내일모레", ["12-03", "11-25"]),
        ("zh-Hans", "下周五和后天", ["12-04", "11-25"]),
        ("zh-Hans", "下个星期二", ["12-01"]),
        ("zh-Hant", "這週五或12月3號", ["11-27", "12-03"]),
        ("yue", "聽日得唔得？", ["11-24"]),
        ("ar", "يوم الاثنين القادم", ["11-30"]),
        ("ar", "في ٣ ديسمبر", ["12-03"]),
        ("ar", "بعد ٣ أيام", ["11-26"]),
        ("fa", "فردا عصر", ["11-24"]),
        ("ur", "اگلے پیر کو", ["11-30"]),
        ("de", "übermorgen oder am 3. Dezember", ["11-25", "12-03"]),
        ("de", "am 03.12.2026", ["12-03"]),
        ("en", "on Dec 3rd or tomorrow", ["12-03", "11-24"]),
        ("fr", "le 3 décembre ou après-demain", ["12-03", "11-25"]),
        ("es", "el 3 de diciembre", ["12-03"]),
        ("pt", "3 de dezembro", ["12-03"]),
        ("it", "il 3 dicembre, dopodomani", ["12-03", "11-25"]),
        ("nl", "volgende week maandag", ["11-30"]),
        ("pl", "w poniedziałek 3 grudnia", ["11-30", "12-03"]),
        ("ru", "в следующий понедельник или 3 декабря", ["11-30", "12-03"]),
        ("uk", "післязавтра", ["11-25"]),
        ("tr", "3 Aralık, yarın", ["12-03", "11-24"]),
        ("th", "วันที่ 3 ธันวาคม 2569 หรือพรุ่งนี้", ["12-03", "11-24"]),
        ("vi", "ngày 3 tháng 12 hoặc thứ sáu tuần sau", ["12-03", "12-04"]),
        ("id", "3 Desember atau besok", ["12-03", "11-24"]),
        ("ms", "esok pagi", ["11-24"]),
        ("hi", "3 दिसंबर को", ["12-03"]),
    ],
)
def test_a_day_is_read_as_its_language_names_it(tag, text, days):
    found = [f"{named.day:%m-%d}" for named in find_dates(text, tag, today=MONDAY)]
    assert found == days


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("en", "next Friday"),  # this week's or next week's: people differ
        ("de", "nächsten Freitag"),
        ("hi", "कल"),  # yesterday or tomorrow
        ("en", "3/12 of the members"),
        ("ja", "一昨年の話です"),
        ("zh-Hans", "周一围巾"[1:]),
        ("de", "31. Februar"),
    ],
)
def test_what_is_not_clearly_a_day_is_left_alone(tag, text):
    assert find_dates(text, tag, today=MONDAY) == ()


def test_a_date_without_a_year_is_the_next_one():
    assert read_date("3月1日", "ja", today=MONDAY) == date(2027, 3, 1)


def test_two_days_are_not_one():
    assert read_date("明日か明後日", "ja", today=MONDAY) is None


def test_every_language_has_its_days():
    data = yaml.safe_load(files("dragoman.languages").joinpath("dates.yaml").read_text("utf-8"))
    assert set(data) == {known.tag for known in profiles()}
    assert all(len(entry["weekdays"]) == 7 for entry in data.values())
