"""Sentences with offsets, in every way of ending one."""

from itertools import pairwise

import pytest

from dragoman.languages import Segment, sentences


def cut(text, tag):
    return [text[segment.start : segment.end] for segment in sentences(text, tag)]


@pytest.mark.parametrize(
    ("text", "tag", "expected"),
    [
        ("届きます。返品もできます！", "ja", ["届きます。", "返品もできます！"]),
        ("「はい。」と答えた。次です。", "ja", ["「はい。」と答えた。", "次です。"]),
        ("他说：“好。”然后走了。", "zh-Hans", ["他说：“好。”", "然后走了。"]),
        ("배송됩니다. 반품도 됩니다.", "ko", ["배송됩니다.", "반품도 됩니다."]),
        ("هل وصل الطلب؟ نعم. شكرًا!", "ar", ["هل وصل الطلب؟", "نعم.", "شكرًا!"]),
        ("یہ ٹھیک ہے۔ شکریہ۔", "ur", ["یہ ٹھیک ہے۔", "شکریہ۔"]),
        ("यह है। वह था॥", "hi", ["यह है।", "वह था॥"]),
        ("Dr. Smith paid $3.50. He left!", "en", ["Dr. Smith paid $3.50.", "He left!"]),
        ("Am 3. Mai kam Herr A. Müller. Ende.", "de", ["Am 3. Mai kam Herr A. Müller.", "Ende."]),
        ("В 2020 г. было 5 млн. руб. Всё.", "ru", ["В 2020 г. было 5 млн. руб. Всё."]),
        ("Well... maybe. “Really?” she said.", "en", ["Well... maybe.", "“Really?” she said."]),
        ("1. Open it.\n2. Close it.", "en", ["1. Open it.", "2. Close it."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, tag, expected):
    assert cut(text, tag) == expected


def test_thai_is_cut_at_spaces_between_long_stretches_only():
    long = "บริษัทของเรามีบริการเปลี่ยนแบตเตอรี่สำหรับโทรศัพท์ทุกรุ่น"
    assert cut(f"{long} {long}", "th") == [long, long]
    assert cut("สวัสดี ครับ", "th") == ["สวัสดี ครับ"]


def test_offsets_leave_out_the_white_space_around():
    assert sentences("  One.  Two. ", "en") == [Segment(start=2, end=6), Segment(start=8, end=12)]


@pytest.mark.parametrize("tag", ["en", "ja", "th", "ar"])
def test_segments_are_in_order_and_cover_every_visible_character(tag):
    text = "One. 二つ目。\n\n ثلاثة؟ สี่ — «Five.» six… seven"
    segments = sentences(text, tag)
    assert all(a.end <= b.start for a, b in pairwise(segments))
    covered = {i for segment in segments for i in range(segment.start, segment.end)}
    assert all(i in covered for i, char in enumerate(text) if not char.isspace())


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_no_text_has_no_sentences(text):
    assert sentences(text, "en") == []
