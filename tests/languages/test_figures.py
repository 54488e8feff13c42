"""Figures are the same however a language writes them."""

import pytest

from dragoman.languages import Formats, figures, localize, profiles


@pytest.mark.parametrize(
    ("texts", "figure"),
    [
        (("12000", "１２，０００円", "12.000 €", "12 000 €", "12\u202f000 €", "١٢٬٠٠٠"), "12000"),
        (("1.2万円", "1万2千円", "一万二千円", "12,000.00"), "12000"),
        (("3億5,000万", "3억 5000만 원", "350,000,000"), "350000000"),
        (("三十天", "30 Tage", "३० दिन", "๓๐ วัน", "30日以内"), "30"),
        (("十四日以内", "14 days"), "14"),
        (("12,50 €", "$12.5", "012.50"), "125"),
        (("令和7年", "令和七年", "พ.ศ. 2568", "Reiwa 7", "2025"), "2025"),
        (("令和元年", "平成31年", "2019"), "2019"),
    ],
)
def test_one_figure_written_in_many_ways_is_one_figure(texts, figure):
    for text in texts:
        assert figures(text) == {figure}, text


@pytest.mark.parametrize(
    "text",
    ["2025-03-05", "2025年3月5日", "令和7年3月5日", "05.03.2025", "5/3/2025", "5 رمضان 1446 هـ",
     "٥ رمضان ١٤٤٦", "5 Ramadan 1446 AH"],
)  # fmt: skip
def test_a_date_is_the_same_in_every_calendar(text):
    assert figures(text) == {"2025", "3", "5"}


@pytest.mark.parametrize(
    "text", ["十分に", "一般的な", "万が一", "三菱", "千代田", "없는 만큼", "一起"]
)
def test_words_with_numerals_in_them_state_no_figure(text):
    assert figures(text) == set()


@pytest.mark.parametrize("known", profiles(), ids=lambda known: known.tag)
def test_what_localizing_writes_states_the_figures_of_what_the_tool_returned(known):
    raw = {"amount": "12000", "currency": "USD"}
    assert figures(localize(raw, known.tag)) == {"12000"}
    assert figures(localize("1234567.25", known.tag, counts=True)) == {"123456725"}
    day = figures(localize("2025-03-05", known.tag))
    assert {"2025", "5"} <= day <= {"2025", "3", "5"}


@pytest.mark.parametrize(
    ("tag", "calendar"), [("ja", "japanese"), ("ar", "hijri"), ("fa", "hijri")]
)
def test_so_do_dates_in_a_calendar_that_was_asked_for(tag, calendar):
    assert figures(localize("2025-03-05", tag, Formats(calendar=calendar))) == {"2025", "3", "5"}
