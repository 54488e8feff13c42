"""Personal data of nine countries: found by their own rules, masked and put back."""

import pytest

from dragoman.privacy import find, mask, restore

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
    assert masked.text == "携帯は[PHONE_1]です。[PHONE_2]にも。"
    assert restore(masked.text, masked.data) == text


def test_the_same_datum_keeps_its_name_in_a_thread():
    first = mask("call 010-1234-5678")
    second = mask("again 010-1234-5678 and 010-9999-1234", first.data)
    assert second.text == "again [PHONE_1] and [PHONE_2]"


def test_nobody_gets_at_data_by_writing_its_name():
    first = mask("call 010-1234-5678")
    attack = mask("[PHONE_1] [PHONE_7] 010-9999-1234", {})
    assert attack.data == {"[PHONE_2]": "010-9999-1234"}
    assert restore("[PHONE_1]", attack.data) == "[PHONE_1]"
    assert first.data == {"[PHONE_1]": "010-1234-5678"}


def test_a_long_text_takes_no_longer_than_its_length_allows():
    assert find("1" * 200_000) == []
    assert find("a." * 50_000 + "@") == []
