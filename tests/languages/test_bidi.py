"""Isolate marks: what gets them, what does not, and that they take nothing away."""

import pytest

from dragoman.languages import consistency, isolate, isolate_latin, normalize, without_isolates
from dragoman.languages.text.bidi import balanced


@pytest.mark.parametrize(
    ("tag", "text", "piece"),
    [
        ("ar", "طلبكم رقم AB-1234 جاهز للاستلام", "AB-1234"),
        ("fa", "سفارش شما با شمارهٔ KX-200/7 ارسال شد", "KX-200/7"),
        ("ur", "آپ کا آرڈر ORD_5521 روانہ ہو چکا ہے", "ORD_5521"),
        ("ar", "اتصلوا بنا على +966 11 234 5678 صباحًا", "+966 11 234 5678"),
        ("fa", "به info@example.com پیام دهید", "info@example.com"),
        ("ur", "iPhone 15 Pro کی قیمت معلوم کیجیے", "iPhone 15 Pro"),
        ("ar", "الموعد 2025-03-05 صباحًا", "2025-03-05"),
    ],
)
def test_ids_names_and_telephone_numbers_are_isolated(tag, text, piece):
    assert isolate_latin(text, tag) == text.replace(piece, isolate(piece))


@pytest.mark.parametrize(
    "text",
    [
        "المصدر [1] والمصدر [2, 3]",
        "انظروا https://example.com/a/?b=1 للتفاصيل",
        "انظروا www.example.com/help للتفاصيل",
        "```\nprint(AB_1)\n```",
        "خلال 30 يومًا",
    ],
)
def test_citations_addresses_code_and_plain_numbers_are_not(text):
    assert isolate_latin(text, "ar") == text


def test_doing_it_twice_changes_nothing():
    once = isolate_latin("رقم الطلب AB-1234", "ar")
    assert isolate_latin(once, "ar") == once


@pytest.mark.parametrize("text", ["رقم AB-1234 و iPhone 15", "شماره KX-1", "Order AB-1 [1]"])
def test_the_marks_come_off_again(text):
    assert without_isolates(isolate_latin(text, "fa")) == text


def test_search_does_not_see_them():
    assert normalize(isolate_latin("رقم AB-1234", "ar"), "ar") == normalize("رقم AB-1234", "ar")


def test_the_reply_guard_does_not_see_them():
    plain = "سيصل الطلب AB-1234 خلال ثلاثة أيام عمل من تاريخ الشحن."
    assert consistency.check(isolate_latin(plain, "ar"), "ar").ok
    english = "Your order AB-1234 will arrive within three working days."
    assert consistency.check(isolate_latin(english, "ar"), "ar").problem == "wrong_language"


def test_a_wrapped_isolate_is_closed_and_opened_again():
    assert list(balanced(["أ \u2066AB", "12\u2069 ب", "ج"])) == [
        "أ \u2066AB\u2069",
        "\u206612\u2069 ب",
        "ج",
    ]
