"""Personal data of nine countries: found by their own rules, masked and put back."""

import pytest

from dragoman.languages import detect
from dragoman.privacy import Restoring, find, mask, restore

TRUE = [
    ("id", "CN", "身份证号：11010519491231002X。"),
    ("phone", "CN", "请拨打13812345678联系我"),
    ("phone", "CN", "+86 138 1234 5678"),
    ("id", "JP", "マイナンバーは1234 5678 9018です。"),
    ("phone", "JP", "携帯は０９０－１２３４－５６７８です"),
    ("phone", "JP", "電話：03-1234-5678"),
    ("id", "TW", "身分證字號A123456789"),
    ("phone", "TW", "手機0912-345-678"),
    ("id", "HK", "HKID: G123456(A)"),
    ("phone", "HK", "+852 9123 4567"),
    ("phone", "HK", "電話 91234567"),
    ("id", "KR", "주민등록번호 880101-1234568"),
    ("phone", "KR", "연락처는 010-1234-5678입니다"),
    ("id", "VN", "Số CCCD: 001088123456"),
    ("phone", "VN", "gọi 0912 345 678"),
    ("id", "ID", "NIK 3174012501900001"),
    ("phone", "ID", "hubungi 0812-3456-7890"),
    ("id", "MY", "MyKad 900125-14-5678"),
    ("phone", "MY", "tel 012-345 6789"),
    ("card", "", "カード番号 4111 1111 1111 1111"),
    ("card", "", "البطاقة ٤١١١ ١١١١ ١١١١ ١١١١"),
    ("email", "", "送到wang@example.com吧"),
]
FALSE = [
    "注文番号 1234-5678-9012 の状況",
    "身份证号：110105194912310021",
    "身分證字號A123456780",
    "HKID: G123456(7)",
    "주민등록번호 880101-1234560",
    "card 4111 1111 1111 1112",
    "合計 138,123,456 円",
    "2026-11-24 10:30",
    "ISBN 978-4-00-310101-8",
    "order 91234567",
    "RC-300 E03",
    "π = 3.14159265358979",
    "000000000000",
    "",
]


@pytest.mark.parametrize(("kind", "country", "text"), TRUE)
def test_personal_data_is_found(kind, country, text):
    assert (kind, country) in {(found.kind, found.country) for found in find(text)}


@pytest.mark.parametrize("text", FALSE)
def test_what_only_looks_like_it_is_not(text):
    assert find(text) == []


def test_what_is_found_is_where_it_says():
    text = "携帯は０９０－１２３４－５６７８、メールはa.b@example.co.jpです"
    for found in find(text):
        assert text[found.start : found.end] == found.text


def test_a_masked_text_is_restored_as_it_was():
    text = "携帯は０９０－１２３４－５６７８です。090-9999-8888にも。"
    masked = mask(text)
    assert masked.text == "携帯はJP_PHONE_1です。JP_PHONE_2にも。"
    assert restore(masked.text, masked.data) == text


def test_the_same_datum_keeps_its_name_in_a_thread():
    first = mask("전화 010-1234-5678")
    second = mask("다시 010-1234-5678 또는 010-9999-1234", first.data)
    assert second.text == "다시 KR_PHONE_1 또는 KR_PHONE_2"


def test_nobody_gets_at_data_by_writing_its_name():
    first = mask("전화 010-1234-5678")
    attack = mask("KR_PHONE_1 KR_PHONE_7 전화 010-9999-1234")
    assert attack.text == "KR_PHONE_1 KR_PHONE_7 전화 KR_PHONE_3"
    assert attack.data["KR_PHONE_3"] == "010-9999-1234"
    assert restore("KR_PHONE_1 KR_PHONE_7", attack.data) == "KR_PHONE_1 KR_PHONE_7"
    assert first.data == {"KR_PHONE_1": "010-1234-5678"}


def test_what_is_masked_is_not_masked_again():
    once = mask("010-1234-5678, a@example.com")
    again = mask(once.text, once.data)
    assert (again.text, again.data) == (once.text, once.data)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_text_in_pieces_is_restored_as_if_it_were_whole(size):
    masked = mask("携帯は090-1234-5678、メールはa@example.comです。JPY、PHONE_X")
    restoring = Restoring(masked.data)
    pieces = [masked.text[at : at + size] for at in range(0, len(masked.text), size)]
    shown = "".join(map(restoring.feed, pieces)) + restoring.rest()
    assert shown == restore(masked.text, masked.data)


def test_a_piece_that_begins_no_name_is_shown_at_once():
    restoring = Restoring({"JP_PHONE_1": "090-1234-5678"})
    assert restoring.feed("お電話番号は") == "お電話番号は"
    assert restoring.feed("JP_PHONE_1") == ""
    assert restoring.feed("です") == "090-1234-5678です"


def test_a_name_with_more_digits_is_another_one():
    data = {"JP_PHONE_1": "090-1234-5678"}
    assert restore("JP_PHONE_12 JP_PHONE_1 XJP_PHONE_1", data) == (
        "JP_PHONE_12 090-1234-5678 XJP_PHONE_1"
    )


def test_names_disturb_no_detection_of_the_language():
    for tag, text in {
        "ja": "電話番号はJP_PHONE_1です",
        "zh-Hans": "我的电话是CN_PHONE_1，请确认",
        "ko": "제 번호는 KR_PHONE_1입니다",
        "ar": "رقمي هو PHONE_1 من فضلك",
        "th": "เบอร์ของฉันคือ PHONE_1 ค่ะ",
    }.items():
        assert detect(text).tag == tag


def test_a_long_text_takes_no_longer_than_its_length_allows():
    assert find("1" * 200_000) == []
    assert find("a." * 50_000 + "@") == []
